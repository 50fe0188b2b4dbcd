/**
 * Who may ask for what. Four questions, each of which must be answered well:
 *
 * 1. Is the Host one of ours? A page of evil.example whose name leads to 127.0.0.1 (DNS rebinding) still says its name.
 * 2. Does the request carry the token, or the cookie that a browser got for it?
 * 3. With the cookie: does one of our own pages ask? Cookies know no ports, so that a page from another port of this
 *    machine would have ours sent along; SameSite alone does not help.
 * 4. A WebSocket: the same, because browsers let every page open one.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { refusalPage, welcomePage } from "./front-end/gate-pages.js";
import type { Answer } from "./http/router.js";

export interface GateOptions {
  /** The secret in the address; empty: whoever reaches the server may use it. */
  readonly token: string;
  /** A secret of this user that stays. */
  readonly key: string;
  /**
   * Whether the token is another one at each start. Then cookies stay good, so that open pages go on after a restart;
   * else they are good as long as the token is the same.
   */
  readonly isNewToken: boolean;
  readonly port: number;
  /** The path that everything is below. */
  readonly base: string;
  /** Whether the server listens to other machines too, which may call it by any number. */
  readonly isOpen: boolean;
  /** Host names that others know this machine by. */
  readonly hosts: readonly string[];
}

/** By what somebody is known: with the token anything may be done from anywhere, with the cookie from our own pages. */
export type Known = "token" | "cookie";

/** A request at the gate. */
export interface Visit {
  readonly request: IncomingMessage;
  /** Below the base, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Whether it is for a page, which may be opened from anywhere, as any link. */
  readonly isPage: boolean;
}

/** What decides who comes in: a token (here), or a JupyterHub (hub/hub-gate.ts). */
export interface Entrance {
  knowsHost(request: IncomingMessage): boolean;
  knows(request: IncomingMessage, query: URLSearchParams): Known | undefined | Promise<Known | undefined>;
  isOurPage(request: IncomingMessage): boolean;
  /** The gate's own answer, for what concerns nothing behind it. */
  answer(visit: Visit): Answer | undefined | Promise<Answer | undefined>;
  /** What somebody sees who wants a page and is not known. */
  refuse(request: IncomingMessage): Answer;
}

export class Gate implements Entrance {
  readonly #options: GateOptions;
  /** What the cookie holds: not the token, so that who finds it has no token for another program. */
  readonly #secret: string;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#secret = createHmac("sha256", options.key)
      .update(options.isNewToken ? "" : options.token)
      .digest("base64url");
  }

  /** Browsers keep cookies by host and not by port: two servers need two names. */
  get #cookie(): string {
    return `chainrule-${this.#options.port}`;
  }

  /** Question 1. */
  knowsHost({ headers }: IncomingMessage): boolean {
    const host = nameOf(headers.host);
    if (host === "localhost" || host.endsWith(".localhost")) return true;
    if (isIP(host) !== 0) return this.#options.isOpen || isLoopback(host);
    return this.#options.hosts.some((one) => one.toLowerCase() === host);
  }

  /** Question 2. */
  knows(request: IncomingMessage, query: URLSearchParams): Known | undefined {
    const { token } = this.#options;
    // Without a token nothing tells a program of this machine from a page: all are asked where they come from.
    if (token === "") return "cookie";
    if (isSame(tokenOf(request, query), token)) return "token";
    return isSame(cookieOf(request, this.#cookie), this.#secret) ? "cookie" : undefined;
  }

  /** Questions 3 and 4. */
  isOurPage(request: IncomingMessage): boolean {
    return isOwnPage(request) ?? this.#options.token === "";
  }

  /** Who brings the token in the address gets the cookie, and goes on without it. */
  answer({ request, path, query, isPage }: Visit): Answer | undefined {
    if (!isPage || !query.has("token") || this.knows(request, query) === undefined) return undefined;
    const left = new URLSearchParams(query);
    left.delete("token");
    const address = `${this.#options.base}${path}${left.size > 0 ? `?${left}` : ""}`;
    return welcomePage(address, this.cookieFor(request));
  }

  refuse(request: IncomingMessage): Answer {
    return refusalPage(request);
  }

  /** Lets somebody who brought the token come again without it. */
  cookieFor(request: IncomingMessage): string {
    const isSecure = request.headers["x-forwarded-proto"] === "https";
    const words = [
      `${this.#cookie}=${this.#secret}`,
      `Path=${this.#options.base}`,
      "HttpOnly",
      "SameSite=Strict",
    ];
    return [...words, ...(isSecure ? ["Secure"] : [])].join("; ");
  }
}

/** The token that a request brings, or nothing. */
export function tokenOf({ headers }: IncomingMessage, query: URLSearchParams): string {
  const header = /^(?:token|bearer)\s+(.+)$/i.exec(headers.authorization ?? "")?.[1];
  return header ?? query.get("token") ?? "";
}

/** A cookie's value, or nothing. */
export function cookieOf({ headers }: IncomingMessage, name: string): string {
  const start = `${name}=`;
  const cookies = (headers.cookie ?? "").split(";").map((one) => one.trim());
  return cookies.find((one) => one.startsWith(start))?.slice(start.length) ?? "";
}

/** Whether a page of this server's asks; undefined for a program, which says nothing of pages. */
export function isOwnPage(request: IncomingMessage): boolean | undefined {
  const { origin, host, referer } = request.headers;
  if (origin !== undefined) return origin === `http://${host}` || origin === `https://${host}`;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || (site === "none" && isReading(request));
  // An old browser, which says neither when it reads; when it writes and for a WebSocket, every browser says Origin.
  if (referer !== undefined) return [`http://${host}`, `https://${host}`].includes(originOf(referer));
  return undefined;
}

/** Whether an address is this machine's own, for nobody else to reach. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

function isReading({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

/** The name in a Host header, without port and brackets. */
function nameOf(host = ""): string {
  return host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
}

function originOf(address: string): string {
  try {
    return new URL(address).origin;
  } catch {
    return "";
  }
}

/** Compares in a time that says nothing of what is the same. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return given !== "" && timingSafeEqual(digest(given), digest(wanted));
}
