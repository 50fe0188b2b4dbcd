/** Values as text: Node's `util.inspect`, from a package that extracts it from Node. */
export { inspect } from "node-inspect-extracted";

/** A page cannot tell a proxy from what it stands for. */
export const isProxy = (_value: unknown): boolean => false;

/** A page cannot tell a proxy of a promise from a promise. */
export function isPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise;
  } catch {
    return false;
  }
}
