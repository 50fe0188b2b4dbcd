/** The library's end of the way to the device's thread: a port for commands, and shared words for what the thread answers. */
import { findGpu, gpuInThread, noCard } from "#host/gpu";
import { beginsAsleep, sleep, startThread } from "#host/threads";
import type { Thread } from "../../host/contract.js";
import { OUTCOMES, serve, STATES, TEXT, WORDS, type Command, type ThreadData } from "./program.js";

/** The device was lost, or refused what it was told. */
export class DeviceError extends Error {
  override name = "DeviceError";
}

/** Milliseconds of one sleep while waiting for an answer. */
const NAP = 10_000;
/** Milliseconds from one look to the next while waiting without sleep. */
const LOOK = 10;
/** Milliseconds in which a device must open, also on a busy machine. */
const START = 120_000;

/**
 * The thread's program. An error of `serve` itself is told here, in a text that no bundler changes: who waits for the device
 * may be asleep, and then no event reaches it.
 */
const PROGRAM = `
Promise.resolve().then(() => (${serve})(${gpuInThread}, data)).catch((error) => {
  const { words, text, places, states } = data;
  const bytes = new TextEncoder().encode("its thread failed: " + error).subarray(0, text.length);
  text.set(bytes);
  Atomics.store(words, places.length, bytes.length);
  Atomics.store(words, places.state, states.faulty);
  Atomics.add(words, places.answers, 1);
  Atomics.notify(words, places.answers);
});`;

/** A way to a thread that has opened the device. */
export class Link {
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * WORDS.count));
  readonly #text = new Uint8Array(new SharedArrayBuffer(TEXT));
  readonly #port: MessagePort;
  readonly #thread: Thread;
  /** What its thread died of. */
  #death: string | undefined;

  /** Starts the thread, which opens the device. @param file  WebGPU's, as `findGpu` gives it */
  private constructor(file: string | undefined) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const data = {
      port: port2,
      file,
      words: this.#words,
      text: this.#text,
      places: WORDS,
      states: STATES,
      outcomes: OUTCOMES,
      noCard,
    };
    const died = (words: string): void => void (this.#death = words);
    this.#thread = startThread(PROGRAM, data satisfies Omit<ThreadData, "port">, died, [port2]);
  }

  /**
   * Sleeps until the device is open.
   * @throws Error "no package webgpu is installed", "WebGPU finds no graphics card that it can use", …; in a page always
   */
  static openNow(): Link {
    const file = findGpu();
    if (!beginsAsleep)
      throw new DeviceError('a page cannot wait until it is open; use await compute.open("gpu")');
    const link = new Link(file);
    link.#sleep(0, START);
    return link.#opened();
  }

  /** The same without sleep, also in a worker of a page. */
  static async open(): Promise<Link> {
    const link = new Link(findGpu());
    const end = performance.now() + START;
    // Looks again and again: waiting for a word without sleep (Atomics.waitAsync) keeps no process alive.
    while (link.answers === 0 && link.#death === undefined && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    return link.#opened();
  }

  get state(): number {
    return Atomics.load(this.#words, WORDS.state);
  }
  set state(state: number) {
    Atomics.store(this.#words, WORDS.state, state);
  }

  /** What the thread said of its state. */
  get said(): string {
    const bytes = this.#text.slice(0, Atomics.load(this.#words, WORDS.length));
    return new TextDecoder().decode(bytes);
  }

  /** How many answers there were so far. */
  get answers(): number {
    return Atomics.load(this.#words, WORDS.answers);
  }

  /** Sends commands. @param parcels  memory in them that becomes the thread's */
  send(commands: readonly Command[], parcels: readonly ArrayBufferLike[]): void {
    this.#port.postMessage(commands, parcels as ArrayBuffer[]);
  }

  /** Sleeps until there are more answers than these. */
  wait(answers: number): void {
    this.#sleep(answers, Infinity);
  }

  #sleep(answers: number, most: number): void {
    const end = performance.now() + most;
    while (this.answers === answers && performance.now() < end)
      sleep(this.#words, WORDS.answers, answers, NAP);
  }

  #opened(): this {
    if (this.state === STATES.ready) return this;
    void this.#thread.stop();
    if (this.answers > 0) throw new DeviceError(this.said);
    if (this.#death === undefined) throw new DeviceError("WebGPU does not answer");
    throw new DeviceError(
      `its thread does not start; ${this.#death || "a page's Content-Security-Policy must allow worker-src blob:"}`,
    );
  }
}
