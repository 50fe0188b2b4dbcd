/** Open conversations between plugins and the front end's widgets, on the main thread. */
import { randomUUID } from "node:crypto";
import type { CellId, Output } from "../cells/output.js";
import type { PluginHost } from "../plugins/host.js";
import type { Comm } from "../plugins/contract.js";

type Json = Record<string, unknown>;

interface Conversation {
  comm: Comm;
  messages: ((data: unknown) => void)[];
  closes: ((data: unknown) => void)[];
}

export class Comms {
  readonly #plugins: PluginHost;
  readonly #output: Output;
  readonly #open = new Map<string, Conversation>();

  constructor(session: { plugins: PluginHost }, output: Output) {
    this.#plugins = session.plugins;
    this.#output = output;
  }

  /** Opens a conversation with a front end that knows the target. */
  open(target: string, data: unknown = {}, cell?: CellId): Comm {
    const id = randomUUID();
    this.#send("comm_open", { comm_id: id, target_name: target, data }, cell);
    return this.#add(id, target, cell).comm;
  }

  /** A message from the front end. One for an unknown target or conversation is answered with `comm_close`. */
  receive(kind: "comm_open" | "comm_msg" | "comm_close", content: Json, cell: CellId): void {
    const id = String(content["comm_id"]);
    const data = content["data"] ?? {};
    if (kind === "comm_open") {
      const open = this.#plugins.commTargets.get(String(content["target_name"]));
      if (!open) return this.#send("comm_close", { comm_id: id, data: {} }, cell);
      const { comm } = this.#add(id, String(content["target_name"]), cell);
      return this.#guard(() => open(comm, data));
    }
    const conversation = this.#open.get(id);
    if (kind === "comm_close") {
      this.#open.delete(id);
      conversation?.closes.forEach((handler) => this.#guard(() => handler(data)));
    } else conversation?.messages.forEach((handler) => this.#guard(() => handler(data)));
  }

  #add(id: string, target: string, cell: CellId | undefined): Conversation {
    const messages: Conversation["messages"] = [];
    const closes: Conversation["closes"] = [];
    const comm: Comm = {
      id,
      target,
      send: (data, metadata = {}) => this.#send("comm_msg", { comm_id: id, data, metadata }, cell),
      close: (data = {}) => {
        if (this.#open.delete(id)) this.#send("comm_close", { comm_id: id, data }, cell);
      },
      onMessage: (handler) => void messages.push(handler),
      onClose: (handler) => void closes.push(handler),
    };
    const conversation = { comm, messages, closes };
    this.#open.set(id, conversation);
    return conversation;
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#output.stream(
        "stderr",
        `A comm handler failed: ${(error as Error)?.stack ?? error}\n`,
        undefined,
      );
    }
  }

  #send(kind: "comm_open" | "comm_msg" | "comm_close", content: Json, cell: CellId | undefined): void {
    this.#output.comm?.(kind, content, cell);
  }
}
