/** The channels' thread: makes the transport that the kernel was started with, and runs the message loop on it. */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import type { Port } from "../../lib/host/kernel-contract.js";
import { Interrupter } from "../cells/interrupter.js";
import { mayTerminate } from "../cells/interrupt-state.js";
import { NodeDebugger } from "../debugger/node-debugger.js";
import { languageAt } from "../language/client.js";
import { connect } from "../threads/rpc.js";
import { Arrivals, counted } from "./arrivals.js";
import { Channels } from "./channels.js";
import { PipeTransport } from "./pipe.js";
import type { ConnectionInfo } from "./sockets.js";
import { InputMemory } from "./stdin.js";
import type { CellsThread } from "./threads.js";
import type { Transport } from "./transport.js";

/** What the thread starts with. */
export interface ChannelsData {
  /** Where front ends reach the kernel: sockets, or the file descriptor of a pipe to the process that started it. */
  readonly connection: ConnectionInfo | number;
  /** The memory of an InputMemory. */
  readonly input: SharedArrayBuffer;
  /** The memory of an Arrivals. */
  readonly arrivals: SharedArrayBuffer;
  readonly language: Port;
  /** To the thread of the cells. */
  readonly cells: Port;
  /** Whether the cells' thread may be terminated; see cells/interrupt-state.ts. */
  readonly safety: Int32Array;
}

/** Milliseconds that the cells' thread has to end the process while a cell runs, which may be an endless loop. */
const END_OF_CELL = 1500;
/** The same while none runs: other threads may still be starting, on a machine that is busy. */
const END = 10_000;

const { connection, input, arrivals, language, cells, safety } = workerData as ChannelsData;

async function transport(): Promise<Transport> {
  if (typeof connection === "number") return new PipeTransport(new Socket({ fd: connection }));
  // A kernel with a pipe does not load ZeroMQ.
  const { Sockets } = await import("./sockets.js");
  return new Sockets(connection);
}

const channels = new Channels({
  transport: await transport(),
  cells: (own) => {
    const mine = counted(own, new Arrivals(arrivals));
    return connect<CellsThread>(cells, mine, { name: "The kernel" }).remote;
  },
  language: languageAt(language),
  input: new InputMemory(input),
  interrupter: (ask) => new Interrupter(ask, safety),
  debugger: (kernel) => new NodeDebugger(kernel),
  whyNot: () =>
    mayTerminate(safety)
      ? "it is busy outside JavaScript, and will end when it comes back"
      : `AsyncLocalStorage is in use, and Node ${process.versions.node} would abort (Node 24 does not)`,
  log: (line) => {
    try {
      writeSync(2, `chainrule kernel: ${line}\n`);
    } catch {
      // Nobody listens.
    }
  },
  end: ({ isComputing }) =>
    void setTimeout(() => process.kill(process.pid, "SIGKILL"), isComputing ? END_OF_CELL : END),
});
await channels.open();
