/** The kernel's five ZeroMQ sockets. Sending never blocks and never reorders; receiving is one loop a socket. */
import { Publisher, Reply, Router } from "zeromq";
import type { ConnectionInfo } from "./messages.js";

export type Channel = "shell" | "control" | "stdin";

interface Sender {
  send(frames: Buffer[]): Promise<void>;
}

/** Sends one message after another; a message that cannot be sent is dropped with a log line. */
class SendQueue {
  readonly #socket: Sender;
  readonly #log: (line: string) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Sender, log: (line: string) => void) {
    this.#socket = socket;
    this.#log = log;
  }

  send(frames: Buffer[]): void {
    this.#last = this.#last
      .then(() => this.#socket.send(frames))
      .catch((error: Error) => this.#log(`a message could not be sent: ${error.message}`));
  }

  /** Settles when everything so far has been handed to ZeroMQ. */
  get drained(): Promise<void> {
    return this.#last;
  }
}

export class Sockets {
  // No high-water mark: a slow front end must not make ZeroMQ drop output.
  readonly #iopub = new Publisher({ sendHighWaterMark: 0, linger: 1000 });
  readonly #routers: Record<Channel, Router> = {
    shell: new Router({ sendHighWaterMark: 0, linger: 1000 }),
    control: new Router({ sendHighWaterMark: 0, linger: 1000 }),
    stdin: new Router({ sendHighWaterMark: 0, linger: 1000 }),
  };
  readonly #heartbeat = new Reply({ linger: 0 });
  readonly #queues: Record<Channel | "iopub", SendQueue>;

  constructor(log: (line: string) => void) {
    const { shell, control, stdin } = this.#routers;
    this.#queues = {
      iopub: new SendQueue(this.#iopub, log),
      shell: new SendQueue(shell, log),
      control: new SendQueue(control, log),
      stdin: new SendQueue(stdin, log),
    };
  }

  /**
   * Binds all sockets and starts receiving.
   * @throws when a port is taken
   */
  async open(
    connection: ConnectionInfo,
    receive: (channel: Channel, frames: Buffer[]) => void,
  ): Promise<void> {
    const { transport, ip } = connection;
    const address = (port: number): string =>
      transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
    await Promise.all([
      this.#iopub.bind(address(connection.iopub_port)),
      this.#routers.shell.bind(address(connection.shell_port)),
      this.#routers.control.bind(address(connection.control_port)),
      this.#routers.stdin.bind(address(connection.stdin_port)),
      this.#heartbeat.bind(address(connection.hb_port)),
    ]);
    for (const channel of ["shell", "control", "stdin"] as const) void this.#receive(channel, receive);
    void this.#beat();
  }

  publish(frames: Buffer[]): void {
    this.#queues.iopub.send(frames);
  }

  send(channel: Channel, frames: Buffer[]): void {
    this.#queues[channel].send(frames);
  }

  /** Closes the sockets once everything sent is on its way. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue.drained));
    this.#iopub.close();
    this.#heartbeat.close();
    for (const router of Object.values(this.#routers)) router.close();
  }

  async #receive(channel: Channel, receive: (channel: Channel, frames: Buffer[]) => void): Promise<void> {
    for await (const frames of this.#routers[channel]) receive(channel, frames);
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}
