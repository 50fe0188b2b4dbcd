/**
 * The kernel's side of the Jupyter protocol, in a thread of its own: whatever a cell does on the main thread,
 * heartbeats are answered, completions come, output flows and interrupts arrive.
 */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { History } from "./history.js";
import { Interrupter } from "../cells/interrupter.js";
import { languageAt } from "../language/client.js";
import type { Language } from "../language/language.js";
import type { ChannelsData, ToChannels, ToMain } from "./messages.js";
import { InputAnswer, Questions } from "./questions.js";
import { completeReply, inspectReply, isCompleteReply, kernelInfo } from "./requests.js";
import type { PluginAnswers } from "./requests.js";
import { mayTerminate } from "../cells/termination.js";
import { Sockets } from "./sockets.js";
import type { Channel } from "./sockets.js";
import { Coalescer } from "./streams.js";
import { Wire, WireError } from "./wire.js";
import type { Header, Json, Message } from "./wire.js";

/** How many requests are remembered, so that late output finds its cell. */
const REMEMBERED = 10_000;

interface Execution {
  message: Message;
  code: string;
  silent: boolean;
  count: number;
}

class Channels {
  readonly #data: ChannelsData;
  readonly #wire: Wire;
  readonly #sockets: Sockets;
  readonly #language: Language;
  readonly #history = new History();
  readonly #streams: Coalescer<string | undefined>;
  readonly #interrupter: Interrupter;
  readonly #requests = new Map<string, Header>();
  readonly #silent = new Set<string>();
  readonly #comms = new Map<string, string>();
  readonly #questions = new Questions();
  readonly #input: InputAnswer;
  #queue: Message[] = [];
  #running: Execution | undefined;
  #stdin: Message | undefined;
  #count = 0;

  constructor(data: ChannelsData) {
    this.#data = data;
    this.#wire = new Wire(data.connection.key, data.connection.signature_scheme);
    this.#sockets = new Sockets(log);
    this.#language = languageAt(data.language);
    this.#streams = new Coalescer(({ cell, name, text }) => this.#publishFor(cell, "stream", { name, text }));
    this.#input = new InputAnswer(data.input);
    this.#interrupter = new Interrupter((ping) => {
      const cell = this.#running?.message.header.msg_id ?? "";
      this.#main({ type: "interrupt", ping, cell });
    }, data.safety);
  }

  async open(): Promise<void> {
    await this.#sockets.open(this.#data.connection, (channel, frames) => this.#receive(channel, frames));
    this.#publish(undefined, "status", { execution_state: "starting" });
  }

  /** A message from the main thread. */
  fromMain(message: ToChannels): void {
    if (message.type !== "stream") this.#streams.flush();
    switch (message.type) {
      case "stream":
        return this.#streams.add(message);
      case "display": {
        const { data, metadata, displayId, update } = message.display;
        const transient = displayId === undefined ? {} : { display_id: displayId };
        const type = update ? "update_display_data" : "display_data";
        return this.#publishFor(message.cell, type, { data, metadata, transient });
      }
      case "clear":
        return this.#publishFor(message.cell, "clear_output", { wait: message.wait });
      case "error": {
        const text = `Uncaught ${message.report.traceback.join("\n")}\n`;
        return this.#publishFor(message.cell, "stream", { name: "stderr", text });
      }
      case "input":
        return this.#askInput(message.cell, message.prompt, message.password);
      case "comm":
        if (message.kind === "comm_close") this.#comms.delete(String(message.content["comm_id"]));
        if (message.kind === "comm_open")
          this.#comms.set(String(message.content["comm_id"]), String(message.content["target_name"]));
        return this.#publishFor(message.cell, message.kind, message.content);
      case "done":
        return this.#done(message);
      case "pong":
        return this.#interrupter.pong(message.ping);
      case "answer":
        return this.#questions.answer(message.ask, message.value);
      case "signal":
        return void this.#interrupt();
    }
  }

  #receive(channel: Channel, frames: Buffer[]): void {
    let message: Message;
    try {
      message = this.#wire.decode(frames);
    } catch (error) {
      if (error instanceof WireError) return log(`dropped a message on ${channel}: ${error.message}`);
      throw error;
    }
    if (channel === "stdin") return this.#inputReply(message);
    if (message.header.msg_type === "execute_request" && channel === "shell") {
      this.#queue.push(message);
      return this.#next();
    }
    this.#answer(channel, message).catch((error: Error) =>
      log(`${message.header.msg_type} failed: ${error.stack ?? error.message}`),
    );
  }

  /** Answers a request that need not wait for the running cell. */
  async #answer(channel: Channel, message: Message): Promise<void> {
    const { header, content } = message;
    this.#publish(header, "status", { execution_state: "busy" });
    try {
      const reply = await this.#reply(message, content);
      if (reply) this.#send(channel, message, header.msg_type.replace(/_request$/, "_reply"), reply);
    } catch (error) {
      const { name, message: evalue, stack } = error as Error;
      const reply = { status: "error", ename: name, evalue, traceback: [String(stack)] };
      this.#send(channel, message, header.msg_type.replace(/_request$/, "_reply"), reply);
    }
    this.#publish(header, "status", { execution_state: "idle" });
    // Front ends show the last state they saw, and a cell may still be running.
    if (this.#running) this.#publish(this.#running.message.header, "status", { execution_state: "busy" });
    if (header.msg_type === "shutdown_request") await this.#shutdown();
  }

  async #reply(message: Message, content: Json): Promise<Json | undefined> {
    switch (message.header.msg_type) {
      case "kernel_info_request":
        return kernelInfo();
      case "complete_request":
        return completeReply(content, this.#language, this.#plugins);
      case "inspect_request":
        return inspectReply(content, this.#language, this.#plugins);
      case "is_complete_request":
        return isCompleteReply(content, this.#language);
      case "history_request":
        return { status: "ok", history: this.#history.answer(content) };
      case "comm_info_request": {
        const wanted = content["target_name"];
        const comms = [...this.#comms].filter(([, target]) => wanted === undefined || wanted === target);
        return {
          status: "ok",
          comms: Object.fromEntries(comms.map(([id, target]) => [id, { target_name: target }])),
        };
      }
      case "comm_open":
      case "comm_msg":
      case "comm_close":
        this.#comm(message, message.header.msg_type);
        return undefined;
      case "interrupt_request":
        await this.#interrupt();
        return { status: "ok" };
      case "shutdown_request":
        return { status: "ok", restart: content["restart"] === true };
      default:
        log(`does not know ${message.header.msg_type}`);
        return undefined;
    }
  }

  #comm(message: Message, kind: "comm_open" | "comm_msg" | "comm_close"): void {
    const id = String(message.content["comm_id"]);
    if (kind === "comm_open") this.#comms.set(id, String(message.content["target_name"]));
    if (kind === "comm_close") this.#comms.delete(id);
    this.#remember(message.header);
    this.#main({ type: "comm", kind, content: message.content, cell: message.header.msg_id });
  }

  /** Starts the next cell when none runs. */
  #next(): void {
    if (this.#running) return;
    const message = this.#queue.shift();
    if (!message) return;
    const { header, content } = message;
    const code = typeof content["code"] === "string" ? content["code"] : "";
    const silent = content["silent"] === true;
    const stored = !silent && content["store_history"] !== false;
    if (stored) this.#history.add(++this.#count, code);
    this.#running = { message, code, silent, count: this.#count };
    this.#remember(header);
    if (silent) this.#silent.add(header.msg_id);
    this.#publish(header, "status", { execution_state: "busy" });
    if (!silent) this.#publish(header, "execute_input", { code, execution_count: this.#count });
    const expressions = Object.entries((content["user_expressions"] ?? {}) as Json);
    this.#main({
      type: "execute",
      cell: header.msg_id,
      name: silent ? "silent" : String(this.#count),
      code,
      expressions: Object.fromEntries(expressions.map(([key, one]) => [key, String(one)])),
    });
  }

  #done({ cell, result, expressions }: Extract<ToChannels, { type: "done" }>): void {
    const running = this.#running;
    if (!running || running.message.header.msg_id !== cell) return;
    const { message, silent, count } = running;
    const { header, content } = message;
    this.#running = undefined;
    if (result.status === "ok") {
      if (result.result && !silent) {
        this.#publish(header, "execute_result", { execution_count: count, ...result.result });
        this.#history.setOutput(count, String(result.result.data["text/plain"] ?? ""));
      }
      const reply = { status: "ok", execution_count: count, user_expressions: expressions, payload: [] };
      this.#send("shell", message, "execute_reply", reply);
    } else {
      const { ename, evalue, traceback } = result;
      if (!silent) this.#publish(header, "error", { ename, evalue, traceback });
      const reply = { status: "error", execution_count: count, ename, evalue, traceback };
      this.#send("shell", message, "execute_reply", reply);
    }
    this.#publish(header, "status", { execution_state: "idle" });
    if (result.status === "error" && content["stop_on_error"] !== false) this.#abortQueued();
    this.#next();
  }

  /** Refuses the cells that were asked for before the one ahead of them failed; later ones run. */
  #abortQueued(): void {
    const queued = this.#queue;
    this.#queue = [];
    for (const message of queued) {
      this.#publish(message.header, "status", { execution_state: "busy" });
      this.#send("shell", message, "execute_reply", { status: "aborted", execution_count: this.#count });
      this.#publish(message.header, "status", { execution_state: "idle" });
    }
  }

  async #interrupt(): Promise<void> {
    if (!this.#running) return;
    this.#stdin = undefined;
    this.#input.interrupt();
    const cell = this.#running.message.header.msg_id;
    if (await this.#interrupter.interrupt()) return;
    const why = mayTerminate(this.#data.safety)
      ? "it is busy outside JavaScript"
      : `AsyncLocalStorage is in use, and Node ${process.versions.node} would abort (Node 24 does not)`;
    const text = `This cell cannot be interrupted: ${why}. Restart the kernel to stop it.\n`;
    this.#publishFor(cell, "stream", { name: "stderr", text });
  }

  #askInput(cell: string | undefined, prompt: string, password: boolean): void {
    const asking = this.#running?.message;
    if (!asking || asking.header.msg_id !== cell || asking.content["allow_stdin"] !== true)
      return this.#input.refuse();
    this.#stdin = asking;
    this.#sockets.send(
      "stdin",
      this.#wire.encode(asking.identities, "input_request", asking.header, { prompt, password }),
    );
  }

  #inputReply(message: Message): void {
    if (message.header.msg_type !== "input_reply" || !this.#stdin) return;
    this.#stdin = undefined;
    this.#input.give(String(message.content["value"] ?? ""));
  }

  readonly #plugins: PluginAnswers = {
    inspect: (word, code, cursor) =>
      this.#questions.ask((ask) => this.#main({ type: "inspect", ask, word, code, cursor })),
    complete: (code, cursor) =>
      this.#questions.ask((ask) => this.#main({ type: "complete", ask, code, cursor })),
  };

  async #shutdown(): Promise<void> {
    this.#main({ type: "shutdown" });
    await this.#sockets.close();
    // The main thread may be in a loop: then it does not end by itself.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), 1500);
  }

  #remember(header: Header): void {
    this.#requests.set(header.msg_id, header);
    if (this.#requests.size <= REMEMBERED) return;
    const oldest = this.#requests.keys().next().value!;
    this.#requests.delete(oldest);
    this.#silent.delete(oldest);
  }

  #publishFor(cell: string | undefined, type: string, content: Json): void {
    if (cell !== undefined && this.#silent.has(cell)) return;
    this.#publish(cell === undefined ? undefined : this.#requests.get(cell), type, content);
  }

  #publish(parent: Header | undefined, type: string, content: Json): void {
    this.#sockets.publish(this.#wire.encode([Buffer.from(type)], type, parent, content));
  }

  #send(channel: Channel, request: Message, type: string, content: Json): void {
    this.#sockets.send(channel, this.#wire.encode(request.identities, type, request.header, content));
  }

  #main(message: ToMain): void {
    parentPort!.postMessage(message);
  }
}

/** The kernel's own words, past the cells' standard error. */
function log(line: string): void {
  try {
    writeSync(2, `chainrule kernel: ${line}\n`);
  } catch {
    // Nobody listens.
  }
}

const channels = new Channels(workerData as ChannelsData);
parentPort!.on("message", (message: ToChannels) => channels.fromMain(message));
await channels.open();
