/**
 * Promises of the kernel that are awaited while the cells' built-ins are in place (ground.ts). `await` reads a promise's
 * `constructor`, which a cell may have replaced by a getter that throws; so these have one of their own.
 */
import { isPromise } from "#host/inspection";

const { defineProperty } = Reflect;

const own = { value: Promise, writable: true, enumerable: false, configurable: true, __proto__: null };

/** The same value; when it is a promise, one that `await` takes as it is. */
export function awaitable<T>(value: T): T {
  if (isPromise(value)) defineProperty(value, "constructor", own);
  return value;
}
