/**
 * A queue on a real Redis, with workers that are killed, refuse, exit and hang: every trial is counted once, or fails with
 * a sentence that says why and where. The processes run dist/, from `npm run build`.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { queue } from "../../../lib/host/node/queue.js";
import type { JobProgress } from "../../../lib/host/node/queue-link.js";
import { search } from "../../../lib/train/search/search.js";
import { choice } from "../../../lib/train/search/space.js";
import { projectRoot, withTool } from "../../support/shared.js";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import { smallAssignment, withCell } from "../../support/small-assignment.js";
import { cli, KEY, RedisServer, WorkerProcess } from "./machines.js";

withTool("redis-server", "the queue", ({ command }) => {
  const folder = mkdtempSync(path.join(tmpdir(), "chainrule-queue-"));
  const log = path.join(folder, "log");
  const workers: WorkerProcess[] = [];
  let redis: RedisServer;
  let count = 0;

  const worker = (host: string, options?: ConstructorParameters<typeof WorkerProcess>[2]): WorkerProcess => {
    const env = { CHAINRULE_CACHE: path.join(folder, `cache-${host}`), ...options?.env };
    const one = new WorkerProcess(redis.url, host, { ...options, env });
    workers.push(one);
    return one;
  };
  /** A module whose trials note in the log that they begin, and do what `body` says. */
  const module = (body: string): URL => {
    const file = path.join(folder, `train-${count++}.mjs`);
    writeFileSync(
      file,
      `import { appendFileSync } from "node:fs";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export async function train({ a }, { number, report }) { appendFileSync(${JSON.stringify(log)}, number + "\\n"); ${body} }`,
    );
    return pathToFileURL(file);
  };
  const begun = (): string[] =>
    existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  const place = (width = 64) => queue(redis.url, { key: KEY, width });
  const numbers = (n: number) => ({ a: choice(Array.from({ length: n }, (_, i) => i)) });
  const options = (n: number) => ({ live: false, strategy: "grid" as const, trials: n, place: place() });

  beforeAll(async () => void (redis = await RedisServer.start(command)));
  afterEach(() => {
    for (const one of workers.splice(0)) one.kill();
    rmSync(log, { force: true });
  });
  afterAll(async () => {
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("counts every trial once, though a machine is lost in the middle of one", async () => {
    const [h1, h2] = [worker("h1"), worker("h2")];
    const train = module("await pause(number < 2 ? 1500 : 50); return a;");
    const searching = search(numbers(10), train, options(10));
    await h1.until("search .*: done");
    // It is killed while it has begun another trial.
    const had = begun().length;
    while (begun().length < had + 2) await new Promise((resolve) => setTimeout(resolve, 20));
    h2.kill();
    const found = await searching;
    expect(found.trials.map(({ score }) => score)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(found.trials.map(({ host }) => host))).toContain("h1");
    expect(found.trials.every(({ seconds }) => seconds! < 4)).toBe(true);
  });

  it("counts a beginning once, though it is told twice and out of order", async () => {
    worker("h1");
    const goOn = path.join(folder, "go-on");
    const train = module(
      `const { existsSync } = await import("node:fs"); while (!existsSync(${JSON.stringify(goOn)})) await pause(20); return a;`,
    );
    const searching = search(numbers(1), train, options(1));
    while (begun().length < 1) await new Promise((resolve) => setTimeout(resolve, 20));
    const jobs = new Queue("chainrule", { connection: new Redis(redis.url, { maxRetriesPerRequest: null }) });
    const [job] = await jobs.getActive();
    const own = job.progress as JobProgress;
    // Another machine began it before, and both are told again.
    for (const progress of [
      { host: "h0", begun: own.begun - 1 },
      own,
      { host: "h0", begun: own.begun - 1 },
      own,
    ])
      await job.updateProgress(progress);
    writeFileSync(goOn, "");
    const { trials } = await searching;
    await jobs.close();
    expect(trials.map(({ score, lost }) => [score, lost])).toEqual([[0, 1]]);
  });

  it("sends the functions and tensors of a program, and gives the scores that this machine gives", async () => {
    worker("h1");
    const source = `async ({ lr }, { seed }) => {
      const { train, test } = digits({ train: 60, test: 40, seed: 1 });
      const net = new Sequential({ flat: new Flatten(), fc: new Linear({ in: 784, out: 10 }) }, { seed });
      await fit(net, train, { optimizer: new SGD({ lr }), batchSize: 20, seed, live: false });
      return evaluate(net, test).accuracy;
    }`;
    const train = (0, eval)(`(${source})`) as () => Promise<number>;
    const space = { lr: choice([0.001, 0.02, 0.05]) };
    const there = await search(space, train, { live: false, strategy: "grid", place: place() });
    const here = await search(space, train, { live: false, strategy: "grid", workers: 1 });
    expect(there.trials.map(({ score }) => score)).toEqual(here.trials.map(({ score }) => score));
    expect(there.trials.every(({ status }) => status === "done")).toBe(true);
  });

  it.each([
    ["exits", "process.exit(3)", /^its process ended \(exit code 3\)$/],
    ["throws", "throw new RangeError('too deep')", /^RangeError: too deep$/],
    ["lacks a data set", "const { mnist } = await import(process.env.CHAINRULE_HERE); await mnist({ folder: '/nowhere', download: false }); return 1", /mnist.*\/nowhere/],
  ])("a trial that %s fails with its reason, and the worker goes on", async (_, body, reason) => {
    worker("h1", { env: { CHAINRULE_HERE: pathToFileURL(path.join(projectRoot, "dist/lib/index.js")).href } });
    const train = module(`if (a === 1) { ${body} } return a;`);
    const found = await search(numbers(3), train, options(3));
    expect(found.trials.map(({ status }) => status)).toEqual(["done", "failed", "done"]);
    expect(found.trials[1]!.reason).toMatch(reason);
    expect(found.trials[1]!.host).toBe("h1");
  }); // prettier-ignore

  it("ends a trial that is worse than the others, and shows what it reported", async () => {
    worker("h1");
    const train = module(
      "for (let step = 0; step < (a < 3 ? 2 : Infinity); step++) { await report(step, a < 3 ? 1 : 0); await pause(20); } return a;",
    );
    const found = await search(numbers(4), train, { ...options(4), workers: 1, prune: { trials: 3 } });
    expect(found.trials.map(({ status, score }) => score ?? status)).toEqual([0, 1, 2, "pruned"]);
    expect(found.trials[0]!.reports).toEqual([[0, 1], [1, 1]]); // prettier-ignore
    expect(found.trials[3]!.reports!.length).toBeGreaterThan(1);
  });

  it("a worker with another key runs nothing", async () => {
    worker("h1", { env: { CHAINRULE_WORKER_KEY: "another key, just as long" } });
    const found = await search(numbers(1), module("return a;"), options(1));
    expect(found.trials[0]!.reason).toBe(
      "h1 refused the task: it is not signed with the key that is set here (CHAINRULE_WORKER_KEY)",
    );
    expect(begun()).toEqual([]);
  });

  it("a module that the worker's machine lacks is named", async () => {
    worker("h1");
    const found = await search(numbers(1), new URL("file:///home/me/train.js"), options(1));
    expect(found.trials[0]!.reason).toMatch(/Cannot find module '\/home\/me\/train\.js'/);
  });

  it("waits for Redis when it goes and comes back, and prints nothing", async () => {
    worker("h1");
    const searching = search(numbers(8), module("await pause(300); return a;"), options(8));
    while (begun().length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    await redis.stop();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await redis.again();
    const found = await searching;
    expect(found.trials.map(({ score }) => score)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("a worker that is asked to end gives its trial back, within ten seconds, with Redis and without", async () => {
    const first = worker("h1");
    const train = module("await pause(a === 0 && number === 0 ? 4000 : 10); return a;");
    const searching = search(numbers(2), train, options(2));
    while (begun().length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await first.end()).toBeLessThan(10_000);
    worker("h2");
    const found = await searching;
    expect(found.trials.map(({ score, host }) => [score, host])).toEqual([[0, "h2"], [1, "h2"]]); // prettier-ignore
    const third = worker("h3");
    await third.until("takes one task");
    await redis.stop();
    expect(await third.end()).toBeLessThan(10_000);
    await redis.again();
  });

  it("a notebook that was killed finds what is done and what still runs", async () => {
    worker("h1");
    const train = module("await pause(400); return a;");
    const program = path.join(folder, "notebook.mjs");
    writeFileSync(
      program,
      `import { search, choice, queue } from ${JSON.stringify(pathToFileURL(path.join(projectRoot, "dist/lib/train/index.js")).href)};
const found = await search({ a: choice([0, 1, 2, 3, 4, 5]) }, new URL(${JSON.stringify(train.href)}), { live: false, strategy: "grid", journal: ${JSON.stringify(path.join(folder, "journal"))}, place: queue(${JSON.stringify(redis.url)}) });
console.log(JSON.stringify(found.trials.map(({ score }) => score)));`,
    );
    const run = () =>
      spawn(process.execPath, [program], { env: { ...process.env, CHAINRULE_WORKER_KEY: KEY } });
    const first = run();
    while (begun().length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    first.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const second = run();
    let printed = "";
    second.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    second.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
    await new Promise((resolve) => second.once("close", resolve));
    expect(printed).toBe("[0,1,2,3,4,5]\n");
    expect(begun().sort()).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("a search that is stopped takes back what nobody has begun, and says what still runs", async () => {
    worker("h1");
    const stop = new AbortController();
    const searching = search(numbers(6), module("await pause(3000); return a;"), {
      ...options(6),
      signal: stop.signal,
    });
    while (begun().length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    const found = await searching;
    expect(found.status).toBe("stopped");
    expect(found.stillRunning).toEqual(["h1"]);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(begun()).toHaveLength(1);
  });

  it("refuses a Redis that forgets, one that is not there, and a program that is too large", async () => {
    const forgetful = await RedisServer.start(command, "--maxmemory-policy", "allkeys-lru");
    await expect(queue(forgetful.url, { key: KEY }).open("search")).rejects.toThrow(
      /drops entries when its memory is full \(maxmemory-policy allkeys-lru\), so tasks could be lost; set it to noeviction/,
    );
    await forgetful.close();
    await expect(queue(forgetful.url, { key: KEY }).open("search")).rejects.toThrow(
      /127\.0\.0\.1:\d+ gives no connection \(.*ECONNREFUSED.*\); is Redis or Valkey running there/,
    );
    const runs = await place().open("search");
    await expect(runs.run({ data: new Float32Array(20 * 2 ** 20) }, 1)).rejects.toThrow(
      /have 80 MB, and at most 64 MB are sent; load large data inside the function, for example with mnist\(\)/,
    );
    await runs.close();
  });

  it("says that Redis is full", async () => {
    const small = await RedisServer.start(command, "--maxmemory", "3mb");
    const runs = await queue(small.url, { key: KEY }).open("search");
    const program = { data: new Float32Array(2 ** 20).map(Math.random) };
    await expect(runs.run(program, 1)).rejects.toThrow(/has no memory left \(its maxmemory is reached\)/);
    await runs.close();
    await small.close();
  });

  it("grades with the marks that this machine gives, though one of two workers is killed", async () => {
    const source = path.join(folder, "source.ipynb");
    writeFileSync(source, formatNotebook(smallAssignment));
    const answers = ["return 2 * x;", "return x;", "return x + x;", "throw new Error('not yet');"];
    const files = answers.map((answer, i) => {
      const file = path.join(folder, `student-${i}.ipynb`);
      writeFileSync(
        file,
        formatNotebook(withCell("double", `function double(x: number): number { ${answer} }`)),
      );
      return file;
    });
    const words = ["grade", ...files, "--source", source, "--seed", "5", "--json"];
    const marksOf = (text: string) =>
      (JSON.parse(text) as { submissions: { points: number }[] }).submissions.map(({ points }) => points);
    const here = spawnSync(process.execPath, [cli, ...words], { encoding: "utf8" });
    const [h1] = [worker("h1"), worker("h2")];
    const there = spawn(process.execPath, [cli, ...words, "--place", redis.url], {
      env: { ...process.env, CHAINRULE_WORKER_KEY: KEY },
    });
    let printed = "";
    there.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    await h1.until("grade .*: done");
    h1.kill();
    await new Promise((resolve) => there.once("close", resolve));
    expect(marksOf(printed)).toEqual(marksOf(here.stdout));
    expect(marksOf(printed)).toHaveLength(4);
  });

  it("runs a folder of notebooks, and says which one stopped", async () => {
    worker("h1");
    const notebook = (name: string, text: string): string => {
      const file = path.join(folder, name);
      const cell = { cell_type: "code", metadata: {}, execution_count: null, outputs: [], source: text };
      writeFileSync(file, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
      return file;
    };
    const files = [notebook("good.ipynb", "1 + 1"), notebook("bad.ipynb", "throw new Error('no')")];
    const out = path.join(folder, "out");
    const { status, stdout } = spawnSync(
      process.execPath,
      [cli, "run", ...files, "--place", redis.url, "--out", out],
      { encoding: "utf8", env: { ...process.env, CHAINRULE_WORKER_KEY: KEY } },
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/of 2 · .*good\.ipynb · 1 cell in [\d.]+ s · h1/);
    expect(stdout).toMatch(/of 2 · .*bad\.ipynb · stopped at cell 1 of 1/);
    expect(readFileSync(path.join(out, "good.ipynb"), "utf8")).toContain('"2"');
  });
});

it("says what is wrong with a key or an address before anything is sent", () => {
  expect(() => queue("redis://lab", { key: "short" })).toThrow(
    "queue: the key has 5 characters; it signs programs that workers run, so give at least 16.",
  );
  expect(() => queue("http://lab", { key: KEY })).toThrow("must begin with redis:// or rediss://");
});
