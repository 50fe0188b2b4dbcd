/**
 * A front end without a user interface: it sends requests to a kernel and receives what the kernel publishes. It does
 * what `chainrule doctor` needs.
 */
import { randomUUID } from "node:crypto";
import { launchWithSockets } from "./launch.js";
import type { Launched } from "./launch.js";
import { createMessage } from "./protocol.js";
import type { Json, Message } from "./protocol.js";

/** A kernel that this process started. */
export class KernelClient {
  readonly #launched: Launched;
  readonly #session: string = randomUUID();
  readonly #published: Message[] = [];
  readonly #replies = new Map<string, (reply: Message) => void>();
  readonly #died: Promise<never>;
  #log = "";

  constructor(launched: Launched) {
    this.#launched = launched;
    const { process: child, line } = launched;
    line.listen(({ channel, message }) => {
      if (channel === "iopub") this.#published.push(message);
      else this.#replies.get(String(message.parent_header.msg_id))?.(message);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    this.#died = new Promise((_, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        const log = this.#log.trim();
        reject(new Error(`the kernel ended with ${signal ?? `exit code ${code}`}${log && `: ${log}`}`));
      });
    });
    this.#died.catch(() => {});
  }

  /**
   * Starts a kernel over sockets.
   * @param argv a kernelspec's `argv`, with "{connection_file}" where the file's path goes
   * @param cwd the folder that the kernel starts in
   */
  static async start(argv: readonly string[], cwd: string): Promise<KernelClient> {
    return new KernelClient(await launchWithSockets(argv, { cwd }));
  }

  /**
   * Waits until the kernel answers and its published messages arrive.
   * @returns its description of itself: the content of kernel_info_reply
   * @throws when it dies, or does not answer in time
   */
  async ready(milliseconds: number): Promise<Json> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      // The request is repeated, because messages published before this side is connected are lost.
      const reply = await this.#request("kernel_info_request", {}, Math.min(1000, end - performance.now()));
      if (reply && this.#published.length > 0) return reply.content;
      await pause(20);
    }
    throw new Error(`the kernel did not answer within ${milliseconds / 1000} s`);
  }

  /**
   * Runs a cell.
   * @returns the reply's content, and every message published for the cell
   * @throws when the kernel dies, or does not answer in time
   */
  async execute(code: string, milliseconds: number): Promise<{ reply: Json; published: Message[] }> {
    const request = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    this.#published.length = 0;
    const end = performance.now() + milliseconds;
    const reply = await this.#request("execute_request", request, milliseconds);
    const parent = reply?.parent_header.msg_id;
    const isDone = () =>
      this.#published.some(
        ({ parent_header, content }) => parent_header.msg_id === parent && content.execution_state === "idle",
      );
    while (reply && !isDone() && performance.now() < end) await Promise.race([pause(10), this.#died]);
    if (!reply) throw new Error(`the cell gave no answer within ${milliseconds / 1000} s`);
    return {
      reply: reply.content,
      published: this.#published.filter(({ parent_header }) => parent_header.msg_id === parent),
    };
  }

  /** Ends the kernel: first by a request, then by a signal. */
  async close(): Promise<void> {
    const { process: child, line, cleanUp } = this.#launched;
    const ended = this.#died.catch(() => {});
    await this.#request("shutdown_request", { restart: false }, 1000).catch(() => {});
    await Promise.race([ended, pause(2000)]);
    child.kill("SIGKILL");
    await ended;
    line.close();
    cleanUp();
  }

  #request(type: string, content: Json, milliseconds: number): Promise<Message | undefined> {
    const message = createMessage(type, content, { session: this.#session, username: "client" });
    const { msg_id: id } = message.header;
    const answer = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    this.#launched.line.send("shell", message);
    return Promise.race([answer, pause(milliseconds), this.#died]).finally(() => this.#replies.delete(id));
  }
}

/** A pause that does not keep this process alive; the kernel's process does that while it runs. */
function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref());
}
