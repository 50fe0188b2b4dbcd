/** The processes of this machine as a place: a fixed number at a time, with a new one for each that dies. */
import { callLater } from "#host/program";
import type { Processes, StartedProcess } from "./contract.js";
import type { Workplace, Ran, Runs, TaskWatch } from "./place-contract.js";

/** A process, and the program that it has been given. */
interface Member {
  readonly started: StartedProcess;
  readonly program: unknown;
}

/**
 * The processes get `{ type: "program", program }` and then, one at a time, `{ type: "task", task }`. They may answer with
 * reports, `{ report: [step, value] }`, each of which gets `{ type: "verdict", end }`; their next other message is the
 * task's answer.
 */
export function placeOf(start: Processes["startProcess"], width: number): Workplace {
  return {
    name: "this machine",
    width,
    open: (work) => {
      if (work !== "search") return Promise.reject(new Error(`this machine has no processes for ${work}.`));
      return Promise.resolve(new Pool(() => start(work, { CHAINRULE_THREADS: "1" })));
    },
  };
}

class Pool implements Runs {
  readonly #start: () => StartedProcess;
  #idle: Member[] = [];
  readonly #all = new Set<Member>();
  #isClosed = false;

  /** @param start  one task for each core, so each process computes with one thread */
  constructor(start: () => StartedProcess) {
    this.#start = start;
  }

  /** Runs one task in an idle process that has the program, or in a new one. */
  async run(program: unknown, task: unknown, watch: TaskWatch = {}): Promise<Ran> {
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    if (this.#isClosed) return { ended: "it was stopped", seconds: 0 };
    const member = this.#take(program);
    watch.begun?.(undefined);
    member.started.send({ type: "task", task });
    const { limit } = task as { readonly limit?: number };
    let late = false;
    // A process that computes without end hears nothing, so it is ended from outside.
    const forget =
      limit === undefined
        ? () => {}
        : callLater(limit * 1000, () => {
            late = true;
            member.started.stop();
          });
    let answer = await member.started.next();
    for (; "message" in answer && isReport(answer.message); answer = await member.started.next()) {
      const end = watch.reported?.(...answer.message.report) ?? false;
      member.started.send({ type: "verdict", end });
    }
    forget();
    if ("ended" in answer) {
      this.#all.delete(member);
      if (late) return { ended: `it took longer than ${limit} seconds`, isFinal: true, seconds: seconds() };
      return { ended: answer.ended, seconds: seconds() };
    }
    if (this.#isClosed) this.#end(member);
    else this.#idle.push(member);
    return { answer: answer.message, seconds: seconds() };
  }

  close(): Promise<readonly string[]> {
    this.#isClosed = true;
    for (const one of this.#all) this.#end(one);
    return Promise.resolve([]);
  }

  #take(program: unknown): Member {
    const idle = this.#idle;
    this.#idle = [];
    let taken: Member | undefined;
    for (const one of idle) {
      if (one.started.over) this.#all.delete(one);
      // An earlier program is not asked for again.
      else if (one.program !== program) this.#end(one);
      else if (taken === undefined) taken = one;
      else this.#idle.push(one);
    }
    if (taken) return taken;
    const started = this.#start();
    const member = { started, program };
    this.#all.add(member);
    started.send({ type: "program", program });
    return member;
  }

  #end(member: Member): void {
    this.#all.delete(member);
    member.started.stop();
  }
}

function isReport(message: unknown): message is { readonly report: readonly [number, number] } {
  return typeof message === "object" && message !== null && "report" in message;
}
