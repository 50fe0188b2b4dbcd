/** The process that everything runs in. */
export const VERSION: string = process.version;

export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

// A cell may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

export function callLater(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds).unref();
  return () => clearTimeout(timer);
}
