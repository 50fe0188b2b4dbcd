/**
 * The end of the main thread's code, by the inspector and without signals: loops, microtasks, callbacks, `Atomics.wait`.
 * Node must run with --no-force-async-hooks-checks, or it aborts when it finds the terminated stack.
 *
 * Before that, the inspector evaluates a call in the middle of what the main thread computes, and the call sees on the
 * stack what that is: a thread that is only slow must not have its kernel terminated.
 */
import { Session } from "node:inspector";
import type { Seen, Terminator } from "../kernel-contract.js";
import { isHiddenFile } from "./stacks.js";

/** The global function of the main thread that looks; a plain name, since a cell may replace any other global. */
const LOOK = "$chainrule$look";

export function openTerminator(): Terminator {
  const inspector = new Session();
  inspector.connectToMainThread();
  return {
    look: (cell) =>
      new Promise((resolve) => {
        const expression = `typeof ${LOOK} === "function" ? ${LOOK}(${JSON.stringify(cell)}) : "absent"`;
        inspector.post("Runtime.evaluate", { expression, returnByValue: true }, (error, answer) => {
          // What cannot even look computes.
          const isSeen = error === null && answer.exceptionDetails === undefined;
          resolve(isSeen ? (answer.result.value as Seen) : "computing");
        });
      }),
    terminate: () => new Promise((resolve) => inspector.post("Runtime.terminateExecution", () => resolve())),
    close: () => inspector.disconnect(),
  };
}

let owner: ((cell: string | undefined) => boolean) | undefined;
let recovers = false;

export function allowLooking(call: (cell: string | undefined) => boolean): () => void {
  owner = call;
  // No program takes it away.
  if (!(LOOK in globalThis)) Object.defineProperty(globalThis, LOOK, { value: look });
  return () => (owner = undefined);
}

function look(cell: string | undefined): Seen {
  if (!owner?.(cell)) return "absent";
  if (!recovers) {
    recovers = true;
    setImmediate(() => {
      recovers = false;
      recover();
    });
  }
  const isSeen = filesOnStack().some((file) => !file.startsWith("node:") && !isKernel(file));
  return isSeen ? "computing" : "nothing";
}

const { Error: OwnError, setImmediate } = globalThis;

/**
 * Makes Node forget the callbacks that it believes to be in. A termination ends them without its knowledge, and once
 * async hooks are on (AsyncLocalStorage, on Node 20) it would abort for that; an error that nobody caught sets it right.
 */
function recover(): void {
  try {
    process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null));
  } catch {
    return; // A program that has set its own, or uses domains.
  }
  throw new OwnError("after a termination");
}

/** The files of the functions that run now, innermost first. */
function filesOnStack(): string[] {
  const { prepareStackTrace, stackTraceLimit } = OwnError;
  OwnError.prepareStackTrace = (_, sites) => sites;
  OwnError.stackTraceLimit = Infinity;
  const made: { stack?: NodeJS.CallSite[] } = {};
  OwnError.captureStackTrace(made);
  const sites = made.stack ?? [];
  OwnError.prepareStackTrace = prepareStackTrace;
  OwnError.stackTraceLimit = stackTraceLimit;
  const files: string[] = [];
  for (const site of sites) {
    const file = site.getFileName();
    if (file) files.push(file);
  }
  return files;
}

/** What carries the kernel's messages is the kernel's too. */
const isKernel = (file: string): boolean =>
  isHiddenFile(file) || /[\\/]node_modules[\\/]birpc[\\/]/.test(file);
