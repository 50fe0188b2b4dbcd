/** The compiler from another thread: every method is a message and a promise of its answer. */
import { MessageChannel, Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { connect } from "../threads/rpc.js";
import type { Port } from "../threads/rpc.js";
import type { Language } from "./language.js";

const OPTIONS = { name: "The compiler" };

/** The language's thread, and who owns it: closing the language ends the thread. */
export interface LanguageThread extends Language {
  /** A port on which another thread may call the language, with `languageAt(port)`. */
  connect(): MessagePort;
}

/** What the language's thread answers to. */
export interface LanguageService extends Language {
  /** Answers on a further port. */
  connect(port: MessagePort): void;
}

/** The language at the other end of a port. */
export function languageAt(port: Port): Language {
  return connect<Language>(port, {}, OPTIONS).remote;
}

/** Starts the language's thread. */
export function startLanguage(cwd: string): LanguageThread {
  const worker = new Worker(workerFile("./language/worker.js"), {
    workerData: { cwd },
    execArgv: [],
    // Parsing makes much garbage at once: a larger nursery halves what collecting it costs.
    resourceLimits: { maxYoungGenerationSizeMb: 128, maxOldGenerationSizeMb: 2048 },
    stdout: false,
    stderr: false,
  });
  const { remote, fail } = connect<LanguageService>(worker, {}, OPTIONS);
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("The compiler's thread has ended.")));
  const own = {
    connect: () => {
      const { port1, port2 } = new MessageChannel();
      void remote.connect.asEvent(port1);
      return port2;
    },
    close: async () => void (await worker.terminate()),
  };
  return Object.assign(Object.create(remote) as Language, own);
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
