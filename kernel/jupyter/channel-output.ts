/**
 * Sends the cells' output to the channels' thread, in the order in which it was made. A cell that sends more than that
 * thread can publish has to wait: otherwise nothing else would reach the front end for a long time.
 */
import type { CellId, CommMessage, DisplayData, ErrorReport, Output, StreamName } from "../cells/output.js";
import type { CompiledSource } from "../cells/compiled-source.js";
import type { Connection } from "../threads/rpc.js";
import type { Arrivals } from "./arrivals.js";
import type { InputMemory } from "./stdin.js";
import { Batcher } from "./streams.js";
import type { ChannelsThread } from "./threads.js";

type Channels = Connection<ChannelsThread>["remote"];

export class ChannelOutput implements Output {
  readonly #streams: Batcher<CellId | undefined>;
  readonly #input: Pick<InputMemory, "ask">;
  readonly #arrivals: Pick<Arrivals, "wait">;
  #channels: Channels | undefined;
  #sent = 0;

  /**
   * @param input the shared memory for `prompt()`: a cell sleeps on it until the user has answered
   * @param arrivals counts the messages that the other thread has dealt with
   */
  constructor(input: Pick<InputMemory, "ask">, arrivals: Pick<Arrivals, "wait">) {
    this.#input = input;
    this.#arrivals = arrivals;
    this.#streams = new Batcher(({ cell, name, text }) =>
      this.#send((channels) => channels.stream.asEvent(name, text, key(cell))),
    );
  }

  /** Sets the channels that the output goes to; before that the session must not print. */
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

  async ask(question: string, password: boolean, cell: CellId | undefined): Promise<string> {
    this.flush();
    if (!this.#channels) throw new Error("There is no front end yet.");
    return this.#channels.ask(question, password, key(cell));
  }

  /** Tells a debugger of code that is about to run; settles when it may. */
  async compiled(sources: readonly CompiledSource[]): Promise<void> {
    await this.#channels?.compiled(sources);
  }

  /** Sends the text that was held back to be joined with more. */
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
