/**
 * Child processes of cells. When a child inherits this process's streams, its output goes at once to the cell that
 * started it. A child that the cell waits for (`execSync` and similar) runs in another thread, and the cell's thread
 * sleeps until it ends: Node's own wait cannot be interrupted and shows no output before the end.
 */
import { Buffer } from "node:buffer";
import { ChildProcess } from "node:child_process";
import type { SpawnOptions } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { Worker, MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { StreamName, StreamOwner } from "../kernel-contract.js";
import type { ChildMessage, ChildRequest, SyncOptions, SyncResult } from "./child-worker.js";

/** A program that is started from the sources (a test) takes the compiled file too. */
const COMPILED = import.meta.url.endsWith(".ts") ? "../../../dist/lib/host/node/" : "./";

/** Gives the children's output to an owner. @returns a function that undoes this */
export function takeChildren(owner: StreamOwner): () => void {
  const restore = [takeSpawn(owner), takeSpawnSync(owner)];
  return () => restore.forEach((undo) => undo());
}

interface SpawnMethod {
  spawn(this: ChildProcess, options: SpawnOptions): number;
}

/** Replaces the method that starts every child that is not waited for, whichever function of Node was called. */
function takeSpawn(owner: StreamOwner): () => void {
  const prototype = ChildProcess.prototype as unknown as SpawnMethod;
  const before = prototype.spawn;
  prototype.spawn = function (options) {
    const { stdio, taken } = withoutOurs(options.stdio);
    if (!taken.length) return before.call(this, options);
    const result = before.call(this, { ...options, stdio });
    const write = owner.writer();
    const streams = this.stdio as (NodeJS.ReadableStream | null)[];
    for (const { index, name } of taken) {
      const decoder = new StringDecoder("utf8");
      streams[index]?.on("data", (bytes: Buffer) => write(name, decoder.write(bytes)));
      // For an inherited stream, Node's child object has null; the code that started the child expects that.
      streams[index] = null;
      if (index === 1) this.stdout = null;
      if (index === 2) this.stderr = null;
    }
    return result;
  };
  return () => (prototype.spawn = before);
}

/** A child's streams, with pipes in place of the inherited ones, and which ones those are. */
function withoutOurs(stdio: SpawnOptions["stdio"]): {
  stdio: SpawnOptions["stdio"];
  taken: { index: number; name: StreamName }[];
} {
  const taken: { index: number; name: StreamName }[] = [];
  const list = stdio === "inherit" ? ["inherit", "inherit", "inherit"] : stdio;
  if (!Array.isArray(list)) return { stdio, taken };
  const own = list.map((one, index) => {
    const descriptor = descriptorOf(one, index);
    // This process's standard input belongs to the server that started it.
    if (descriptor === 0) return "ignore";
    if (descriptor !== 1 && descriptor !== 2) return one;
    taken.push({ index, name: nameOf(descriptor) });
    return "pipe";
  });
  return { stdio: own as SpawnOptions["stdio"], taken };
}

/** Which of this process's file descriptors an entry of `stdio` inherits; undefined when it inherits none. */
function descriptorOf(entry: unknown, index: number): number | undefined {
  if (entry === "inherit") return index;
  if (typeof entry === "number") return entry;
  return (entry as { fd?: unknown } | null | undefined)?.fd as number | undefined;
}

const nameOf = (descriptor: number): StreamName => (descriptor === 1 ? "stdout" : "stderr");

interface SyncBinding {
  spawn(options: SyncOptions): SyncResult;
}

/** Replaces the internal function of Node that `execSync`, `spawnSync` and `execFileSync` call for their result. */
function takeSpawnSync(owner: StreamOwner): () => void {
  let binding: SyncBinding;
  try {
    const insides = process as unknown as { binding(name: "spawn_sync"): SyncBinding };
    binding = insides.binding("spawn_sync");
  } catch {
    return () => {}; // Not allowed under Node's permission model, nor are children.
  }
  const before = binding.spawn;
  const children = new SyncChildren(owner);
  binding.spawn = (options) => children.run(options);
  return () => {
    binding.spawn = before;
    children.close();
  };
}

/** Turns the plain bytes that came from the other thread into Node's Buffers again. */
function withBuffers(result: SyncResult): SyncResult {
  const output = result.output?.map(
    (bytes) => bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  return { ...result, output: output ?? null };
}

/** The other thread, which waits for children. */
class SyncChildren {
  readonly #owner: StreamOwner;
  /** How many messages the thread has posted. */
  readonly #posted = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #count = 0;

  constructor(owner: StreamOwner) {
    this.#owner = owner;
  }

  run(options: SyncOptions): SyncResult {
    const port = (this.#port ??= this.#start());
    const { file, args, cwd, envPairs, detached, uid, gid } = options;
    const { timeout, maxBuffer, killSignal, windowsHide, windowsVerbatimArguments } = options;
    const id = ++this.#count;
    const taken = new Map<number, StreamName>();
    const stdio = options.stdio.map((entry, index) => {
      const descriptor = entry.type === "inherit" ? index : entry.type === "fd" ? entry.fd : undefined;
      if (descriptor === 0) return { type: "ignore" as const };
      if (descriptor !== 1 && descriptor !== 2) return entry;
      taken.set(index, nameOf(descriptor));
      return { type: "pipe" as const, readable: false, writable: true };
    });
    const decoders = new Map([...taken.keys()].map((index) => [index, new StringDecoder("utf8")]));
    this.#owner.onEnd(() => port.postMessage({ kill: id } satisfies ChildRequest));
    port.postMessage({
      id,
      options: {
        ...{ file, args, cwd, envPairs, detached, uid, gid, stdio },
        ...{ timeout, maxBuffer, killSignal, windowsHide, windowsVerbatimArguments },
      },
      streamed: [...taken.keys()],
    } satisfies ChildRequest);
    for (;;) {
      const seen = Atomics.load(this.#posted, 0);
      for (let next; (next = receiveMessageOnPort(port) as { message: ChildMessage } | undefined);) {
        const { message } = next;
        // A message about an earlier child, whose wait was interrupted.
        if (message.id !== id) continue;
        if ("result" in message) return withBuffers(message.result);
        const text = decoders.get(message.index)!.write(Buffer.from(message.bytes));
        this.#owner.write(taken.get(message.index)!, text);
      }
      Atomics.wait(this.#posted, 0, seen);
    }
  }

  close(): void {
    void this.#worker?.terminate();
  }

  #start(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker = new Worker(new URL(`${COMPILED}child-worker.js`, import.meta.url), {
      workerData: { port: port2, posted: this.#posted },
      transferList: [port2],
      execArgv: [],
    });
    this.#worker.unref();
    port1.unref();
    return port1;
  }
}
