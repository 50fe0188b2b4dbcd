/**
 * Counts, in memory shared by both threads, the cells' messages that the channels have dealt with. A cell that sends
 * without end waits for this count: otherwise thousands of its messages would delay everything that comes later, even
 * the answer to an interrupt.
 */
import type { ChannelsThread } from "./threads.js";

/** How many messages may be sent and not yet dealt with. */
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

  /** In the thread of the cells: sleeps until all but a few of the messages sent have been dealt with. */
  wait(sent: number): void {
    for (;;) {
      const arrived = Atomics.load(this.#count, 0);
      // 32-bit counts, which overflow and start again.
      if (((sent - arrived) | 0) <= MOST) return;
      Atomics.wait(this.#count, 0, arrived);
    }
  }
}

/** The channels; each call is counted when it is done. */
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
    ask: (...parts) => channels.ask(...parts),
    compiled: (sources) => channels.compiled(sources),
    signal: () => channels.signal(),
  };
}
