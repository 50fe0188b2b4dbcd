/**
 * The line to one page, which may break: a network that goes away takes what was sent with it, and nobody is told. So
 * what was sent is kept until the page's answer to a later ping says that it has arrived; when the page comes again it
 * is sent again, and after it what the page missed. Nothing is lost; what had arrived just before the break, and was not
 * confirmed any more, comes twice.
 */
import type { WebSocket } from "ws";
import { createMessage } from "../../jupyter/protocol.js";
import { Outgoing } from "./encodings.js";

/** How much is kept for a page that is away, in bytes; beyond it the oldest goes, and the page is told. */
const KEPT_LIMIT = 64 * 2 ** 20;

/** What our pings carry, which others on the same socket do not. */
const MARK = "kept";

export class Page {
  #socket: WebSocket | undefined;
  /** Sent and not confirmed, or waiting for the page; the oldest first. */
  #kept: Outgoing[] = [];
  #size = 0;
  #lost = 0;
  /** How many of the kept were sent before the ping that is under way. */
  #pinged = 0;

  /** A socket that is about to close is nobody any more. */
  get isThere(): boolean {
    return this.#socket !== undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  connect(socket: WebSocket): void {
    this.#socket?.close();
    this.#socket = socket;
    this.#pinged = 0;
    socket.on("pong", (data: Buffer) => {
      if (this.#socket === socket && data.toString() === MARK) this.#confirm();
    });
    if (this.#lost > 0) this.#write(socket, this.#apology());
    this.#lost = 0;
    for (const outgoing of this.#kept) this.#write(socket, outgoing);
    this.#ping(socket);
  }

  /** The socket has closed; another one may have taken its place before. */
  disconnect(socket: WebSocket): void {
    if (this.#socket === socket) this.#socket = undefined;
  }

  send(outgoing: Outgoing): void {
    this.#kept.push(outgoing);
    this.#size += outgoing.size;
    if (this.#socket) {
      this.#write(this.#socket, outgoing);
      this.#ping(this.#socket);
    }
    while (this.#size > KEPT_LIMIT && this.#kept.length > 1) {
      this.#drop(1);
      if (this.#socket) this.#pinged = Math.max(0, this.#pinged - 1);
      else this.#lost++;
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#drop(this.#kept.length);
  }

  #write(socket: WebSocket, outgoing: Outgoing): void {
    if (socket.readyState === socket.OPEN) socket.send(outgoing.as(socket.protocol));
  }

  /** One ping at a time: its answer confirms all that was sent before it. */
  #ping(socket: WebSocket): void {
    if (this.#pinged > 0 || this.#kept.length === 0 || socket.readyState !== socket.OPEN) return;
    this.#pinged = this.#kept.length;
    socket.ping(MARK);
  }

  #confirm(): void {
    this.#drop(this.#pinged);
    this.#pinged = 0;
    if (this.#socket) this.#ping(this.#socket);
  }

  #drop(count: number): void {
    for (const one of this.#kept.splice(0, count)) this.#size -= one.size;
  }

  #apology(): Outgoing {
    const text = `${this.#lost} messages of the kernel were dropped while this page was away.\n`;
    const parent = this.#kept[0]?.framed.message.parent_header as never;
    const message = createMessage("stream", { name: "stderr", text }, { session: "server", parent });
    return new Outgoing({ channel: "iopub", message });
  }
}
