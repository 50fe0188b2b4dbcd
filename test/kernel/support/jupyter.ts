/**
 * A Jupyter front end for tests: starts the built kernel (dist/, from `npm run build`) as a process and talks to it
 * over real sockets.
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
import { Wire } from "../../../kernel/jupyter/wire.js";
import type { Json, Message } from "../../../kernel/jupyter/wire.js";
import { pause, stopwatch } from "../../support/clock.js";
import { projectRoot } from "../../support/shared.js";

export const KERNEL_MAIN: string = path.join(projectRoot, "dist/kernel/jupyter/main.js");

export interface StartOptions {
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

type Channel = "shell" | "control" | "stdin";

export class TestKernel {
  readonly process: ChildProcess;
  readonly folder: string;
  readonly connectionFile: string;
  /** Everything on iopub, in order. */
  readonly iopub: Message[] = [];
  /** What the kernel itself wrote on its standard error. */
  log = "";
  /** Called for every message on iopub as it comes. */
  onPublish: ((message: Message) => void) | undefined;
  /** Answers an input_request. */
  onInput: ((prompt: string, password: boolean) => string | undefined) | undefined;
  readonly wire: Wire;
  readonly key: string;
  readonly sockets: Record<Channel, Dealer>;
  readonly #subscriber: Subscriber;
  readonly #heartbeat: Request;
  readonly #replies = new Map<string, (message: Message) => void>();
  readonly #idle = new Map<string, () => void>();
  readonly #begun = new Map<string, { sign: string | undefined; resolve: () => void }>();

  private constructor(file: string, child: ChildProcess, key: string, ports: readonly number[]) {
    this.connectionFile = file;
    this.folder = path.dirname(file);
    this.process = child;
    this.key = key;
    this.wire = new Wire(key);
    const address = (i: number): string => `tcp://127.0.0.1:${ports[i]}`;
    const routingId = randomUUID();
    const dealer = (i: number): Dealer => {
      const socket = new Dealer({ routingId, linger: 0, receiveHighWaterMark: 0 });
      socket.connect(address(i));
      return socket;
    };
    this.sockets = { shell: dealer(0), control: dealer(3), stdin: dealer(2) };
    this.#subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
    this.#subscriber.connect(address(1));
    this.#subscriber.subscribe();
    this.#heartbeat = new Request({ linger: 0 });
    this.#heartbeat.connect(address(4));
    child.stderr?.on("data", (data: Buffer) => (this.log += data.toString()));
    void this.#listen();
    for (const channel of ["shell", "control", "stdin"] as const) void this.#receive(channel);
  }

  /** Starts a kernel and waits until it answers. */
  static async start(options: StartOptions = {}): Promise<TestKernel> {
    const file = options.file ?? (await writeConnection());
    const { key, ...connection } = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    const ports = PORTS.map((name) => Number(connection[name]));
    const flags = ["--no-force-async-hooks-checks", ...(options.nodeFlags ?? [])];
    const child = spawn(
      options.node ?? process.execPath,
      [...flags, KERNEL_MAIN, ...(options.args ?? []), file],
      {
        cwd: options.cwd ?? path.dirname(file),
        env: { ...process.env, ...options.env },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const kernel = new TestKernel(file, child, key!, ports);
    await kernel.#ready();
    return kernel;
  }

  /** Sends a request and waits for its reply. */
  async request(channel: "shell" | "control", type: string, content: Json = {}): Promise<Json> {
    return (await this.ask(channel, type, content)).content;
  }

  async ask(channel: "shell" | "control", type: string, content: Json = {}): Promise<Message> {
    const { frames, id } = this.encode(type, content);
    const reply = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    await this.sockets[channel].send(frames);
    return reply;
  }

  /** A signed message, and the id to wait for. */
  encode(type: string, content: Json): { frames: Buffer[]; id: string } {
    const frames = this.wire.encode([], type, undefined, content);
    const header = JSON.parse(frames[2]!.toString()) as { msg_id: string };
    return { frames, id: header.msg_id };
  }

  /** Runs a cell and waits until it is idle and has replied. */
  async execute(code: string, request: ExecuteRequest = {}): Promise<Executed> {
    return (await this.begin(code, request)).ended;
  }

  /**
   * Starts a cell.
   * @returns `begun` when the kernel has taken it up, or when it has printed `sign`; `ended` as `execute` does
   */
  async begin(
    code: string,
    request: ExecuteRequest = {},
    sign?: string,
  ): Promise<{ begun: Promise<void>; ended: Promise<Executed> }> {
    const { frames, id } = this.encode("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: true,
      stop_on_error: true,
      ...request,
    });
    const reply = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    const idle = new Promise<void>((resolve) => this.#idle.set(id, resolve));
    const begun = new Promise<void>((resolve) => this.#begun.set(id, { sign, resolve }));
    await this.sockets.shell.send(frames);
    return { begun, ended: Promise.all([reply, idle]).then(([answer]) => this.#executed(id, answer)) };
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

  /** Waits until the kernel has received all that was sent on the shell channel: it answers this while a cell runs. */
  async received(): Promise<void> {
    await this.request("shell", "complete_request", { code: "", cursor_pos: 0 });
  }

  /** Messages on iopub that answer one request. */
  outputsOf(id: string): Message[] {
    return this.iopub.filter((one) => one.parent["msg_id"] === id);
  }

  /** Milliseconds that a heartbeat takes, but for what a busy machine adds. */
  async beat(): Promise<number> {
    const passed = this.stopwatch();
    await this.#heartbeat.send("ping");
    await this.#heartbeat.receive();
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

  /** Ends the kernel as a front end does, and cleans up. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) resolve();
      else this.process.once("exit", () => resolve());
    });
    const frames = this.encode("shutdown_request", { restart: false }).frames;
    await this.sockets.control.send(frames);
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 60_000);
    await ended;
    clearTimeout(timer);
    for (const socket of [...Object.values(this.sockets), this.#subscriber, this.#heartbeat]) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks until the kernel answers and its iopub is heard. */
  async #ready(): Promise<void> {
    const reply = this.request("shell", "kernel_info_request");
    const died = new Promise<never>((_, reject) =>
      this.process.once("exit", () => reject(new Error(`The kernel died:\n${this.log}`))),
    );
    died.catch(() => {});
    await Promise.race([reply, died]);
    while (!this.iopub.length) {
      await this.request("shell", "kernel_info_request");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #listen(): Promise<void> {
    for await (const frames of this.#subscriber) {
      const message = this.wire.decode(frames);
      this.iopub.push(message);
      this.onPublish?.(message);
      this.#noteBegin(message);
      if (message.header.msg_type === "status" && message.content["execution_state"] === "idle")
        this.#idle.get(String(message.parent["msg_id"]))?.();
    }
  }

  #noteBegin({ header, parent, content }: Message): void {
    const waiting = this.#begun.get(String(parent["msg_id"]));
    if (waiting === undefined) return;
    const { sign, resolve } = waiting;
    if (sign === undefined ? header.msg_type === "execute_input" : String(content["text"]).includes(sign))
      resolve();
  }

  async #receive(channel: Channel): Promise<void> {
    for await (const frames of this.sockets[channel]) {
      const message = this.wire.decode(frames);
      if (message.header.msg_type === "input_request") {
        const { prompt, password } = message.content;
        const value = this.onInput?.(String(prompt), password === true);
        if (value !== undefined) await this.sockets.stdin.send(this.encode("input_reply", { value }).frames);
        continue;
      }
      const id = String(message.parent["msg_id"]);
      this.#replies.get(id)?.(message);
      this.#replies.delete(id);
    }
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
