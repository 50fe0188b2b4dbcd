/**
 * A Jupyter front end for tests: starts the built kernel (dist/, from `npm run build`) as a process and talks to it
 * over real sockets, or over a pipe.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Dealer, Request, Subscriber } from "zeromq";
import type { Framed } from "../../../kernel/jupyter/frame.js";
import { launchWithPipe } from "../../../kernel/jupyter/launch.js";
import type { Line } from "../../../kernel/jupyter/launch.js";
import { createMessage } from "../../../kernel/jupyter/protocol.js";
import type { Json, Message, RequestChannel } from "../../../kernel/jupyter/protocol.js";
import { Wire } from "../../../kernel/jupyter/wire.js";
import { pause, stopwatch } from "../../support/clock.js";
import { projectRoot } from "../../support/shared.js";

export const KERNEL_MAIN: string = path.join(projectRoot, "dist/kernel/jupyter/main.js");

export interface StartOptions {
  /** How it is reached; by sockets unless given. */
  transport?: "sockets" | "pipe";
  cwd?: string;
  /** The Node to run on; this one when absent. */
  node?: string;
  nodeFlags?: readonly string[];
  args?: readonly string[];
  /** The connection file of a kernel that has ended: the new one takes its place. */
  file?: string;
  env?: Record<string, string>;
}

export interface ExecuteRequest {
  silent?: boolean;
  store_history?: boolean;
  user_expressions?: Record<string, string>;
  allow_stdin?: boolean;
  stop_on_error?: boolean;
}

/** Everything that came of one cell. */
export interface Executed {
  reply: Json;
  /** Messages on iopub with this cell as their parent, until it became idle. */
  outputs: Message[];
  stdout: string;
  stderr: string;
  /** The text/plain of the result. */
  result: string | undefined;
}

export class TestKernel {
  readonly process: ChildProcess;
  /** The folder that it runs in unless another is given; goes with it. */
  readonly folder: string;
  /** Everything on iopub, in order. */
  readonly iopub: Message[] = [];
  /** What the kernel itself wrote on its standard error. */
  log = "";
  /** Called for every message on iopub as it comes. */
  onPublish: ((message: Message) => void) | undefined;
  /** Answers an input_request. */
  onInput: ((prompt: string, password: boolean) => string | undefined) | undefined;
  readonly #line: Line;
  readonly #sockets: TestSockets | undefined;
  readonly #session: string = randomUUID();
  readonly #replies = new Map<string, (message: Message) => void>();
  readonly #idle = new Map<string, () => void>();
  readonly #begun = new Map<string, { sign: string | undefined; resolve: () => void }>();
  readonly #died: Promise<never>;

  private constructor(child: ChildProcess, folder: string, line: Line, sockets?: TestSockets) {
    this.process = child;
    this.folder = folder;
    this.#line = line;
    this.#sockets = sockets;
    child.stderr?.on("data", (data: Buffer) => (this.log += data.toString()));
    line.listen((framed) => this.#receive(framed));
    this.#died = new Promise((_, reject) =>
      child.once("exit", (code, signal) =>
        reject(new Error(`The kernel ended with ${signal ?? `exit code ${code}`}:\n${this.log}`)),
      ),
    );
    this.#died.catch(() => {});
    // A test that fails in the middle leaves no kernel behind.
    const end = (): void => void child.kill("SIGKILL");
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
  }

  /** Starts a kernel and waits until it answers. */
  static async start(options: StartOptions = {}): Promise<TestKernel> {
    const flags = ["--no-force-async-hooks-checks", ...(options.nodeFlags ?? [])];
    const argv = [options.node ?? process.execPath, ...flags, KERNEL_MAIN, ...(options.args ?? [])];
    const env = { ...process.env, ...options.env };
    const file = options.file ?? (await writeConnection());
    const folder = path.dirname(file);
    const cwd = options.cwd ?? folder;
    let kernel: TestKernel;
    if (options.transport === "pipe") {
      const { process: child, line } = launchWithPipe(argv, { cwd, env });
      kernel = new TestKernel(child, folder, line);
    } else {
      const child = spawn(argv[0]!, [...argv.slice(1), file], {
        cwd,
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      const sockets = new TestSockets(file);
      kernel = new TestKernel(child, folder, sockets, sockets);
    }
    await kernel.#ready();
    return kernel;
  }

  /** The sockets themselves, for what is not a message. */
  get sockets(): TestSockets {
    return this.#sockets!;
  }

  get connectionFile(): string {
    return this.sockets.file;
  }

  /** Sends a request and waits for its reply. */
  async request(channel: "shell" | "control", type: string, content: Json = {}): Promise<Json> {
    return (await this.ask(channel, type, content)).content;
  }

  ask(channel: "shell" | "control", type: string, content: Json = {}): Promise<Message> {
    const message = this.create(type, content);
    const reply = new Promise<Message>((resolve) => this.#replies.set(message.header.msg_id, resolve));
    this.send(channel, message);
    return Promise.race([reply, this.#died]);
  }

  create(type: string, content: Json, parts: Partial<Message> = {}): Message {
    return { ...createMessage(type, content, { session: this.#session }), ...parts };
  }

  send(channel: RequestChannel, message: Message): void {
    this.#line.send(channel, message);
  }

  /** Runs a cell and waits until it is idle and has replied. */
  execute(code: string, request: ExecuteRequest = {}): Promise<Executed> {
    return this.begin(code, request).ended;
  }

  /**
   * Starts a cell.
   * @returns `begun` when the kernel has taken it up, or when it has printed `sign`; `ended` as `execute` does
   */
  begin(
    code: string,
    { sign, ...request }: ExecuteRequest & { sign?: string } = {},
  ): { begun: Promise<void>; ended: Promise<Executed> } {
    const message = this.create("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: true,
      stop_on_error: true,
      ...request,
    });
    const id = message.header.msg_id;
    const reply = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    const idle = new Promise<void>((resolve) => this.#idle.set(id, resolve));
    const begun = new Promise<void>((resolve) => this.#begun.set(id, { sign, resolve }));
    this.send("shell", message);
    const done = Promise.race([Promise.all([reply, idle]), this.#died]);
    const ended = done.then(([answer]) => this.#executed(id, answer));
    // Whoever ends the kernel in the middle of a cell need not wait for the cell.
    ended.catch(() => {});
    return { begun, ended };
  }

  #executed(id: string, answer: Message): Executed {
    const outputs = this.outputsOf(id);
    const text = (name: string): string =>
      outputs
        .filter((one) => one.header.msg_type === "stream" && one.content["name"] === name)
        .map((one) => String(one.content["text"]))
        .join("");
    const result = outputs.find((one) => one.header.msg_type === "execute_result");
    return {
      reply: answer.content,
      outputs,
      stdout: text("stdout"),
      stderr: text("stderr"),
      result: (result?.content["data"] as Record<string, string> | undefined)?.["text/plain"],
    };
  }

  /** Messages on iopub that answer one request. */
  outputsOf(id: string): Message[] {
    return this.iopub.filter((one) => one.parent_header["msg_id"] === id);
  }

  /** Waits until the kernel has received all that was sent on the shell channel: it answers this while a cell runs. */
  async received(): Promise<void> {
    await this.request("shell", "complete_request", { code: "", cursor_pos: 0 });
  }

  /** Milliseconds that a heartbeat takes, but for what a busy machine adds. */
  async beat(): Promise<number> {
    const passed = this.stopwatch();
    await this.sockets.beat();
    return passed();
  }

  /** Milliseconds from now on, but for those that a busy machine keeps this process or the kernel waiting. */
  stopwatch(): () => number {
    return stopwatch(this.process.pid);
  }

  /** Waits until the kernel has had so many milliseconds. */
  async pause(milliseconds: number): Promise<void> {
    await pause(milliseconds, this.process.pid);
  }

  /** Closes this end of the line, as a front end's process does that ends. */
  hangUp(): void {
    this.#line.close();
  }

  /** Ends the kernel as a front end does, and cleans up. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) resolve();
      else this.process.once("exit", () => resolve());
    });
    if (this.process.exitCode === null && this.process.signalCode === null)
      this.send("control", this.create("shutdown_request", { restart: false }));
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 60_000);
    await ended;
    clearTimeout(timer);
    this.#line.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks until the kernel answers and its iopub is heard. */
  async #ready(): Promise<void> {
    await this.request("shell", "kernel_info_request");
    while (!this.iopub.length) {
      await this.request("shell", "kernel_info_request");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #noteBegin({ header, parent_header, content }: Message): void {
    const waiting = this.#begun.get(String(parent_header["msg_id"]));
    if (waiting === undefined) return;
    const { sign, resolve } = waiting;
    if (sign === undefined ? header.msg_type === "execute_input" : String(content["text"]).includes(sign))
      resolve();
  }

  #receive({ channel, message }: Framed): void {
    if (channel === "iopub") {
      this.iopub.push(message);
      this.onPublish?.(message);
      this.#noteBegin(message);
      if (message.header.msg_type === "status" && message.content["execution_state"] === "idle")
        this.#idle.get(String(message.parent_header["msg_id"]))?.();
      return;
    }
    if (message.header.msg_type === "input_request") {
      const { prompt, password } = message.content;
      const value = this.onInput?.(String(prompt), password === true);
      const parent_header = { ...message.header };
      if (value !== undefined) this.send("stdin", this.create("input_reply", { value }, { parent_header }));
      return;
    }
    const id = String(message.parent_header["msg_id"]);
    this.#replies.get(id)?.(message);
    this.#replies.delete(id);
  }
}

/** The five sockets of a connection file, from the front end's side. */
class TestSockets implements Line {
  readonly file: string;
  readonly key: string;
  readonly wire: Wire;
  readonly channels: Record<RequestChannel, Dealer>;
  readonly #subscriber: Subscriber;
  readonly #heartbeat: Request;

  constructor(file: string) {
    const { key, ...connection } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    this.file = file;
    this.key = key!;
    this.wire = new Wire(key!);
    const address = (name: string): string => `tcp://127.0.0.1:${connection[name]}`;
    const routingId = randomUUID();
    const dealer = (name: string): Dealer => {
      const socket = new Dealer({ routingId, linger: 0, receiveHighWaterMark: 0 });
      socket.connect(address(name));
      return socket;
    };
    this.channels = {
      shell: dealer("shell_port"),
      control: dealer("control_port"),
      stdin: dealer("stdin_port"),
    };
    this.#subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
    this.#subscriber.connect(address("iopub_port"));
    this.#subscriber.subscribe();
    this.#heartbeat = new Request({ linger: 0 });
    this.#heartbeat.connect(address("hb_port"));
  }

  listen(receive: (framed: Framed) => void): void {
    const sockets = { ...this.channels, iopub: this.#subscriber };
    for (const [channel, socket] of Object.entries(sockets))
      void (async () => {
        for await (const frames of socket as Dealer)
          receive({ channel: channel as Framed["channel"], message: this.wire.decode(frames).message });
      })();
  }

  send(channel: RequestChannel, message: Message): void {
    void this.channels[channel].send(this.wire.encode({ identities: [], message }));
  }

  /** One heartbeat, there and back. */
  async beat(): Promise<void> {
    await this.#heartbeat.send("ping");
    await this.#heartbeat.receive();
  }

  close(): void {
    for (const socket of [...Object.values(this.channels), this.#subscriber, this.#heartbeat]) socket.close();
  }
}

const PORTS = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

/** A connection file in a folder of its own. */
async function writeConnection(): Promise<string> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "chainrule-kernel-")), "connection.json");
  const free = await freePorts(PORTS.length);
  const ports = Object.fromEntries(PORTS.map((name, i) => [name, free[i]]));
  const connection = {
    transport: "tcp",
    ip: "127.0.0.1",
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
  };
  writeFileSync(file, JSON.stringify({ ...connection, ...ports }));
  return file;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Throws with the way out when the kernel was not built. */
export function needsBuild(): void {
  if (!existsSync(KERNEL_MAIN))
    throw new Error("These tests run the built kernel: run `npm run build` first.");
}

/** This Node, and those that CHAINRULE_TEST_NODES names (paths, separated as in PATH). */
export const testNodes: readonly string[] = [
  process.execPath,
  ...(process.env["CHAINRULE_TEST_NODES"] ?? "").split(path.delimiter).filter(existsSync),
];

/** The flag that the kernel's specification has for Node 22 only. */
export function flagsOf(node: string): string[] {
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return stdout.startsWith("v22.") ? ["--experimental-async-context-frame"] : [];
}

/** A folder with Jupyter's directories and the kernel's specification, for tests that start Jupyter itself. */
export function jupyterHome(node: string = process.execPath): {
  env: Record<string, string>;
  folder: string;
} {
  const folder = mkdtempSync(path.join(tmpdir(), "chainrule-jupyter-"));
  const spec = path.join(folder, "data/kernels/chainrule");
  spawnSync("mkdir", ["-p", spec]);
  const flags = ["--no-force-async-hooks-checks", ...flagsOf(node)];
  const argv = [node, ...flags, KERNEL_MAIN, "{connection_file}"];
  const kernel = { argv, display_name: "chainrule", language: "typescript", interrupt_mode: "message" };
  writeFileSync(path.join(spec, "kernel.json"), JSON.stringify(kernel));
  const at = (name: string): string => path.join(folder, name);
  const env = {
    JUPYTER_DATA_DIR: at("data"),
    JUPYTER_CONFIG_DIR: at("config"),
    JUPYTER_RUNTIME_DIR: at("runtime"),
    JUPYTER_PATH: at("data"),
    IPYTHONDIR: at("ipython"),
  };
  return { env, folder };
}
