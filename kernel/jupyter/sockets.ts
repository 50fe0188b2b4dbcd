/**
 * The channels over ZeroMQ: the five sockets of a connection file, with signed messages. Sending never blocks and keeps
 * the order; each socket has one loop that receives. The heartbeat is answered here.
 */
import { Publisher, Reply, Router } from "zeromq";
import type { Message, RequestChannel } from "./protocol.js";
import type { Peer, Receiver, Transport } from "./transport.js";
import { Wire, WireError } from "./wire.js";

/** Jupyter's connection file. */
export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  signature_scheme?: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

interface Sender {
  send(frames: Buffer[]): Promise<void>;
}

/** Sends one message after another; a message that cannot be sent is dropped with a log line. */
class SendQueue {
  readonly #socket: Sender;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Sender) {
    this.#socket = socket;
  }

  send(frames: Buffer[], log: Receiver["log"]): void {
    this.#last = this.#last
      .then(() => this.#socket.send(frames))
      .catch((error: Error) => log(`a message could not be sent: ${error.message}`));
  }

  /** Settles when every message so far has been given to ZeroMQ. */
  get drained(): Promise<void> {
    return this.#last;
  }
}

export class Sockets implements Transport {
  // No high-water mark: a slow front end must not make ZeroMQ drop output.
  readonly #iopub = new Publisher({ sendHighWaterMark: 0, linger: 1000 });
  readonly #routers: Record<RequestChannel, Router> = {
    shell: new Router({ sendHighWaterMark: 0, linger: 1000 }),
    control: new Router({ sendHighWaterMark: 0, linger: 1000 }),
    stdin: new Router({ sendHighWaterMark: 0, linger: 1000 }),
  };
  readonly #heartbeat = new Reply({ linger: 0 });
  readonly #queues: Record<RequestChannel | "iopub", SendQueue>;
  readonly #connection: ConnectionInfo;
  readonly #wire: Wire;
  #log: Receiver["log"] = () => {};

  /** @throws for a signature scheme that is not known */
  constructor(connection: ConnectionInfo) {
    this.#connection = connection;
    this.#wire = new Wire(connection.key, connection.signature_scheme);
    const { shell, control, stdin } = this.#routers;
    this.#queues = {
      iopub: new SendQueue(this.#iopub),
      shell: new SendQueue(shell),
      control: new SendQueue(control),
      stdin: new SendQueue(stdin),
    };
  }

  /** @throws when a port is taken */
  async open(receiver: Receiver): Promise<void> {
    this.#log = (line) => receiver.log(line);
    const { transport, ip, ...ports } = this.#connection;
    const address = (port: number): string =>
      transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
    await Promise.all([
      this.#iopub.bind(address(ports.iopub_port)),
      this.#routers.shell.bind(address(ports.shell_port)),
      this.#routers.control.bind(address(ports.control_port)),
      this.#routers.stdin.bind(address(ports.stdin_port)),
      this.#heartbeat.bind(address(ports.hb_port)),
    ]);
    for (const channel of ["shell", "control", "stdin"] as const) void this.#receive(channel, receiver);
    void this.#beat();
  }

  publish(message: Message): void {
    const topic = Buffer.from(message.header.msg_type);
    this.#queues.iopub.send(this.#wire.encode({ identities: [topic], message }), this.#log);
  }

  /** @param to the ZeroMQ identities of the front end, from the message that is answered */
  send(channel: RequestChannel, message: Message, to: Peer): void {
    const identities = to as readonly Buffer[];
    this.#queues[channel].send(this.#wire.encode({ identities, message }), this.#log);
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue.drained));
    this.#iopub.close();
    this.#heartbeat.close();
    for (const router of Object.values(this.#routers)) router.close();
  }

  async #receive(channel: RequestChannel, receiver: Receiver): Promise<void> {
    for await (const frames of this.#routers[channel]) {
      try {
        const { message, identities } = this.#wire.decode(frames);
        receiver.receive(channel, message, identities);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        receiver.log(`dropped a message on ${channel}: ${error.message}`);
      }
    }
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}
