/** Listeners of the process that a program cannot remove: without them its next error would end the kernel. */

type Listener = (...parts: unknown[]) => void;

const emitter: NodeJS.EventEmitter = process;
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
      const result: unknown = before.apply(emitter, parts);
      addMissing();
      return result;
    };
    Object.defineProperty(emitter, name, { value: own, writable: true, configurable: true });
  }
}

function addMissing(): void {
  for (const [event, listener] of kept)
    if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener);
}
