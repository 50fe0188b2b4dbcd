/** What a process has only once: its streams, its end, and the errors that nobody caught. */
import { Buffer } from "node:buffer";
import { StringDecoder } from "node:string_decoder";
import { inspect } from "node:util";
import type { StreamName, StreamOwner } from "../kernel-contract.js";
import { takeEndings } from "./endings.js";
import { keepListener } from "./listeners.js";
import { askingStream } from "./standard-input.js";

type Write = typeof process.stdout.write;
type Loose = Record<string, unknown>;

export function takeStreams(owner: StreamOwner): () => void {
  const restore: (() => void)[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const stream = process[name] as unknown as Loose;
    const write = writer(name, owner);
    replace(stream, "write", write, restore);
    // A cell must not close the stream.
    replace(stream, "end", ender(process[name], write), restore);
  }
  // Node prints some warnings by this internal function.
  replace(
    process as unknown as Loose,
    "_rawDebug",
    (text: string) => owner.write("stderr", `${text}\n`),
    restore,
  );
  restore.push(takeOthersSoon(owner));
  const { read } = owner;
  if (read) {
    let input = askingStream(read);
    const before = Object.getOwnPropertyDescriptor(process, "stdin")!;
    Object.defineProperty(process, "stdin", {
      configurable: true,
      enumerable: true,
      // A stream that has ended would end the next cell's reading at once, so a new one is made.
      get: () => (input = input.destroyed || input.readableEnded ? askingStream(read) : input),
    });
    restore.push(() => Object.defineProperty(process, "stdin", before));
  }
  restore.push(takeEndings(owner));
  const warn = process.emitWarning;
  process.emitWarning = ((...parts: Parameters<typeof warn>) => {
    // This warning is about the kernel's own use of an experimental constant; the user need not see it.
    if (!String(parts[0]).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) warn.apply(process, parts);
  }) as typeof warn;
  restore.push(() => (process.emitWarning = warn));
  const report = (thrown: unknown): void => owner.uncaught(thrown);
  for (const event of ["uncaughtException", "unhandledRejection"]) restore.push(keepListener(event, report));
  return () => {
    for (const undo of restore.splice(0).reverse()) undo();
  };
}

/** Takes the output of children and of file descriptors too, one turn later: only cells need it, so it must not slow the kernel's start. */
function takeOthersSoon(owner: StreamOwner): () => void {
  let undo: (() => void) | undefined;
  let isOver = false;
  setImmediate(async () => {
    const [{ takeChildren }, { takeDescriptors }] = await Promise.all([
      import("./children.js"),
      import("./descriptors.js"),
    ]);
    if (isOver) return;
    const each = [takeChildren(owner), takeDescriptors(owner)];
    undo = () => each.forEach((one) => one());
  });
  return () => {
    isOver = true;
    undo?.();
  };
}

/** More groups than any program opens: the console does not tell how many are open. */
const MOST_GROUPS = 32;
const groupEnd = console.groupEnd.bind(console);

export function endGroups(): void {
  for (let i = 0; i < MOST_GROUPS; i++) groupEnd();
}

/** Replaces a function, and adds to `restore` what puts it back. */
function replace(owner: Loose, name: string, own: unknown, restore: (() => void)[]): void {
  const before = owner[name];
  owner[name] = own;
  restore.push(() => (owner[name] = before));
}

/** A `stream.end` that writes its argument but does not end the stream. */
function ender(stream: NodeJS.WriteStream, write: Write): (...parts: unknown[]) => unknown {
  return (...parts) => {
    const [chunk] = parts;
    if (typeof chunk === "string" || chunk instanceof Uint8Array) write(chunk);
    const done = parts.find((one) => typeof one === "function");
    process.nextTick(() => {
      (done as (() => void) | undefined)?.();
      // A pipeline into the stream waits for these events.
      stream.emit("finish");
      stream.emit("close");
    });
    return stream;
  };
}

function writer(name: StreamName, owner: StreamOwner): Write {
  const decoder = new StringDecoder("utf8");
  return ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array))
      throw new TypeError(`process.${name}.write needs a string or bytes, and got ${inspect(chunk)}.`);
    const isEncoded = typeof chunk === "string" && isCode(encoding);
    const bytes = isEncoded ? Buffer.from(chunk, encoding) : chunk;
    // A piece of bytes may end inside a character; the next piece completes it, unless it is a text.
    const text =
      typeof bytes === "string"
        ? decoder.end() + bytes
        : decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (text) owner.write(name, text);
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") queueMicrotask(() => (done as () => void)());
    return true;
  }) as Write;
}

/** Whether a text in this encoding stands for bytes. */
function isCode(encoding: unknown): encoding is BufferEncoding {
  return encoding === "hex" || encoding === "base64" || encoding === "base64url";
}
