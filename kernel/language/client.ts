/** The compiler from another thread: every method is a message and a promise of its answer. */
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Completeness, Completions, Conversion, Inspection, Language } from "./language.js";
import type { Answer, Call, Connect } from "./worker.js";

/** The part of a worker or of a port that a client needs. */
interface Port {
  postMessage(value: unknown): void;
  on(event: "message", listener: (value: Answer) => void): unknown;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Calls the language's thread over one port. */
export class LanguageClient implements Language {
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #dead: Error | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.on("message", (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("error" in answer) waiting?.reject(new Error(`The compiler failed: ${answer.error}`));
      else waiting?.resolve(answer.value);
    });
  }

  convert(code: string, name: string): Promise<Conversion> {
    return this.#call("convert", code, name) as Promise<Conversion>;
  }

  commit(id: number, bound: readonly string[]): Promise<void> {
    return this.#call("commit", id, bound) as Promise<void>;
  }

  complete(code: string, position: number): Promise<Completions> {
    return this.#call("complete", code, position) as Promise<Completions>;
  }

  inspect(code: string, position: number): Promise<Inspection | undefined> {
    return this.#call("inspect", code, position) as Promise<Inspection | undefined>;
  }

  isComplete(code: string): Promise<Completeness> {
    return this.#call("isComplete", code) as Promise<Completeness>;
  }

  magicLines(code: string): Promise<number[]> {
    return this.#call("magicLines", code) as Promise<number[]>;
  }

  reset(): Promise<void> {
    return this.#call("reset") as Promise<void>;
  }

  setAmbientTypes(key: string, declarations: string): Promise<void> {
    return this.#call("setAmbientTypes", key, declarations) as Promise<void>;
  }

  prepare(): Promise<void> {
    return this.#call("prepare") as Promise<void>;
  }

  addPackage(name: string, root: string): Promise<void> {
    return this.#call("addPackage", name, root) as Promise<void>;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Fails every call that waits and every later one. */
  protected fail(error: Error): void {
    this.#dead = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #call(method: keyof Language, ...parts: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead);
      const id = ++this.#count;
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, method, parts } satisfies Call);
    });
  }
}

/** Starts the language's thread and owns it. */
export class LanguageThread extends LanguageClient {
  readonly #worker: Worker;

  constructor(cwd: string) {
    const worker = new Worker(workerFile("./language/worker.js"), {
      workerData: { cwd },
      execArgv: [],
      // Parsing makes much garbage at once: a larger nursery halves what collecting it costs.
      resourceLimits: { maxYoungGenerationSizeMb: 128, maxOldGenerationSizeMb: 2048 },
      stdout: false,
      stderr: false,
    });
    super(worker);
    this.#worker = worker;
    worker.on("error", (error: Error) => this.fail(error));
    worker.on("exit", () => this.fail(new Error("The compiler's thread has ended.")));
  }

  /** A port on which another thread may call the language, with `new LanguageClient(port)`. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ connect: port1 } satisfies Connect, [port1]);
    return port2;
  }

  override async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * The URL of a worker's file below kernel/. Workers run compiled JavaScript: a program started from the sources
 * (a test) takes them from dist/.
 */
export function workerFile(relative: string): URL {
  const url = new URL(import.meta.url);
  const isSource = url.pathname.endsWith(".ts");
  return new URL(isSource ? `../../dist/kernel/${relative}` : `../${relative}`, url);
}
