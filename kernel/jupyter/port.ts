/**
 * The channels over one port of messages, as threads and pages have them: each message is the object that JupyterLab's
 * client has, with its channel. There is one front end at the other end, or one that speaks for all.
 */
import { listen } from "#host/workers";
import type { Port } from "../../lib/host/kernel-contract.js";
import { MessageError, REQUEST_CHANNELS, checkMessage } from "./protocol.js";
import type { Channel, Message, RequestChannel } from "./protocol.js";
import type { Receiver, Transport } from "./transport.js";

/** A message as it goes over a port. */
export interface PortMessage extends Message {
  readonly channel: Channel;
}

export class PortTransport implements Transport {
  readonly #port: Port;

  constructor(port: Port) {
    this.#port = port;
  }

  open(receiver: Receiver): Promise<void> {
    listen(this.#port, (value) => {
      try {
        const { channel, ...parts } = (value ?? {}) as Partial<PortMessage>;
        if (!isRequestChannel(channel)) throw new MessageError("it is of no channel");
        receiver.receive(channel, checkMessage(parts), undefined);
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        receiver.log(`dropped a message: ${error.message}`);
      }
    });
    return Promise.resolve();
  }

  publish(message: Message): void {
    this.#post("iopub", message);
  }

  send(channel: RequestChannel, message: Message): void {
    this.#post(channel, message);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #post(channel: Channel, message: Message): void {
    this.#port.postMessage({ ...message, channel } satisfies PortMessage);
  }
}

function isRequestChannel(channel: unknown): channel is RequestChannel {
  return (REQUEST_CHANNELS as readonly unknown[]).includes(channel);
}
