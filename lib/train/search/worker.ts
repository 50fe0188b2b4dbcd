/**
 * One worker of a search: a process of its own, so that a trial that runs out of memory or crashes takes nothing with
 * it. It is told a program, runs one trial after another, and ends when nobody listens any more.
 */
import { ValueError } from "../../array/errors.js";
import type { Configuration, Space } from "./space.js";
import { library } from "./door.js";
import { unpack, type Parcel } from "./parcel.js";
import { outcomeOf, type Outcome, type TrialContext } from "./trial.js";

/** Where `train` comes from. */
export type Program =
  | { readonly kind: "module"; readonly url: string }
  | { readonly kind: "parcels"; readonly parcels: Readonly<Record<string, Parcel>> };

export type ToWorker =
  | { readonly type: "program"; readonly program: Program }
  | { readonly type: "trial"; readonly configuration: Configuration<Space>; readonly context: TrialContext };

/** What a trial came to; `missing` is a name that `train` reads and that was not sent. */
export type FromWorker = Outcome | { readonly status: "missing"; readonly name: string };

type AnyTrain = (configuration: unknown, context: TrialContext) => unknown;

/** The name under which `train` travels, which is no name of a cell. */
export const TRAIN = "$train";

let train: Promise<AnyTrain> | undefined;

async function load(program: Program): Promise<AnyTrain> {
  if (program.kind === "module") {
    const module = (await import(program.url)) as { default?: unknown; train?: unknown };
    const found = module.train ?? module.default;
    if (typeof found !== "function")
      throw new ValueError(`${program.url} exports no function named train, and no default one`);
    return found as AnyTrain;
  }
  const door = await library();
  // Functions see the library, and each other, as free names.
  const scope = Object.create(Object.assign(Object.create(null) as object, door)) as Record<string, unknown>;
  const compile = (source: string): unknown =>
    new Function("scope", `with (scope) { return (${source}); }`)(scope);
  for (const [name, parcel] of Object.entries(program.parcels))
    scope[name] = unpack(parcel, { library: door, compile });
  return scope[TRAIN] as AnyTrain;
}

async function run({ configuration, context }: Extract<ToWorker, { type: "trial" }>): Promise<FromWorker> {
  try {
    return outcomeOf(await (await train!)(configuration, context));
  } catch (error) {
    const missing = error instanceof ReferenceError && /^(\S+) is not defined$/.exec(error.message)?.[1];
    if (missing) return { status: "missing", name: missing };
    return {
      status: "failed",
      reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}

/** Serves the process that started this one. */
export function serve(): void {
  process.on("message", async (message: ToWorker) => {
    if (message.type === "trial") return process.send!(await run(message));
    train = load(message.program);
    train.catch(() => {}); // told by the first trial
  });
  process.on("disconnect", () => process.exit());
}

if (process.env["CHAINRULE_SEARCH_WORKER"] === String(process.ppid) && process.send) serve();
