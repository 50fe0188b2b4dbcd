/** Questions to the hub: whose token is this, and which token belongs to this code. */
import type { Hub } from "./surroundings.js";

/** How long an answer is taken for good, in milliseconds, and how many are kept. */
const FRESH = 60_000;
const KEPT = 1000;
/** How long the hub may take. */
const PATIENCE = 20_000;

export class HubApi {
  readonly #hub: Hub;
  /** Whether the owner of a token may use this server. */
  readonly #known = new Map<string, { until: number; answer: Promise<boolean> }>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Whether who has this token may use this server. @throws when the hub does not answer */
  isAllowed(token: string): Promise<boolean> {
    const now = performance.now();
    const old = this.#known.get(token);
    if (old && old.until > now) return old.answer;
    const answer = this.#ask(token);
    this.#known.delete(token);
    this.#known.set(token, { until: now + FRESH, answer });
    // A hub that is away for a moment is asked again.
    answer.catch(() => this.#known.delete(token));
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value!);
    return answer;
  }

  forget(token: string): void {
    this.#known.delete(token);
  }

  async #ask(token: string): Promise<boolean> {
    const response = await fetch(`${this.#hub.api}/user`, {
      headers: { Authorization: `token ${token}` },
      signal: AbortSignal.timeout(PATIENCE),
    });
    // 403 is a token that nobody has (any more), 404 its user.
    if (response.status >= 400 && response.status < 500) return false;
    if (!response.ok) throw new Error(`the hub answers ${response.status} when it is asked for a user`);
    const { scopes } = (await response.json()) as { scopes?: unknown };
    return Array.isArray(scopes) && scopes.some((one) => this.#covers(String(one)));
  }

  /** Whether a scope gives access to this server: it itself, or one that is not narrowed. */
  #covers(scope: string): boolean {
    return this.#hub.scopes.some((wanted) => scope === wanted || scope === wanted.split("!")[0]);
  }

  /** The last step of OAuth. @returns undefined for a code that the hub does not know */
  async tokenFor(code: string): Promise<string | undefined> {
    const { api, clientId, token, callback } = this.#hub;
    const response = await fetch(`${api}/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({
        client_id: clientId,
        client_secret: token,
        grant_type: "authorization_code",
        code,
        redirect_uri: callback,
      }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status >= 400 && response.status < 500) return undefined;
    if (!response.ok) throw new Error(`the hub answers ${response.status} when it is asked for a token`);
    const { access_token: given } = (await response.json()) as { access_token?: unknown };
    return typeof given === "string" ? given : undefined;
  }
}
