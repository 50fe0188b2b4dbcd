/** The process of a submission: nothing of it stays when its grader is gone, not even an endless loop. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { smallWithHiddenTests, withCell } from "../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-student-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has just ended
  }
};
const parentOf = (pid: number): number => Number(/^PPid:\t(\d+)$/m.exec(textOf(pid, "status"))?.[1] ?? 0);
const isBelow = (pid: number, ancestor: number): boolean =>
  pid > 1 && (pid === ancestor || isBelow(parentOf(pid), ancestor));
/** The submission's process below a grader, and its parent, which runs the tests. */
function studentOf(grader: number): { student: number; runner: number } | undefined {
  const student = readdirSync("/proc")
    .map(Number)
    .find((pid) => textOf(pid, "cmdline").includes("grade/student.js") && isBelow(pid, grader));
  return student === undefined ? undefined : { student, runner: parentOf(student) };
}

it.skipIf(!existsSync("/proc/self/status"))(
  "an endless loop ends when the process that runs its tests was killed",
  async () => {
    const [source, submission] = ["source", "submission"].map((name) => join(folder, `${name}.ipynb`));
    writeFileSync(source!, formatNotebook(smallWithHiddenTests));
    const endless = withCell("double", "for (;;);", smallWithHiddenTests);
    writeFileSync(submission!, formatNotebook(endless));
    const cli = join(projectRoot, "dist/kernel/cli.js");
    const grading = spawn(
      process.execPath,
      [cli, "grade", submission!, "--source", source!, "--json", "--timeout", "600"],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    let printed = "";
    grading.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    const ended = new Promise((resolve) => grading.once("close", resolve));
    await expect.poll(() => studentOf(grading.pid!), { timeout: 200_000 }).toBeDefined();
    const { student, runner } = studentOf(grading.pid!)!;
    // It computes: the cell has begun.
    const ticks = (): number => Number(textOf(student, "stat").split(" ")[13]);
    const before = ticks();
    await expect.poll(() => ticks() - before, { timeout: 200_000 }).toBeGreaterThan(300);
    process.kill(runner, "SIGKILL");
    await expect.poll(() => existsSync(`/proc/${student}`), { timeout: 60_000 }).toBe(false);
    await ended;
    expect(printed).toContain("The tests ended early (SIGKILL).");
  },
);
