/**
 * The thread that waits for child processes in place of the cells' thread (children.ts). It runs a child as Node's own
 * synchronous call would, passes on what the child prints, and ends the child on request.
 */
import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { getSystemErrorMap } from "node:util";
import { workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";

/** How to start a child, in the form of Node's `spawn_sync`. */
export interface SyncOptions {
  readonly file: string;
  /** The first one is the program's own name. */
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** `NAME=value`. */
  readonly envPairs?: readonly string[];
  readonly stdio: readonly SyncStdio[];
  readonly detached?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  readonly timeout?: number;
  readonly maxBuffer?: number;
  readonly killSignal?: number;
  readonly windowsHide?: boolean;
  readonly windowsVerbatimArguments?: boolean;
}

export type SyncStdio =
  | { readonly type: "ignore" | "inherit" }
  | { readonly type: "fd"; readonly fd: number }
  | {
      readonly type: "pipe" | "overlapped";
      readonly readable: boolean;
      readonly writable: boolean;
      readonly input?: Uint8Array | null;
    };

/** How a child ended, in the form of Node's `spawn_sync`. */
export interface SyncResult {
  pid: number;
  status: number | null;
  signal: string | null;
  output: (Buffer | null)[] | null;
  /** The number of an error: the child could not be started, took too long or printed too much. */
  error?: number;
}

export type ChildRequest =
  | { readonly id: number; readonly options: SyncOptions; readonly streamed: readonly number[] }
  | { readonly kill: number };

export type ChildMessage =
  | { readonly id: number; readonly index: number; readonly bytes: Uint8Array }
  | { readonly id: number; readonly result: SyncResult };

/** Milliseconds that a child has to end when it is asked to. */
const GRACE = 500;

const { port, posted } = workerData as { port: MessagePort; posted: Int32Array };
const running = new Map<number, ChildProcess>();

port.on("message", (request: ChildRequest) => {
  if ("kill" in request) return stop(request.kill);
  run(request.id, request.options, request.streamed);
});

function post(message: ChildMessage): void {
  port.postMessage(message);
  Atomics.add(posted, 0, 1);
  Atomics.notify(posted, 0);
}

/** @param streamed the streams whose text is passed on as it comes and is not part of the result */
function run(id: number, options: SyncOptions, streamed: readonly number[]): void {
  const { file, args = [file], envPairs = [], timeout = 0, maxBuffer = Infinity } = options;
  const parts: Buffer[][] = options.stdio.map(() => []);
  let error: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = (status: number | null, signal: string | null): void => {
    clearTimeout(timer);
    running.delete(id);
    const output = options.stdio.map((entry, index) =>
      "writable" in entry && entry.writable && !streamed.includes(index)
        ? Buffer.concat(parts[index] ?? [])
        : null,
    );
    const result: SyncResult = { pid: child.pid ?? 0, status, signal, output: child.pid ? output : null };
    post({ id, result: error === undefined ? result : { ...result, error } });
  };
  const child = spawn(file, args.slice(1), {
    argv0: args[0] ?? file,
    stdio: options.stdio.map(stdioOf) as StdioOptions,
    env: Object.fromEntries(envPairs.map((pair) => splitAt(pair, pair.indexOf("=", 1)))),
    // A group of its own, so that an interrupt reaches what the child started.
    detached: options.detached === true || process.platform !== "win32",
    ...given({ cwd: options.cwd, uid: options.uid, gid: options.gid }),
    ...given({
      windowsHide: options.windowsHide,
      windowsVerbatimArguments: options.windowsVerbatimArguments,
    }),
  });
  running.set(id, child);
  child.on("error", ({ errno }: NodeJS.ErrnoException) => {
    error = errno ?? errorNumber("EINVAL");
    if (child.pid === undefined) end(null, null);
  });
  child.on("close", end);
  const [input] = options.stdio;
  child.stdin?.on("error", () => {});
  if (input && "input" in input && input.input) child.stdin?.end(input.input);
  else child.stdin?.end();
  let size = 0;
  for (const [index, stream] of child.stdio.entries()) {
    if (index === 0 || !stream) continue;
    (stream as NodeJS.ReadableStream).on("data", (bytes: Buffer) => {
      if (streamed.includes(index)) return post({ id, index, bytes });
      parts[index]!.push(bytes);
      size += bytes.length;
      if (size > maxBuffer) fail("ENOBUFS");
    });
  }
  const fail = (name: string): void => {
    error ??= errorNumber(name);
    child.kill((options.killSignal || "SIGTERM") as NodeJS.Signals);
  };
  if (timeout > 0) timer = setTimeout(() => fail("ETIMEDOUT"), timeout);
}

function stdioOf(entry: SyncStdio): unknown {
  if (entry.type === "fd") return entry.fd;
  return entry.type;
}

function stop(id: number): void {
  const child = running.get(id);
  if (!child) return;
  kill(child, "SIGTERM");
  setTimeout(() => {
    if (running.get(id) === child) kill(child, "SIGKILL");
  }, GRACE);
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === "win32" || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The child has just ended.
  }
}

/** The options without those that are undefined. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value != null)) as Partial<T>;
}

function splitAt(text: string, at: number): [string, string] {
  return [text.slice(0, at), text.slice(at + 1)];
}

/** This system's number for an error. */
function errorNumber(name: string): number {
  for (const [number, [own]] of getSystemErrorMap()) if (own === name) return number;
  return -1;
}
