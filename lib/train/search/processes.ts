/** The processes that run a search's trials: so many at a time, a new one for each that dies. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Program } from "./program.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** What is said of a trial whose process ended under it. */
export interface Died {
  readonly status: "died";
  readonly reason: string;
}

export class Pool {
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  #program: Program;
  #closed = false;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Gives all workers another program; those that run a trial get it before their next one. */
  set program(program: Program) {
    this.#program = program;
    for (const child of this.#idle.splice(0)) this.#end(child);
  }

  /** Runs one trial in a process that is free, or in a new one. */
  run(trial: Extract<ToWorker, { type: "trial" }>): Promise<FromWorker | Died> {
    if (this.#closed) return Promise.resolve({ status: "died", reason: "the search was stopped" });
    const program = this.#program;
    const child = this.#idle.pop() ?? this.#start();
    return new Promise((resolve) => {
      const answered = (answer: FromWorker): void => {
        child.off("exit", ended);
        if (this.#closed || program !== this.#program) this.#end(child);
        else this.#idle.push(child);
        resolve(answer);
      };
      const ended = (code: number | null, signal: string | null): void => {
        child.off("message", answered);
        resolve({ status: "died", reason: `its process ended (${signal ?? `exit code ${code}`})` });
      };
      child.once("message", answered);
      child.once("exit", ended);
      child.send(trial);
    });
  }

  close(): void {
    this.#closed = true;
    for (const child of this.#all) this.#end(child);
  }

  #start(): ChildProcess {
    const child = fork(workerFile(), {
      // One trial a core: each computes with one thread.
      env: { ...process.env, CHAINRULE_THREADS: "1", CHAINRULE_SEARCH_WORKER: String(process.pid) },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#all.add(child);
    child.once("exit", () => {
      this.#all.delete(child);
      const at = this.#idle.indexOf(child);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    child.on("error", () => {}); // "exit" follows
    child.send({ type: "program", program: this.#program } satisfies ToWorker);
    return child;
  }

  #end(child: ChildProcess): void {
    child.kill("SIGKILL");
  }
}

/** Workers run compiled JavaScript: a program started from the sources takes it from dist. */
function workerFile(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(
    new URL(isSource ? "../../../dist/lib/train/search/worker.js" : "./worker.js", import.meta.url),
  );
}
