/**
 * The channels over one message port, as threads and pages have them: each message is an object of the form that
 * JupyterLab's client uses, with its channel. The other end is the only front end, or passes messages on for all.
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
