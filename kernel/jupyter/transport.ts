/**
 * What carries the channels' messages: five ZeroMQ sockets (sockets.ts), a pipe to the process that started this one
 * (pipe.ts), a port between threads or to a page (port.ts). The message loop (channels.ts) knows this interface alone.
 */
import type { Message, RequestChannel } from "./protocol.js";

/** Who sent a message, as far as its transport must know to answer; nobody else looks at it. */
export type Peer = unknown;

/** What a transport hands over to. */
export interface Receiver {
  /** A message, in the order of arrival on its channel. */
  receive(channel: RequestChannel, message: Message, from: Peer): void;
  /** A word on something that was dropped: one line. */
  log(line: string): void;
  /** Nobody is on the other side any more. */
  closed(): void;
}

export interface Transport {
  /**
   * Starts to receive.
   * @throws when the other side cannot be reached, such as for a port that is taken
   */
  open(receiver: Receiver): Promise<void>;
  /** Sends to every front end, on iopub; never blocks, and keeps the order. */
  publish(message: Message): void;
  /** Sends to one front end, the sender of a message received before; never blocks, and keeps the order. */
  send(channel: RequestChannel, message: Message, to: Peer): void;
  /** Closes when everything sent is on its way. */
  close(): Promise<void>;
}
