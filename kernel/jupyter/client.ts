/**
 * Starts a kernel the way a front end does, over real sockets, and asks it things. Enough of a front end for
 * `chainrule doctor`.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dealer, Subscriber } from "zeromq";
import type { ConnectionInfo } from "./messages.js";
import { Wire } from "./wire.js";
import type { Json, Message } from "./wire.js";

/** A kernel that this process started. */
export class KernelClient {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #wire: Wire;
  readonly #shell = new Dealer({ linger: 0 });
  readonly #iopub = new Subscriber({ linger: 0 });
  readonly #published: Message[] = [];
  readonly #replies = new Map<string, (reply: Message) => void>();
  readonly #died: Promise<never>;
  #log = "";

  private constructor(child: ChildProcess, folder: string, connection: ConnectionInfo) {
    this.#process = child;
    this.#folder = folder;
    this.#wire = new Wire(connection.key, connection.signature_scheme);
    const address = (port: number) => `${connection.transport}://${connection.ip}:${port}`;
    this.#shell.connect(address(connection.shell_port));
    this.#iopub.connect(address(connection.iopub_port));
    this.#iopub.subscribe();
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    this.#died = new Promise((_, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        const log = this.#log.trim();
        reject(new Error(`the kernel ended with ${signal ?? `exit code ${code}`}${log && `: ${log}`}`));
      });
    });
    this.#died.catch(() => {});
    void this.#receive();
  }

  /**
   * @param argv a kernelspec's `argv`, with "{connection_file}" where the file's path goes
   * @param cwd the folder that the kernel starts in
   */
  static async start(argv: readonly string[], cwd: string): Promise<KernelClient> {
    const [shell, iopub, stdin, control, heartbeat] = await freePorts(5);
    const connection: ConnectionInfo = {
      transport: "tcp",
      ip: "127.0.0.1",
      key: randomUUID(),
      signature_scheme: "hmac-sha256",
      shell_port: shell!,
      iopub_port: iopub!,
      stdin_port: stdin!,
      control_port: control!,
      hb_port: heartbeat!,
    };
    const folder = mkdtempSync(join(tmpdir(), "chainrule-kernel-"));
    const file = join(folder, "connection.json");
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
    const [command, ...rest] = argv.map((part) => part.replace("{connection_file}", file));
    const child = spawn(command!, rest, { cwd, stdio: ["ignore", "ignore", "pipe"], windowsHide: true });
    return new KernelClient(child, folder, connection);
  }

  /**
   * Waits until the kernel answers and is heard.
   * @returns its description of itself: the content of kernel_info_reply
   * @throws when it dies, or does not answer in time
   */
  async ready(milliseconds: number): Promise<Json> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      // Asked again and again: what it publishes before this end is connected is not heard.
      const reply = await this.#request("kernel_info_request", {}, Math.min(1000, end - performance.now()));
      if (reply && this.#published.length > 0) return reply.content;
      await pause(20);
    }
    throw new Error(`the kernel did not answer within ${milliseconds / 1000} s`);
  }

  /**
   * Runs a cell.
   * @returns the reply's content, and everything published for it
   * @throws when the kernel dies, or does not answer in time
   */
  async execute(code: string, milliseconds: number): Promise<{ reply: Json; published: Message[] }> {
    const request = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    this.#published.length = 0;
    const end = performance.now() + milliseconds;
    const reply = await this.#request("execute_request", request, milliseconds);
    const isDone = () =>
      this.#published.some(
        ({ parent, content }) => parent.msg_id === reply?.parent.msg_id && content.execution_state === "idle",
      );
    while (reply && !isDone() && performance.now() < end) await Promise.race([pause(10), this.#died]);
    if (!reply) throw new Error(`the cell gave no answer within ${milliseconds / 1000} s`);
    return {
      reply: reply.content,
      published: this.#published.filter(({ parent }) => parent.msg_id === reply.parent.msg_id),
    };
  }

  /** Ends the kernel, politely first. */
  async close(): Promise<void> {
    const ended = this.#died.catch(() => {});
    await this.#request("shutdown_request", { restart: false }, 1000).catch(() => {});
    await Promise.race([ended, pause(2000)]);
    this.#process.kill("SIGKILL");
    await ended;
    this.#shell.close();
    this.#iopub.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #request(type: string, content: Json, milliseconds: number): Promise<Message | undefined> {
    const frames = this.#wire.encode([], type, undefined, content);
    const { msg_id: id } = JSON.parse(frames[2]!.toString()) as { msg_id: string };
    const answer = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    await this.#shell.send(frames);
    return Promise.race([answer, pause(milliseconds), this.#died]);
  }

  async #receive(): Promise<void> {
    const published = async () => {
      for await (const frames of this.#iopub) this.#published.push(this.#wire.decode(frames));
    };
    const replies = async () => {
      for await (const frames of this.#shell) {
        const reply = this.#wire.decode(frames);
        this.#replies.get(String(reply.parent.msg_id))?.(reply);
      }
    };
    await Promise.all([published(), replies()]);
  }
}

/** A pause that does not keep the process; the kernel's own does, while it runs. */
function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref());
}

/** Ports that nobody listens on now; somebody else may take one before the kernel does, as with any front end. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
