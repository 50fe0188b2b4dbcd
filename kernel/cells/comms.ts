/** Open conversations between plugins and the front end's widgets, in the thread of the cells. */
import type { CellId, CommMessage, CommType, Output } from "./output.js";
import { KeyboardInterrupt } from "./keyboard-interrupt.js";
import type { Session } from "./session.js";
import type { Comm, CommHandler } from "../plugins/contract.js";

interface Conversation {
  readonly comm: Comm;
  /** The cell that began it, which the output of its handlers belongs to. */
  readonly cell: CellId | undefined;
  readonly messages: CommHandler[];
  readonly closes: CommHandler[];
}

/** What a message carries in addition to its data. */
interface Beside {
  metadata?: Record<string, unknown>;
  buffers?: readonly Uint8Array[];
}

export class Comms {
  readonly #session: Pick<Session, "plugins" | "handle" | "cellOfCode">;
  readonly #output: Output;
  readonly #open = new Map<string, Conversation>();
  readonly #newId: () => string;

  /** @param newId identifiers for the conversations that plugins open */
  constructor(
    session: Pick<Session, "plugins" | "handle" | "cellOfCode">,
    output: Output,
    newId = (): string => globalThis.crypto.randomUUID(),
  ) {
    this.#session = session;
    this.#output = output;
    this.#newId = newId;
    session.plugins.openComm = (target, data, metadata, buffers) =>
      this.open(target, data, { metadata, buffers });
  }

  /** Opens a conversation with a front end that knows the target. */
  open(target: string, data: unknown = {}, beside: Beside = {}): Comm {
    const id = this.#newId();
    const cell = this.#session.cellOfCode;
    this.#send("comm_open", { comm_id: id, target_name: target, data }, cell, beside);
    return this.#add(id, target, undefined).comm;
  }

  /**
   * A message from the front end. One for an unknown target is answered with `comm_close`.
   * @returns a promise that settles when every handler has finished
   */
  async receive({ type, content, buffers }: CommMessage, cell: CellId): Promise<void> {
    // A front end may begin a conversation while the plugin that takes part in it is being loaded.
    await this.#session.plugins.loading;
    const id = String(content.comm_id);
    const data = content.data ?? {};
    if (type === "comm_open") {
      const open = this.#session.plugins.commTargets.get(String(content.target_name));
      if (!open) return this.#send("comm_close", { comm_id: id, data: {} }, cell);
      const { comm } = this.#add(id, String(content.target_name), cell);
      return this.#guard(() => open(comm, data));
    }
    const conversation = this.#open.get(id);
    if (type === "comm_close") this.#open.delete(id);
    const handlers = type === "comm_close" ? conversation?.closes : conversation?.messages;
    const owner = conversation?.cell ?? cell;
    for (const handler of handlers ?? [])
      await this.#guard(() => this.#session.handle(owner, () => handler(data, buffers)), owner);
  }

  #add(id: string, target: string, cell: CellId | undefined): Conversation {
    const messages: CommHandler[] = [];
    const closes: CommHandler[] = [];
    const comm: Comm = {
      id,
      target,
      send: (data, metadata, buffers) =>
        this.#send("comm_msg", { comm_id: id, data }, cell, { metadata, buffers }),
      close: (data = {}) => {
        if (this.#open.delete(id)) this.#send("comm_close", { comm_id: id, data }, cell);
      },
      onMessage: (handler) => void messages.push(handler),
      onClose: (handler) => void closes.push(handler),
    };
    const conversation = { comm, cell: cell ?? this.#session.cellOfCode, messages, closes };
    this.#open.set(id, conversation);
    return conversation;
  }

  async #guard(call: () => unknown, cell?: CellId): Promise<void> {
    try {
      await call();
    } catch (error) {
      const text =
        error instanceof KeyboardInterrupt
          ? "What a widget had begun was interrupted."
          : `A comm handler failed: ${(error as Error)?.stack ?? error}`;
      this.#output.stream("stderr", `${text}\n`, cell);
    }
  }

  #send(
    type: CommType,
    content: Record<string, unknown>,
    cell: CellId | undefined,
    beside: Beside = {},
  ): void {
    const { metadata = {}, buffers = [] } = beside;
    this.#output.comm?.({ type, content, metadata, buffers }, cell);
  }
}
