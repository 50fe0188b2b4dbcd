/**
 * What carries the channels' messages: five ZeroMQ sockets (sockets.ts), a pipe to the process that started this one
 * (pipe.ts), or a port between threads or to a page (port.ts). The message loop (channels.ts) knows only this interface.
 */
import type { Message, RequestChannel } from "./protocol.js";

/** The sender of a message, in the form that its transport needs to answer; only the transport reads it. */
export type Peer = unknown;

/** The message loop as a transport sees it. */
export interface Receiver {
  /** Takes a message; each channel's messages come in the order of arrival. */
  receive(channel: RequestChannel, message: Message, from: Peer): void;
  /** Logs one line about a message that was dropped. */
  log(line: string): void;
  /** Called when the other side is gone. */
  closed(): void;
}

export interface Transport {
  /**
   * Starts to receive.
   * @throws when the other side cannot be reached, for example because a port is taken
   */
  open(receiver: Receiver): Promise<void>;
  /** Sends to every front end, on iopub; never blocks, and keeps the order. */
  publish(message: Message): void;
  /** Sends to one front end, the sender of a message received before; never blocks, and keeps the order. */
  send(channel: RequestChannel, message: Message, to: Peer): void;
  /** Closes when everything sent has been passed on. */
  close(): Promise<void>;
}
