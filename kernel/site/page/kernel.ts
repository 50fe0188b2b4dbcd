/**
 * One kernel of the site: a worker that runs the cells, a worker that compiles them, and the channels, which are in the
 * page. The page is free while a cell computes, as the channels' thread is in Node.
 */
import { listen, startWorker } from "#host/workers";
import type { StartedWorker } from "../../../lib/host/kernel-contract.js";
import { Interrupter } from "../../cells/interrupter.js";
import { Arrivals, counted } from "../../jupyter/arrivals.js";
import { Channels } from "../../jupyter/channels.js";
import type { InputGiver } from "../../jupyter/channels.js";
import type { Framed } from "../../jupyter/frame.js";
import type { Message, RequestChannel } from "../../jupyter/protocol.js";
import { InputMemory } from "../../jupyter/stdin.js";
import type { CellsThread } from "../../jupyter/threads.js";
import type { Transport } from "../../jupyter/transport.js";
import { languageAt } from "../../language/client.js";
import { connect } from "../../threads/rpc.js";
import { Children } from "./children.js";
import type { CellsStart, CellsStarted } from "../worker/start.js";

/** A browser decides by itself. */
const MEMORY = { young: 0, old: 0 };

/** Milliseconds after which the user is told that a cell cannot be interrupted. */
const LONG = 2000;

/** Milliseconds that the session has to end in order. */
const END = 300;

/** How many workers are started, one when the last has ended or said nothing: its script may not have come. */
const TRIES = 3;

/** Milliseconds that a worker has to say that it is there until the next is started, which has twice as long. */
const PATIENCE = 15_000;

/** Nobody waits for an answer where a cell cannot sleep. */
const noInput: InputGiver = { give: () => {}, refuse: () => {}, interrupt: () => {} };

export interface KernelListener {
  /** Takes what the kernel sends. */
  receive(framed: Framed): void;
  /** Called when the kernel has died, with the reason in a sentence. */
  died(reason: string): void;
}

/** The page's end of the channels. */
class PageTransport implements Transport {
  readonly #listener: KernelListener;

  constructor(listener: KernelListener) {
    this.#listener = listener;
  }

  /** The page gives the kernel its requests itself. */
  open(): Promise<void> {
    return Promise.resolve();
  }

  publish(message: Message): void {
    this.#listener.receive({ channel: "iopub", message });
  }

  send(channel: RequestChannel, message: Message): void {
    this.#listener.receive({ channel, message });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class PageKernel {
  readonly #start: CellsStart;
  readonly #listener: KernelListener;
  readonly #transport: PageTransport;
  /** Those that are starting, with the workers that they need; later the one that runs the cells. */
  readonly #workers = new Map<StartedWorker, Children>();
  #isThere = false;
  /** What came before the channels were open. */
  #early: Framed[] | undefined = [];
  #channels: Channels | undefined;
  #isOver = false;

  constructor(start: CellsStart, listener: KernelListener) {
    this.#start = start;
    this.#listener = listener;
    this.#transport = new PageTransport(listener);
    this.#startWorker(TRIES, PATIENCE);
  }

  /**
   * Starts a worker, and another one when it is late, which may come first none the less: the first that is there is the kernel's.
   * @param tries how many workers may be started, this one included
   */
  #startWorker(tries: number, patience: number): void {
    const worker = startWorker("cells", this.#start, MEMORY);
    const children = new Children();
    this.#workers.set(worker, children);
    let isFollowed = false;
    const follow = (reason: string): void => {
      clearTimeout(late);
      if (this.#isOver || this.#isThere || isFollowed) return;
      isFollowed = true;
      if (tries === 1) return this.#die(reason);
      console.warn(`${reason} Another one is started.`);
      this.#startWorker(tries - 1, 2 * patience);
    };
    const silence = `The kernel's worker has said nothing for ${patience / 1000} seconds.`;
    const late = setTimeout(follow, patience, silence);
    worker.onEnd((error) => {
      const reason = error?.message ?? "The kernel's worker has ended.";
      if (!this.#workers.delete(worker)) return;
      void worker.stop();
      children.end();
      if (this.#isThere) this.#die(reason);
      else follow(reason);
    });
    listen(worker, (message) => {
      if (children.take(message)) return;
      clearTimeout(late);
      if (this.#isThere || !this.#workers.has(worker)) return;
      this.#isThere = true;
      for (const other of this.#workers.keys()) if (other !== worker) this.#stop(other);
      void this.#open(message as CellsStarted);
    });
  }

  #stop(worker: StartedWorker): void {
    const children = this.#workers.get(worker);
    this.#workers.delete(worker);
    void worker.stop();
    children?.end();
  }

  #die(reason: string): void {
    if (this.#isOver) return;
    this.end();
    this.#listener.died(reason);
  }

  async #open({ cells, language, shared }: CellsStarted): Promise<void> {
    const channels = new Channels({
      transport: this.#transport,
      cells: (own) => {
        const mine = shared ? counted(own, new Arrivals(shared.arrivals)) : own;
        return connect<CellsThread>(cells, mine, { name: "The kernel" }).remote;
      },
      language: languageAt(language),
      input: shared ? new InputMemory(shared.input) : noInput,
      interrupter: (ask) => new Interrupter(ask, shared?.words, LONG),
      whyNot: () =>
        shared
          ? "it is in one long call of the library or of the browser, and will end when that returns"
          : "this browser did not isolate the page, so that a loop cannot be reached from outside",
      log: (line) => console.warn(`chainrule kernel: ${line}`),
      end: () => void setTimeout(() => this.end(), END),
    });
    await channels.open();
    this.#channels = channels;
    for (const framed of this.#early ?? []) this.send(framed);
    this.#early = undefined;
  }

  /** Sends a request to the kernel. */
  send(framed: Framed): void {
    const { channel, message } = framed;
    if (channel === "iopub" || this.#isOver) return;
    if (this.#channels) this.#channels.receive(channel, message, undefined);
    else this.#early?.push(framed);
  }

  interrupt(): void {
    this.#channels?.signal();
  }

  /** Ends the workers at once. */
  end(): void {
    this.#isOver = true;
    for (const worker of this.#workers.keys()) this.#stop(worker);
  }
}
