/**
 * The processes of this machine as a place: a fixed number at a time, with a new one for each that dies. One that is there
 * is given the next program rather than ended.
 */
import { callLater } from "#host/program";
import type { Processes, StartedProcess } from "./contract.js";
import type { Workplace, Ran, Runs, TaskWatch } from "./place-contract.js";

/** A process, and the program that it has been given. */
interface Member {
  readonly started: StartedProcess;
  program: unknown;
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

  /** Runs one task in an idle process, which is given the program if it has another one, or in a new process. */
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
    if (this.#isClosed) this.#leave(member);
    else this.#idle.push(member);
    return { answer: answer.message, seconds: seconds() };
  }

  close(): Promise<readonly string[]> {
    this.#isClosed = true;
    for (const one of this.#idle.splice(0)) this.#leave(one);
    for (const { started } of this.#all) started.stop();
    this.#all.clear();
    return Promise.resolve([]);
  }

  /** An idle process, or a new one. */
  #take(program: unknown): Member {
    let member = this.#idle.pop();
    while (member?.started.over) {
      this.#all.delete(member);
      member = this.#idle.pop();
    }
    member ??= { started: this.#start(), program: undefined };
    this.#all.add(member);
    if (member.program !== program) {
      member.started.send({ type: "program", program });
      member.program = program;
    }
    return member;
  }

  #leave(member: Member): void {
    this.#all.delete(member);
    member.started.leave();
  }
}

function isReport(message: unknown): message is { readonly report: readonly [number, number] } {
  return typeof message === "object" && message !== null && "report" in message;
}
