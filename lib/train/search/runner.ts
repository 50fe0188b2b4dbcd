/** What runs the trials of a search: this process, or a place, which gets `train` together with the values that it names. */
import { moduleAddress } from "#host/processes";
import { ValueError } from "../../array/errors.js";
import type { User, Workplace } from "../../host/place-contract.js";
import type { FromWorker, Task } from "./messages.js";
import { notebook, packAll } from "./parcel.js";
import { TRAIN, importTrain, type Program } from "./program.js";
import type { Space } from "./space.js";
import { failure, outcomeOf, reporter, type Outcome, type Train } from "./trial.js";

/** How many times a trial is started again after its process died. */
const RETRIES = 1;

/** How a trial ended, how long it took, and on which other machine. */
type Timed = Outcome & { readonly seconds: number; readonly host?: string };

/** Who is told of a trial. */
export interface TrialWatch {
  /**
   * It begins, on the first machine or on another one.
   * @param lost  how many machines were lost that had begun it
   */
  begun(host: string | undefined, lost: number): void;
  /** @returns whether the trial should end */
  reported(step: number, value: number): boolean;
}

/** Runs trials, in this process or in others. */
export interface Runner {
  run(task: Task, watch: TrialWatch): Promise<Timed>;
  /** @returns the machines on which trials still run */
  close(user?: User): Promise<readonly string[]>;
}

/** Runs trials in this process, one after another. */
export async function here<S extends Space>(train: Train<S> | URL | string): Promise<Runner> {
  const call = (typeof train === "function" ? train : await importTrain(urlOf(train))) as (
    ...all: unknown[]
  ) => unknown;
  return {
    run: async ({ configuration, context }, { begun, reported }) => {
      begun(undefined, 0);
      const started = performance.now();
      const whole = { ...context, report: reporter(reported) };
      const outcome = await (async () => outcomeOf(await call(configuration, whole)))().catch(failure);
      return { ...outcome, seconds: (performance.now() - started) / 1000 };
    },
    close: () => Promise.resolve([]),
  };
}

function urlOf(where: URL | string): string {
  return where instanceof URL || /^\w+:\/\//.test(where) ? String(where) : moduleAddress(where);
}

/**
 * Runs trials in processes of their own, on this machine or on others.
 * @param library  what the other side has, by name
 */
export async function elsewhere(
  train: Train<Space> | URL | string,
  place: Workplace,
  library: Readonly<Record<string, unknown>>,
): Promise<Runner> {
  const sent: Record<string, unknown> = { [TRAIN]: train };
  const makeProgram = (): Program =>
    typeof train === "function"
      ? { kind: "parcels", parcels: packAll(sent, library) }
      : { kind: "module", url: urlOf(train) };
  let program = makeProgram();
  const runs = await place.open("search");
  /** Sends the value of a name that `train` was found to use. */
  const add = (name: string): void => {
    const found = notebook()?.lookup(name);
    if (Object.hasOwn(sent, name)) return; // another trial has already asked for it
    if (!found)
      throw new ValueError(
        `search: train uses ${name}, which its own text does not declare. In a notebook, declare it at the top level of a cell; in a program, put train into a module and give its URL, or search with { workers: 0 }.`,
      );
    sent[name] = found.value;
    program = makeProgram();
  };
  return {
    run: async (task, { begun, reported }) => {
      for (let died = 0; ;) {
        const had = new Set(Object.keys(sent));
        let begins = died;
        const watch = { begun: (host: string | undefined) => begun(host, begins++), reported };
        const { seconds, host, ...ran } = await runs.run(program, task, watch);
        const timed = { seconds, ...(host !== undefined && { host }) };
        if (ran.ended !== undefined) {
          if (died++ === RETRIES || ran.isFinal) return { status: "failed", reason: ran.ended, ...timed };
          continue;
        }
        const answer = ran.answer as FromWorker;
        if (answer.status !== "missing") return { ...answer, ...timed };
        // A module declares its own names; and a name that was sent but is still missing is an error in train itself.
        if (typeof train !== "function" || had.has(answer.name))
          return { status: "failed", reason: `ReferenceError: ${answer.name} is not defined`, ...timed };
        add(answer.name);
      }
    },
    close: (user) => runs.close(user),
  };
}
