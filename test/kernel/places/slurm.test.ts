/**
 * A cluster as a place, on a stand-in for Slurm's programs: arrays are cut to Slurm's limit, lost tasks are begun again and
 * counted once, a notebook that was killed is taken up, and what Slurm says is passed on. The tasks run dist/.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { slurm } from "../../../lib/host/node/slurm.js";
import { search } from "../../../lib/train/search/search.js";
import { choice } from "../../../lib/train/search/space.js";
import { projectRoot } from "../../support/shared.js";
import { FakeCluster } from "./cluster.js";

let cluster: FakeCluster;
let shared: string;
let log: string;

beforeEach(() => {
  cluster = new FakeCluster();
  shared = path.join(cluster.folder, "shared");
  log = path.join(cluster.folder, "log");
  mkdirSync(shared);
});
afterEach(() => cluster.close());

function module(body: string): URL {
  const file = path.join(cluster.folder, "train.mjs");
  writeFileSync(
    file,
    `import { appendFileSync } from "node:fs";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export async function train({ a }, { number, report }) { appendFileSync(${JSON.stringify(log)}, number + "\\n"); ${body} }`,
  );
  return pathToFileURL(file);
}
const begun = (): string[] => (existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : []);
const numbers = (n: number) => ({ a: choice(Array.from({ length: n }, (_, i) => i)) });
const options = (n: number, more: readonly string[] = []) => ({
  ...{ live: false, strategy: "grid" as const, trials: n },
  place: slurm({ folder: shared, options: more }),
});

it("runs a round as arrays of Slurm's largest size, with the user's options, in a folder for this user alone", async () => {
  process.env.FAKE_ARRAY = "4";
  const found = await search(numbers(5), module("return a;"), options(5, ["--mem=1G"]));
  expect(found.trials.map(({ score }) => score)).toEqual([0, 1, 2, 3, 4]);
  expect(cluster.calls.map((words) => words.find((one) => one.startsWith("--array")))).toEqual([
    "--array=0-2",
    "--array=0-1",
  ]);
  expect(cluster.calls.every((words) => words.includes("--mem=1G") && words.includes("--requeue"))).toBe(
    true,
  );
  const [own] = readdirSync(shared);
  expect(statSync(path.join(shared, own!)).mode & 0o777).toBe(0o700);
  expect(found.trials.every(({ host }) => host !== undefined)).toBe(true);
});

it("counts a task once whose node was lost, and says that it was begun twice", async () => {
  const searching = search(numbers(4), module("await pause(800); return a;"), options(4));
  while (begun().length < 1) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(cluster.killOne()).toBe(true);
  const found = await searching;
  expect(found.trials.map(({ score }) => score)).toEqual([0, 1, 2, 3]);
  expect(found.trials.filter(({ lost }) => lost === 1)).toHaveLength(1);
});

it("a notebook that was killed finds what is done and what still runs", async () => {
  const train = module("await pause(700); return a;");
  const program = path.join(cluster.folder, "notebook.mjs");
  const door = pathToFileURL(path.join(projectRoot, "dist/lib/train/index.js")).href;
  writeFileSync(
    program,
    `import { search, choice, slurm } from ${JSON.stringify(door)};
const found = await search({ a: choice([0, 1, 2, 3]) }, new URL(${JSON.stringify(train.href)}), { live: false, strategy: "grid", place: slurm({ folder: ${JSON.stringify(shared)} }) });
console.log(JSON.stringify(found.trials.map(({ score }) => score)));`,
  );
  const first = spawn(process.execPath, [program]);
  while (begun().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  first.kill("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const second = spawn(process.execPath, [program]);
  let printed = "";
  for (const stream of [second.stdout, second.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await new Promise((resolve) => second.once("close", resolve));
  expect(printed).toBe("[0,1,2,3]\n");
  expect(begun().sort()).toEqual(["0", "1", "2", "3"]);
});

it("a trial that is worse than the others is ended by way of the folder", async () => {
  const train = module(
    "for (let step = 0; step < (a < 3 ? 2 : Infinity); step++) { await report(step, a < 3 ? 1 : 0); await pause(20); } return a;",
  );
  const found = await search(numbers(4), train, { ...options(4), workers: 1, prune: { trials: 3 } });
  expect(found.trials.map(({ status }) => status)).toEqual(["done", "done", "done", "pruned"]);
  expect(found.trials[0]!.reports).toEqual([[0, 1], [1, 1]]); // prettier-ignore
  // In the end nothing of it is left behind but the program and the arrays.
  const home = path.join(shared, readdirSync(shared)[0]!);
  const left = () => readdirSync(home).filter((name) => /\.(reports|end|task|answer)$/.test(name));
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 100_000, interval: 50 });
});

it("a task that Slurm ends without an answer fails with Slurm's word", async () => {
  const found = await search(numbers(2), module("if (a === 1) process.kill(process.ppid, 'SIGTERM'); await pause(a * 60_000); return a;"), options(2)); // prettier-ignore
  expect(found.trials[0]!.status).toBe("done");
  expect(found.trials[1]!.reason).toMatch(/^Slurm says (failed|completed) \(job \d+_\d+\)$/);
});

it("cancels what waits when it is stopped, and says how to cancel what runs", async () => {
  const stop = new AbortController();
  const searching = search(numbers(5), module("await pause(3000); return a;"), {
    ...options(5),
    signal: stop.signal,
  });
  while (begun().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 700));
  stop.abort();
  const found = await searching;
  expect(found.stillRunning).toHaveLength(2);
  expect(found.stillRunning[0]).toMatch(/ \(scancel \d+_[01]\)$/);
  expect(cluster.states.filter((state) => state === "CANCELLED")).toHaveLength(3);
});

it("says what sbatch says, and that there is no Slurm", async () => {
  process.env.FAKE_REFUSES = "1";
  await expect(search(numbers(1), module("return a;"), options(1))).rejects.toThrow(
    "slurm: sbatch failed: sbatch: error: invalid partition specified: long",
  );
  process.env.PATH = "/nowhere";
  await expect(slurm({ folder: shared }).open("search")).rejects.toThrow(
    "slurm: there is no scontrol on this machine; run the notebook on a machine of the cluster.",
  );
});
