/**
 * Terminates the main thread's code with V8's inspector, without signals: loops, microtasks, callbacks, `Atomics.wait`.
 * Node must run with --no-force-async-hooks-checks; otherwise it aborts when it finds the terminated stack.
 *
 * Before that, the inspector evaluates a call in the middle of what the main thread computes. The call reads the stack, to
 * see what runs: if it is the kernel's own code, which is only slow, it must not be terminated.
 */
import { Session } from "node:inspector";
import type { Seen, Terminator } from "../kernel-contract.js";
import { isHiddenFile } from "./stacks.js";

/** The name of the main thread's global function that inspects its stack; no cell is likely to use this name. */
const LOOK = "$chainrule$look";

export const CAN_TERMINATE = true;

export function openTerminator(): Terminator {
  const inspector = new Session();
  inspector.connectToMainThread();
  return {
    look: (cell) =>
      new Promise((resolve) => {
        const expression = `typeof ${LOOK} === "function" ? ${LOOK}(${JSON.stringify(cell)}) : "absent"`;
        inspector.post("Runtime.evaluate", { expression, returnByValue: true }, (error, answer) => {
          // If the call itself fails, code is running.
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
  // Not configurable, so that no program removes it.
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
 * Makes Node forget the callbacks that it believes are still running. A termination ends them without Node's knowledge, and
 * with async hooks on (AsyncLocalStorage, on Node 20) Node would abort for that. An uncaught error makes Node reset them.
 */
function recover(): void {
  try {
    process.setUncaughtExceptionCaptureCallback(() => process.setUncaughtExceptionCaptureCallback(null));
  } catch {
    return; // The program has set its own callback, or uses domains.
  }
  throw new OwnError("after a termination");
}

const { defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect;

/** Gives a property of Error a value, whatever a cell has made of it, and returns what puts that back. */
function lend(key: "prepareStackTrace" | "stackTraceLimit", value: unknown): () => void {
  const theirs = getOwnPropertyDescriptor(OwnError, key);
  defineProperty(OwnError, key, { value, writable: true, enumerable: true, configurable: true });
  return () => void (theirs ? defineProperty(OwnError, key, theirs) : deleteProperty(OwnError, key));
}

/** The files of the functions on the stack, innermost first. */
function filesOnStack(): string[] {
  const backs = [
    lend("prepareStackTrace", (_: unknown, sites: unknown) => sites),
    lend("stackTraceLimit", Infinity),
  ];
  const made: { stack?: NodeJS.CallSite[] } = {};
  OwnError.captureStackTrace(made);
  const sites = made.stack ?? [];
  for (const back of backs) back();
  const files: string[] = [];
  for (const site of sites) {
    const file = site.getFileName();
    if (file) files.push(file);
  }
  return files;
}

/** Whether a file is the kernel's own code, which includes the package that carries its messages. */
const isKernel = (file: string): boolean =>
  isHiddenFile(file) || /[\\/]node_modules[\\/]birpc[\\/]/.test(file);
