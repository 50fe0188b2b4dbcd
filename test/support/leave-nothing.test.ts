/** A worker takes the processes that it has started with it, however it is ended, and does what it was to do at its exit. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, expect, it } from "vitest";
import { projectRoot } from "./shared.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-leave-"));
afterAll(() => rmSync(folder, { recursive: true }));

const source = readFileSync(join(projectRoot, "test/support/leave-nothing.ts"), "utf8");
const target = ts.ScriptTarget.ES2022;
const setup = ts.transpileModule(source, { compilerOptions: { target } }).outputText;
const program = join(folder, "worker.mjs");
const noted = join(folder, "noted");
writeFileSync(
  program,
  `${setup}
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
process.once("exit", () => writeFileSync(${JSON.stringify(noted)}, ""));
process.send(spawn("sleep", ["600"]).pid);
setInterval(() => {}, 1000);`,
);

const runs = (pid: number): boolean => {
  try {
    // One that has ended and that nobody has asked for its status is there, as a zombie.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

it.skipIf(!existsSync("/proc/self/task")).each<[string, (worker: ChildProcess) => void]>([
  ["told to end", (worker) => worker.kill("SIGTERM")],
  ["left alone", (worker) => worker.disconnect()],
])("when it is %s", async (_, end) => {
  rmSync(noted, { force: true });
  const worker = fork(program);
  const child = await new Promise<number>((resolve) => worker.once("message", (pid) => resolve(Number(pid))));
  expect(runs(child)).toBe(true);
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  end(worker);
  await ended;
  await expect.poll(() => runs(child)).toBe(false);
  expect(existsSync(noted)).toBe(true);
});
