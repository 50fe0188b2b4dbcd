/**
 * Joins text on its way to the front end. Jupyter's servers drop messages that come faster than a thousand a second.
 * So the texts that arrive within 30 ms are sent as one message; it is sent sooner when it reaches 64 KB.
 */
import type { StreamName } from "../cells/output.js";

const INTERVAL = 30;
const SIZE = 2 ** 16;

/** Text for one stream of one cell. */
export interface Chunk<Cell> {
  cell: Cell;
  name: StreamName;
  text: string;
}

/** Joins chunks in the channels' thread, where timers run while a cell computes. */
export class Coalescer<Cell> {
  readonly #send: (chunk: Chunk<Cell>) => void;
  #parts: string[] = [];
  #size = 0;
  #cell: Cell | undefined;
  #name: StreamName = "stdout";
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (chunk: Chunk<Cell>) => void) {
    this.#send = send;
  }

  add(chunk: Chunk<Cell>): void {
    if (this.#parts.length && (chunk.cell !== this.#cell || chunk.name !== this.#name)) this.flush();
    this.#cell = chunk.cell;
    this.#name = chunk.name;
    this.#parts.push(chunk.text);
    this.#size += chunk.text.length;
    if (this.#size >= SIZE) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** Sends the text held so far; called before any other output, so that the order is kept. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#parts.length) return;
    const chunk = { cell: this.#cell as Cell, name: this.#name, text: this.#parts.join("") };
    this.#parts = [];
    this.#size = 0;
    this.#send(chunk);
  }
}

/** How many writes of one interval are sent to the channels' thread at once; further ones are joined first. */
const BURST = 256;

/**
 * Joins many writes in the main thread, where no timer may run before the cell ends. The first writes of an interval are
 * sent as they come. Further writes are joined and sent when they reach 64 KB, at the first write after the interval, or
 * at the next turn of the event loop.
 */
export class Batcher<Cell> {
  readonly #send: (chunk: Chunk<Cell>) => void;
  readonly #setImmediate = globalThis.setImmediate;
  #parts: string[] = [];
  #size = 0;
  #cell: Cell | undefined;
  #name: StreamName = "stdout";
  #since = 0;
  #sent = 0;

  constructor(send: (chunk: Chunk<Cell>) => void) {
    this.#send = send;
  }

  add(chunk: Chunk<Cell>): void {
    const now = performance.now();
    if (now - this.#since > INTERVAL) {
      this.flush();
      this.#since = now;
      this.#sent = 0;
    }
    if (this.#parts.length && (chunk.cell !== this.#cell || chunk.name !== this.#name)) this.flush();
    if (!this.#parts.length && this.#sent < BURST) {
      this.#sent++;
      return this.#send(chunk);
    }
    if (!this.#parts.length) this.#setImmediate(() => this.flush());
    this.#cell = chunk.cell;
    this.#name = chunk.name;
    this.#parts.push(chunk.text);
    this.#size += chunk.text.length;
    if (this.#size >= SIZE) this.flush();
  }

  flush(): void {
    if (!this.#parts.length) return;
    const chunk = { cell: this.#cell as Cell, name: this.#name, text: this.#parts.join("") };
    this.#parts = [];
    this.#size = 0;
    this.#send(chunk);
  }
}
