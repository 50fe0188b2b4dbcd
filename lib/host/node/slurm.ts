/**
 * A cluster as a place (Slurm). Tasks that are given at once are one array of jobs; program, tasks and answers are files
 * of a folder that all nodes see, named by their contents, so that a notebook that was killed and runs again finds what
 * is done and what still runs. Slurm itself begins a task again whose node was lost. There is no open port and no secret:
 * the folder belongs to its user alone.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { deserialize, serialize } from "node:v8";
import type { Workplace, Ran, Runs, SlurmOptions, TaskWatch, Work } from "../place-contract.js";
import { idOf } from "./sealed.js";
import { writeWhole } from "./write-whole.js";

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

export function slurm({ folder, options = [], width = 256 }: SlurmOptions): Workplace {
  return {
    name: `the Slurm cluster, through ${folder}`,
    width,
    async open(work) {
      const most = await largestArray();
      return new SlurmRuns({ work, folder: resolve(folder), options, most });
    },
  };
}

interface Cluster {
  readonly work: Work;
  readonly folder: string;
  readonly options: readonly string[];
  /** The most tasks of one array. */
  readonly most: number;
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
  /** How often Slurm did not know it any more, though there was no answer. */
  missed: number;
}

class SlurmRuns implements Runs {
  readonly #cluster: Cluster;
  readonly #open = new Map<string, Open>();
  readonly #homes = new WeakMap<object, Promise<string>>();
  readonly #attempts = new Map<string, number>();
  #gathered: Open[] = [];
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #isClosed = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async run(program: unknown, task: unknown, watch: TaskWatch = {}): Promise<Ran> {
    if (this.#isClosed) return STOPPED;
    const home = await this.#homeOf(program as object);
    const bytes = serialize(task);
    const own = idOf(bytes).slice(0, 16);
    const attempt = (this.#attempts.get(own) ?? -1) + 1;
    this.#attempts.set(own, attempt);
    const name = `${own}-${attempt}`;
    await writeWhole(join(home, `${name}.task`), bytes);
    const job = (await read(join(home, `${name}.job`)))?.toString();
    return new Promise((resolve, reject) => {
      const open: Open = { home, name, resolve, reject, watch, heard: 0, missed: 0 };
      this.#open.set(join(home, name), open);
      if (job === undefined) this.#gather(open);
      else open.job = job; // of an earlier notebook; it may still run, or have ended
      this.#watch();
    });
  }

  async close(): Promise<readonly string[]> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { resolve } of open) resolve(STOPPED);
    const waiting = open.filter(({ job, host }) => job !== undefined && host === undefined);
    if (waiting.length > 0)
      await run("scancel", ["--state=PENDING", ...waiting.map(({ job }) => job!)]).catch(() => {});
    for (const { home, name } of waiting) await rm(join(home, `${name}.job`), { force: true });
    return open.flatMap(({ job, host }) => (host === undefined ? [] : [`${host} (scancel ${job})`]));
  }

  /** The folder of a program, which has it as a file. */
  #homeOf(program: object): Promise<string> {
    let home = this.#homes.get(program);
    if (home === undefined) {
      home = (async () => {
        const bytes = serialize(program);
        const { folder, work } = this.#cluster;
        const own = join(folder, `chainrule-${work}-${idOf(bytes).slice(0, 16)}`);
        await mkdir(own, { recursive: true, mode: 0o700 });
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
      for (const home of new Set(all.map((one) => one.home)))
        void this.#submitAll(all.filter((one) => one.home === home));
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
    if (tasks.length === 0 || this.#isClosed) return;
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
    if (this.#timer !== undefined || this.#isClosed || this.#open.size === 0) return;
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
    if (bytes === undefined) return;
    this.#open.delete(join(home, name));
    open.resolve(deserialize(bytes) as Ran);
    // Who asks again, asks for a new run.
    for (const ending of ["answer", "begun", "job", "task", "reports", "end"])
      await rm(join(home, `${name}.${ending}`), { force: true });
  }

  /** Looks for tasks that ended without an answer: out of memory, out of time, cancelled. */
  async #ask(): Promise<void> {
    const submitted = [...this.#open.values()].filter(({ job }) => job !== undefined);
    if (submitted.length === 0) return;
    const arrays = [...new Set(submitted.map(({ job }) => job!.split("_")[0]))];
    const listed = await run("squeue", [
      "-h",
      "-r",
      "-t",
      "all",
      "-o",
      "%F_%K %T",
      "-j",
      arrays.join(","),
    ]).then(
      ({ stdout }) => stdout,
      (error: Error) => (/Invalid job id/i.test(error.message) ? "" : undefined),
    );
    if (listed === undefined) return; // Slurm does not answer now
    const states = new Map(listed.split("\n").map((line) => line.trim().split(" ") as [string, string]));
    for (const open of submitted) {
      const state = states.get(open.job!);
      const isOver =
        state === undefined ||
        /^(FAILED|CANCELLED|TIMEOUT|OUT_OF_MEMORY|DEADLINE|BOOT_FAIL|COMPLETED)/.test(state);
      // Its answer may be on its way through a slow folder.
      if (!isOver || ++open.missed < 3 || !this.#open.delete(join(open.home, open.name))) continue;
      await rm(join(open.home, `${open.name}.job`), { force: true });
      const why =
        state === undefined
          ? "does not know it any more"
          : `says ${state.toLowerCase().replaceAll("_", " ")}`;
      open.resolve({
        ended: `Slurm ${why} (job ${open.job})`,
        seconds: 0,
        ...(open.host && { host: open.host }),
      });
    }
  }
}

/** @throws Error in words when there is no Slurm */
async function largestArray(): Promise<number> {
  const { stdout } = await run("scontrol", ["show", "config"]);
  // The largest index is one less.
  return Math.max(1, Number(/MaxArraySize\s*=\s*(\d+)/.exec(stdout)?.[1] ?? 1001) - 1);
}

/** Runs one of Slurm's programs. @throws Error in words when it is not there, does not answer or refuses */
async function run(program: string, words: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(program, words, { timeout: 60_000, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { code, stderr = "", message } = error as NodeJS.ErrnoException & { stderr?: string };
    throw new Error(
      code === "ENOENT"
        ? `slurm: there is no ${program} on this machine; run the notebook on a machine of the cluster.`
        : `slurm: ${program} failed: ${stderr.trim() || message}`,
      { cause: error },
    );
  }
}

async function read(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch(() => undefined);
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
