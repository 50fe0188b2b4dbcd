/**
 * The route table. A route is a method and a pattern: `:name` is one part of the path, `*name` any number of parts
 * (at the end also none).
 * Patterns are matched before the path is decoded, so that an encoded slash belongs to a name, and each part is decoded
 * once. The first route that fits answers.
 */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { HttpError } from "./http-error.js";

/** A request, as a route sees it. */
export interface Call {
  readonly request: IncomingMessage;
  /** The path's parts by the names in the pattern, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body as a JSON object; empty when there is none. @throws HttpError */
  json(): Promise<Record<string, unknown>>;
}

/** What a route answers; nothing at all is 204. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; the headers say what it is. */
  readonly body?: string | Uint8Array | Readable;
}

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  answer(call: Call): Promise<Answer | void> | Answer | void;
}

/** @param pattern such as `api/contents/*path/checkpoints/:id`, without the base and without a slash before it */
export function route(method: string, pattern: string, answer: Route["answer"]): Route {
  const source = pattern
    .split("/")
    .map((part, index, { length }) => {
      const slash = index === 0 ? "" : "/";
      if (part.startsWith(":")) return `${slash}(?<${part.slice(1)}>[^/]+)`;
      if (part.startsWith("*"))
        return index < length - 1
          ? `${slash}(?<${part.slice(1)}>.+?)`
          : `(?:${slash}(?<${part.slice(1)}>.*?))?/?`;
      return slash + part.replace(/[.]/g, "\\.");
    })
    .join("");
  return { method, pattern: new RegExp(`^${source}$`), answer };
}

/**
 * The route for a request, and what its pattern has caught.
 * @param path without the base, not decoded
 * @throws HttpError 404, 405, or 400 for a path that cannot be decoded
 */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; path: Record<string, string> } {
  const wanted = method === "HEAD" ? "GET" : method;
  let isKnown = false;
  for (const one of routes) {
    const found = one.pattern.exec(path);
    if (!found) continue;
    isKnown = true;
    if (one.method === wanted) return { route: one, path: decoded(found.groups ?? {}) };
  }
  throw isKnown
    ? new HttpError(405, `${method} is not answered here.`)
    : new HttpError(404, "There is nothing at this address.");
}

function decoded(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, part = ""]) => [name, decodeURIComponent(part)]),
    );
  } catch (error) {
    throw new HttpError(400, "The address is not encoded as addresses are.", { cause: error });
  }
}
