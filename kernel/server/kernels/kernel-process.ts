/** One process of a kernel, from its start to its end: what it says, what is said to it, and why it ended. */
import { randomUUID } from "node:crypto";
import type { Framed } from "../../jupyter/frame.js";
import { launchWithPipe, launchWithSockets } from "../../jupyter/launch.js";
import type { Launched } from "../../jupyter/launch.js";
import { createMessage } from "../../jupyter/protocol.js";
import type { Json, Message, RequestChannel } from "../../jupyter/protocol.js";
import { HttpError } from "../http/http-error.js";
import type { KnownKernel } from "./kernel-specs.js";

export interface ProcessOptions {
  readonly known: KnownKernel;
  /** The folder that it starts in. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its connection file goes; chainrule's own kernel is spoken to over a pipe unless given. */
  readonly connectionFile?: string | undefined;
  /** Is given all that it says. */
  readonly receive: (framed: Framed) => void;
}

/** How long a kernel may take to end by itself, in milliseconds. */
const PATIENCE = 5000;
/** How long to wait for a kernel's first words before it is spoken to again, and after how many times to go on. */
const NUDGE = { milliseconds: 500, times: 60 };
/** How much of what it writes to stderr is remembered. */
const WORDS_LIMIT = 4000;

export class KernelProcess {
  /** Fulfilled when it has ended, with the reason in words. */
  readonly ended: Promise<string>;
  readonly #launched: Launched;
  readonly #options: ProcessOptions;
  readonly #session = randomUUID();
  /** What waits until it is certain to be heard; undefined when it need not wait. */
  #waiting: Framed[] | undefined;
  #words = "";
  #isEnded = false;
  #hasPublished = false;
  #hasReplied = false;

  private constructor(launched: Launched, options: ProcessOptions) {
    this.#launched = launched;
    this.#options = options;
    const { process: child, line } = launched;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-WORDS_LIMIT);
    });
    this.ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      // What it said last may still be on its way.
      child.once("exit", (code, signal) => setTimeout(() => resolve(this.#reason(code, signal)), 100));
    });
    void this.ended.then(() => {
      this.#isEnded = true;
      line.close();
      launched.cleanUp();
    });
    line.listen((framed) => this.#hear(framed));
    // A pipe loses nothing. Who subscribes to sockets hears only what comes after, and has to make sure.
    if (!hasPipe(options)) this.#waiting = [];
    void this.#greet();
  }

  /** @throws when its command cannot be started */
  static async start(options: ProcessOptions): Promise<KernelProcess> {
    const { known, cwd, env, connectionFile } = options;
    const argv = known.spec.argv.map((part) => part.replaceAll("{resource_dir}", known.folder));
    const all = { ...env, ...expanded(known.spec.env ?? {}, env) };
    const how = { cwd, env: all, hasOwnGroup: true, connectionFile };
    const file = known.isOwn ? ["{connection_file}"] : [];
    const launched = hasPipe(options)
      ? launchWithPipe(argv, how)
      : await launchWithSockets([...argv, ...file], how);
    if (launched.process.pid === undefined) {
      const error = await new Promise((resolve) => launched.process.once("error", resolve));
      launched.line.close();
      launched.cleanUp();
      throw error;
    }
    return new KernelProcess(launched, options);
  }

  send(channel: RequestChannel, message: Message): void {
    if (this.#isEnded) return;
    if (this.#waiting) this.#waiting.push({ channel, message });
    else this.#launched.line.send(channel, message);
  }

  /** Says something in the server's own name. */
  ask(channel: RequestChannel, type: string, content: Json = {}): void {
    if (this.#isEnded) return;
    const message = createMessage(type, content, { session: this.#session, username: "server" });
    this.#launched.line.send(channel, message);
  }

  /** Interrupts what it does, in the way that it wants to be. @throws HttpError where that is not possible */
  interrupt(): void {
    const { spec } = this.#options.known;
    if (spec.interrupt_mode === "message") return this.ask("control", "interrupt_request");
    // There, a signal to another process is its end.
    if (process.platform === "win32")
      throw new HttpError(501, `${spec.display_name} cannot be interrupted on Windows; restart it.`);
    this.#signal("SIGINT");
  }

  /** Ends it, politely first. */
  async end(isRestart: boolean): Promise<void> {
    this.ask("control", "shutdown_request", { restart: isRestart });
    const timer = setTimeout(() => this.kill(), PATIENCE);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#signal("SIGKILL");
  }

  /** To it and to what it has started. */
  #signal(signal: NodeJS.Signals): void {
    const { process: child } = this.#launched;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      if (process.platform === "win32") child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      child.kill(signal);
    }
  }

  #hear(framed: Framed): void {
    if (framed.channel === "iopub") this.#hasPublished = true;
    else if (framed.message.parent_header.session === this.#session) this.#hasReplied = true;
    this.#options.receive(framed);
  }

  async #greet(): Promise<void> {
    this.ask("shell", "kernel_info_request");
    for (let times = 0; this.#waiting && !this.#isEnded && times < NUDGE.times; times++) {
      await new Promise((resolve) =>
        setTimeout(resolve, times === 0 ? 50 : NUDGE.milliseconds / (this.#hasReplied ? 10 : 1)),
      );
      if (this.#hasPublished && this.#hasReplied) break;
      if (times > 0) this.ask("shell", "kernel_info_request");
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { channel, message } of waiting) this.send(channel as RequestChannel, message);
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): string {
    const words = this.#words.trim();
    return `${signal ?? `exit code ${code}`}${words && `: ${words}`}`;
  }
}

function hasPipe({ known, connectionFile }: ProcessOptions): boolean {
  return known.isOwn && connectionFile === undefined;
}

/** A kernelspec's variables, in which `${NAME}` stands for the server's own. */
function expanded(env: Readonly<Record<string, string>>, own: NodeJS.ProcessEnv): Record<string, string> {
  const fill = (value: string): string =>
    value.replace(/\$\{(\w+)\}/g, (all, name: string) => own[name] ?? all);
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(String(value))]));
}
