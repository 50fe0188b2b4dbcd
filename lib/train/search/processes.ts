/** The processes that run a search's trials: a fixed number at a time, with a new one for each that dies. */
import { startProcess } from "#host/processes";
import type { StartedProcess } from "../../host/contract.js";
import type { Program } from "./program.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** The result of a trial whose process ended before the trial did. */
export interface Died {
  readonly status: "died";
  readonly reason: string;
}

export class Pool {
  readonly #idle: StartedProcess[] = [];
  readonly #all = new Set<StartedProcess>();
  #program: Program;
  #closed = false;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Gives all workers another program; a worker that runs a trial gets it before its next one. */
  set program(program: Program) {
    this.#program = program;
    for (const one of this.#idle.splice(0)) this.#end(one);
  }

  /** Runs one trial in an idle process, or in a new one. */
  async run(trial: Extract<ToWorker, { type: "trial" }>): Promise<FromWorker | Died> {
    if (this.#closed) return { status: "died", reason: "the search was stopped" };
    const program = this.#program;
    const one = this.#free() ?? this.#start();
    one.send(trial);
    const answer = await one.next();
    if ("ended" in answer) {
      this.#all.delete(one);
      return { status: "died", reason: answer.ended };
    }
    if (this.#closed || program !== this.#program) this.#end(one);
    else this.#idle.push(one);
    return answer.message as FromWorker;
  }

  close(): void {
    this.#closed = true;
    for (const one of this.#all) this.#end(one);
  }

  /** An idle process that has not died. */
  #free(): StartedProcess | undefined {
    for (let one = this.#idle.pop(); one; one = this.#idle.pop()) {
      if (!one.over) return one;
      this.#all.delete(one);
    }
    return undefined;
  }

  #start(): StartedProcess {
    // One trial for each core, so each trial computes with one thread.
    const started = startProcess("search", { CHAINRULE_THREADS: "1" });
    this.#all.add(started);
    started.send({ type: "program", program: this.#program } satisfies ToWorker);
    return started;
  }

  #end(one: StartedProcess): void {
    this.#all.delete(one);
    one.stop();
  }
}
