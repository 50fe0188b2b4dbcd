/** What a long loop and the kernel of its notebook tell each other when the cell is interrupted. */

/** The signal by which the kernel says that the running cell was interrupted; undefined outside a notebook. */
export function cellSignal(): AbortSignal | undefined {
  const signal = (globalThis as Record<symbol, unknown>)[Symbol.for("Jupyter.signal")];
  return signal instanceof AbortSignal ? signal : undefined;
}

/**
 * Tells the kernel that a promise settles soon after an interrupt: the cell then ends after it, with what it shows last.
 * @returns the same promise
 */
export function endsOnInterrupt<T>(promise: Promise<T>): Promise<T> {
  const settles = (globalThis as Record<symbol, unknown>)[Symbol.for("Jupyter.settles")];
  if (typeof settles === "function") (settles as (promise: Promise<unknown>) => void)(promise);
  return promise;
}

/** What asks the user in the running cell, also when it was interrupted; undefined where nobody can be asked. */
export function cellQuestion(): ((question: string) => Promise<string>) | undefined {
  const ask = (globalThis as Record<symbol, unknown>)[Symbol.for("Jupyter.ask")];
  return typeof ask === "function" ? (ask as (question: string) => Promise<string>) : undefined;
}

/**
 * Does something when the caller waits, and says whether the cell was interrupted before it was done. What runs then may
 * be ended for good, with all that is due in the same turn: whoever waits is told by this one promise, which is made before.
 */
export function untilInterrupted(work: () => Promise<void>, cell: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(true);
    if (cell?.aborted) return stop();
    cell?.addEventListener("abort", stop);
    const done = Promise.resolve().then(work);
    done.finally(() => cell?.removeEventListener("abort", stop)).then(() => resolve(false), reject);
  });
}
