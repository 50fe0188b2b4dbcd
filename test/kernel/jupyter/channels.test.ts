/** The message loop alone: over a port between two threads' ends, before cells that a test plays. No kernel runs. */
import { MessageChannel } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Channels } from "../../../kernel/jupyter/channels.js";
import type { ChannelsOptions } from "../../../kernel/jupyter/channels.js";
import { PortTransport } from "../../../kernel/jupyter/port.js";
import type { PortMessage } from "../../../kernel/jupyter/port.js";
import { createMessage } from "../../../kernel/jupyter/protocol.js";
import type { Json, Message, RequestChannel } from "../../../kernel/jupyter/protocol.js";
import { InputMemory } from "../../../kernel/jupyter/stdin.js";
import type {
  CellAnswer,
  CellRequest,
  CellsThread,
  ChannelsThread,
} from "../../../kernel/jupyter/threads.js";
import type { Language } from "../../../kernel/language/language.js";

/** The cells' thread, played by the test: a cell ends when the test says how. */
class Cells implements CellsThread {
  endsByItself = async (): Promise<boolean> => false;
  channels!: ChannelsThread;
  readonly requests: CellRequest[] = [];
  readonly interrupts: (string | undefined)[] = [];
  readonly comms: unknown[] = [];
  ended = 0;
  #end: ((answer: CellAnswer | Promise<never>) => void) | undefined;

  execute(request: CellRequest): Promise<CellAnswer> {
    this.requests.push(request);
    return new Promise((resolve) => (this.#end = resolve));
  }

  async interrupt(cell: string | undefined): Promise<void> {
    this.interrupts.push(cell);
    this.fail("KeyboardInterrupt");
  }

  inspect = vi.fn<CellsThread["inspect"]>(() => Promise.resolve(undefined));
  complete = vi.fn<CellsThread["complete"]>(() => Promise.resolve([]));
  watch = vi.fn<CellsThread["watch"]>(() => Promise.resolve([]));
  names = vi.fn<CellsThread["names"]>(() => Promise.resolve([]));
  variables = vi.fn<CellsThread["variables"]>(() => Promise.resolve([]));
  belongTo = vi.fn<CellsThread["belongTo"]>(() => Promise.resolve());

  async comm(...parts: Parameters<CellsThread["comm"]>): Promise<void> {
    this.comms.push(parts);
  }

  shutdown(): void {
    this.ended++;
  }

  /** Ends the running cell with a value. */
  succeed(text?: string, expressions: CellAnswer["expressions"] = {}): void {
    const bundle = text === undefined ? {} : { result: { data: { "text/plain": text }, metadata: {} } };
    this.#end?.({ result: { status: "ok", ...bundle }, expressions });
  }

  fail(ename: string): void {
    this.#end?.({ result: { status: "error", ename, evalue: "", traceback: [] }, expressions: {} });
  }

  /** The kernel itself fails. */
  break(error: Error): void {
    this.#end?.(Promise.reject(error));
  }
}

const language: Partial<Language> = {
  complete: () => Promise.resolve({ start: 0, end: 1, items: [{ text: "known", type: "const" }] }),
  inspect: () => Promise.resolve({ signature: "const known: 1", documentation: "" }),
};

let cells: Cells;
let input: InputMemory;
let interrupt: ChannelsOptions["interrupter"];
let said: string[];
let ends: number;
/** Whether a cell was running when the process was to end. */
let computes: boolean | undefined;
let front: MessageChannel;
let got: PortMessage[];

beforeEach(async () => {
  [cells, input, said, ends, front, got] = [new Cells(), new InputMemory(), [], 0, new MessageChannel(), []];
  interrupt = (ask) => ({ interrupt: () => ask().then(() => true) });
  const channels = new Channels({
    transport: new PortTransport(front.port1),
    cells: (own) => {
      cells.channels = own;
      return cells;
    },
    language: language as Language,
    input,
    interrupter: (ask) => ({ interrupt: () => interrupt(ask).interrupt() }),
    whyNot: () => "it sleeps",
    log: (line) => void said.push(line),
    end: ({ isComputing }) => {
      ends++;
      computes = isComputing;
    },
  });
  front.port2.on("message", (message: PortMessage) => void got.push(message));
  await channels.open();
});
afterEach(() => front.port1.close());

/** Sends a request; what comes back for it so far, and a wait for a message of a type. */
function send(
  type: string,
  content: Json = {},
  channel: RequestChannel = "shell",
  parts: Partial<Message> = {},
) {
  const message = { ...createMessage(type, content, { session: "front" }), ...parts };
  front.port2.postMessage({ ...message, channel });
  const own = (): PortMessage[] => got.filter((one) => one.parent_header.msg_id === message.header.msg_id);
  return {
    id: message.header.msg_id,
    messages: own,
    types: () =>
      own().map(({ channel, header, content }) =>
        [channel, header.msg_type, content.execution_state].filter(Boolean).join(" "),
      ),
    of: async (wanted: string): Promise<PortMessage> => {
      await expect.poll(() => own().map(({ header }) => header.msg_type)).toContain(wanted);
      return own().find(({ header }) => header.msg_type === wanted)!;
    },
    idle: () => expect.poll(() => own().at(-1)?.content.execution_state).toBe("idle"),
  };
}

const run = (code: string, content: Json = {}) => send("execute_request", { code, ...content });

describe("a cell", () => {
  it("is published and answered in order, under its number", async () => {
    const cell = run("6 * 7", { user_expressions: { twice: 2 } });
    await cell.of("execute_input");
    expect(cells.requests).toEqual([
      { cell: cell.id, name: "1", code: "6 * 7", expressions: { twice: "2" } },
    ]);
    cells.channels.stream("stdout", "a", cell.id);
    cells.channels.stream("stdout", "b\n", cell.id);
    cells.channels.display({ data: { "text/plain": "d" }, metadata: {}, update: false }, cell.id);
    cells.channels.stream("stdout", "c\n", cell.id);
    cells.channels.error({ ename: "E", evalue: "", traceback: ["E: stray"] }, cell.id);
    cells.channels.stream("stderr", "late", cell.id);
    const twice = { status: "ok" as const, data: { "text/plain": "84" }, metadata: {} };
    cells.succeed("42", { twice });
    await cell.idle();
    expect(cell.types()).toEqual([
      "iopub status busy",
      "iopub execute_input",
      "iopub stream",
      "iopub display_data",
      "iopub stream",
      "iopub stream",
      "iopub stream",
      "iopub execute_result",
      "shell execute_reply",
      "iopub status idle",
    ]);
    const printed = cell.messages().filter(({ header }) => header.msg_type === "stream");
    expect(printed.map(({ content }) => content)).toEqual([
      { name: "stdout", text: "ab\n" },
      { name: "stdout", text: "c\n" },
      { name: "stderr", text: "Uncaught E: stray\n" },
      { name: "stderr", text: "late" },
    ]);
    expect((await cell.of("execute_reply")).content).toEqual({
      status: "ok",
      execution_count: 1,
      user_expressions: { twice },
      payload: [],
    });
  });

  it("waits for the one before, and is given up when that fails, unless it is told not to", async () => {
    const [failing, waiting] = [run("1"), run("2")];
    await failing.of("execute_input");
    cells.fail("Error");
    expect((await waiting.of("execute_reply")).content.status).toBe("aborted");
    const [failing2, waiting2] = [run("3", { stop_on_error: false }), run("4")];
    await failing2.of("execute_input");
    cells.fail("Error");
    await waiting2.of("execute_input");
    cells.succeed();
    expect((await waiting2.of("execute_reply")).content).toMatchObject({ status: "ok", execution_count: 3 });
    expect(cells.requests.map(({ code }) => code)).toEqual(["1", "3", "4"]);
  });

  it("is answered even when the kernel itself fails, and the next one runs", async () => {
    const cell = run("1");
    await cell.of("execute_input");
    cells.break(new TypeError("inside"));
    const { content } = await cell.of("execute_reply");
    expect(content).toMatchObject({ status: "error", ename: "TypeError", evalue: "inside" });
    await cell.idle();
    const next = run("2");
    await next.of("execute_input");
    cells.succeed("2");
    expect((await next.of("execute_result")).content.execution_count).toBe(2);
  });

  it("that is silent publishes its state alone", async () => {
    const cell = run("1", { silent: true });
    await cell.of("status");
    cells.channels.stream("stdout", "no", cell.id);
    cells.succeed("1");
    await cell.idle();
    expect(cell.types()).toEqual(["iopub status busy", "shell execute_reply", "iopub status idle"]);
  });
});

describe("an interrupt", () => {
  it("ends the running cell and gives up those that wait", async () => {
    const [running, waiting] = [run("for (;;);"), run("2")];
    await running.of("execute_input");
    const reply = await send("interrupt_request", {}, "control").of("interrupt_reply");
    expect(reply).toMatchObject({ channel: "control", content: { status: "ok" } });
    expect(cells.interrupts).toEqual([running.id]);
    expect((await running.of("execute_reply")).content.ename).toBe("KeyboardInterrupt");
    expect((await waiting.of("execute_reply")).content.status).toBe("aborted");
  });

  it("that fails says so in the cell", async () => {
    interrupt = () => ({ interrupt: () => Promise.resolve(false) });
    const running = run("busy()");
    await running.of("execute_input");
    cells.channels.signal();
    const { content } = await running.of("stream");
    expect(content.text).toBe(
      "This cell cannot be interrupted: it sleeps. Restart the kernel to stop it at once.\n",
    );
  });

  it("asks nobody when no cell runs", async () => {
    await send("interrupt_request", {}, "control").of("interrupt_reply");
    expect(cells.interrupts).toEqual([]);
  });
});

describe("input", () => {
  const state = (): number => Atomics.load(new Int32Array(input.shared), 0);
  /** As if the cell's thread slept in `ask`. */
  const sleep = (): void => void Atomics.store(new Int32Array(input.shared), 0, 1);
  const answer = (): string => Buffer.from(input.shared, 8, new Int32Array(input.shared)[1]).toString("utf8");

  it("is asked of the front end that runs the cell, and its answer wakes the cell", async () => {
    const cell = run("prompt()", { allow_stdin: true });
    await cell.of("execute_input");
    sleep();
    cells.channels.input("name? ", true, cell.id);
    const asked = await cell.of("input_request");
    expect(asked).toMatchObject({ channel: "stdin", content: { prompt: "name? ", password: true } });
    send("input_reply", { value: "Ada 😀" }, "stdin", { parent_header: { ...asked.header } });
    await expect.poll(state).not.toBe(1);
    expect(answer()).toBe("Ada 😀");
  });

  it("does not take the answer to a question that was interrupted for the next one's", async () => {
    const cell = run("ask()", { allow_stdin: true });
    await cell.of("execute_input");
    sleep();
    cells.channels.input("first", false, cell.id);
    const first = await cell.of("input_request");
    await send("interrupt_request", {}, "control").of("interrupt_reply");
    const next = run("ask()", { allow_stdin: true });
    await next.of("execute_input");
    sleep();
    cells.channels.input("second", false, next.id);
    const second = await next.of("input_request");
    send("input_reply", { value: "late" }, "stdin", { parent_header: { ...first.header } });
    send("input_reply", { value: "right" }, "stdin", { parent_header: { ...second.header } });
    await expect.poll(state).not.toBe(1);
    expect(answer()).toBe("right");
  });

  it("is refused for a cell whose front end cannot be asked, and for one that has ended", async () => {
    const cell = run("prompt()");
    await cell.of("execute_input");
    for (const id of [cell.id, "other"]) {
      sleep();
      cells.channels.input("?", false, id);
      expect(state()).not.toBe(1);
    }
    expect(cell.types()).not.toContain("stdin input_request");
  });
});

describe("a conversation", () => {
  it("reaches the cells with its bytes, and is listed until it is closed", async () => {
    const buffers = [new Uint8Array([1, 2])];
    const open = send("comm_open", { comm_id: "c", target_name: "t", data: {} }, "shell", { buffers });
    await open.idle();
    expect(cells.comms).toEqual([
      [
        {
          type: "comm_open",
          content: { comm_id: "c", target_name: "t", data: {} },
          metadata: {},
          buffers,
        },
        open.id,
      ],
    ]);
    const info = async (): Promise<unknown> =>
      (await send("comm_info_request").of("comm_info_reply")).content.comms;
    expect(await info()).toEqual({ c: { target_name: "t" } });
    cells.channels.comm(
      { type: "comm_close", content: { comm_id: "c" }, metadata: {}, buffers: [] },
      open.id,
    );
    expect(await info()).toEqual({});
  });

  it("is idle only when the cells have dealt with the message", async () => {
    let handled: () => void = () => {};
    cells.comm = () => new Promise((resolve) => (handled = resolve));
    const message = send("comm_msg", { comm_id: "c", data: 1 });
    await message.of("status");
    await send("kernel_info_request").of("kernel_info_reply");
    expect(message.types()).toEqual(["iopub status busy"]);
    handled();
    await message.idle();
  });

  it("sends metadata of the message and bytes beside it", async () => {
    const cell = run("1");
    await cell.of("execute_input");
    const buffers = [new Uint8Array([7])];
    const content = { comm_id: "w", target_name: "jupyter.widget", data: {} };
    cells.channels.comm({ type: "comm_open", content, metadata: { version: "2.1.0" }, buffers }, cell.id);
    expect(await cell.of("comm_open")).toMatchObject({ content, metadata: { version: "2.1.0" }, buffers });
  });
});

describe("the loop", () => {
  it("answers while a cell runs, and says afterwards that the cell still does", async () => {
    const cell = run("for (;;);");
    await cell.of("execute_input");
    const info = send("kernel_info_request");
    expect((await info.of("kernel_info_reply")).content.implementation).toBe("chainrule");
    await info.idle();
    expect(cell.types().at(-1)).toBe("iopub status busy");
  });

  it("does not wait long for what plugins know", async () => {
    cells.inspect.mockImplementation(() => new Promise(() => {}));
    cells.complete.mockImplementation(() => Promise.reject(new Error("no")));
    const at = { code: "k", cursor_pos: 1 };
    expect((await send("inspect_request", at).of("inspect_reply")).content).toMatchObject({
      found: true,
      data: { "text/plain": "const known: 1" },
    });
    const { content } = await send("complete_request", at).of("complete_reply");
    expect(content.matches).toEqual(["known"]);
  });

  it("tells the cells their notebook before a cell that is asked for after it", async () => {
    const told = send("chainrule_notebook_request", { notebook: "/here/n.ipynb" }, "control");
    const cell = run("1");
    await cell.of("execute_input");
    expect(cells.belongTo).toHaveBeenCalledExactlyOnceWith("/here/n.ipynb");
    expect((await told.of("chainrule_notebook_reply")).content).toEqual({ status: "ok" });
  });

  it("drops what is no message and what it does not know, in words", async () => {
    for (const value of [null, 5, {}, { channel: "iopub" }, { channel: "shell", header: {} }])
      front.port2.postMessage(value);
    await send("no_such_request").idle();
    expect(said).toEqual([
      ...Array<string>(4).fill("dropped a message: it is of no channel"),
      "dropped a message: a part is not a JSON object",
      "does not know no_such_request",
    ]);
  });

  it("ends the cells' thread when it is shut down, once", async () => {
    const reply = await send("shutdown_request", { restart: true }, "control").of("shutdown_reply");
    expect(reply.content).toEqual({ status: "ok", restart: true });
    await expect.poll(() => ends).toBe(1);
    expect(cells.ended).toBe(1);
    expect(computes).toBe(false);
  });

  it("knows that a cell was running, which may never end, when it is shut down", async () => {
    await run("for (;;);").of("execute_input");
    send("shutdown_request", { restart: false }, "control");
    await expect.poll(() => ends).toBe(1);
    expect(computes).toBe(true);
  });
});
