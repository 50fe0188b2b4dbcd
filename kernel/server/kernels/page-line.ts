/**
 * The line to one page, which may break, or be slower than its kernel. A network that goes away takes what was sent with
 * it, and nobody is told; so what was sent is kept until the page's answer to a later ping says that it has arrived. When
 * the page comes again it is sent again, and after it what the page missed. Nothing is lost; what had arrived just before
 * the break, and was not confirmed any more, comes twice. For a page that confirms too slowly the rest waits here.
 */
import type { WebSocket } from "ws";
import { createMessage } from "../../jupyter/protocol.js";
import type { Header } from "../../jupyter/protocol.js";
import { Outgoing } from "./encodings.js";

/** How much is kept for a page, in bytes; beyond it some of the oldest output goes, and the page is told. */
export const KEPT_LIMIT = 64 * 2 ** 20;
/** How much may be on its way to a page and not confirmed, in bytes. */
export const WINDOW = 8 * 2 ** 20;
/** What our pings carry, which others on the same socket do not. */
const MARK = "kept";

/** The part of a WebSocket that is needed here. */
export type PageSocket = Pick<WebSocket, "readyState" | "OPEN" | "protocol"> & {
  send(data: string | Uint8Array): void;
  ping(data: string): void;
  close(): void;
  on(event: "pong", listener: (data: Buffer) => void): unknown;
};

export class Page {
  #socket: PageSocket | undefined;
  /** First what is on its way and not confirmed, then what waits; the oldest first. */
  #kept: Outgoing[] = [];
  #size = 0;
  /** How many of the kept are on their way, and their bytes. */
  #sent = 0;
  #sentSize = 0;
  /** How many of them were sent before the ping that is under way; 0 when none is. */
  #pinged = 0;
  #lost = 0;

  /** A socket that is about to close is nobody any more. */
  get isThere(): boolean {
    return this.#socket !== undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  connect(socket: PageSocket): void {
    this.#socket?.close();
    this.#socket = socket;
    // What was on its way is sent again.
    this.#sent = this.#sentSize = this.#pinged = 0;
    socket.on("pong", (data) => {
      if (this.#socket === socket && data.toString() === MARK) this.#confirm();
    });
    this.#flush();
  }

  /** The socket has closed; another one may have taken its place before. */
  disconnect(socket: PageSocket): void {
    if (this.#socket === socket) this.#socket = undefined;
  }

  send(outgoing: Outgoing): void {
    this.#kept.push(outgoing);
    this.#size += outgoing.size;
    this.#flush();
    if (this.#size > KEPT_LIMIT) this.#thin();
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#kept = [];
    this.#size = 0;
  }

  #flush(): void {
    const socket = this.#socket;
    if (!socket || !this.isThere) return;
    if (this.#lost > 0 && this.#sent < this.#kept.length && this.#sentSize < WINDOW) this.#apologise(socket);
    while (this.#sent < this.#kept.length && this.#sentSize < WINDOW) {
      const next = this.#kept[this.#sent++]!;
      this.#sentSize += next.size;
      socket.send(next.as(socket.protocol));
    }
    // One ping at a time: its answer confirms all that was sent before it.
    if (this.#pinged > 0 || this.#sent === 0) return;
    this.#pinged = this.#sent;
    socket.ping(MARK);
  }

  #confirm(): void {
    for (const one of this.#kept.splice(0, this.#pinged)) {
      this.#size -= one.size;
      this.#sentSize -= one.size;
    }
    this.#sent -= this.#pinged;
    this.#pinged = 0;
    this.#flush();
  }

  /** Drops a quarter of what may be kept, of the output that waits longest. Replies and states stay. */
  #thin(): void {
    let tooMuch = this.#size - 0.75 * KEPT_LIMIT;
    const before = this.#kept.length;
    this.#kept = this.#kept.filter((one, index) => {
      if (index < this.#sent || tooMuch <= 0 || !one.isOutput) return true;
      tooMuch -= one.size;
      this.#size -= one.size;
      return false;
    });
    this.#lost += before - this.#kept.length;
  }

  #apologise(socket: PageSocket): void {
    const next = this.#kept[this.#sent]!;
    const text = `… ${this.#lost} messages of output were dropped: the page was away, or too slow for them …\n`;
    const parent = next.framed.message.parent_header as unknown as Header;
    const message = createMessage("stream", { name: "stderr", text }, { session: "server", parent });
    socket.send(new Outgoing({ channel: "iopub", message }).as(socket.protocol));
    this.#lost = 0;
  }
}
