/**
 * Text on its way to the front end. Jupyter's servers drop what comes faster than a thousand messages a second,
 * so neighbours are joined: what arrives within 30 ms goes out as one message, or sooner at 64 KB.
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

/** Joins chunks in the sockets' thread, whose timers run while a cell computes. */
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

  /** Sends what is there; called before any other output, so that order is kept. */
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

/** How many writes go to the sockets' thread at once within one interval; a flood is joined first. */
const BURST = 256;

/**
 * Joins a flood of writes in the main thread, which may have no turn for a timer before its cell ends: the first
 * writes of an interval go out as they come, further ones when 64 KB are there, the interval is over at the next
 * write, or the event loop turns.
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
