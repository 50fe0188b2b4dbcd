/**
 * The Jupyter kernel's entry point:
 *
 *   node --no-force-async-hooks-checks dist/kernel/jupyter/main.js [--plugin SPECIFIER]… [--typescript tslab] CONNECTION_FILE
 *
 * or, for a program that starts the kernel with a pipe as its file descriptor N, `--fd N` in the file's place. With
 * `--patience MILLISECONDS` the compiler waits longer than usual until it works ahead.
 *
 * Three threads: this one runs the cells, one holds the channels (channels-thread.ts), one compiles
 * (language/worker.ts).
 */
import { readFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { openChannel } from "#host/workers";
import { InterruptState } from "../cells/interrupt-state.js";
import { startLanguage } from "../language/client.js";
import { endProcess } from "#host/endings";
import { keepListener } from "#host/listeners";
import { connect } from "../threads/rpc.js";
import { workerFile } from "../threads/worker-file.js";
import { Arrivals } from "./arrivals.js";
import type { ChannelsData } from "./channels-thread.js";
import type { ConnectionInfo } from "./sockets.js";
import { InputMemory } from "./stdin.js";
import type { ChannelsThread } from "./threads.js";

interface Arguments {
  readonly connection: ChannelsData["connection"];
  readonly plugins: readonly string[];
  readonly patience: number | undefined;
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      fd: { type: "string" },
      patience: { type: "string" },
      plugin: { type: "string", multiple: true, default: [] },
      typescript: { type: "string" },
    },
    allowPositionals: true,
  });
  const { fd, plugin: plugins, typescript } = values;
  const patience = values.patience === undefined ? undefined : Number(values.patience);
  // The compiler's thread and the processes that cells start read it from there.
  if (typescript !== undefined) process.env["CHAINRULE_TYPESCRIPT"] = typescript;
  const [file] = positionals;
  if (fd !== undefined && /^\d+$/.test(fd) && file === undefined)
    return { connection: Number(fd), plugins, patience };
  if (fd !== undefined || file === undefined || positionals.length > 1)
    throw new Error(
      "usage: main.js [--plugin SPECIFIER]… [--typescript tslab] CONNECTION_FILE | --fd NUMBER",
    );
  return { connection: JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo, plugins, patience };
}

const { connection, plugins, patience } = readArguments(process.argv.slice(2));
const cwd = process.cwd();
const input = new InputMemory();
const arrivals = new Arrivals();
const interrupts = new InterruptState();
const compiler = startLanguage(cwd);
const language = compiler.connect();
const [own, cells] = openChannel();
const worker = new Worker(workerFile("./jupyter/channels-thread.js"), {
  workerData: {
    connection,
    input: input.shared,
    arrivals: arrivals.shared,
    language,
    cells,
    safety: interrupts.words,
  } satisfies ChannelsData,
  transferList: [language as MessagePort, cells as MessagePort],
  execArgv: [],
});
worker.on("error", (error: Error) => {
  writeSync(2, `chainrule kernel: the channels' thread failed: ${error.stack ?? error.message}\n`);
  endProcess(1);
});
worker.on("exit", () => endProcess(0));

// The other two threads start while this one loads its own modules.
const [{ Session }, { CellsService }, { ChannelOutput }] = await Promise.all([
  import("../cells/session.js"),
  import("./cells-service.js"),
  import("./channel-output.js"),
]);
const output = new ChannelOutput(input, arrivals);
const session = await Session.start({ cwd, output, plugins, patience, language: compiler, interrupts });
const service = new CellsService(session, output, () => endProcess(0));
const before = (): void => session.settle();
const channels = connect<ChannelsThread>(own, service, { name: "The channels' thread", before }).remote;
output.connect(channels);
keepListener("SIGINT", () => void channels.signal.asEvent());

// Without this, a kernel whose server has died would run for ever.
const parent = process.ppid;
if (process.env["JPY_PARENT_PID"])
  setInterval(() => {
    if (process.ppid !== parent) endProcess(0);
  }, 2000).unref();
