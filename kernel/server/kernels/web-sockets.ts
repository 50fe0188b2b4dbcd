/** Opens WebSockets: a kernel's channels, and the events. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { Events } from "../events.js";
import { HttpError } from "../http/http-error.js";
import { PROTOCOL } from "./encodings.js";
import type { Kernels } from "./kernels.js";

/** The largest message of a page, in bytes: bytes for a widget, a paste. */
const LARGEST = 256 * 2 ** 20;
/** How often an idle page is asked whether it is still there, in milliseconds; one that does not answer until the next
 * time has gone without a word. */
const BEAT = 30_000;

export class WebSockets {
  readonly #kernels: Kernels;
  readonly #events: Events;
  readonly #server: WebSocketServer;

  constructor(kernels: Kernels, events: Events) {
    this.#kernels = kernels;
    this.#events = events;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: LARGEST,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    });
  }

  /** @param path below the base; @throws HttpError 404 */
  open(request: IncomingMessage, socket: Duplex, head: Buffer, path: string, query: URLSearchParams): void {
    const id = /^api\/kernels\/([\w-]+)\/channels$/.exec(path)?.[1];
    const kernel = id === undefined ? undefined : this.#kernels.get(id);
    if (!kernel && path !== "api/events/subscribe")
      throw new HttpError(404, "There is no WebSocket at this address.");
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      watch(opened);
      if (kernel) kernel.pages.attach(opened, query.get("session_id") ?? randomUUID());
      else this.#events.listen(opened);
    });
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
