/**
 * A cluster as a place, on Slurm itself with three nodes: one is switched off in the middle of its trials, a notebook is
 * killed, jobs are cancelled by hand, a search is stopped. What is promised is counted. Needs root; the tasks run dist/.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { slurm } from "../../../lib/host/node/slurm.js";
import type { TaskWatch, Workplace } from "../../../lib/host/place-contract.js";
import { search } from "../../../lib/train/search/search.js";
import { choice } from "../../../lib/train/search/space.js";
import { projectRoot, withTool } from "../../support/shared.js";
import { Hosts } from "./hosts.js";
import { SlurmNodes } from "./slurm-nodes.js";

const whyNot = Hosts.whyNot();
if (whyNot !== undefined) console.log(`the nodes of a cluster: skipped, ${whyNot}`);

/** Waits for a state, however long it takes on a busy machine. */
async function until(state: () => boolean): Promise<void> {
  while (!state()) await new Promise((resolve) => setTimeout(resolve, 100));
}

withTool("slurm-wlm", "the nodes of a cluster", () => {
  describe.skipIf(whyNot !== undefined)("", () => {
    let nodes: SlurmNodes;
    let shared: string;
    let log: string;
    let flag: string;
    let count = 0;

    beforeAll(async () => {
      nodes = await SlurmNodes.start(["n1", "n2", "n3"], { slots: 2 });
      log = path.join(nodes.folder, "log");
      flag = path.join(nodes.folder, "go");
    });
    afterEach(() => {
      for (const file of [log, flag]) rmSync(file, { force: true });
    });
    afterAll(() => nodes.close());

    /** A module whose trials note in the log where they begin, and do what `body` says. */
    const module = (body: string): URL => {
      const file = path.join(nodes.folder, `train-${count++}.mjs`);
      writeFileSync(
        file,
        `import { appendFileSync, existsSync } from "node:fs";
import { hostname } from "node:os";
const host = hostname();
const go = async () => { while (!existsSync(${JSON.stringify(flag)})) await new Promise((resolve) => setTimeout(resolve, 50)); };
export async function train({ a }) { appendFileSync(${JSON.stringify(log)}, host + " " + a + "\\n"); ${body} }`,
      );
      return pathToFileURL(file);
    };
    const begun = (host = ""): string[] =>
      existsSync(log)
        ? readFileSync(log, "utf8").split("\n").filter((line) => line !== "" && line.startsWith(host))
        : []; // prettier-ignore
    const numbers = (n: number) => ({ a: choice(Array.from({ length: n }, (_, i) => i)) });
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
    const options = (n: number) => {
      shared = path.join(nodes.folder, `shared-${count}`);
      mkdirSync(shared);
      return { live: false, strategy: "grid" as const, trials: n, place: slurm({ folder: shared }) };
    };

    /** Slurm lets a task that it begins again wait for two minutes; its administrator need not. */
    const beginAgain = async (n: number): Promise<void> => {
      const waiting = () => nodes.tasks().filter(({ reason }) => reason === "BeginTime");
      await until(() => waiting().length === n);
      for (const { job } of waiting()) nodes.ask("scontrol", "update", `JobId=${job}`, "StartTime=now");
    };

    it("a node that is switched off in the middle of its trials: every trial counts once", async () => {
      const train = module("if (host === 'n2') await go(); return a;");
      const searching = search(numbers(40), train, options(40));
      await until(() => begun("n2 ").length === 2);
      nodes.kill("n2");
      await beginAgain(2);
      const found = await searching;
      expect(found.trials.map(({ score }) => score)).toEqual(upTo(40));
      // The two that it had begun were begun again elsewhere, and the table says so.
      expect(begun()).toHaveLength(42);
      const lost = found.trials.filter((one) => one.lost === 1).map(({ configuration: { a } }) => `n2 ${a}`);
      expect(lost.sort()).toEqual(begun("n2 ").sort());
      expect(new Set(found.trials.map(({ host }) => host))).toEqual(new Set(["n1", "n3"]));
      nodes.switchOn("n2");
    });

    it("a node that is cut off and comes back: its trials run elsewhere and count once, and it works on", async () => {
      const train = module("if (host === 'n2') await go(); return a;");
      const searching = search(numbers(8), train, options(8));
      await until(() => begun("n2 ").length === 2);
      nodes.cut("n2");
      await beginAgain(2);
      const found = await searching;
      expect(found.trials.map(({ score }) => score)).toEqual(upTo(8));
      expect(new Set(found.trials.map(({ host }) => host))).toEqual(new Set(["n1", "n3"]));
      expect(begun()).toHaveLength(10);
      nodes.cut("n2", false);
      await until(() => nodes.ask("sinfo", "-h", "-N", "-n", "n2", "-o", "%t") === "idle");
      rmSync(log);
      const later = search(numbers(6), module("await go(); return a + 100;"), options(6));
      await until(() => begun().length === 6);
      writeFileSync(flag, "");
      expect((await later).trials.map(({ score }) => score)).toEqual(upTo(6).map((a) => a + 100));
      expect(begun("n2 ")).toHaveLength(2);
    });

    it("a notebook that is killed, and run again: it finds what is done, what waits and what runs", async () => {
      const train = module("if (a >= 3) await go(); return a;");
      const program = path.join(nodes.folder, "notebook.mjs");
      const door = pathToFileURL(path.join(projectRoot, "dist/lib/train/index.js")).href;
      const journal = path.join(nodes.folder, "journal");
      const noted = () => (existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 2 : 0);
      options(0);
      writeFileSync(
        program,
        `import { search, choice, slurm } from ${JSON.stringify(door)};
const found = await search({ a: choice(Array.from({ length: 12 }, (_, i) => i)) }, new URL(${JSON.stringify(train.href)}), { live: false, strategy: "grid", journal: ${JSON.stringify(journal)}, place: slurm({ folder: ${JSON.stringify(shared)} }) });
console.log(JSON.stringify(found.trials.map(({ score }) => score)));`,
      );
      const first = spawn(process.execPath, [program], { stdio: "ignore" });
      // Three are done, and as many run as there are slots.
      await until(() => noted() === 3 && begun().length === 9);
      first.kill("SIGKILL");
      const second = spawn(process.execPath, [program]);
      let printed = "";
      for (const stream of [second.stdout, second.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
      writeFileSync(flag, "");
      await new Promise((resolve) => second.once("close", resolve));
      expect(printed).toBe(`${JSON.stringify(upTo(12))}\n`);
      expect(begun().map((line) => Number(line.split(" ")[1])).sort((a, b) => a - b)).toEqual(upTo(12)); // prettier-ignore
    });

    it("a job that somebody cancels fails with Slurm's word; what else ends a trial has its reason", async () => {
      const library = pathToFileURL(path.join(projectRoot, "dist/lib/index.js")).href;
      const train = module(`if (a === 1) await go();
if (a === 2) throw new Error("no such digit");
if (a === 3) process.exit(3);
if (a === 4) await (await import(${JSON.stringify(library)})).mnist({ folder: "/nowhere", download: false });
return a;`);
      const searching = search(numbers(6), train, options(6));
      const left = () => nodes.tasks().filter(({ state }) => /^(PENDING|RUNNING|COMPLETING)$/.test(state));
      // What ends without a score by itself is begun again, once: something may have killed it.
      await until(() => begun().length === 7 && left().length === 1);
      const { job } = left()[0]!;
      nodes.ask("scancel", job);
      const found = await searching;
      expect(found.trials.map(({ score, reason }) => score ?? reason)).toEqual([
        0,
        `Slurm says cancelled (job ${job})`,
        "Error: no such digit",
        "its process ended (exit code 3)",
        expect.stringMatching(/mnist.*\/nowhere/),
        5,
      ]);
      expect(begun()).toHaveLength(7);
    });

    it("a trial that hangs fails after its time", async () => {
      const train = module("for (; a === 1;); return a;");
      const found = await search(numbers(3), train, { ...options(3), timeout: 6 });
      expect(found.trials.map(({ score, reason }) => score ?? reason)).toEqual([
        0,
        "it took longer than 6 seconds",
        2,
      ]);
    });

    it("a search that is stopped: what nobody has begun is cancelled, and what runs is named", async () => {
      const stop = new AbortController();
      const train = module("await go(); return a;");
      const { place, ...rest } = options(10);
      let heard = 0;
      const listening: Workplace = {
        ...place,
        async open(work) {
          const runs = await place.open(work);
          const begun = (watch: TaskWatch) => (host: string | undefined) => {
            heard++;
            watch.begun?.(host);
          };
          return {
            run: (program, task, watch = {}) => runs.run(program, task, { ...watch, begun: begun(watch) }),
            close: () => runs.close(),
          };
        },
      };
      const searching = search(numbers(10), train, { ...rest, place: listening, signal: stop.signal });
      await until(() => heard === 6 && begun().length === 6);
      stop.abort();
      const found = await searching;
      expect(found.stillRunning).toHaveLength(6);
      for (const one of found.stillRunning) expect(one).toMatch(/^n[123] \(scancel \d+_\d\)$/);
      await until(() => nodes.tasks().every(({ state }) => state !== "PENDING"));
      for (const one of found.stillRunning) nodes.ask("scancel", /\d+_\d/.exec(one)![0]);
      await until(() => nodes.tasks().every(({ state }) => !/^(RUNNING|COMPLETING)$/.test(state)));
      expect(begun()).toHaveLength(6);
    });
  });
});
