/**
 * Values that say what they are: `String(value)`, a template string, `console.log(value)` and a notebook print the
 * same words, never `[object Object]` and never private fields.
 */

const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** A value whose `toString` says in a line or a small table what it is. */
export abstract class Printed {
  abstract toString(): string;

  /** What Node's `util.inspect`, and so `console.log`, prints. */
  [inspect](): string {
    return this.toString();
  }
}

/** A name and what was chosen: `SGD, lr 0.1, momentum 0.9`. Options that were left out, and functions, are not named. */
export function showOptions(name: string, options: object): string {
  const words = Object.entries(options).flatMap(([key, value]) => {
    if (value === undefined || typeof value === "function") return [];
    if (Array.isArray(value)) return [`${key} ${value.join(", ")}`];
    return typeof value === "object" && value !== null ? [] : [`${key} ${String(value)}`];
  });
  return [name, ...words].join(", ");
}
