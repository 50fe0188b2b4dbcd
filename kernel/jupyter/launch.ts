/** Starts a kernel as a front end does: over real sockets, as Jupyter starts any, or over a pipe. */
import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import type { Framed } from "./frame.js";
import { Pipe } from "./pipe.js";
import { MessageError } from "./protocol.js";
import type { Message, RequestChannel } from "./protocol.js";
import type { ConnectionInfo } from "./sockets.js";
import { Wire } from "./wire.js";
import { makeFolder } from "#host/folders";

/** The front end's side of a transport. */
export interface Line {
  /** Starts to receive. Messages that the kernel published before this call may be lost. */
  listen(receive: (framed: Framed) => void): void;
  send(channel: RequestChannel, message: Message): void;
  close(): void;
}

/** How a kernel is started. */
export interface LaunchOptions {
  /** The folder that it starts in. */
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Start it in a process group of its own, so that Ctrl-C in the terminal does not reach it. Not on Windows. */
  readonly hasOwnGroup?: boolean;
  /** Where the connection file goes, for other programs to find; in a folder that nobody knows of unless given. */
  readonly connectionFile?: string | undefined;
}

/** A kernel's process and the line to it. */
export interface Launched {
  readonly process: ChildProcess;
  readonly line: Line;
  /** Removes the files that were made for it; called when it has ended. */
  cleanUp(): void;
}

/** The file descriptor of the pipe in the kernel's process. */
const PIPE_FD = 3;

/** Starts chainrule's own kernel with a pipe. @param argv a command that takes `--fd` */
export function launchWithPipe(argv: readonly string[], options: LaunchOptions): Launched {
  const child = start([...argv, "--fd", String(PIPE_FD)], ["ignore", "ignore", "pipe", "pipe"], options);
  const pipe = new Pipe(child.stdio[PIPE_FD] as Duplex);
  const line: Line = {
    listen: (receive) =>
      pipe.listen(
        (framed) => {
          if (!(framed instanceof MessageError)) receive(framed);
        },
        () => {},
      ),
    send: (channel, message) => pipe.send({ channel, message }),
    close: () => void pipe.close(),
  };
  return { process: child, line, cleanUp: () => {} };
}

/**
 * Starts any kernel with a connection file.
 * @param argv a kernelspec's `argv`, with "{connection_file}" where the file's path goes
 */
export async function launchWithSockets(argv: readonly string[], options: LaunchOptions): Promise<Launched> {
  const [shell, iopub, stdin, control, heartbeat] = await freePorts(5);
  const connection: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
    shell_port: shell!,
    iopub_port: iopub!,
    stdin_port: stdin!,
    control_port: control!,
    hb_port: heartbeat!,
  };
  const { connectionFile } = options;
  if (connectionFile !== undefined) makeFolder(dirname(connectionFile), 0o700);
  const folder = connectionFile === undefined ? mkdtempSync(join(tmpdir(), "chainrule-kernel-")) : undefined;
  const file = connectionFile ?? join(folder!, "connection.json");
  // One that is there may be open to others, and keeps its mode when it is written again.
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  const command = argv.map((part) => part.replace("{connection_file}", file));
  const line = await socketLine(connection);
  // Last, because a missing command is reported at once: the caller must have its listener by then.
  return {
    process: start(command, ["ignore", "ignore", "pipe"], options),
    line,
    cleanUp: () => rmSync(folder ?? file, { recursive: true, force: true }),
  };
}

function start(
  argv: readonly string[],
  stdio: StdioOptions,
  { cwd, env = process.env, hasOwnGroup = false }: LaunchOptions,
): ChildProcess {
  const [command, ...rest] = argv;
  const detached = hasOwnGroup && process.platform !== "win32";
  return spawn(command!, rest, { cwd, env, stdio, detached, windowsHide: true });
}

async function socketLine(connection: ConnectionInfo): Promise<Line> {
  const { Dealer, Subscriber } = await import("zeromq");
  const wire = new Wire(connection.key, connection.signature_scheme);
  const address = (port: number) => `${connection.transport}://${connection.ip}:${port}`;
  // One identity on all channels: the kernel sends its questions to the identity of the request.
  const routingId = randomUUID();
  const dealer = (port: number) => {
    const socket = new Dealer({ routingId, linger: 0, receiveHighWaterMark: 0 });
    socket.connect(address(port));
    return socket;
  };
  const dealers = {
    shell: dealer(connection.shell_port),
    control: dealer(connection.control_port),
    stdin: dealer(connection.stdin_port),
  };
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  iopub.connect(address(connection.iopub_port));
  iopub.subscribe();
  return {
    listen: (receive) => {
      for (const [channel, socket] of Object.entries({ ...dealers, iopub } as const))
        void (async () => {
          for await (const frames of socket) {
            const message = decoded(wire, frames);
            if (message) receive({ channel: channel as Framed["channel"], message });
          }
        })();
    },
    send: (channel, message) => void dealers[channel].send(wire.encode({ identities: [], message })),
    close: () => {
      for (const socket of [...Object.values(dealers), iopub]) socket.close();
    },
  };
}

/** The message; undefined when it is malformed or not signed by the kernel. */
function decoded(wire: Wire, frames: readonly Buffer[]): Message | undefined {
  try {
    return wire.decode(frames).message;
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

/** Ports that are free now. Another program may take one before the kernel does; every front end has this risk. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
