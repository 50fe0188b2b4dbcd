/** A Redis server and workers of its queue, for tests: each worker is a process group that can be killed as a machine is. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectRoot } from "../../support/shared.js";

export const KEY = "a key that only the tests know";
export const cli = path.join(projectRoot, "dist/kernel/cli.js");

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class RedisServer {
  readonly url: string;
  readonly #command: string;
  readonly #port: number;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "chainrule-redis-"));
  #process: ChildProcess | undefined;

  #tlsPort = 0;

  private constructor(command: string, port: number) {
    this.#command = command;
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(command: string, ...settings: string[]): Promise<RedisServer> {
    const server = new RedisServer(command, await freePort());
    await server.again(...settings);
    return server;
  }

  /** Starts it, with what it had on its disk. */
  async again(...settings: string[]): Promise<void> {
    if (settings.includes("--tls-cert-file")) {
      this.#tlsPort = await freePort();
      settings.push("--tls-port", String(this.#tlsPort));
    }
    const words = ["--port", String(this.#port), "--bind", "127.0.0.1", "--dir", this.#folder];
    const started = spawn(this.#command, [...words, "--appendonly", "yes", "--save", "", ...settings], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#process = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("Ready to accept connections")) resolve();
      });
      started.once("exit", () => reject(new Error("Redis did not start")));
    });
  }

  /** The address for TLS, which it speaks when its settings name a certificate. */
  tlsUrl(address: string): string {
    return `rediss://${address}:${this.#tlsPort}`;
  }

  /** Stops it without a word to anybody, or lets it go on. */
  freeze(isFrozen = true): void {
    this.#process?.kill(isFrozen ? "SIGSTOP" : "SIGCONT");
  }

  /** Ends it as a machine that is switched off properly does. */
  async stop(): Promise<void> {
    const ended = this.#process;
    if (!ended || ended.exitCode !== null) return;
    const over = new Promise((resolve) => ended.once("exit", resolve));
    ended.kill("SIGTERM");
    await over;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface WorkerSettings {
  readonly env?: object;
  readonly words?: readonly string[];
  readonly before?: readonly string[];
  readonly cli?: string;
}

/** `chainrule worker` as a process group of its own. */
export class WorkerProcess {
  readonly process: ChildProcess;
  /** What it has said. */
  said = "";

  /** @param options  `before`: words before the command; `cli`: another copy of the package */
  constructor(url: string, host: string, options: WorkerSettings = {}) {
    const { env = {}, words = [], before = [], cli: own = cli } = options;
    const [first, ...rest] = [...before, process.execPath, own, "worker", url, "--host", host];
    this.process = spawn(first!, [...rest, "--patience", "3", ...words], {
      env: { ...process.env, CHAINRULE_WORKER_KEY: KEY, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => (this.said += text));
  }

  /** Waits until it has said this. */
  async until(words: string | RegExp): Promise<void> {
    while (!this.said.match(words)) {
      if (this.process.exitCode !== null) throw new Error(`the worker ended: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Switches the machine off: everything on it dies at once. */
  kill(): void {
    try {
      process.kill(-this.process.pid!, "SIGKILL");
    } catch {
      // it is dead already
    }
  }

  /** Asks it to end. @returns milliseconds until it has ended */
  async end(): Promise<number> {
    const started = performance.now();
    const over = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await over;
    return performance.now() - started;
  }
}
