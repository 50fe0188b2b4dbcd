/** Opens WebSockets: a kernel's channels, terminals, and the events. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Events } from "../events.js";
import { HttpError } from "../http/http-error.js";
import { PROTOCOL } from "./encodings.js";
import type { Kernels } from "./kernels.js";
import type { Terminals } from "../terminals/terminals.js";

/** The largest message of a page, in bytes: bytes for a widget, a paste. */
const LARGEST = 256 * 2 ** 20;
/** How often an idle page is asked whether it is still there, in milliseconds; one that does not answer until the next
 * time has gone without a word. */
const BEAT = 30_000;

export class WebSockets {
  readonly #kernels: Kernels;
  readonly #terminals: Terminals;
  readonly #events: Events;
  readonly #server: WebSocketServer;

  constructor(kernels: Kernels, terminals: Terminals, events: Events) {
    this.#kernels = kernels;
    this.#terminals = terminals;
    this.#events = events;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: LARGEST,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    });
  }

  /** @param path below the base; @throws HttpError 404 */
  open(request: IncomingMessage, socket: Duplex, head: Buffer, path: string, query: URLSearchParams): void {
    const attach = this.#room(path, query);
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      watch(opened);
      attach(opened);
    });
  }

  /** What the address leads to. @throws HttpError 404 */
  #room(path: string, query: URLSearchParams): (page: WebSocket) => void {
    const id = /^api\/kernels\/([\w-]+)\/channels$/.exec(path)?.[1];
    if (id !== undefined) {
      const kernel = this.#kernels.get(id);
      return (page) => kernel.pages.attach(page, query.get("session_id") ?? randomUUID());
    }
    const name = /^terminals\/websocket\/([\w-]+)$/.exec(path)?.[1];
    if (name !== undefined) {
      const terminal = this.#terminals.get(name);
      return (page) => terminal.attach(page);
    }
    if (path === "api/events/subscribe") return (page) => this.#events.listen(page);
    throw new HttpError(404, "There is no WebSocket at this address.");
  }

  close(): void {
    for (const one of this.#server.clients) one.close(SERVICE_RESTART);
  }
}

/** The server ends; the page may try again. */
const SERVICE_RESTART = 1012;

function watch(socket: WebSocket): void {
  let isAlive = true;
  socket.on("pong", () => (isAlive = true));
  socket.on("message", () => (isAlive = true));
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, BEAT).unref();
  socket.on("close", () => clearInterval(timer));
  socket.on("error", () => socket.terminate());
}
