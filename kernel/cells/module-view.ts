/**
 * A module as TypeScript's types describe it. An ES module is used as it is. Of a CommonJS module every property is a
 * named export and the whole object is the default export, unless the module says that it was compiled from an ES
 * module: then it is treated as that ES module.
 */
import type { ImportedModule, LoadedModule } from "../../lib/host/kernel-contract.js";

const views = new WeakMap<object, LoadedModule>();

/** What `import * as` gives of a module. */
export function viewOf({ namespace, commonJs }: ImportedModule): LoadedModule {
  const whole = commonJs?.exports;
  if ((typeof whole !== "object" && typeof whole !== "function") || whole === null) return namespace;
  if ("__esModule" in whole && whole.__esModule && "default" in whole) return whole as LoadedModule;
  let view = views.get(whole);
  if (!view) views.set(whole, (view = describe(whole)));
  return view;
}

function describe(whole: object): LoadedModule {
  const view = Object.create(null) as LoadedModule;
  for (const [name, enumerable] of namesOf(whole))
    Object.defineProperty(view, name, { get: () => (whole as LoadedModule)[name], enumerable });
  return Object.defineProperty(view, "default", { value: whole, enumerable: true });
}

/** The names that can be imported, inherited methods included, and whether each is enumerable. */
function namesOf(whole: object): Map<string, boolean> {
  const names = new Map<string, boolean>();
  const ends: unknown[] = [Object.prototype, Function.prototype, Array.prototype, null];
  for (let from = whole; !ends.includes(from); from = Object.getPrototypeOf(from) as object)
    for (const [name, { enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(from)))
      if (!names.has(name)) names.set(name, from === whole && enumerable === true);
  // Left out: properties that every function or class has, and `then`, which would make the module look like a promise.
  for (const name of ["arguments", "caller", "constructor", "prototype", "then"])
    if (!names.get(name)) names.delete(name);
  names.delete("default");
  return names;
}
