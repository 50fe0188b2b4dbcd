/**
 * Stops a cell that takes too long, also one that never gives the thread back: a thread of its own keeps the
 * time, asks the main thread to interrupt, and terminates what runs there when no answer comes.
 */
import { Worker } from "node:worker_threads";
import { workerFile } from "../threads/worker-file.js";
import type { Expired, WatchMessage } from "./time-limit-worker.js";

export class TimeLimit {
  readonly #interrupt: () => void;
  #worker: Worker | undefined;
  #count = 0;
  #expired = false;

  /** @param interrupt makes the running cell end; called on the main thread */
  constructor(interrupt: () => void) {
    this.#interrupt = interrupt;
  }

  /**
   * Starts the clock for one cell, when the thread that keeps it is ready.
   * @param seconds undefined or not above zero: no limit
   */
  async start(seconds: number | undefined): Promise<void> {
    this.#expired = false;
    if (seconds === undefined || !(seconds > 0) || seconds === Infinity) return;
    this.#worker ??= await this.#startWorker();
    this.#post({ type: "start", id: ++this.#count, milliseconds: seconds * 1000 });
  }

  /** Stops the clock. @returns whether the time had run out */
  stop(): boolean {
    this.#post({ type: "stop", id: this.#count });
    this.#count++;
    return this.#expired;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #startWorker(): Promise<Worker> {
    const worker = new Worker(workerFile("./notebook/time-limit-worker.js"), { execArgv: [] });
    worker.unref();
    worker.on("message", ({ id, ping }: Expired) => {
      if (id === this.#count) {
        this.#expired = true;
        this.#interrupt();
      }
      this.#post({ type: "pong", ping });
    });
    await new Promise((resolve, reject) => {
      worker.once("online", resolve);
      worker.once("error", reject);
    });
    return worker;
  }

  #post(message: WatchMessage): void {
    this.#worker?.postMessage(message);
  }
}
