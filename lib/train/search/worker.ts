/**
 * One worker of a search. It is a separate process, so that a trial that runs out of memory or crashes does no harm to the
 * search. It gets a program, runs one trial after another, and ends when its parent is gone.
 */
import { serveParent } from "#host/processes";
import type { FromWorker, Report, Task, ToWorker } from "./messages.js";
import { unpack } from "./parcel.js";
import { TRAIN, importTrain, type Program } from "./program.js";
import { SENT, failure, outcomeOf, reporter, type TrialContext } from "./trial.js";

type AnyTrain = (configuration: unknown, context: TrialContext) => unknown;

let train: Promise<AnyTrain> | undefined;
/** Reports that have no verdict yet, in their order. */
const reported: ((end: boolean) => void)[] = [];

async function load(program: Program): Promise<AnyTrain> {
  if (program.kind === "module") return (await importTrain(program.url)) as AnyTrain;
  const { library } = await import("./search.js");
  const all = await library();
  // Functions see the library, and each other, as free names.
  const scope = Object.create(Object.assign(Object.create(null) as object, all)) as Record<string, unknown>;
  const compile = (source: string): unknown =>
    new Function("scope", `with (scope) { return (\n${source}\n); }\n//# sourceURL=${SENT.name}`)(scope);
  for (const [name, parcel] of Object.entries(program.parcels))
    scope[name] = unpack(parcel, { library: all, compile });
  return scope[TRAIN] as AnyTrain;
}

async function run({ configuration, context }: Task, send: (report: Report) => void): Promise<FromWorker> {
  const report = reporter((...report) => {
    send({ report });
    return new Promise((resolve) => reported.push(resolve));
  });
  try {
    return outcomeOf(await (await train!)(configuration, { ...context, report }));
  } catch (error) {
    const missing = error instanceof ReferenceError && /^(\S+) is not defined$/.exec(error.message)?.[1];
    if (missing) return { status: "missing", name: missing };
    return failure(error);
  }
}

serveParent("search", async (message, answer) => {
  const told = message as ToWorker;
  if (told.type === "task") return answer(await run(told.task, answer));
  if (told.type === "verdict") return reported.shift()!(told.end);
  train = load(told.program);
  train.catch(() => {}); // the first trial reports the error
});
