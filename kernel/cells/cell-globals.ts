/** The globals that every cell has: `display`, `clearOutput`, `prompt`, `require`, and what libraries look for by symbol. */
import { join } from "#host/paths";
import type { CurrentRun } from "./current-run.js";
import type { Displays } from "./displays.js";
import { functionTexts } from "./function-text.js";
import type { Imports } from "./imports.js";
import type { Output } from "./output.js";

export interface GlobalParts {
  readonly cwd: string;
  readonly current: CurrentRun;
  readonly displays: Displays;
  readonly imports: Imports;
  readonly output: Output;
  /** The variables that cells have bound. */
  cells(): Readonly<Record<string, unknown>>;
}

/** Defines the globals. @returns a function that puts back what was there before */
export function installGlobals({ cwd, current, displays, imports, output, cells }: GlobalParts): () => void {
  /** Blocks until the user has typed one line. */
  const prompt = (question = "", password = false): string => {
    if (!output.input)
      throw new Error("prompt() is not available here: this front end has no way to ask for input.");
    return output.input(String(question), Boolean(password), current.ofCode?.cell);
  };
  const variable = (value: unknown): PropertyDescriptor => ({ value, writable: true });
  const globals: Record<string | symbol, PropertyDescriptor> = {
    display: variable(displays.display),
    clearOutput: variable(displays.clearOutput),
    prompt: variable(prompt),
    require: variable(imports.require),
    __filename: variable(join(cwd, "__cell__.ts")),
    __dirname: variable(cwd),
    // By this convention a library's long loop learns that its cell was interrupted.
    [Symbol.for("Jupyter.signal")]: { get: () => current.ofCode?.signal },
    // What a library's loop still does then is shown before the cell's end.
    [Symbol.for("Jupyter.settles")]: {
      get: () => {
        const run = current.ofCode;
        return run && ((promise: Promise<unknown>) => run.settles(promise));
      },
    },
    // A library that was interrupted may ask what is to become of its work.
    [Symbol.for("Jupyter.ask")]: {
      get: () => {
        const run = current.ofCode;
        const ask = output.ask?.bind(output);
        return run && ask && ((question: string) => run.asks(() => ask(String(question), false, run.cell)));
      },
    },
    [Symbol.for("Jupyter.portable")]: { value: functionTexts(cells) },
  };
  const before = Reflect.ownKeys(globals).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  for (const name of Reflect.ownKeys(globals))
    Object.defineProperty(globalThis, name, { ...globals[name], configurable: true, enumerable: false });
  const forgetMetadata = installMetadata();
  return () => {
    forgetMetadata();
    for (const [name, own] of before) {
      if (own) Object.defineProperty(globalThis, name, own);
      else Reflect.deleteProperty(globalThis, name);
    }
  };
}

/** Gives `Symbol.metadata`, which decorators write to, where JavaScript has none yet. @returns takes it back */
function installMetadata(): () => void {
  if ("metadata" in Symbol) return () => {};
  Object.defineProperty(Symbol, "metadata", { value: Symbol("Symbol.metadata"), configurable: true });
  return () => void Reflect.deleteProperty(Symbol, "metadata");
}
