/**
 * The thread that manages a submission's process: it starts the process, runs its cells, passes calls on, watches time
 * and memory, and ends the process when it exceeds a limit. The process then starts again without the cell or function
 * that was running, so that an endless function loses only its own points.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { NODE_FLAGS } from "../setup/install.js";
import type { StudentCell } from "./plan.js";
import { connect } from "../threads/rpc.js";
import type { Connection } from "../threads/rpc.js";
import { linesPort } from "./lines.js";
import { CACHE } from "./stage.js";
import type { StudentProcess, StudentReply, StudentRequest } from "./student.js";

/** What a submission may use. */
export interface SubmissionLimits {
  /** Processor seconds for one cell or one call; a process that is idle may take four times as long. */
  readonly call: number;
  /** Seconds of wall-clock time for all calls of one function. */
  readonly total: number;
  /** Megabytes. */
  readonly memory: number;
}

export interface SubmissionWorkerData {
  readonly cells: readonly StudentCell[];
  /** The folder that the process sees as the package. */
  readonly stage: string;
  /** The other folders that the process may read: the package's real files. */
  readonly readable: readonly string[];
  readonly limits: SubmissionLimits;
  /** Set to 1 when an answer has been posted. */
  readonly signal: Int32Array;
  readonly port: MessagePort;
}

export interface SubmissionCall {
  readonly name: string;
  readonly parts: unknown;
}

/** The reply to a call, and sentences about cells that failed. */
export interface SubmissionAnswer {
  readonly reply: StudentReply;
  readonly notes: readonly string[];
}

const MOST_REPLY = 64 * 2 ** 20;
/** Seconds for Node, the compiler and the plugins to start. */
const START = 60;

const { cells, stage, readable, limits, signal, port } = workerData as SubmissionWorkerData;

/** Cells that ended the process, and why. */
const deadCells = new Map<number, string>();
/** Functions that ended the process, and why. */
const deadNames = new Map<string, string>();
/** Seconds that calls of each function took. */
const used = new Map<string, number>();
const failedCells = new Map<number, string>();

class Student {
  readonly #process: ChildProcess;
  readonly #connection: Connection<StudentProcess>;
  readonly #watch: NodeJS.Timeout;
  #ended: Error | undefined;

  constructor() {
    const permission = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    const flags = [
      ...NODE_FLAGS,
      ...[permission, "--allow-worker", "--allow-addons"],
      ...[stage, ...readable].map((folder) => `--allow-fs-read=${folder}`),
      ...["--preserve-symlinks", "--preserve-symlinks-main", "--no-warnings"],
      `--max-old-space-size=${Math.floor(limits.memory / 2)}`,
    ];
    const main = path.join(stage, "dist", "kernel", "grade", "student.js");
    this.#process = spawn(process.execPath, [...flags, main], {
      cwd: path.join(stage, "work"),
      env: {
        ...{ PATH: process.env.PATH, LANG: process.env.LANG },
        ...{ HOME: path.join(stage, "work"), CHAINRULE_CACHE: path.join(stage, CACHE) },
      },
      stdio: ["pipe", "ignore", "ignore", "pipe"],
    });
    const replies = this.#process.stdio[REPLIES] as Readable;
    replies.setEncoding("utf8").on("error", () => {});
    this.#process.stdin!.on("error", () => {});
    const lines = {
      write: (line: string) => void this.#process.stdin!.write(line),
      onText: (listener: (text: string) => void) => void replies.on("data", listener),
    };
    const port = linesPort(lines, {
      accepts: isAnswer,
      longest: MOST_REPLY,
      refused: (why) =>
        this.end(
          why === "too long"
            ? "returned more than the grader takes"
            : "wrote to the line that belongs to the grader",
        ),
    });
    this.#connection = connect<StudentProcess>(port, {}, { name: "The submission" });
    this.#process.on("error", (error) => this.end(`could not be started (${error.message})`));
    this.#process.on("exit", (code, how) => {
      const hint = how === "SIGABRT" ? ", most likely for want of memory" : "";
      this.end(how ? `was ended by ${how}${hint}` : `ended its process with code ${code}`);
    });
    this.#watch = setInterval(() => this.#checkMemory(), 100);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** @throws Error saying why, when the process ended before the answer came */
  async ask(request: StudentRequest, seconds: number): Promise<StudentReply> {
    if (this.#ended) throw this.#ended;
    // A busy machine must not cost points: only the time that the process computes counts, and the time that it is idle,
    // not the time that it waits for a processor.
    const started = usageOf(this.#process.pid).computed;
    let [before, last, idle] = [started, performance.now(), 0];
    const watch = setInterval(() => {
      const { computed, isRunnable } = usageOf(this.#process.pid);
      const now = performance.now();
      if (computed === before && !isRunnable) idle += (now - last) / 1000;
      [before, last] = [computed, now];
      if (computed - started > seconds) this.end(`ran for more than ${seconds} s`);
      else if (idle > 4 * seconds) this.end(`gave no answer within ${4 * seconds} s`);
    }, 100);
    try {
      return await this.#connection.remote.answer(request);
    } finally {
      clearInterval(watch);
    }
  }

  end(why: string): void {
    if (this.#ended) return;
    this.#ended = new Error(why);
    clearInterval(this.#watch);
    this.#process.kill("SIGKILL");
    this.#connection.fail(this.#ended);
  }

  #checkMemory(): void {
    const pages = residentPages(this.#process.pid);
    if (pages * 4096 > limits.memory * 2 ** 20) this.end(`took more than ${limits.memory} MB of memory`);
  }
}

/** Whether a message has the form of an answer: the code in that process can write anything. */
function isAnswer(message: unknown): boolean {
  const { t: type, i: id, r: reply } = (message ?? {}) as Record<string, unknown>;
  return type === "s" && typeof id === "string" && typeof (reply as StudentReply | null)?.ok === "boolean";
}

/** The file descriptor that replies come from. */
const REPLIES = 3;

/** The process's memory in pages; 0 where the system does not say: there only V8's own limit holds. */
function residentPages(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  } catch {
    return 0;
  }
}

/**
 * The processor seconds that a process has used, and whether its main thread is computing or ready to compute. Where the
 * system does not say, the process counts as idle: there only the wall clock limits it.
 */
function usageOf(pid: number | undefined): { computed: number; isRunnable: boolean } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    // In hundredths of a second: in user mode, and in the system for it.
    return { computed: (Number(fields[11]) + Number(fields[12])) / 100, isRunnable: fields[0] === "R" };
  } catch {
    return { computed: 0, isRunnable: false };
  }
}

let student: Student | undefined;

/** A process in which every cell that may run has run. */
async function ready(): Promise<Student> {
  if (student && !student.hasEnded) return student;
  // Each repetition except the last excludes one more cell.
  for (;;) {
    const fresh = (student = new Student());
    await fresh.ask({ type: "cell", name: "start", source: "" }, START);
    let at = 0;
    try {
      for (; at < cells.length; at++) {
        if (deadCells.has(at)) continue;
        const { name, source, isGiven } = cells[at];
        const seconds = isGiven ? START : limits.call;
        const reply = await fresh.ask({ type: "cell", name, source }, seconds);
        if (reply.ok) failedCells.delete(at);
        else failedCells.set(at, `${reply.name}: ${firstLine(reply.message)}`);
      }
      return fresh;
    } catch (error) {
      if (!fresh.hasEnded) fresh.end("failed");
      deadCells.set(at, (error as Error).message);
    }
  }
}

async function answer({ name, parts }: SubmissionCall): Promise<SubmissionAnswer> {
  let reply: StudentReply;
  try {
    const dead = deadNames.get(name);
    if (dead !== undefined) throw new Error(dead);
    const running = await ready();
    const spent = used.get(name) ?? 0;
    const seconds = Math.min(limits.call, limits.total - spent);
    const started = performance.now();
    try {
      reply = await running.ask({ type: "call", name, parts }, seconds);
      used.set(name, spent + (performance.now() - started) / 1000);
      if (used.get(name)! >= limits.total)
        deadNames.set(name, `${name} ran for more than ${limits.total} s altogether.`);
    } catch (error) {
      const why = `${name} ${(error as Error).message}.`;
      deadNames.set(name, why);
      throw new Error(why, { cause: error });
    }
    if (!reply.ok && reply.name === "ReferenceError" && reply.message === `${name} is not defined`)
      reply = { ...reply, message: `${reply.message}${whyMissing(name)}` };
  } catch (error) {
    reply = { ok: false, name: "SubmissionError", message: (error as Error).message };
  }
  return { reply, notes: [...describe(deadCells), ...describe(failedCells)] };
}

/** Why a function is missing: the cells that declare it failed, or no cell declares it. */
function whyMissing(name: string): string {
  const declares = new RegExp(`\\b(?:function|const|let|var)\\s+${name}\\b`);
  const isIts = ([at]: [number, string]): boolean => declares.test(cells[at].source);
  const notes = describe(new Map([...deadCells, ...failedCells].filter(isIts)));
  return notes.length > 0 ? `. ${notes.join(" ")}` : ": write it in the cell that is meant for it.";
}

function describe(failures: ReadonlyMap<number, string>): string[] {
  return [...failures].map(
    ([at, why]) => `The cell ${cells[at].name} failed: ${why}${/[.!?]$/.test(why) ? "" : "."}`,
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0].slice(0, 300);
}

port.on("message", (call: SubmissionCall | "end") => {
  if (call === "end") {
    student?.end("is finished");
    port.close();
    parentPort?.close();
    return;
  }
  void answer(call).then((result) => {
    port.postMessage(result);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
});
