/** The signal by which a notebook's kernel says that the running cell was interrupted; undefined outside a notebook. */
export function cellSignal(): AbortSignal | undefined {
  const signal = (globalThis as Record<symbol, unknown>)[Symbol.for("Jupyter.signal")];
  return signal instanceof AbortSignal ? signal : undefined;
}
