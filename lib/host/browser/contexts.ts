/** A browser cannot carry a value through promises; it has no async hooks either, and cannot terminate code. */
import type { AsyncContext } from "../kernel-contract.js";

export const SAFE_BEFORE_AWAIT = true;

export function newContext<T>(): AsyncContext<T> | undefined {
  return undefined;
}

export function watchAsyncHooks(_call: () => void): () => void {
  return () => {};
}
