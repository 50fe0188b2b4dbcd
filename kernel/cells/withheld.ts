/** What a student's code gets in the place of a name of the library that it must not use: here and when it is graded. */
import type { LoadedModule } from "../../lib/host/kernel-contract.js";

/** To import a withheld name is harmless; to use it is not. */
export function withhold(name: string): unknown {
  const refuse = (): never => {
    throw new ReferenceError(
      `${name} of the library is not there while this exercise is graded: write it yourself.`,
    );
  };
  return new Proxy(function () {}, { apply: refuse, construct: refuse, get: refuse });
}

/** A module of which all names but these are withheld. */
export function withOnly(module: LoadedModule, allowed: ReadonlySet<string>): LoadedModule {
  const view = Object.create(null) as LoadedModule;
  for (const name of Object.keys(module)) {
    if (name === "default") continue;
    const read = allowed.has(name) ? () => module[name] : () => withhold(name);
    Object.defineProperty(view, name, { get: read, enumerable: true });
  }
  return view;
}
