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

interface Answer {
  readonly id?: number;
  readonly type?: string;
  readonly message?: string;
  readonly result?: unknown;
}

/** How long Firefox may take to start, in milliseconds. */
const START = 60_000;

export class Firefox {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #count = 0;

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const answer = JSON.parse(data.toString("utf8")) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
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
    return firefox;
  }

  async open(url: string): Promise<FirefoxPage> {
    const { context } = (await this.#ask("browsingContext.create", { type: "tab" })) as { context: string };
    await this.#ask("browsingContext.navigate", { context, url, wait: "none" });
    return {
      evaluate: (expression) => this.#evaluate(context, expression),
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

  async #evaluate(context: string, expression: string): Promise<unknown> {
    // As JSON, which BiDi would otherwise write in its own way.
    const { type, result, exceptionDetails } = (await this.#ask("script.evaluate", {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context },
      awaitPromise: true,
    })) as { type: string; result?: { value?: string }; exceptionDetails?: { text: string } };
    if (type === "exception") throw new Error(exceptionDetails?.text);
    return result?.value === undefined ? undefined : (JSON.parse(result.value) as unknown);
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ type, message, result }) => {
        this.#waiting.delete(id);
        if (type === "error") reject(new Error(`${method}: ${message}`));
        else resolve(result);
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

/** A tab. */
export interface FirefoxPage {
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
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
