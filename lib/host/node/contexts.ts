/**
 * Node carries a value through promises and callbacks with AsyncLocalStorage. But on Node 20 and 22 that needs async
 * hooks, and terminating a loop while they are on aborts the process. So it is used only where Node keeps contexts without
 * hooks: 24, or 22 with --experimental-async-context-frame.
 */
import { AsyncLocalStorage, createHook } from "node:async_hooks";
import type { AsyncContext } from "../kernel-contract.js";

/** Node 20 does not abort before a cell's first await. */
export const SAFE_BEFORE_AWAIT: boolean = process.versions.node.startsWith("20.");

const needsNoHooks =
  Number(process.versions.node.split(".")[0]) >= 24 ||
  process.execArgv.includes("--experimental-async-context-frame");

export function newContext<T>(): AsyncContext<T> | undefined {
  if (!needsNoHooks) return undefined;
  const context = new AsyncLocalStorage<T>();
  // A cell may replace the methods of the class.
  return Object.assign(context, { run: context.run, getStore: context.getStore });
}

export function watchAsyncHooks(call: () => void): () => void {
  if (needsNoHooks) return () => {};
  // AsyncLocalStorage enables its hooks through the same prototype.
  const hook = Object.getPrototypeOf(createHook({})) as { enable(): unknown };
  const enable = hook.enable;
  hook.enable = function (this: unknown): unknown {
    call();
    return enable.call(this);
  };
  return () => (hook.enable = enable);
}
