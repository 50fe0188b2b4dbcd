/**
 * Firefox as a test drives it: by WebDriver BiDi over its own WebSocket, with no other program between.
 * https://w3c.github.io/webdriver-bidi/
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { LOOK, lookAt } from "./steps.js";
import type { Browser, Tab } from "./tab.js";

interface Answer {
  readonly id?: number;
  readonly type?: string;
  readonly message?: string;
  readonly result?: unknown;
  /** Of an event. */
  readonly method?: string;
  readonly params?: {
    readonly context?: string;
    readonly level?: string;
    readonly text?: string | null;
    readonly source?: { readonly context?: string };
  };
}

/** A command that has no answer yet. */
interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** The tab in which a script runs. */
  readonly context: string | undefined;
}

/** How long Firefox may take to start, in milliseconds. */
const START = 60_000;

/** The event of a line in a console. */
const LOGGED = "log.entryAdded";

/** Events after which a script that was started before is never heard of again: its page is gone, or kept frozen. */
const LEAVING = ["browsingContext.navigationStarted", "browsingContext.navigationCommitted"];

export class Firefox implements Browser {
  readonly name = "Firefox";
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  /** What the tabs' consoles say. */
  readonly #said = new Map<string, string[]>();
  #count = 0;

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#hear(JSON.parse(data.toString("utf8")) as Answer));
    socket.on("close", () => this.#fail("Firefox has ended", () => true));
  }

  static async start(command: string): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), "chainrule-firefox-"));
    const flags = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"];
    const child = spawn(command, flags, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: profile },
    });
    const address = await addressOf(child);
    const socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const firefox = new Firefox(child, profile, socket);
    await firefox.#ask("session.new", { capabilities: {} });
    await firefox.#ask("session.subscribe", { events: [LOGGED, ...LEAVING] });
    return firefox;
  }

  async open(url: string): Promise<Tab> {
    const { context } = (await this.#ask("browsingContext.create", { type: "tab" })) as { context: string };
    await this.#ask("browsingContext.navigate", { context, url, wait: "none" });
    const said: string[] = [];
    this.#said.set(context, said);
    return {
      evaluate: (expression) => this.#evaluate(context, expression),
      look: async () => ({
        shown: await lookAt(this.#evaluate(context, LOOK), this.#picture(context)),
        console: said.slice(-10),
      }),
      close: async () => void (await this.#ask("browsingContext.close", { context })),
    };
  }

  async stop(): Promise<void> {
    this.#socket.close();
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #picture(context: string): Promise<Uint8Array> {
    const { data } = (await this.#ask("browsingContext.captureScreenshot", { context })) as { data: string };
    return Buffer.from(data, "base64");
  }

  async #evaluate(context: string, expression: string): Promise<unknown> {
    // As JSON, which BiDi would otherwise write in its own way.
    const command = {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context },
      awaitPromise: true,
    };
    const { type, result, exceptionDetails } = (await this.#ask("script.evaluate", command, context)) as {
      type: string;
      result?: { value?: string };
      exceptionDetails?: { text: string };
    };
    if (type === "exception") throw new Error(exceptionDetails?.text);
    return result?.value === undefined ? undefined : (JSON.parse(result.value) as unknown);
  }

  #ask(method: string, params: object, context?: string): Promise<unknown> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      const fail = ({ message }: Error): void => reject(new Error(`${method}: ${message}`));
      this.#waiting.set(id, { resolve, reject: fail, context });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #hear({ id, type, message, result, method = "", params }: Answer): void {
    if (method === LOGGED) {
      const said = this.#said.get(params?.source?.context ?? "");
      return void said?.push(`${params?.level}: ${(params?.text ?? "").slice(0, 300)}`);
    }
    if (LEAVING.includes(method))
      return this.#fail(
        "the page was loaded anew meanwhile",
        ({ context }) => context !== undefined && context === params?.context,
      );
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || !waiting) return;
    this.#waiting.delete(id);
    if (type === "error") waiting.reject(new Error(message));
    else waiting.resolve(result);
  }

  /** Fails the commands that will get no answer. */
  #fail(reason: string, isLost: (waiting: Waiting) => boolean): void {
    for (const [id, waiting] of this.#waiting) {
      if (!isLost(waiting)) continue;
      this.#waiting.delete(id);
      waiting.reject(new Error(reason));
    }
  }
}

/** The WebSocket that Firefox says it listens on. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`Firefox did not start: ${said}`)), START);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const address = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once("exit", () => reject(new Error(`Firefox ended: ${said}`)));
  });
}
