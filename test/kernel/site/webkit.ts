/**
 * WebKitGTK, the engine of Safari on Debian, for tests: its driver speaks WebDriver over HTTP, and its browser draws on a
 * screen that nobody sees. https://w3c.github.io/webdriver/
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { LOOK, lookAt } from "./steps.js";
import type { Browser, Tab } from "./tab.js";

/** How long the driver may take to start, in milliseconds. */
const START = 60_000;

/** How long a script may take, in milliseconds: as long as a lecture. */
const SCRIPT = 30 * 60_000;

export class WebKit implements Browser {
  readonly name = "WebKit";
  readonly #processes: readonly ChildProcess[];
  readonly #session: string;

  private constructor(processes: readonly ChildProcess[], session: string) {
    this.#processes = processes;
    this.#session = session;
  }

  static async start(command: string): Promise<WebKit> {
    const screen = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x1024x24"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const processes: ChildProcess[] = [screen];
    try {
      const [number] = (await once(screen.stdout, "data")) as [Buffer];
      const port = await freePort();
      const env = {
        ...process.env,
        DISPLAY: `:${number.toString().trim()}`,
        NO_AT_BRIDGE: "1",
        // Isolated pages share memory in Safari; in WebKitGTK they do when it is told so.
        JSC_useSharedArrayBuffer: "1",
      };
      processes.push(spawn(command, [`--port=${port}`], { env, stdio: "ignore" }));
      const driver = `http://127.0.0.1:${port}`;
      const end = performance.now() + START;
      while (!(await fetch(`${driver}/status`).catch(() => undefined))?.ok) {
        if (performance.now() > end) throw new Error(`${command} did not start.`);
        await wait(100);
      }
      const capabilities = { alwaysMatch: { timeouts: { script: SCRIPT } } };
      const { sessionId } = (await ask(`${driver}/session`, { capabilities })) as { sessionId: string };
      return new WebKit(processes, `${driver}/session/${sessionId}`);
    } catch (error) {
      for (const one of processes) one.kill();
      throw error;
    }
  }

  /** There is one tab, which goes from page to page. */
  async open(url: string): Promise<Tab> {
    await this.#ask("url", { url });
    const evaluate = (expression: string): Promise<unknown> => this.#evaluate(expression);
    return {
      evaluate,
      look: () => lookAt(evaluate(LOOK), this.#picture()),
      close: () => Promise.resolve(),
    };
  }

  async stop(): Promise<void> {
    await fetch(this.#session, { method: "DELETE" }).catch(() => {});
    for (const one of this.#processes) one.kill();
  }

  async #evaluate(expression: string): Promise<unknown> {
    const script = `const done = arguments[arguments.length - 1];
      (async () => JSON.stringify(await (${expression})))()
        .then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    // WebDriver says null of what is not there.
    const { value, error } = (await this.#ask("execute/async", { script, args: [] })) as {
      value?: string | null;
      error?: string | null;
    };
    if (typeof error === "string") throw new Error(error);
    return typeof value === "string" ? (JSON.parse(value) as unknown) : undefined;
  }

  async #picture(): Promise<Uint8Array> {
    return Buffer.from((await answerOf(await fetch(`${this.#session}/screenshot`))) as string, "base64");
  }

  #ask(command: string, body: object): Promise<unknown> {
    return ask(`${this.#session}/${command}`, body);
  }
}

/** `fetch` gives up after five minutes, and a lecture may take longer. */
async function ask(address: string, body: object): Promise<unknown> {
  const asked = request(address, { method: "POST" }).end(JSON.stringify(body));
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return answerOf(new Response(await text(answer), { status: answer.statusCode ?? 500 }));
}

async function answerOf(response: Response): Promise<unknown> {
  const { value } = (await response.json()) as { value: unknown };
  if (response.ok) return value;
  throw new Error((value as { message: string }).message);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || !address) throw new Error("There is no free port.");
  return address.port;
}
