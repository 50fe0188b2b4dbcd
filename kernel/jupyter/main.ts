/**
 * The Jupyter kernel's entry point:
 *
 *   node --no-force-async-hooks-checks dist/kernel/jupyter/main.js [--plugin SPECIFIER]… CONNECTION_FILE
 *
 * Three threads: this one runs the cells, one holds the sockets (channels.ts), one compiles (language/worker.ts).
 */
import { readFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Comms } from "./comms.js";
import { KeyboardInterrupt } from "../cells/evaluator.js";
import { startLanguage, workerFile } from "../language/client.js";
import { INPUT_BYTES, INPUT_HEAD, InputState } from "./messages.js";
import type { ChannelsData, ConnectionInfo, ExpressionResult, ToChannels, ToMain } from "./messages.js";
import type { CellId, Output } from "../cells/output.js";
import { Session } from "../cells/session.js";
import { Batcher } from "./streams.js";

const exit = process.exit.bind(process);

function readArguments(args: readonly string[]): { connection: ConnectionInfo; plugins: string[] } {
  const usage = "usage: main.js [--plugin SPECIFIER]… CONNECTION_FILE";
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { plugin: { type: "string", multiple: true, default: [] } },
    allowPositionals: true,
  });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new Error(usage);
  return { connection: JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo, plugins: values.plugin };
}

/** The running cell's output, on its way to the sockets' thread. */
class ChannelOutput implements Output {
  readonly #post: (message: ToChannels) => void;
  readonly #input: SharedArrayBuffer;
  readonly #streams: Batcher<CellId | undefined>;

  constructor(post: (message: ToChannels) => void, input: SharedArrayBuffer) {
    this.#post = post;
    this.#input = input;
    this.#streams = new Batcher(({ cell, name, text }) =>
      post({ type: "stream", cell: key(cell), name, text }),
    );
  }

  /** Sends a message after everything printed before it. */
  send(message: ToChannels): void {
    this.#streams.flush();
    this.#post(message);
  }

  stream(name: "stdout" | "stderr", text: string, cell: CellId | undefined): void {
    this.#streams.add({ cell, name, text });
  }

  display(display: Parameters<Output["display"]>[0], cell: CellId | undefined): void {
    this.send({ type: "display", cell: key(cell), display });
  }

  clear(wait: boolean, cell: CellId | undefined): void {
    this.send({ type: "clear", cell: key(cell), wait });
  }

  error(report: Parameters<Output["error"]>[0], cell: CellId | undefined): void {
    this.send({ type: "error", cell: key(cell), report });
  }

  comm(
    kind: "comm_open" | "comm_msg" | "comm_close",
    content: Record<string, unknown>,
    cell: CellId | undefined,
  ): void {
    this.send({ type: "comm", cell: key(cell), kind, content });
  }

  input(prompt: string, password: boolean, cell: CellId | undefined): string {
    const head = new Int32Array(this.#input, 0, 2);
    Atomics.store(head, 0, InputState.waiting);
    this.send({ type: "input", cell: key(cell), prompt, password });
    Atomics.wait(head, 0, InputState.waiting);
    switch (Atomics.load(head, 0)) {
      case InputState.answered:
        return Buffer.from(this.#input, INPUT_HEAD, Atomics.load(head, 1)).toString("utf8");
      case InputState.interrupted:
        throw new KeyboardInterrupt();
      case InputState.tooLong:
        throw new Error(`prompt(): the answer is longer than ${INPUT_BYTES / 2 ** 20} MB.`);
      default:
        throw new Error("prompt() is not available: this front end does not allow input for this cell.");
    }
  }
}

const key = (cell: CellId | undefined): string | undefined => (cell === undefined ? undefined : String(cell));

const { connection, plugins } = readArguments(process.argv.slice(2));
const input = new SharedArrayBuffer(INPUT_HEAD + INPUT_BYTES);
let post: (message: ToChannels) => void = () => {};
const output = new ChannelOutput((message) => post(message), input);
const compiler = startLanguage(process.cwd());
const session = await Session.start({ cwd: process.cwd(), output, plugins, language: compiler });
const language = compiler.connect();
const channels = new Worker(workerFile("./jupyter/channels.js"), {
  workerData: { connection, input, language, safety: session.safety } satisfies ChannelsData,
  transferList: [language],
  execArgv: [],
});
post = (message) => channels.postMessage(message);
const comms = new Comms(session, output);

async function execute(request: Extract<ToMain, { type: "execute" }>): Promise<void> {
  const { cell, name, code } = request;
  const result = await session.execute(code, { cell, name });
  const expressions: Record<string, ExpressionResult> = {};
  if (result.status === "ok")
    for (const [label, expression] of Object.entries(request.expressions)) {
      const value = await session.evaluate(expression, { cell, name: `expression ${label}` });
      expressions[label] =
        value.status === "ok" ? { status: "ok", ...(value.result ?? { data: {}, metadata: {} }) } : value;
    }
  output.send({ type: "done", cell, result, expressions });
}

channels.on("message", (message: ToMain) => {
  switch (message.type) {
    case "execute":
      return void execute(message);
    case "interrupt":
      if (session.running === message.cell) session.interrupt();
      return output.send({ type: "pong", ping: message.ping });
    case "inspect":
      return void session.plugins
        .inspect(message.word, message.code, message.cursor)
        .then((value) => output.send({ type: "answer", ask: message.ask, value }));
    case "complete":
      return void session
        .complete(message.code, message.cursor)
        .then((value) => output.send({ type: "answer", ask: message.ask, value }));
    case "comm":
      return comms.receive(message.kind, message.content, message.cell);
    case "shutdown":
      return void session.close().finally(() => exit(0));
  }
});
channels.on("error", (error: Error) => {
  writeSync(2, `chainrule kernel: the sockets' thread failed: ${error.stack ?? error.message}\n`);
  exit(1);
});
channels.on("exit", () => exit(0));
process.on("SIGINT", () => post({ type: "signal" }));

// A kernel whose server has died would stay for ever.
const parent = process.ppid;
if (process.env["JPY_PARENT_PID"])
  setInterval(() => {
    if (process.ppid !== parent) exit(0);
  }, 2000).unref();
