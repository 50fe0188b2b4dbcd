/** Answers Jupyter's REST interface in the page: routes by method and path, answers as JSON, refusals as Jupyter words them. */

/** A request on its way to a route. */
export interface Call {
  /** What the pattern's groups matched, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The body; empty when there is none. */
  json(): Promise<Record<string, unknown>>;
}

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
}

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly answer: (call: Call) => Answer | undefined | void | Promise<Answer | undefined | void>;
}

/** @param pattern of the whole path below the site's address; its groups become the call's parts */
export function route(method: string, pattern: RegExp, answer: Route["answer"]): Route {
  return { method, pattern: new RegExp(`^(?:${pattern.source})/?$`), answer };
}

/** A refusal: the status of HTTP, and a sentence for the user. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * A `fetch` that answers by routes what is below an address, and passes everything else on.
 * @param base such as "https://example.org/course/"
 */
export function fetchByRoutes(base: string, routes: readonly Route[]): typeof fetch {
  const outside = globalThis.fetch.bind(globalThis);
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const start = new URL(base).pathname;
    if (url.origin !== new URL(base).origin || !url.pathname.startsWith(start)) return outside(request);
    const path = url.pathname.slice(start.length);
    for (const { method, pattern, answer } of routes) {
      const found = method === request.method ? pattern.exec(path) : null;
      if (!found) continue;
      try {
        const { status, json } =
          (await answer({
            parts: found.slice(1).map((part) => decodeURIComponent(part ?? "")),
            query: url.searchParams,
            json: () => bodyOf(request),
          })) ?? {};
        return json === undefined
          ? new Response(null, { status: status ?? 204 })
          : Response.json(json, { status: status ?? 200 });
      } catch (error) {
        return refused(error);
      }
    }
    if (/^(lab\/)?api\//.test(path)) return refused(new Refusal(404, `This site has no ${path}.`));
    return outside(request);
  };
}

async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function refused(error: unknown): Response {
  const status = error instanceof Refusal ? error.status : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (status === 500) console.error(error);
  return Response.json({ message, reason: null }, { status });
}
