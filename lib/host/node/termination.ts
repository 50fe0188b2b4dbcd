/**
 * The end of the main thread's code, by the inspector and without signals: loops, microtasks, callbacks, `Atomics.wait`.
 * Node must run with --no-force-async-hooks-checks, or it aborts when it finds the terminated stack.
 */
import { Session } from "node:inspector";
import type { Terminator } from "../kernel-contract.js";

export function openTerminator(): Terminator {
  const inspector = new Session();
  inspector.connectToMainThread();
  return {
    terminate: () => new Promise((resolve) => inspector.post("Runtime.terminateExecution", () => resolve())),
    close: () => inspector.disconnect(),
  };
}
