/**
 * Counts, in memory that both threads see, the messages of the cells that the channels have dealt with, so that a cell
 * that sends without end waits for them: otherwise its thousands would delay whatever comes after, an answer to an
 * interrupt too.
 */
import type { ChannelsThread } from "./threads.js";

/** How many messages may be on their way. */
const MOST = 256;

export class Arrivals {
  readonly #count: Int32Array;

  /** @param shared the memory that the other thread has; new memory when absent */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#count = new Int32Array(shared);
  }

  get shared(): SharedArrayBuffer {
    return this.#count.buffer as SharedArrayBuffer;
  }

  /** In the thread of the channels: one more has arrived. */
  add(): void {
    Atomics.add(this.#count, 0, 1);
    Atomics.notify(this.#count, 0);
  }

  /** In the thread of the cells: sleeps until all but a few of those that were sent have arrived. */
  wait(sent: number): void {
    for (;;) {
      const arrived = Atomics.load(this.#count, 0);
      // Counts of 32 bits, which begin anew.
      if (((sent - arrived) | 0) <= MOST) return;
      Atomics.wait(this.#count, 0, arrived);
    }
  }
}

/** The channels, each of whose calls counts as arrived when it is done. */
export function counted(channels: ChannelsThread, arrivals: Arrivals): ChannelsThread {
  const count = <Parts extends unknown[]>(call: (...parts: Parts) => void): ((...parts: Parts) => void) => {
    return (...parts) => {
      try {
        call.apply(channels, parts);
      } finally {
        arrivals.add();
      }
    };
  };
  return {
    stream: count(channels.stream),
    display: count(channels.display),
    clear: count(channels.clear),
    error: count(channels.error),
    input: count(channels.input),
    comm: count(channels.comm),
    signal: () => channels.signal(),
  };
}
