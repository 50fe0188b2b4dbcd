/**
 * The cells' output on its way to the channels' thread, in order: what was printed before goes out before. A cell that
 * sends more than that thread can publish waits for it, or nothing else would reach the front end for a long time.
 */
import type { CellId, CommMessage, DisplayData, ErrorReport, Output, StreamName } from "../cells/output.js";
import type { Connection } from "../threads/rpc.js";
import type { Arrivals } from "./arrivals.js";
import type { InputMemory } from "./stdin.js";
import { Batcher } from "./streams.js";
import type { ChannelsThread } from "./threads.js";

type Channels = Connection<ChannelsThread>["remote"];

export class ChannelOutput implements Output {
  readonly #streams: Batcher<CellId | undefined>;
  readonly #input: InputMemory;
  readonly #arrivals: Arrivals;
  #channels: Channels | undefined;
  #sent = 0;

  /**
   * @param input the memory in which a cell sleeps that asks for input
   * @param arrivals counts what the other thread has dealt with
   */
  constructor(input: InputMemory, arrivals: Arrivals) {
    this.#input = input;
    this.#arrivals = arrivals;
    this.#streams = new Batcher(({ cell, name, text }) =>
      this.#send((channels) => channels.stream.asEvent(name, text, key(cell))),
    );
  }

  /** Says where the output goes; before that there is none. */
  connect(channels: Channels): void {
    this.#channels = channels;
  }

  stream(name: StreamName, text: string, cell: CellId | undefined): void {
    this.#streams.add({ cell, name, text });
  }

  display(display: DisplayData, cell: CellId | undefined): void {
    this.flush();
    this.#send((channels) => channels.display.asEvent(display, key(cell)));
  }

  clear(wait: boolean, cell: CellId | undefined): void {
    this.flush();
    this.#send((channels) => channels.clear.asEvent(wait, key(cell)));
  }

  error(report: ErrorReport, cell: CellId | undefined): void {
    this.flush();
    this.#send((channels) => channels.error.asEvent(report, key(cell)));
  }

  comm(message: CommMessage, cell: CellId | undefined): void {
    this.flush();
    this.#send((channels) => channels.comm.asEvent(message, key(cell)));
  }

  input(question: string, password: boolean, cell: CellId | undefined): string {
    this.flush();
    return this.#input.ask(() =>
      this.#send((channels) => channels.input.asEvent(question, password, key(cell))),
    );
  }

  /** Sends what was printed and waits to be joined with more. */
  flush(): void {
    this.#streams.flush();
  }

  #send(call: (channels: Channels) => unknown): void {
    if (!this.#channels) return;
    call(this.#channels);
    this.#arrivals.wait(++this.#sent);
  }
}

const key = (cell: CellId | undefined): string | undefined => (cell === undefined ? undefined : String(cell));
