/**
 * Listeners of the process that a program cannot remove, and whose calls it cannot stop: without them its next error would
 * end the kernel.
 */

type Listener = (...parts: unknown[]) => void;

const { apply } = Reflect;
const emitter: NodeJS.EventEmitter = process;
const { listeners, on } = emitter;
const kept: (readonly [event: string, listener: Listener])[] = [];
let isGuarded = false;

/** Adds a listener that stays. @returns a function that removes it */
export function keepListener(event: string, listener: Listener): () => void {
  guard();
  const own = [event, listener] as const;
  kept.push(own);
  addMissing();
  return () => {
    kept.splice(kept.indexOf(own), 1);
    emitter.removeListener(event, listener);
  };
}

/** Adds these listeners again whenever a program has removed them. */
function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  // Node's own: they begin and end its watch for a signal.
  for (const event of ["newListener", "removeListener"])
    for (const listener of emitter.rawListeners(event)) kept.push([event, listener as Listener]);
  for (const name of ["removeListener", "off", "removeAllListeners"] as const) {
    const before = emitter[name] as Listener;
    const own: Listener = (...parts) => {
      const result: unknown = apply(before, emitter, parts);
      addMissing();
      return result;
    };
    Object.defineProperty(emitter, name, { value: own, writable: true, configurable: true });
  }
  guardEmit();
  guardCapture();
}

/** A program may catch all uncaught errors itself. Where that fails, the failure is reported: Node would end the process. */
function guardCapture(): void {
  const { setUncaughtExceptionCaptureCallback: capture } = process;
  const own = (theirs: ((error: Error) => void) | null): void => {
    if (typeof theirs !== "function") return apply(capture, process, [theirs]);
    const safely = (error: Error): void => {
      try {
        theirs(error);
      } catch (thrown) {
        report(thrown);
      }
    };
    return apply(capture, process, [safely]);
  };
  Object.defineProperty(process, "setUncaughtExceptionCaptureCallback", {
    value: own,
    writable: true,
    configurable: true,
  });
}

/** Tells the kernel's own listeners of an error that nobody caught. */
function report(thrown: unknown): true {
  for (let i = 0; i < kept.length; i++)
    if (kept[i]![0] === "uncaughtException") apply(kept[i]![1], emitter, [thrown, "uncaughtException"]);
  return true;
}

/** Events that Node itself emits on the process. If emitting one fails, the process ends. */
const OF_NODE = [
  ...["uncaughtException", "uncaughtExceptionMonitor", "unhandledRejection", "rejectionHandled", "warning"],
  ...["multipleResolves", "SIGINT", "exit", "beforeExit"],
];

/**
 * Node tells an error that nobody caught by `process.emit`. Where a program's version of it fails, Node's is called; where
 * a listener of the program fails, that is reported as an error too.
 */
function guardEmit(): void {
  const { emit } = emitter;
  const isOfNode = (event: unknown): boolean => {
    for (let i = 0; i < OF_NODE.length; i++) if (OF_NODE[i] === event) return true;
    return false;
  };
  const safely = (theirs: typeof emit): typeof emit =>
    function (this: unknown, ...parts: unknown[]): boolean {
      try {
        return apply(theirs, this, parts) as boolean;
      } catch (thrown) {
        if (this !== emitter || !isOfNode(parts[0])) throw thrown;
        if (theirs === emit) return report(thrown);
      }
      return apply(own, this, parts) as boolean;
    };
  const own = safely(emit);
  let current = own;
  Object.defineProperty(emitter, "emit", {
    get: () => current,
    set: (theirs: typeof emit) => (current = theirs === own || theirs === emit ? own : safely(theirs)),
  });
}

/** Called in cells: no built-in is called here but those that are kept. */
function addMissing(): void {
  for (let i = 0; i < kept.length; i++) {
    const event = kept[i]![0];
    const listener = kept[i]![1];
    const all = apply(listeners, emitter, [event]) as Listener[];
    let isThere = false;
    for (let j = 0; j < all.length; j++) isThere ||= all[j] === listener;
    if (!isThere) apply(on, emitter, [event, listener]);
  }
}
