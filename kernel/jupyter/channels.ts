/**
 * The message loop of the Jupyter protocol: requests come in, replies and output go out. It runs in its own thread, so
 * that completions, output and interrupts work whatever a cell does. A Transport carries the messages; another thread
 * runs the cells.
 */
import { uniqueId } from "#host/bytes";
import type { Interrupter } from "../cells/interrupter.js";
import { KeyboardInterrupt } from "../cells/keyboard-interrupt.js";
import type { CompiledSource } from "../cells/compiled-source.js";
import { SETTLE_MS } from "../cells/run.js";
import type { CommMessage, DisplayData, ErrorReport, StreamName } from "../cells/output.js";
import type { DebuggedKernel, Debugger } from "../debugger/contract.js";
import type { Language } from "../language/language.js";
import { EDITOR_REQUESTS } from "./editor-requests.js";
import { History } from "./history.js";
import { createMessage, isComm, readExecuteRequest } from "./protocol.js";
import type { Bundle, ExecuteRequest, Header, Json, Message, Published, RequestChannel } from "./protocol.js";
import {
  checkReply,
  completeReply,
  inspectReply,
  isCompleteReply,
  kernelInfo,
  variablesReply,
} from "./requests.js";
import type { PluginAnswers } from "./requests.js";
import type { InputMemory } from "./stdin.js";
import { Coalescer } from "./streams.js";
import type { CellAnswer, CellsThread, ChannelsThread } from "./threads.js";
import type { Peer, Receiver, Transport } from "./transport.js";

/** How many requests are remembered, so that output that comes late still finds its cell. */
const REMEMBERED = 10_000;

/** Milliseconds to wait for the plugins' answers: the cells' thread may be computing. */
const PATIENCE = 250;

/** Milliseconds after which the result of an interrupted cell counts as lost; the session itself waits for less. */
const LOST = 2000;

/** Wakes a cell that waits for the user's answer. */
export type InputGiver = Pick<InputMemory, "give" | "refuse" | "interrupt">;

export interface ChannelsOptions {
  readonly transport: Transport;
  /** Offers the channels to the thread that runs the cells. */
  readonly cells: (channels: ChannelsThread) => CellsThread;
  readonly language: Language;
  readonly input: InputGiver;
  /** @param ask asks the cells' thread to end the running cell */
  readonly interrupter: (ask: () => Promise<unknown>) => Pick<Interrupter, "interrupt">;
  /** Makes the debugger; absent where there is none. */
  readonly debugger?: (kernel: DebuggedKernel) => Debugger;
  /** Why a cell could not be interrupted, as the end of a sentence. */
  readonly whyNot: () => string;
  /** Writes the kernel's own messages, past the cells' standard error. */
  readonly log: (line: string) => void;
  /** Ends the process when the cells' thread does not do so. */
  readonly end: (now: { readonly isComputing: boolean }) => void;
}

/** A request, and where to send its answer. */
interface Request {
  readonly channel: RequestChannel;
  readonly message: Message;
  readonly from: Peer;
}

/** A question to the front end. */
interface Question {
  readonly request: Message;
  answer(value: string): void;
  interrupt(): void;
  /** Called when no answer will come: another question replaced this one, or its cell has ended. */
  drop(): void;
}

interface Execution extends ExecuteRequest {
  readonly request: Request;
  /** The cell's number; a cell that is not stored has the number of the one before it. */
  readonly count: number;
}

export class Channels implements ChannelsThread, Receiver {
  readonly #transport: Transport;
  readonly #cells: CellsThread;
  readonly #language: Language;
  readonly #input: InputGiver;
  readonly #interrupter: Pick<Interrupter, "interrupt">;
  readonly #options: ChannelsOptions;
  readonly #session: string = uniqueId();
  readonly #history = new History();
  readonly #streams: Coalescer<string | undefined>;
  readonly #requests = new Map<string, Header>();
  readonly #silent = new Set<string>();
  /** Open conversations: comm_id → target_name. */
  readonly #comms = new Map<string, string>();
  readonly #debugger: Debugger | undefined;
  /** How many messages of conversations the cells' thread is dealing with. */
  #handling = 0;
  #queue: Request[] = [];
  #running: Execution | undefined;
  /** The input_request that has no answer yet, and who waits for one. */
  #asked: Question | undefined;
  #count = 0;
  #ends = false;

  constructor(options: ChannelsOptions) {
    this.#options = options;
    this.#transport = options.transport;
    this.#cells = options.cells(this);
    this.#language = options.language;
    this.#input = options.input;
    this.#interrupter = options.interrupter(async () => {
      if (this.#running || this.#handling > 0)
        await this.#cells.interrupt(this.#running?.request.message.header.msg_id);
    });
    this.#debugger = options.debugger?.({
      event: (event) => this.#publish(this.#running?.request.message.header, "debug_event", event),
      watch: (isOn) => this.#cells.watch(isOn),
      variables: () => within(PATIENCE, this.#cells.variables()),
      show: (expression) => this.#show(expression),
    });
    this.#streams = new Coalescer(({ cell, name, text }) => this.#publishFor(cell, "stream", { name, text }));
  }

  async open(): Promise<void> {
    await this.#transport.open(this);
    this.#publish(undefined, "status", { execution_state: "starting" });
  }

  receive(channel: RequestChannel, message: Message, from: Peer): void {
    if (channel === "stdin") return this.#inputReply(message);
    const request = { channel, message, from };
    if (message.header.msg_type === "execute_request" && channel === "shell") {
      this.#queue.push(request);
      return this.#next();
    }
    this.#answer(request).catch((error: Error) =>
      this.log(`${message.header.msg_type} failed: ${error.stack ?? error.message}`),
    );
  }

  log(line: string): void {
    this.#options.log(line);
  }

  /** Called when the front end is gone and no other can connect to this kernel. */
  closed(): void {
    if (!this.#ends) void this.#shutdown();
  }

  stream(name: StreamName, text: string, cell: string | undefined): void {
    this.#streams.add({ cell, name, text });
  }

  display(display: DisplayData, cell: string | undefined): void {
    const { data, metadata, displayId, update } = display;
    const transient = displayId === undefined ? {} : { display_id: displayId };
    const type = update ? "update_display_data" : "display_data";
    this.#publishFor(cell, type, { data, metadata, transient });
  }

  clear(wait: boolean, cell: string | undefined): void {
    this.#publishFor(cell, "clear_output", { wait });
  }

  error(report: ErrorReport, cell: string | undefined): void {
    this.#say(`Uncaught ${report.traceback.join("\n")}\n`, cell);
  }

  input(question: string, password: boolean, cell: string | undefined): void {
    const isAsked = this.#ask({ prompt: question, password }, cell, {
      answer: (value) => this.#input.give(value),
      interrupt: () => this.#input.interrupt(),
      // By now another question uses the memory.
      drop: () => {},
    });
    if (!isAsked) this.#input.refuse();
  }

  ask(question: string, password: boolean, cell: string | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const isAsked = this.#ask({ prompt: question, password }, cell, {
        answer: resolve,
        interrupt: () => reject(new KeyboardInterrupt()),
        drop: () => reject(new Error("the question was not answered.")),
      });
      if (!isAsked) reject(new Error("this front end does not allow input for this cell."));
    });
  }

  /** Asks the front end that runs a cell. @returns whether it can be asked */
  #ask(content: Json, cell: string | undefined, waiting: Omit<Question, "request">): boolean {
    const running = this.#running;
    const { message, from } = running?.request ?? {};
    if (!message || message.header.msg_id !== cell || !running?.allowsInput) return false;
    this.#streams.flush();
    this.#asked?.drop();
    this.#asked = { request: this.#create("input_request", content, message.header), ...waiting };
    this.#transport.send("stdin", this.#asked.request, from);
    return true;
  }

  comm(message: CommMessage, cell: string | undefined): void {
    this.#noteComm(message);
    this.#publishFor(cell, message.type, message.content, message);
  }

  async compiled(sources: readonly CompiledSource[]): Promise<void> {
    await this.#debugger?.compiled(sources);
  }

  signal(): void {
    void this.#interrupt();
  }

  /** Answers a request that need not wait for the running cell. */
  async #answer(request: Request): Promise<void> {
    const { header } = request.message;
    this.#publish(header, "status", { execution_state: "busy" });
    try {
      const reply = await this.#reply(request.message);
      if (reply) this.#send(request, reply);
    } catch (error) {
      const { name, message: evalue, stack } = error as Error;
      this.#send(request, { status: "error", ename: name, evalue, traceback: [String(stack)] });
    }
    this.#publish(header, "status", { execution_state: "idle" });
    // Front ends show the last state they saw, and a cell may still be running.
    if (this.#running)
      this.#publish(this.#running.request.message.header, "status", { execution_state: "busy" });
    if (header.msg_type === "shutdown_request") await this.#shutdown();
  }

  async #reply({ header, content, metadata, buffers }: Message): Promise<Json | undefined> {
    const type = header.msg_type;
    if (isComm(type)) {
      await this.#commFromFrontEnd({ type, content, metadata, buffers }, header);
      return undefined;
    }
    switch (type) {
      case "kernel_info_request":
        return kernelInfo({ hasDebugger: this.#debugger !== undefined });
      case "complete_request":
        return completeReply(content, this.#language, this.#plugins);
      case "inspect_request":
        return inspectReply(content, this.#language, this.#plugins);
      case "is_complete_request":
        return isCompleteReply(content, this.#language);
      case "chainrule_check_request":
        return checkReply(content, this.#language);
      case "chainrule_variables_request":
        return variablesReply(this.#language, await within(PATIENCE, this.#cells.variables()));
      case "chainrule_notebook_request":
        await this.#cells.belongTo(String(content.notebook));
        return { status: "ok" };
      case "debug_request":
        if (!this.#debugger) throw new Error("This kernel has no debugger here.");
        return this.#debugger.request(content);
      case "history_request":
        return { status: "ok", history: this.#history.answer(content) };
      case "comm_info_request": {
        const wanted = content.target_name;
        const comms = [...this.#comms].filter(([, target]) => wanted === undefined || wanted === target);
        return {
          status: "ok",
          comms: Object.fromEntries(comms.map(([id, target]) => [id, { target_name: target }])),
        };
      }
      case "interrupt_request":
        await this.#interrupt();
        return { status: "ok" };
      case "shutdown_request":
        return { status: "ok", restart: content.restart === true };
      default: {
        const answer = Object.hasOwn(EDITOR_REQUESTS, type) ? EDITOR_REQUESTS[type] : undefined;
        if (answer) return answer({ content, language: this.#language, plugins: this.#plugins });
        this.log(`does not know ${type}`);
        return undefined;
      }
    }
  }

  /** Settles when the cells' thread has dealt with the message: front ends wait for "idle" before they send the next. */
  async #commFromFrontEnd(message: CommMessage, header: Header): Promise<void> {
    this.#noteComm(message);
    this.#remember(header);
    this.#handling++;
    try {
      await this.#cells.comm(message, header.msg_id);
    } finally {
      this.#handling--;
    }
  }

  #noteComm({ type, content }: CommMessage): void {
    const id = String(content.comm_id);
    if (type === "comm_open") this.#comms.set(id, String(content.target_name));
    if (type === "comm_close") this.#comms.delete(id);
  }

  /** What a cell that ends with an expression would show. @throws Error when it fails */
  async #show(expression: string): Promise<Bundle> {
    const cell = globalThis.crypto.randomUUID();
    const request = { cell, name: "shown", code: "", expressions: { value: expression } };
    const { value } = (await this.#cells.execute(request)).expressions;
    if (value?.status !== "ok") throw new Error(value?.evalue ?? "There is no such value.");
    return { data: value.data, metadata: value.metadata };
  }

  /** Starts the next cell when none runs. */
  #next(): void {
    if (this.#running) return;
    const request = this.#queue.shift();
    if (!request) return;
    const { header, content } = request.message;
    const asked = readExecuteRequest(content);
    const { code, silent, expressions } = asked;
    if (asked.stored) this.#history.add(++this.#count, code);
    const running = (this.#running = { ...asked, request, count: this.#count });
    this.#debugger?.running(header.msg_id);
    this.#remember(header);
    if (silent) this.#silent.add(header.msg_id);
    this.#publish(header, "status", { execution_state: "busy" });
    if (!silent) this.#publish(header, "execute_input", { code, execution_count: this.#count });
    const name = silent ? "silent" : String(this.#count);
    this.#cells.execute({ cell: header.msg_id, name, code, expressions }).then(
      (answer) => {
        if (this.#running === running) this.#done(running, answer);
      },
      // The kernel failed, not the cell. The cell still needs a reply, or the front end would wait for ever.
      ({ name: ename, message: evalue, stack }: Error) => {
        const result = { status: "error" as const, ename, evalue, traceback: [String(stack ?? evalue)] };
        if (this.#running === running) this.#done(running, { result, expressions: {} });
      },
    );
  }

  #done({ request, silent, count, stopsOnError }: Execution, { result, expressions }: CellAnswer): void {
    const { header } = request.message;
    this.#running = undefined;
    this.#debugger?.running(undefined);
    this.#asked?.drop();
    this.#asked = undefined;
    this.#streams.flush();
    if (result.status === "ok") {
      if (result.result && !silent) {
        this.#publish(header, "execute_result", { execution_count: count, ...result.result });
        this.#history.setOutput(count, String(result.result.data["text/plain"] ?? ""));
      }
      this.#send(request, {
        status: "ok",
        execution_count: count,
        user_expressions: expressions,
        payload: [],
      });
    } else {
      const { ename, evalue, traceback } = result;
      if (!silent) this.#publish(header, "error", { ename, evalue, traceback });
      this.#send(request, { status: "error", execution_count: count, ename, evalue, traceback });
    }
    this.#publish(header, "status", { execution_state: "idle" });
    if (result.status === "error" && stopsOnError) this.#abortQueued();
    this.#next();
  }

  /** Refuses the cells that were already waiting when the cell before them failed; cells that come later run. */
  #abortQueued(): void {
    const queued = this.#queue;
    this.#queue = [];
    for (const request of queued) {
      const { header } = request.message;
      this.#publish(header, "status", { execution_state: "busy" });
      // Without a count, as in ipykernel: a front end would show the count on a cell that has not run.
      this.#send(request, { status: "aborted" });
      this.#publish(header, "status", { execution_state: "idle" });
    }
  }

  async #interrupt(): Promise<void> {
    const running = this.#running;
    // The handler of a widget may run although no cell does.
    if (!running) return void (this.#handling > 0 && (await this.#interrupter.interrupt()));
    const cell = running.request.message.header.msg_id;
    this.#asked?.interrupt();
    this.#asked = undefined;
    this.#debugger?.letGo();
    const isEnding = await this.#interrupter.interrupt(cell);
    this.#debugger?.hold();
    if (isEnding) return void this.#ensureEnd(running);
    const why = this.#options.whyNot();
    this.#say(`This cell cannot be interrupted: ${why}. Restart the kernel to stop it at once.\n`, cell);
  }

  /** Ends an interrupted cell that gave no result although its thread is free: the code that gives it was terminated. */
  async #ensureEnd(running: Execution): Promise<void> {
    const cell = running.request.message.header.msg_id;
    let last = performance.now() + SETTLE_MS + LOST;
    // A thread that does not answer draws what the cell shows last.
    const endsByItself = async (): Promise<boolean> => {
      // The user may take his time to answer.
      if (this.#asked) last = performance.now() + SETTLE_MS + LOST;
      return performance.now() < last && (await within(PATIENCE, this.#cells.endsByItself(cell))) !== false;
    };
    do await new Promise((resolve) => setTimeout(resolve, LOST));
    while (this.#running === running && (await endsByItself()));
    if (this.#running !== running) return;
    const { name: ename, message: evalue, stack } = new KeyboardInterrupt();
    const result = { status: "error" as const, ename, evalue, traceback: [String(stack)] };
    this.#done(running, { result, expressions: {} });
  }

  /** Prints the kernel's own message in a cell, after the cell's output so far. */
  #say(text: string, cell: string | undefined): void {
    this.#streams.flush();
    this.#publishFor(cell, "stream", { name: "stderr", text });
  }

  #inputReply({ header, parent_header: parent, content }: Message): void {
    const asked = this.#asked;
    if (header.msg_type !== "input_reply" || !asked) return;
    // Ignored: it answers an earlier question, which was interrupted. Not every front end says which question it answers.
    if (typeof parent.msg_id === "string" && parent.msg_type === "input_request")
      if (parent.msg_id !== asked.request.header.msg_id) return;
    this.#asked = undefined;
    asked.answer(String(content.value ?? ""));
  }

  readonly #plugins: PluginAnswers = {
    inspect: (word, code, cursor) => within(PATIENCE, this.#cells.inspect(word, code, cursor)),
    complete: (code, cursor) => within(PATIENCE, this.#cells.complete(code, cursor)),
    names: (path) => within(PATIENCE, this.#cells.names(path)),
  };

  async #shutdown(): Promise<void> {
    this.#ends = true;
    this.#debugger?.close();
    this.#cells.shutdown();
    await this.#transport.close();
    this.#options.end({ isComputing: this.#running !== undefined });
  }

  #remember(header: Header): void {
    this.#requests.set(header.msg_id, header);
    if (this.#requests.size <= REMEMBERED) return;
    const oldest = this.#requests.keys().next().value!;
    this.#requests.delete(oldest);
    this.#silent.delete(oldest);
  }

  #publishFor<Type extends keyof Published>(
    cell: string | undefined,
    type: Type,
    content: Published[Type],
    beside?: Pick<CommMessage, "metadata" | "buffers">,
  ): void {
    if (cell !== undefined && this.#silent.has(cell)) return;
    this.#publish(cell === undefined ? undefined : this.#requests.get(cell), type, content, beside);
  }

  #publish<Type extends keyof Published>(
    parent: Header | undefined,
    type: Type,
    content: Published[Type],
    beside?: Pick<CommMessage, "metadata" | "buffers">,
  ): void {
    if (type !== "stream") this.#streams.flush();
    this.#transport.publish(this.#create(type, content as Json, parent, beside));
  }

  /** Answers a request on the channel that it came from. */
  #send({ channel, message, from }: Request, content: Json): void {
    const type = message.header.msg_type.replace(/_request$/, "_reply");
    this.#transport.send(channel, this.#create(type, content, message.header), from);
  }

  #create(
    type: string,
    content: Json,
    parent: Header | undefined,
    beside: Partial<Pick<CommMessage, "metadata" | "buffers">> = {},
  ): Message {
    const { metadata, buffers } = beside;
    return createMessage(type, content, { session: this.#session, parent, metadata, buffers });
  }
}

/** The value of a promise; undefined when it takes longer, or fails. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, milliseconds, undefined)));
  try {
    return await Promise.race([promise.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
