/**
 * A cluster as a place, on a stand-in for Slurm's programs: arrays are cut to Slurm's limit, lost tasks are begun again and
 * counted once, a notebook that was killed is taken up, and what Slurm says is passed on. The tasks run dist/.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SETTLE_MS } from "../../../kernel/cells/run.js";
import { slurm } from "../../../lib/host/node/slurm.js";
import { search } from "../../../lib/train/search/search.js";
import { choice } from "../../../lib/train/search/space.js";
import { projectRoot } from "../../support/shared.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";
import type { ExecuteRequest, Executed } from "../support/jupyter.js";
import { FakeCluster } from "./cluster.js";

/** Milliseconds that the next tasks' files take longer to be written. */
const delays = vi.hoisted((): number[] => []);
vi.mock("../../../lib/host/node/write-whole.js", async (original) => {
  const own = await original<typeof import("../../../lib/host/node/write-whole.js")>();
  const writeWhole: typeof own.writeWhole = async (file, ...rest) => {
    const delay = file.endsWith(".task") ? delays.shift() : undefined;
    if (delay !== undefined) await new Promise((resolve) => setTimeout(resolve, delay));
    return own.writeWhole(file, ...rest);
  };
  return { ...own, writeWhole };
});

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
/** Waits for a state, however long it takes on a busy machine. */
async function until(state: () => boolean): Promise<void> {
  while (!state()) await new Promise((resolve) => setTimeout(resolve, 20));
}
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

it("sends the tasks in their order, in whatever order their files are written", async () => {
  delays.push(1000);
  const { trials } = await search(numbers(3), module("return a;"), options(3));
  expect(trials.map(({ score }) => score)).toEqual([0, 1, 2]);
  // One round: the two that were written first have waited for the one before them.
  expect(cluster.calls.map((words) => words.find((one) => one.startsWith("--array")))).toEqual([
    "--array=0-2",
  ]);
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

describe("a task that the cluster ends without an answer", () => {
  it.each([
    ["TIMEOUT", /^Slurm says timeout \(job \d+_0\): its time limit is 00:30:00; give slurm's options a longer --time$/],
    ["OUT_OF_MEMORY", /^Slurm says out of memory \(job \d+_0\): it may have 2G; give slurm's options a larger --mem$/],
    ["CANCELLED", /^Slurm says cancelled \(job \d+_0\): by user 0$/],
    ["NODE_FAIL", undefined],
    ["PREEMPTED", undefined],
  ])("%s: it is begun again only where it may end otherwise", async (state, reason) => {
    // The first time it does not end by itself.
    const first = `(await import("node:fs")).readFileSync(${JSON.stringify(log)}, "utf8").length < 3`;
    const searching = search(numbers(1), module(`if (${first}) await pause(600_000); return a;`), options(1));
    await until(() => begun().length === 1);
    expect(cluster.endOne(state)).toBe(true);
    const [trial] = (await searching).trials;
    if (reason) expect(trial!.reason).toMatch(reason);
    else expect(trial!.score).toBe(0);
    expect(begun()).toHaveLength(reason ? 1 : 2);
  }); // prettier-ignore

  it.each([
    ["SIGKILL", "OUT_OF_MEMORY", /^Slurm says out of memory \(job \d+_0\): it may have 2G/],
    // Slurm's signal reaches all processes of a task, and the child's end its worker before the worker's own signal.
    ["SIGTERM", "CANCELLED", /^Slurm says cancelled \(job \d+_0\): by user 0$/],
    ["SIGTERM", "TIMEOUT", /^Slurm says timeout \(job \d+_0\): its time limit is/],
  ])("has Slurm's reason, although its worker lived on and answered that the process ended by %s: %s", async (signal, state, reason) => {
    process.env.FAKE_LAST = state;
    const found = await search(numbers(1), module(`process.kill(process.pid, "${signal}");`), options(1));
    expect(found.trials[0]!.reason).toMatch(reason);
    expect(begun()).toHaveLength(1);
  }); // prettier-ignore

  it("is begun again where its process was ended by somebody else", async () => {
    const once = `(await import("node:fs")).readFileSync(${JSON.stringify(log)}, "utf8").length < 3`;
    const found = await search(numbers(1), module(`if (${once}) { process.kill(process.pid, "SIGTERM"); await pause(600_000); } return a;`), options(1)); // prettier-ignore
    expect(found.trials[0]!.score).toBe(0);
    expect(begun()).toHaveLength(2);
  });
});

describe("a search in a cell that is interrupted", () => {
  let kernel: TestKernel;
  beforeAll(async () => {
    needsBuild();
    kernel = await TestKernel.start({ cwd: projectRoot });
    const { reply } = await kernel.execute(`import { search, choice, slurm } from "chainrule/train";`);
    expect(reply["evalue"]).toBeUndefined();
  });
  afterAll(() => kernel?.close());

  /** Interrupts a search of five trials, of which two run. */
  const interrupted = async (request: ExecuteRequest = {}, onStop = "ask"): Promise<Executed> => {
    const train = module("while (!(await import('node:fs')).existsSync(" + JSON.stringify(`${log}-go`) + ")) await pause(50); return a;"); // prettier-ignore
    const { PATH, FAKE_CLUSTER, FAKE_DEAF = "" } = process.env;
    await kernel.execute(
      `Object.assign(process.env, ${JSON.stringify({ PATH, FAKE_CLUSTER, FAKE_DEAF })}); const space = { a: choice([0, 1, 2, 3, 4]) };
const settings = { strategy: "grid" as const, journal: ${JSON.stringify(`${log}-journal`)}, place: slurm({ folder: ${JSON.stringify(shared)}, onStop: ${JSON.stringify(onStop)} }) };`,
    );
    const { ended } = kernel.begin(
      `const found = await search(space, ${JSON.stringify(train.href)}, settings);`,
      request,
    );
    const seen = kernel.iopub.length;
    const runs = (): boolean =>
      kernel.iopub.slice(seen).some(({ content }) => JSON.stringify(content).includes("2 running"));
    await Promise.race([until(runs), ended]);
    await kernel.request("control", "interrupt_request");
    return ended;
  };
  const count = (state: string): number => cluster.states.filter((one) => one === state).length;

  it.each([
    ["y", "y", 5, 0, /^Of the tasks on Slurm, 5 were cancelled\.\n$/],
    ["w", "w", 3, 2, /^Of the tasks on Slurm, 3 were cancelled and 2 go on; the same search finds what they answer\. To cancel: scancel '\d+_\[0-1\]'\n$/],
    ["nothing", "", 3, 2, /3 were cancelled and 2 go on/],
    ["n", "no", 0, 5, /^Of the tasks on Slurm, 5 go on; .* scancel '\d+_\[0-4\]'\n$/],
  ])("is asked, and %s is heard", async (_, answer, cancelled, left, said) => {
    const questions: string[] = [];
    kernel.onInput = (question) => (questions.push(question), answer);
    const { reply, stderr } = await interrupted();
    expect(reply["ename"]).toBe("KeyboardInterrupt");
    expect(questions).toEqual([
      "3 tasks wait and 2 run on Slurm. Cancel all (y), those that wait (w), none (n)? [y/W/n] ",
    ]);
    expect(stderr).toMatch(said);
    expect(count("CANCELLED")).toBe(cancelled);
    expect(count("RUNNING") + count("PENDING")).toBe(left);
    expect((await kernel.execute("[found.status, found.stillRunning.length].join()")).result).toBe(
      `'stopped,${cancelled === 5 ? 0 : 2}'`,
    );
    if (answer !== "no") return;
    // The same search finds what was left alone, and begins nothing twice.
    writeFileSync(`${log}-go`, "");
    const again = `(await search(space, ${JSON.stringify(pathToFileURL(path.join(cluster.folder, "train.mjs")).href)}, { ...settings, live: false })).trials.map(({ score }) => score).join()`;
    expect((await kernel.execute(again)).result).toBe("'0,1,2,3,4'");
    expect(begun().sort()).toEqual(["0", "1", "2", "3", "4"]);
  }); // prettier-ignore

  it("waits for the answer as long as it takes, and a second interrupt is one", async () => {
    let ask = (): void => {};
    const asked = new Promise<void>((resolve) => (ask = resolve));
    kernel.onInput = () => void ask();
    const ended = interrupted();
    await asked;
    await kernel.pause(SETTLE_MS + 3_000);
    expect(count("CANCELLED")).toBe(0);
    await kernel.request("control", "interrupt_request");
    const { reply, stderr } = await ended;
    expect(reply["ename"]).toBe("KeyboardInterrupt");
    expect(stderr).toMatch(/3 were cancelled and 2 go on; .* scancel '\d+_\[0-1\]'\n$/);
    expect((await kernel.execute("1 + 1")).result).toBe("2");
  });

  it("is not asked where no input is allowed", async () => {
    const { stderr } = await interrupted({ allow_stdin: false });
    expect(stderr).toMatch(/3 were cancelled and 2 go on/);
  });

  it("does not ask where it was told what to do, and says what Slurm refuses", async () => {
    process.env.FAKE_DEAF = "1";
    kernel.onInput = () => expect.unreachable();
    const { stderr } = await interrupted({}, "cancel");
    expect(stderr).toMatch(
      /^slurm: scancel failed: .*Unable to contact slurm controller\nOf the tasks on Slurm, 5 go on; .* scancel '\d+_\[0-4\]'\n$/,
    );
  });
});

it("a program that is interrupted lets go of its jobs, says so, and ends by the signal", async () => {
  const program = path.join(cluster.folder, "program.mjs");
  const door = pathToFileURL(path.join(projectRoot, "dist/lib/train/index.js")).href;
  writeFileSync(
    program,
    `import { search, choice, slurm } from ${JSON.stringify(door)};
await search({ a: choice([0, 1, 2, 3, 4]) }, new URL(${JSON.stringify(module("await pause(600_000);").href)}), { strategy: "grid", place: slurm({ folder: ${JSON.stringify(shared)} }) });`,
  );
  const child = spawn(process.execPath, [program]);
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await until(() => begun().length === 2);
  child.kill("SIGINT");
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  expect(signal).toBe("SIGINT");
  expect(printed).toMatch(
    /^Of the tasks on Slurm, 3 were cancelled and 2 go on; .* scancel '\d+_\[0-1\]'\n$/,
  );
  expect(cluster.states.filter((state) => state === "CANCELLED")).toHaveLength(3);
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
