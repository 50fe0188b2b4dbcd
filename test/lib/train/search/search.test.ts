/**
 * A whole search in processes of its own: same seed, same trials; failures are kept with their reasons; what is killed
 * is tried again, and a search that is killed goes on where it was. The processes run dist/, from `npm run build`.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, expectTypeOf, it, vi } from "vitest";
import type * as chainrule from "../../../../lib/train/index.js";
import { Journal } from "../../../../lib/train/search/journal.js";
import { resultOf } from "../../../../lib/display/training/search-table.js";
import { readCsv } from "../../../../lib/data/data-table.js";
import { readSearch, search } from "../../../../lib/train/search/search.js";
import { choice, integers, logUniform, uniform } from "../../../../lib/train/search/space.js";
import { projectRoot } from "../../../support/shared.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-search-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const space = { a: choice([1, 2, 3]), lr: logUniform(1e-3, 1), layers: integers(1, 3) };
/** How long to wait for what comes soon, but on a busy machine later. */
const soon = { timeout: 300_000 };
const quiet = { live: false, workers: 2 };

it("types the configuration from the space", async () => {
  const found = await search(
    { act: choice(["relu", "tanh"]), n: integers(1, 2), p: uniform(0, 1) },
    ({ act, n, p }) => {
      expectTypeOf(act).toEqualTypeOf<"relu" | "tanh">();
      expectTypeOf(n).toEqualTypeOf<number>();
      return p + n + act.length;
    },
    { live: false, workers: 0, trials: 2 },
  );
  expectTypeOf(found.best.configuration.act).toEqualTypeOf<"relu" | "tanh">();
  expect(found.trials).toHaveLength(2);
});

it("gives the same trials for the same seed, in this process and in others, whatever their number", async () => {
  const train = ({ a, lr }: { a: number; lr: number }, { seed, budget, number }: chainrule.TrialContext) => ({
    score: a - Math.abs(Math.log10(lr) + 2),
    seed,
    budget,
    number,
  });
  const bare = async (workers: number) =>
    (await search(space, train, { trials: 8, strategy: "gp", live: false, workers })).trials.map((trial) => ({
      ...trial,
      seconds: 0,
    }));
  const here = await bare(0);
  expect(await bare(1)).toEqual(here);
  expect(await bare(3)).toEqual(here);
  expect(new Set(here.map(({ measures }) => measures!.seed)).size).toBe(8);
  expect(here.map(({ measures }) => measures!.number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it("gives functions the library, and finds what trains better", async () => {
  // Its names are those that the other process takes from the library.
  const source = `async ({ lr }, { seed, budget }) => {
    const { train, test } = digits({ train: 200, test: 100, seed: 1 });
    const net = new Sequential({ flat: new Flatten(), fc: new Linear({ in: 784, out: 10 }) }, { seed });
    await fit(net, train, { optimizer: new SGD({ lr }), epochs: budget, batchSize: 20, seed, live: false });
    return evaluate(net, test).accuracy;
  }`;
  const train = (0, eval)(`(${source})`) as (all: unknown) => Promise<number>;
  const found = await search({ lr: choice([1e-6, 0.02]) }, train, { ...quiet, strategy: "grid", budget: 3 });
  expect(found.trials.map(({ reason }) => reason)).toEqual([undefined, undefined]);
  expect(found.best.configuration.lr).toBe(0.02);
  expect(found.best.score).toBeGreaterThan(found.ranking[1]!.score! + 0.2);
});

it("takes train from a module", async () => {
  const file = path.join(folder, "train.mjs");
  writeFileSync(file, "const bonus = 10; export function train({ a }) { return a + bonus; }");
  const found = await search({ a: choice([1, 2]) }, pathToFileURL(file), { ...quiet, strategy: "grid" });
  expect(found.best.score).toBe(12);
  expect(
    (await search({ a: choice([1, 2]) }, file, { live: false, workers: 0, strategy: "grid" })).best.score,
  ).toBe(12);
  writeFileSync(file.replace("train.mjs", "other.mjs"), "export const nothing = 1;");
  const other = await search({ a: choice([1]) }, file.replace("train.mjs", "other.mjs"), {
    ...quiet,
    strategy: "grid",
  });
  expect(() => other.best).toThrow(
    /no trial has a score; trial 0 failed: ValueError: .*exports no function named train/,
  );
});

describe("a trial that fails is kept with its reason, and the others go on", () => {
  it.each([
    ["throws", () => { throw new RangeError("too deep"); }, "RangeError: too deep"],
    ["returns NaN", () => NaN, "the score is NaN"],
    ["returns nothing", () => undefined as never, "train returned undefined, not a number or { score: … }"],
    ["ends its process", () => process.exit(3), "its process ended (exit code 3)"],
    ["is killed", () => { process.kill(process.pid, "SIGKILL"); return new Promise<number>(() => {}); }, "its process ended (SIGKILL)"],
  ])("%s", async (_, fail, reason) => {
    const text = `({ a }) => a === 2 ? (${String(fail)})() : a`;
    const train = (0, eval)(`(${text})`) as () => number;
    const found = await search({ a: choice([1, 2, 3]) }, train, { ...quiet, strategy: "grid" });
    expect(found.trials.map(({ status }) => status)).toEqual(["done", "failed", "done"]);
    expect(found.trials[1]!.reason).toBe(reason);
    expect(found.best.configuration.a).toBe(3);
  }); // prettier-ignore
});

it("a trial that throws says where, in its function's own lines or in its module's", async () => {
  const text = `(function train({ a }) {
  const deep = () => {
    throw new RangeError("too deep");
  };
  return a === 2 ? deep() : a;
})`;
  const train = (0, eval)(text) as () => number;
  const file = path.join(folder, "throws.mjs");
  writeFileSync(file, `export ${text.slice(1, -1)}`);
  for (const [one, name] of [[train, "train"], [file, "throws.mjs"]] as const) {
    const found = await search({ a: choice([1, 2, 3]) }, one, { ...quiet, strategy: "grid" });
    const { reason, stack } = found.trials[1]!;
    expect(reason).toBe("RangeError: too deep");
    const places = stack!.split("\n").map((line) => /([^/\\()\s]+:\d+:\d+)\)?$/.exec(line)![1]);
    expect(places).toEqual([`${name}:3:11`, `${name}:5:20`]);
    expect(resultOf(found.trials[1]!)).toBe(`failed: RangeError: too deep (at ${name}:3:11)`);
  }
}); // prettier-ignore

it("a name that a module does not have is a failure of the trial, whatever a notebook calls so", async () => {
  const file = path.join(folder, "unknown.mjs");
  writeFileSync(file, "export function train({ a }) { return a === 2 ? unheardOf : a; }");
  const scope = globalThis as Record<symbol, unknown>;
  const symbol = Symbol.for("Jupyter.portable");
  for (const portable of [undefined, { lookup: () => ({ value: 5 }) }]) {
    scope[symbol] = portable;
    try {
      const found = await search({ a: choice([1, 2, 3]) }, file, { ...quiet, strategy: "grid" });
      expect(found.trials.map(({ status }) => status)).toEqual(["done", "failed", "done"]);
      expect(found.trials[1]!.reason).toBe("ReferenceError: unheardOf is not defined");
    } finally {
      delete scope[symbol];
    }
  }
});

it("what still runs when a search breaks off is not written down: by then its file may be another search's", async () => {
  const add = vi.spyOn(Journal.prototype, "add");
  const bad = (0, eval)(`(async ({ a }) => {
    await new Promise((resolve) => setTimeout(resolve, a === 1 ? 300 : 60_000));
    return a === 1 ? notDeclared : a;
  })`) as () => number;
  const grid = { a: choice([1, 2, 3, 4]) };
  const journal = path.join(folder, "broken-off.jsonl");
  const options = { ...quiet, strategy: "grid", journal } as const;
  try {
    await expect(search(grid, bad, options)).rejects.toThrow("train uses notDeclared");
    const good = (0, eval)(`(async ({ a }) => a)`) as () => number;
    const found = await search(grid, good, options); // meanwhile the first one's processes end
    expect(found.ranking.map(({ score }) => score)).toEqual([4, 3, 2, 1]);
    expect(add.mock.calls.map(([{ status }]) => status)).toEqual(["done", "done", "done", "done"]);
  } finally {
    add.mockRestore();
  }
});

it("tries a trial again whose process was killed from outside", async () => {
  const [marks, first] = ["began.txt", "first.txt"].map((name) => path.join(folder, name));
  for (const file of [marks, first]) rmSync(file!, { force: true });
  const text = `async ({ a }) => {
    const fs = process.getBuiltinModule("node:fs");
    fs.appendFileSync(${JSON.stringify(marks)}, a + "\\n");
    let isFirst = true;
    try {
      fs.writeFileSync(${JSON.stringify(first)}, process.pid + "\\n", { flag: "wx" }); // of two that begin at once, one can
    } catch {
      isFirst = false;
    }
    if (isFirst) await new Promise(() => setInterval(() => {}, 1000)); // until it is killed
    return a;
  }`;
  const train = (0, eval)(`(${text})`) as () => number;
  const linesOf = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  const searching = search({ a: choice([1, 2, 3]) }, train, { ...quiet, strategy: "grid" });
  await expect.poll(() => linesOf(first!).length, soon).toBe(1);
  process.kill(Number(linesOf(first!)[0]), "SIGKILL");
  const found = await searching;
  expect(found.trials.map(({ status, score }) => [status, score])).toEqual([["done", 1], ["done", 2], ["done", 3]]); // prettier-ignore
  expect(linesOf(marks!)).toHaveLength(4);
});

it("goes on after the whole run was killed, and tries nothing twice that had ended", async () => {
  const [journal, marks, script, begun, go] = [
    "run.jsonl",
    "tried.txt",
    "run.mjs",
    "begun.txt",
    "go.txt",
  ].map((name) => path.join(folder, name));
  const door = pathToFileURL(path.join(projectRoot, "dist/lib/index.js")).href;
  writeFileSync(
    script!,
    `import { appendFileSync } from "node:fs";
    import { choice, search, uniform } from ${JSON.stringify(door)};
    const train = async ({ x }, { number }) => {
      const { appendFileSync, existsSync } = process.getBuiltinModule("node:fs");
      appendFileSync(${JSON.stringify(begun)}, process.pid + "\\n");
      // The first run is killed before its eighth trial has ended.
      while (number >= 7 && !existsSync(${JSON.stringify(go)})) await new Promise((r) => setTimeout(r, 20));
      appendFileSync(${JSON.stringify(marks)}, number + "\\n");
      return x;
    };
    const found = await search({ x: uniform(0, 1), a: choice([1, 2]) }, train, { trials: 12, strategy: "gp", workers: 2, journal: ${JSON.stringify(journal)}, live: false });
    console.log(JSON.stringify(found.trials.map(({ number, score, configuration }) => [number, score, configuration])));`,
  );
  const run = () => {
    const child = spawn(process.execPath, [script!], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    return { child, ended: new Promise<string>((resolve) => child.once("exit", () => resolve(output))) };
  };
  const lines = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  const first = run();
  await expect.poll(() => lines(journal!).length, soon).toBeGreaterThan(4);
  first.child.kill("SIGKILL");
  await first.ended;
  const saved = lines(journal!)
    .slice(1)
    .map((line) => JSON.parse(line) as { number: number; score: number });
  appendFileSync(journal!, '{"number":11,"conf'); // as if it had been killed while writing
  // Its processes see that it has gone, and end.
  await expect.poll(() => lines(begun!).map(Number).filter(isRunning), soon).toEqual([]);
  writeFileSync(marks!, "");
  writeFileSync(go!, "");

  const output = JSON.parse(await run().ended) as [number, number, unknown][];
  expect(output.map(([number]) => number)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  for (const { number, score } of saved) expect(output[number]![1]).toBe(score);
  const again = lines(marks!).map(Number);
  expect(new Set(again).size).toBe(again.length);
  for (const { number } of saved) expect(again).not.toContain(number);
  expect(again).toHaveLength(12 - saved.length);

  // Whoever is never interrupted finds the same.
  rmSync(journal!);
  expect(JSON.parse(await run().ended)).toEqual(output);
});

/** Whether the process runs; one that has ended and whom nobody has asked about does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self/stat") || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

it("stops when it is told to, with what has been tried", async () => {
  const stop = new AbortController();
  const mark = path.join(folder, "third.txt");
  const train = (0, eval)(`async ({ a }) => {
    if (a === 3) process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(mark)}, "");
    return a === 1 ? a : new Promise(() => setInterval(() => {}, 1000));
  }`) as () => number;
  const searching = search({ a: choice([1, 2, 3, 4]) }, train, {
    ...quiet,
    strategy: "grid",
    signal: stop.signal,
  });
  // The third begins when the first has ended.
  await expect.poll(() => existsSync(mark), soon).toBe(true);
  stop.abort();
  const found = await searching;
  expect(found.status).toBe("stopped");
  expect(found.ranking.map(({ score }) => score)).toEqual([1]);
});

describe("refuses", () => {
  const train = (): number => 1;
  it.each([
    ["an empty space", () => search({}, train), "the space is empty"],
    ["an unknown strategy", () => search(space, train, { strategy: "luck" as never }), 'there is no strategy "luck"; use one of "random", "grid", "gp", "halving", "hyperband", "asha"'],
    ["no trials", () => search(space, train, { trials: 0 }), "trials"],
    ["half a worker", () => search(space, train, { workers: 0.5 }), "workers"],
    ["what train's text does not declare", () => search(space, () => Object.keys(space).length, quiet), /train uses .*, which its own text does not declare.*put train into a module/],
    ["a method", () => search(space, { go() { return 1; } }.go, quiet), "train uses train, a method, which cannot go to another process"],
  ])("%s", async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  }); // prettier-ignore
});

it("a second notebook reads a search's journal, half-written lines and all, and makes a CSV file of it", async () => {
  const journal = path.join(folder, "read.jsonl");
  const own = { act: choice(["relu", [1, 2]]), x: integers(1, 2) };
  await search(own, ({ x }) => ({ score: x, loss: 1 / x }), {
    ...{ strategy: "grid", trials: 4, workers: 0, live: false, journal },
  });
  appendFileSync(journal, '{"number":4,"conf');
  const before = readFileSync(journal, "utf8");
  const found = await readSearch(own, journal);
  expect(readFileSync(journal, "utf8")).toBe(before);
  expect(found.status).toBe("finished");
  expect(found.best.score).toBe(2);
  expect(found.trials[2]!.configuration.act).toBe(own.act.bounds[1]);
  const lines = found.table().toCsv().trim().split("\n");
  expect(lines[0]).toBe("trial,act,x,budget,status,score,loss,seconds,host,reason");
  expect(lines[3]).toMatch(/^2,"\[1,2\]",1,1,done,1,1,[\d.e-]+,,$/);
  expect(readCsv(found.table().toCsv()).numbers("score")).toEqual([1, 2, 1, 2]);
  await expect(readSearch({ x: integers(1, 3) }, journal)).rejects.toThrow(
    /is the journal of another search: its space is/,
  );
  await expect(readSearch(own, path.join(folder, "none"))).rejects.toThrow("search: there is no file");
});

describe("reports", () => {
  /** The first six say more and more, the others less than anybody, until they are ended. */
  const train = async ({ a }: { a: number }, { report }: chainrule.TrialContext) => {
    for (let step = 0; step < (a < 6 ? 3 : Infinity); step++) await report(step, a < 6 ? a + step : -1);
    return a;
  };
  const eight = { a: choice([0, 1, 2, 3, 4, 5, 6, 7]) };
  const grid = { live: false, strategy: "grid" as const };

  it.each([0, 1, 2])("end a trial that is worse than the median, with %i processes", async (workers) => {
    const file = path.join(folder, `pruned-${workers}`);
    // Here a trial begins when at least as many have ended as are asked for.
    const found = await search(eight, train, {
      ...grid,
      workers,
      journal: file,
      prune: { trials: 4, step: 2 },
    });
    const state = ({ status, score, reports }: chainrule.Trial) => [status, score, reports?.length];
    expect(found.trials.map(state).slice(-3)).toEqual([
      ["done", 5, 3],
      ["pruned", undefined, 3],
      ["pruned", undefined, 3],
    ]);
    expect(found.best.score).toBe(5);
    expect(String(found.table().toCsv()).split("\n").at(-2)).toMatch(/^7,7,1,pruned,,2,-1,/);
    // What was ended is not tried again.
    const never = () => Promise.reject(new Error("tried again"));
    const again = await search(eight, never, {
      ...grid,
      workers: 0,
      journal: file,
      prune: { trials: 4, step: 2 },
    });
    expect(again.trials.map(state)).toEqual(found.trials.map(state));
    expect((await readSearch(eight, file)).trials.map(state)).toEqual(found.trials.map(state));
  });

  it("end nobody unless that is asked for, and are refused when they do not rise", async () => {
    const found = await search(
      { a: choice([1, 2]) },
      async ({ a }: { a: number }, { report }: chainrule.TrialContext) => {
        for (let step = 0; step < 3; step++) await report(a === 1 ? step : 4, a);
        return a;
      },
      { ...grid, workers: 1 },
    );
    expect(found.trials[0]!.reports).toEqual([[0, 1], [1, 1], [2, 1]]); // prettier-ignore
    expect(found.trials[1]!.reason).toBe(
      "ValueError: report: step 4 follows step 4; steps are whole numbers that rise.",
    );
  });

  it("that nobody waits for are counted, and leave the process alive", async () => {
    const found = await search(
      { a: choice([1, 2]) },
      ({ a }: { a: number }, { report }: chainrule.TrialContext) => {
        for (let step = 0; step < 50; step++) void report(step, a);
        return a;
      },
      { ...grid, workers: 1 },
    );
    expect(found.trials.map(({ score, reports }) => [score, reports!.length])).toEqual([[1, 50], [2, 50]]); // prettier-ignore
  });
});

it("a trial that hangs is ended after its time, once, and the others go on", async () => {
  const file = path.join(folder, "hangs.mjs");
  const log = path.join(folder, "hangs.log");
  writeFileSync(
    file,
    `import { appendFileSync } from "node:fs";
export const train = ({ a }) => { appendFileSync(${JSON.stringify(log)}, String(a)); for (; a === 2;); return a; };`,
  );
  const space = { a: choice([1, 2, 3]) };
  const found = await search(space, file, { ...quiet, strategy: "grid", timeout: 8 });
  expect(found.trials.map(({ score, reason }) => score ?? reason)).toEqual([
    1,
    "it took longer than 8 seconds",
    3,
  ]);
  expect(readFileSync(log, "utf8").replace(/[^2]/g, "")).toBe("2");
  await expect(search(space, file, { ...quiet, timeout: 0 })).rejects.toThrow(
    "a timeout of 0 seconds is none",
  );
  await expect(search(space, file, { workers: 0, timeout: 1 })).rejects.toThrow(
    "give workers with a timeout",
  );
});

describe("without rounds", () => {
  /** Trials of different lengths; says how many ran at a time. */
  const uneven = (busy: number[]) => {
    let running = 0;
    return async ({ x }: { x: number }, { number, budget }: chainrule.TrialContext) => {
      busy.push(++running);
      await new Promise((resolve) => setTimeout(resolve, number % 4 === 0 ? 60 : 5));
      running--;
      return -((x - 0.3) ** 2) * (1 + 1 / budget);
    };
  };
  const inHere = (width: number) => ({ live: false, place: placeHere(width) });
  /** A place that runs functions in this process. */
  const placeHere = (width: number): chainrule.Workplace => ({
    name: "here",
    width,
    open: () =>
      Promise.resolve({
        run: async (_, task, watch) => {
          watch?.begun?.(undefined);
          const { configuration, context } = task as {
            configuration: never;
            context: chainrule.TrialContext;
          };
          const score = await current(configuration, context);
          return { answer: { status: "done", score, measures: {} }, seconds: 0 };
        },
        close: () => Promise.resolve([]),
      }),
  });
  let current: (configuration: { x: number }, context: chainrule.TrialContext) => Promise<number>;
  const module = path.join(folder, "nothing.mjs");

  it("gp keeps every worker busy, and finds the top", async () => {
    const busy: number[] = [];
    current = uneven(busy);
    const found = await search({ x: uniform(0, 1) }, module, { ...inHere(4), strategy: "gp", asynchronous: true, trials: 24 }); // prettier-ignore
    expect(found.trials).toHaveLength(24);
    expect(Math.max(...busy)).toBe(4);
    expect(busy.slice(3, -3).every((count) => count >= 3)).toBe(true);
    expect(Math.abs((found.best.configuration as { x: number }).x - 0.3)).toBeLessThan(0.05);
  });

  it("asha continues the best third as soon as there is one, each configuration once a budget", async () => {
    current = uneven([]);
    const found = await search({ x: uniform(0, 1) }, module, { ...inHere(4), strategy: "asha", trials: 27 });
    const budgets = [1, 3, 9].map((budget) => found.trials.filter((one) => one.budget === budget));
    expect(budgets[0]).toHaveLength(27);
    expect(budgets[1]!.length).toBeGreaterThanOrEqual(9);
    expect(budgets[2]!.length).toBeGreaterThanOrEqual(3);
    for (const rung of budgets)
      expect(new Set(rung.map(({ configuration }) => JSON.stringify(configuration))).size).toBe(rung.length);
    // It did not wait for all 27.
    expect(found.trials.findIndex(({ budget }) => budget === 3)).toBeLessThan(20);
  });

  it("goes on from its journal, with what was tried", async () => {
    current = uneven([]);
    const journal = path.join(folder, "asynchronous.jsonl");
    const options = { ...inHere(2), strategy: "gp" as const, asynchronous: true, journal };
    const stop = new AbortController();
    const before = current;
    current = async (configuration, context) => {
      if (context.number === 6) stop.abort();
      return before(configuration, context);
    };
    await search({ x: uniform(0, 1) }, module, { ...options, trials: 12, signal: stop.signal });
    const kept = readFileSync(journal, "utf8").trim().split("\n").length - 1;
    expect(kept).toBeGreaterThan(3);
    let asked = 0;
    current = async (configuration, context) => {
      asked++;
      return before(configuration, context);
    };
    const found = await search({ x: uniform(0, 1) }, module, { ...options, trials: 12 });
    expect(found.trials).toHaveLength(12);
    expect(asked).toBe(12 - kept);
  });

  it("refuses a strategy that needs rounds", async () => {
    await expect(
      search(space, module, { strategy: "grid", asynchronous: true, live: false }),
    ).rejects.toThrow('search: "grid" is not asynchronous; use "gp" or "asha".');
  });
});
