/** What a process has once: its streams, its end, and the errors that nobody caught. */
import { StringDecoder } from "node:string_decoder";
import { inspect } from "node:util";
import type { StreamOwner } from "../kernel-contract.js";

type Write = typeof process.stdout.write;

export function takeStreams(owner: StreamOwner): () => void {
  const restore: (() => void)[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const stream = process[name];
    const before = stream.write;
    stream.write = writer(name, owner);
    restore.push(() => (stream.write = before));
  }
  const exit = process.exit;
  process.exit = (code?: number | string | null): never => owner.exit(`process.exit(${code ?? ""})`);
  restore.push(() => (process.exit = exit));
  const warn = process.emitWarning;
  process.emitWarning = ((...parts: Parameters<typeof warn>) => {
    // The kernel's own use of an experimental constant is no concern of the user's.
    if (!String(parts[0]).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) warn.apply(process, parts);
  }) as typeof warn;
  restore.push(() => (process.emitWarning = warn));
  const report = (thrown: unknown): void => owner.uncaught(thrown);
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
  restore.push(() => {
    process.off("uncaughtException", report);
    process.off("unhandledRejection", report);
  });
  return () => {
    for (const undo of restore.splice(0).reverse()) undo();
  };
}

function writer(name: "stdout" | "stderr", owner: StreamOwner): Write {
  const decoder = new StringDecoder("utf8");
  return ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array))
      throw new TypeError(`process.${name}.write needs a string or bytes, and got ${inspect(chunk)}.`);
    // Bytes may break off inside a character; the next ones complete it.
    const text =
      typeof chunk === "string"
        ? chunk
        : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (text) owner.write(name, text);
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") queueMicrotask(() => (done as () => void)());
    return true;
  }) as Write;
}
