/**
 * Stops a cell that takes too long, also one that never returns to the event loop: another thread measures the time,
 * asks the main thread to interrupt the cell, and terminates the running code when no answer comes.
 */
import { Worker } from "node:worker_threads";
import { connect } from "../threads/rpc.js";
import type { Connection } from "../threads/rpc.js";
import { workerFile } from "../threads/worker-file.js";

/** The thread that measures the time. */
export interface Clock {
  /** A cell has started. */
  start(id: number, milliseconds: number): void;
  /** It has ended. */
  stop(id: number): void;
}

/** The main thread, as the clock sees it. */
export interface ClockOwner {
  /** Called when a cell's time has run out. An answer means that the thread is not computing. */
  expired(id: number): Promise<void>;
}

export class TimeLimit {
  readonly #interrupt: () => void;
  #worker: Worker | undefined;
  #clock: Connection<Clock>["remote"] | undefined;
  #count = 0;
  #expired = false;

  /** @param interrupt makes the running cell end; called on the main thread */
  constructor(interrupt: () => void) {
    this.#interrupt = interrupt;
  }

  /**
   * Starts the clock for one cell, as soon as the clock's thread is ready.
   * @param seconds undefined or not above zero: no limit
   */
  async start(seconds: number | undefined): Promise<void> {
    this.#expired = false;
    if (seconds === undefined || !(seconds > 0) || seconds === Infinity) return;
    this.#clock ??= await this.#startClock();
    void this.#clock.start.asEvent(++this.#count, seconds * 1000);
  }

  /** Stops the clock. @returns whether the time had run out */
  stop(): boolean {
    void this.#clock?.stop.asEvent(this.#count);
    this.#count++;
    return this.#expired;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #startClock(): Promise<Connection<Clock>["remote"]> {
    const worker = (this.#worker = new Worker(workerFile("./notebook/time-limit-worker.js"), {
      execArgv: [],
    }));
    worker.unref();
    const owner: ClockOwner = {
      expired: async (id) => {
        if (id !== this.#count) return;
        this.#expired = true;
        this.#interrupt();
      },
    };
    const { remote } = connect<Clock>(worker, owner, { name: "The clock's thread" });
    await new Promise((resolve, reject) => {
      worker.once("online", resolve);
      worker.once("error", reject);
    });
    return remote;
  }
}
