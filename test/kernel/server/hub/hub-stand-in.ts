/** Stands in for a JupyterHub: the endpoints that a server below it asks, after JupyterHub's documentation. */
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";

export class HubStandIn {
  /** The scopes of each token that somebody has. */
  readonly tokens = new Map<string, readonly string[]>();
  /** The token that each code is exchanged for, once. */
  readonly codes = new Map<string, string>();
  /** What the server told of its activity. */
  readonly told: { readonly authorization: string | undefined; readonly body: unknown }[] = [];
  /** How often it was asked whose a token is. */
  asked = 0;
  /** What was sent with the last code. */
  exchanged: URLSearchParams | undefined;
  isAway = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(([status, json]) => {
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(json));
      });
    });
  }

  static async start(): Promise<HubStandIn> {
    const hub = new HubStandIn();
    await new Promise<void>((resolve) => hub.#server.listen(0, "127.0.0.1", resolve));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hub/api`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<[status: number, json: unknown]> {
    if (this.isAway) return [503, {}];
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const { authorization } = request.headers;
    switch (`${request.method} ${request.url}`) {
      case "GET /hub/api/user": {
        this.asked++;
        const scopes = this.tokens.get(authorization?.replace(/^token /, "") ?? "");
        return scopes ? [200, { kind: "user", name: "ada", scopes }] : [403, { message: "no such token" }];
      }
      case "POST /hub/api/oauth2/token": {
        this.exchanged = new URLSearchParams(body);
        const token = this.codes.get(this.exchanged.get("code") ?? "");
        this.codes.delete(this.exchanged.get("code") ?? "");
        return token === undefined ? [400, { error: "invalid_grant" }] : [200, { access_token: token }];
      }
      case "POST /hub/api/users/ada/activity":
        this.told.push({ authorization, body: JSON.parse(body) });
        return [200, {}];
      default:
        return [404, {}];
    }
  }
}
