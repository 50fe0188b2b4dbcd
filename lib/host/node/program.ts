/** The process that everything runs in. */
import { readFileSync } from "node:fs";

export const VERSION: string = process.version;

export const ENGINE: string = `Node ${process.versions.node}`;

export function packageVersion(): string {
  const isSource = import.meta.url.endsWith(".ts");
  const manifest = new URL(isSource ? "../../../package.json" : "../../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export async function giveBackMemory(): Promise<void> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connect();
  // V8 then does what it does when the machine runs out of memory; its `gc()` keeps the nursery, which is most of it.
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
}

// A cell may put others in their place.
const { setTimeout, clearTimeout } = globalThis;

export function callLater(milliseconds: number, call: () => void): () => void {
  const timer = setTimeout(call, milliseconds).unref();
  return () => clearTimeout(timer);
}
