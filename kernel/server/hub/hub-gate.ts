/**
 * The gate below a JupyterHub: who may come in is the hub's word. A browser is sent there and comes back with a code
 * (OAuth 2.0), for which the hub gives a token; the token stays here and the browser gets a cookie. After a restart a
 * browser makes this way again by itself. A program brings a token of the hub's.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { cookieOf, isOwnPage, tokenOf } from "../gate.js";
import type { Entrance, Known, Visit } from "../gate.js";
import { HttpError } from "../http/http-error.js";
import type { Answer } from "../http/router.js";
import { HubApi } from "./hub-api.js";
import type { Hub } from "./surroundings.js";

const COOKIE = "chainrule-hub";
/** How long somebody may be at the hub's login, in milliseconds; also in the cookie. */
const AWAY = 10 * 60_000;
/** How many browsers are remembered, and how many that are at the hub. */
const KEPT = 1000;

export class HubGate implements Entrance {
  readonly #hub: Hub;
  readonly #api: HubApi;
  /** The hub's tokens of browsers, by their cookies. */
  readonly #tokens = new Map<string, string>();
  /** Where browsers that are at the hub wanted to go, by the state that they must bring back. */
  readonly #away = new Map<string, { readonly next: string; readonly since: number }>();

  constructor(hub: Hub, api = new HubApi(hub)) {
    this.#hub = hub;
    this.#api = api;
  }

  /** The proxy of the hub may have any name; what a foreign name would have is not our cookie. */
  knowsHost(): boolean {
    return true;
  }

  async knows(request: IncomingMessage, query: URLSearchParams): Promise<Known | undefined> {
    const brought = tokenOf(request, query);
    if (brought !== "") return (await this.#ask(brought)) ? "token" : undefined;
    const token = this.#tokens.get(cookieOf(request, COOKIE));
    return token !== undefined && (await this.#ask(token)) ? "cookie" : undefined;
  }

  isOurPage(request: IncomingMessage): boolean {
    return isOwnPage(request) ?? false;
  }

  /** The way back from the hub, and the way out. */
  async answer({ request, path, query }: Visit): Promise<Answer | undefined> {
    if (path === this.#callbackPath()) return this.#comeBack(request, query);
    if (path === "logout" && request.method === "GET") return this.#leave(request);
    return undefined;
  }

  /** Sends a browser to the hub. */
  refuse(request: IncomingMessage): Answer {
    const state = randomBytes(24).toString("base64url");
    const next = request.url ?? this.#hub.prefix;
    put(this.#away, state, { next, since: Date.now() });
    const { host, base, clientId, callback } = this.#hub;
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: callback,
      response_type: "code",
      state,
    });
    return {
      status: 302,
      headers: {
        Location: `${host}${base}hub/api/oauth2/authorize?${query}`,
        // The one who comes back must be the one who went.
        "Set-Cookie": this.#cookie(request, `${COOKIE}-state-${state.slice(0, 8)}`, state, AWAY / 1000),
      },
    };
  }

  async #comeBack(request: IncomingMessage, query: URLSearchParams): Promise<Answer> {
    const error = query.get("error_description") ?? query.get("error");
    if (error) throw new HttpError(403, `JupyterHub does not let you in here: ${error}.`);
    const state = query.get("state") ?? "";
    const name = `${COOKIE}-state-${state.slice(0, 8)}`;
    const away = this.#away.get(state);
    this.#away.delete(state);
    if (!away || Date.now() - away.since > AWAY || cookieOf(request, name) !== state)
      throw new HttpError(
        403,
        `This login has expired or was begun elsewhere; open ${this.#hub.prefix} again.`,
      );
    const token = await this.#reach(this.#api.tokenFor(query.get("code") ?? ""));
    if (token === undefined || !(await this.#ask(token)))
      throw new HttpError(403, `You may not use the server of ${this.#hub.user}.`);
    const secret = randomBytes(32).toString("base64url");
    put(this.#tokens, secret, token);
    return {
      status: 302,
      headers: { Location: away.next, "Set-Cookie": this.#cookie(request, COOKIE, secret) },
    };
  }

  #leave(request: IncomingMessage): Answer {
    const secret = cookieOf(request, COOKIE);
    const token = this.#tokens.get(secret);
    if (token !== undefined) this.#api.forget(token);
    this.#tokens.delete(secret);
    return {
      status: 302,
      headers: {
        Location: `${this.#hub.host}${this.#hub.base}hub/logout`,
        "Set-Cookie": this.#cookie(request, COOKIE, "", 0),
      },
    };
  }

  #ask(token: string): Promise<boolean> {
    return this.#reach(this.#api.isAllowed(token));
  }

  async #reach<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new HttpError(503, "JupyterHub does not answer at the moment; try again.", { cause: error });
    }
  }

  /** The last part of the callback's address, below our base. */
  #callbackPath(): string {
    const path = this.#hub.callback.replace(/^https?:\/\/[^/]+/, "");
    return path.startsWith(this.#hub.prefix) ? path.slice(this.#hub.prefix.length) : "oauth_callback";
  }

  /** Lax: the browser comes from the hub, which may be another site; what the cookie may do is asked each time. */
  #cookie(request: IncomingMessage, name: string, value: string, seconds?: number): string {
    const isSecure = /^https\b/.test(String(request.headers["x-forwarded-proto"] ?? ""));
    return [
      `${name}=${value}`,
      `Path=${this.#hub.prefix}`,
      "HttpOnly",
      "SameSite=Lax",
      ...(seconds === undefined ? [] : [`Max-Age=${seconds}`]),
      ...(isSecure ? ["Secure"] : []),
    ].join("; ");
  }
}

/** The oldest goes when there are too many. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size > KEPT) map.delete(map.keys().next().value!);
}
