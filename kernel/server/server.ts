/**
 * Listens, asks the gate, finds the route, sends its answer. What an answer says goes to one who passed the gate alone,
 * but for the version; an error of ours is told as that, and its details go to the log.
 */
import { createServer } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Gate } from "./gate.js";
import type { Entrance, GateOptions } from "./gate.js";
import { readJson } from "./http/body.js";
import { HttpError } from "./http/http-error.js";
import { findRoute } from "./http/router.js";
import type { Answer, Route } from "./http/router.js";

export interface ListenOptions extends Omit<GateOptions, "port"> {
  readonly port: number;
  /** The address to listen on. */
  readonly ip: string;
  /** Who may come in; whoever has the token unless given. */
  readonly entrance?: Entrance | undefined;
  readonly routes: readonly Route[];
  /** Opens a WebSocket for one who passed the gate. @throws HttpError */
  readonly upgrade: (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    path: string,
    query: URLSearchParams,
  ) => void;
  readonly log: (line: string) => void;
}

/** A server that listens. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
}

/** @throws when the port is taken or the address is not this machine's */
export async function listen(options: ListenOptions): Promise<Listening> {
  // Node's five seconds are as long as a busy page may take between two requests: one in flight would find no connection.
  const server = createServer({ keepAliveTimeout: 75_000 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.ip, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const desk = new Desk(options, options.entrance ?? new Gate({ ...options, port }));
  server.on("request", (request, response) => void desk.answer(request, response));
  server.on("upgrade", (request, socket, head) => void desk.upgrade(request, socket, head));
  return { server, port };
}

/** Where all requests come to. */
class Desk {
  readonly #options: ListenOptions;
  readonly #gate: Entrance;

  constructor(options: ListenOptions, gate: Entrance) {
    this.#options = options;
    this.#gate = gate;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = (await this.#find(request)) ?? { status: 204 };
    } catch (error) {
      answer = this.#refuse(request, error);
    }
    try {
      await send(request, response, answer);
    } catch {
      // The other side has gone, or a file has got shorter while it was sent.
      response.destroy();
    }
  }

  async #find(request: IncomingMessage): Promise<Answer | void> {
    const { path, query } = this.#address(request);
    if (!this.#gate.knowsHost(request)) throw new HttpError(403, NOT_OUR_HOST);
    const isPage = path === "" || path === "lab" || (path.startsWith("lab/") && !path.startsWith("lab/api/"));
    const own = await this.#gate.answer({ request, path, query, isPage });
    if (own) return own;
    const known = await this.#gate.knows(request, query);
    if (known === undefined && (request.method === "GET" || request.method === "HEAD")) {
      // Somebody who waits for the server to be there, and cannot yet know more.
      if (path === "api") return VERSION;
      if (isPage) return this.#gate.refuse(request);
    }
    if (known === undefined) throw new HttpError(403, NOT_KNOWN);
    // A page may be opened from anywhere, as any link; what it may do is asked again.
    if (known === "cookie" && !isPage && !this.#gate.isOurPage(request))
      throw new HttpError(403, NOT_OUR_PAGE);
    const { route, path: parts } = findRoute(this.#options.routes, request.method ?? "", path);
    return route.answer({ request, path: parts, query, json: () => readJson(request) });
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    try {
      const { path, query } = this.#address(request);
      if (!this.#gate.knowsHost(request)) throw new HttpError(403, NOT_OUR_HOST);
      const known = await this.#gate.knows(request, query);
      if (known === undefined) throw new HttpError(403, NOT_KNOWN);
      if (known === "cookie" && !this.#gate.isOurPage(request)) throw new HttpError(403, NOT_OUR_PAGE);
      this.#options.upgrade(request, socket, head, path, query);
    } catch (error) {
      const { status = 500, json } = this.#refuse(request, error);
      const body = JSON.stringify(json);
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    }
  }

  /** The path below the base, not decoded. @throws HttpError */
  #address({ url = "" }: IncomingMessage): { path: string; query: URLSearchParams } {
    // A whole address, as a proxy is asked for one, or two slashes, which would be a host.
    if (!url.startsWith("/") || url.startsWith("//"))
      throw new HttpError(400, "This address is not one of this server.");
    const [path, ...rest] = url.split("?") as [string, ...string[]];
    const { base } = this.#options;
    if (!`${path}/`.startsWith(base)) throw new HttpError(404, "There is nothing at this address.");
    return { path: path.slice(base.length), query: new URLSearchParams(rest.join("?")) };
  }

  #refuse({ method, url = "" }: IncomingMessage, error: unknown): Answer {
    if (error instanceof HttpError)
      return { status: error.status, json: { message: error.message, reason: null } };
    if (error instanceof URIError)
      return { status: 400, json: { message: "A name in the request is not Unicode.", reason: null } };
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log(`${method} ${url.split("?")[0]} failed: ${details}`);
    return { status: 500, json: { message: "The server failed at this; its log says more.", reason: null } };
  }
}

const VERSION: Answer = { json: { version: "2.14.0" } };
const NOT_OUR_HOST =
  "This server does not answer to this host name; start `chainrule lab` with --allow-host NAME if it should.";
const NOT_KNOWN = "Open the address that `chainrule lab` printed: it carries the token.";
const NOT_OUR_PAGE = "This was asked by a page that is not this server's.";

/** An answer of the interface that is opened as a page may do nothing; no other site may put ours into a frame. */
const SHARED_HEADERS: OutgoingHttpHeaders = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'",
};

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status = 200, headers, json, body } = answer;
  const content = json === undefined ? body : JSON.stringify(json);
  response.writeHead(status, {
    ...SHARED_HEADERS,
    "Cache-Control": "no-store",
    ...(json !== undefined && { "Content-Type": "application/json" }),
    ...((typeof content === "string" || content instanceof Uint8Array) && {
      "Content-Length": Buffer.byteLength(content),
    }),
    // What of the request was not read is not the beginning of the next.
    ...(!request.complete && status >= 400 && { Connection: "close" }),
    ...headers,
  });
  if (content === undefined || typeof content === "string" || content instanceof Uint8Array) {
    response.end(request.method === "HEAD" ? undefined : content);
    return;
  }
  if (request.method !== "HEAD") return pipeline(content, response);
  content.destroy();
  response.end();
}
