/**
 * A cluster as a place (Slurm). Tasks that are given at once are one array of jobs; program, tasks and answers are files
 * of a folder that all nodes see, named by their contents, so that a notebook that was killed and runs again finds what
 * is done and what still runs. Slurm itself begins a task again whose node was lost. There is no open port and no secret:
 * the folder belongs to its user alone.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import type { OnStop, Ran, Runs, SlurmOptions, TaskWatch, User, Work, Workplace } from "../place-contract.js";
import { idOf } from "./sealed.js";
import { endOf, isForGood, isLive, largestArray, run, statesOf } from "./slurm-jobs.js";
import { letGo } from "./slurm-stop.js";
import { writeWhole } from "./write-whole.js";
import { makeFolder } from "./folders.js";

/** The package's command, which the nodes run; they see the package under the same path. */
const COMMAND = fileURLToPath(
  new URL(
    `${import.meta.url.endsWith(".ts") ? "../../../dist/" : "../../../"}kernel/cli.js`,
    import.meta.url,
  ),
);

/** Milliseconds: between two looks into the folder, and between two questions to Slurm. */
const [LOOK, ASK] = [500, 2_000];
/** Milliseconds in which tasks are gathered into one array. */
const GATHER = 50;

const STOPPED: Ran = { ended: "it was stopped", seconds: 0 };

export function slurm({ folder, options = [], width = 256, onStop = "ask" }: SlurmOptions): Workplace {
  if (!["ask", "cancel", "cancel waiting", "leave"].includes(onStop))
    throw new Error(
      `slurm: onStop is "ask", "cancel", "cancel waiting" or "leave", not ${JSON.stringify(onStop)}.`,
    );
  return {
    name: `the Slurm cluster, through ${folder}`,
    width,
    async open(work) {
      const most = await largestArray();
      return new SlurmRuns({ work, folder: resolve(folder), options, most, onStop });
    },
  };
}

interface Cluster {
  readonly work: Work;
  readonly folder: string;
  readonly options: readonly string[];
  /** The most tasks of one array. */
  readonly most: number;
  readonly onStop: OnStop;
}

/** A task that was given and has not ended. */
interface Open {
  readonly home: string;
  readonly name: string;
  readonly resolve: (ran: Ran) => void;
  readonly reject: (error: Error) => void;
  readonly watch: TaskWatch;
  /** What Slurm calls it: the array's number, "_", its index; undefined until it is submitted. */
  job?: string;
  host?: string;
  /** How many of its reports were read. */
  heard: number;
  /** The answer of a task whose process was killed, until Slurm says whether it was Slurm's doing. */
  killed?: Ran;
  /** How often Slurm did not know it any more, though there was no answer. */
  missed: number;
}

class SlurmRuns implements Runs {
  readonly #cluster: Cluster;
  readonly #open = new Map<string, Open>();
  readonly #homes = new WeakMap<object, Promise<string>>();
  /** What was asked for before is stored. */
  #before: Promise<unknown> = Promise.resolve();
  readonly #attempts = new Map<string, number>();
  #gathered: Open[] = [];
  /** Arrays on their way to Slurm. */
  readonly #sending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #isClosed = false;
  /** Whether the program ends, because it was interrupted. */
  #isEnding = false;
  readonly #forgetSignal: () => void;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#forgetSignal = this.#onSignal();
  }

  async run(program: unknown, task: unknown, watch: TaskWatch = {}): Promise<Ran> {
    if (this.#isClosed) return STOPPED;
    // Files may be written in any order; jobs are sent in the order in which they were asked for.
    const before = this.#before;
    const stored = this.#store(program as object, task);
    this.#before = Promise.allSettled([before, stored]);
    const { home, name, job } = await stored;
    await before;
    return new Promise((resolve, reject) => {
      const open: Open = { home, name, resolve, reject, watch, heard: 0, missed: 0 };
      this.#open.set(join(home, name), open);
      if (job === undefined) this.#gather(open);
      else open.job = job; // of an earlier notebook; it may still run, or have ended
      this.#watch();
    });
  }

  /** Writes a task's file. @returns where it is, and its job, if an earlier notebook has sent it */
  async #store(
    program: object,
    task: unknown,
  ): Promise<{ home: string; name: string; job: string | undefined }> {
    const home = await this.#homeOf(program);
    const bytes = serialize(task);
    const own = idOf(bytes).slice(0, 16);
    const attempt = (this.#attempts.get(own) ?? -1) + 1;
    this.#attempts.set(own, attempt);
    const name = `${own}-${attempt}`;
    await writeWhole(join(home, `${name}.task`), bytes);
    const job = (await read(join(home, `${name}.job`)))?.toString();
    return { home, name, job };
  }

  async close(user?: User): Promise<readonly string[]> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { resolve } of open) resolve(STOPPED);
    this.#forgetSignal();
    return this.#letGo(open, user);
  }

  async #letGo(open: readonly Open[], user: User | undefined): Promise<readonly string[]> {
    // An array that is on its way has a number soon, without which nobody could cancel it.
    await Promise.all(this.#sending);
    const left = await letGo(open.filter(isSubmitted), this.#cluster.onStop, user);
    return left.flatMap(({ job, host }) => (host === undefined ? [] : [`${host} (scancel ${job})`]));
  }

  /** A program that is interrupted ends when its jobs are let go. In a notebook the kernel hears the signal, and closes the search. */
  #onSignal(): () => void {
    if (process.listenerCount("SIGINT") > 0) return () => {};
    const forget = (): void => void process.off("SIGINT", hear);
    const hear = (): void => {
      // A terminal and the program that started this one may both send it.
      if (this.#isEnding) return;
      this.#isEnding = true;
      const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
      void this.#letGo([...this.#open.values()], { tell }).finally(() => {
        forget();
        process.kill(process.pid, "SIGINT");
      });
    };
    process.on("SIGINT", hear);
    return forget;
  }

  /** The folder of a program, which has it as a file. */
  #homeOf(program: object): Promise<string> {
    let home = this.#homes.get(program);
    if (home === undefined) {
      home = (async () => {
        const bytes = serialize(program);
        const { folder, work } = this.#cluster;
        const own = join(folder, `chainrule-${work}-${idOf(bytes).slice(0, 16)}`);
        makeFolder(own, 0o700);
        await writeWhole(join(own, "program"), bytes);
        return own;
      })();
      this.#homes.set(program, home);
    }
    return home;
  }

  /** All that is asked for within a moment is one array. */
  #gather(open: Open): void {
    if (this.#gathered.push(open) > 1) return;
    setTimeout(() => {
      const all = this.#gathered;
      this.#gathered = [];
      for (const home of new Set(all.map((one) => one.home))) {
        const sending = this.#submitAll(all.filter((one) => one.home === home));
        this.#sending.add(sending);
        void sending.finally(() => this.#sending.delete(sending));
      }
    }, GATHER);
  }

  async #submitAll(tasks: readonly Open[]): Promise<void> {
    const { most } = this.#cluster;
    for (let at = 0; at < tasks.length; at += most) {
      const some = tasks.slice(at, at + most).filter(({ home, name }) => this.#open.has(join(home, name)));
      await this.#submit(some).catch((error: Error) => {
        for (const one of some) {
          this.#open.delete(join(one.home, one.name));
          one.reject(error);
        }
      });
    }
  }

  async #submit(tasks: readonly Open[]): Promise<void> {
    if (tasks.length === 0 || this.#isClosed || this.#isEnding) return;
    const [{ home }] = tasks;
    const round = join(home, `round-${Date.now()}-${tasks[0].name}`);
    await writeWhole(`${round}.list`, Buffer.from(tasks.map(({ name }) => name).join("\n")));
    const words = [process.execPath, COMMAND, "worker", "--slurm-list", `${round}.list`]
      .map(quoted)
      .join(" ");
    await writeWhole(`${round}.sh`, Buffer.from(`#!/bin/sh\nexec ${words} --index "$SLURM_ARRAY_TASK_ID"\n`));
    const { stdout } = await run("sbatch", [
      ...[
        "--parsable",
        "--requeue",
        `--array=0-${tasks.length - 1}`,
        `--job-name=chainrule-${this.#cluster.work}`,
      ],
      ...[`--output=${round}-%a.log`, "--open-mode=append", `--chdir=${dirname(round)}`],
      ...this.#cluster.options,
      `${round}.sh`,
    ]);
    const array = stdout.trim().split(";")[0];
    for (const [index, one] of tasks.entries()) {
      one.job = `${array}_${index}`;
      await writeWhole(join(home, `${one.name}.job`), Buffer.from(one.job));
    }
  }

  #watch(): void {
    if (this.#timer !== undefined || this.#isClosed || this.#isEnding || this.#open.size === 0) return;
    this.#timer = setTimeout(() => {
      void this.#look()
        .catch(() => {}) // a folder on the network may be away for a while
        .then(() => {
          this.#timer = undefined;
          this.#watch();
        });
    }, LOOK);
  }

  async #look(): Promise<void> {
    for (const home of new Set([...this.#open.values()].map((one) => one.home))) {
      const names = new Set(await readdir(home));
      for (const open of [...this.#open.values()].filter((one) => one.home === home)) {
        if (names.has(`${open.name}.begun`)) await this.#begun(open);
        if (names.has(`${open.name}.reports`)) await this.#reported(open);
        if (names.has(`${open.name}.answer`)) await this.#answered(open);
      }
    }
    if (Date.now() - this.#asked > ASK) {
      this.#asked = Date.now();
      await this.#ask();
    }
  }

  async #begun(open: Open): Promise<void> {
    const host = (await read(join(open.home, `${open.name}.begun`)))?.toString();
    if (host === undefined || host === open.host) return;
    open.host = host;
    open.heard = 0;
    open.watch.begun?.(host.split(" ")[0]);
  }

  async #reported(open: Open): Promise<void> {
    const { home, name } = open;
    const text = (await read(join(home, `${name}.reports`)))?.toString() ?? "";
    // The last line may be half written.
    const lines = text.split("\n").slice(0, -1);
    for (const line of lines.slice(open.heard)) {
      const [step, value] = JSON.parse(line) as [number, number | null];
      if (open.watch.reported?.(step, value ?? NaN))
        await writeWhole(join(home, `${name}.end`), Buffer.from(""));
    }
    open.heard = lines.length;
  }

  async #answered(open: Open): Promise<void> {
    const { home, name } = open;
    const bytes = await read(join(home, `${name}.answer`));
    if (bytes === undefined || open.killed) return;
    const ran = deserialize(bytes) as Ran;
    // Slurm ends all processes of a task at once; the worker may outlive its child by as long as an answer takes.
    if (ran.ended && /SIG(KILL|TERM)/.test(ran.ended)) open.killed = ran;
    else await this.#close(open, ran);
  }

  /** Gives a task its answer. Who asks again, asks for a new run. */
  async #close(open: Open, ran: Ran): Promise<void> {
    const { home, name } = open;
    this.#open.delete(join(home, name));
    open.resolve(ran);
    for (const ending of ["answer", "begun", "job", "task", "reports", "end"])
      await rm(join(home, `${name}.${ending}`), { force: true });
  }

  /** Looks for tasks that ended without an answer: out of memory, out of time, cancelled. */
  async #ask(): Promise<void> {
    const submitted = [...this.#open.values()].filter(isSubmitted);
    if (submitted.length === 0) return;
    const states = await statesOf(submitted).catch(() => undefined);
    if (states === undefined) return; // Slurm does not answer now
    for (const open of submitted) {
      const { job, home, name, host } = open;
      const state = states.get(job);
      if (isLive(state)) continue;
      const { killed } = open;
      if (killed && !isForGood(state)) {
        await this.#close(open, killed);
        continue;
      }
      // Its answer may be on its way through a slow folder.
      if (!killed && (++open.missed < 3 || !this.#open.has(join(home, name)))) continue;
      const { ended, isFinal } = await endOf(job, state);
      await this.#close(open, { ended, isFinal, seconds: killed?.seconds ?? 0, ...(host && { host }) });
    }
  }
}

const isSubmitted = (one: Open): one is Open & { job: string } => one.job !== undefined;

async function read(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch(() => undefined);
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
