/**
 * The process in which a submission runs, alone: it executes the cells that it is given and calls the functions that
 * they declare. It is started with Node's permission model, so it cannot read the instructor's notebook, write files or
 * start processes. It can damage only itself: the tests run in another process.
 */
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { killProcess } from "#host/endings";
import { Session } from "../cells/session.js";
import { connect } from "../threads/rpc.js";
import { linesPort } from "./lines.js";
import { arraysIn, decode, encode } from "./values.js";

/** What this process does: run a cell, or call a function that one declared. */
export type StudentRequest =
  { type: "cell"; name: string; source: string } | { type: "call"; name: string; parts: unknown };

export type StudentReply =
  | { ok: true; value?: unknown; changed?: Record<number, unknown> }
  | { ok: false; name: string; message: string };

export interface StudentProcess {
  answer(request: StudentRequest): Promise<StudentReply>;
}

/** The file descriptor that replies go to. */
const REPLIES = 3;

// A process in an endless loop does not hear that its grader was stopped; a thread beside it sees that its parent is another.
new Worker(
  `const { ppid } = process;
  setInterval(() => process.ppid === ppid || process.kill(process.pid, "SIGKILL"), 1000);`,
  { eval: true },
).unref();

// Node's permission model does not forbid signals to other processes, so `kill` is taken away. It must be gone before the
// session starts, which gives built-ins back that cells have changed.
for (const name of ["kill", "_kill", "_debugProcess", "_debugEnd", "binding", "_linkedBinding"])
  delete (process as unknown as Record<string, unknown>)[name];

const session = await Session.start({
  cwd: process.cwd(),
  // A submission's output earns no points and is not kept.
  output: { stream() {}, display() {}, clear() {}, error() {} },
});
let queue: Promise<unknown> = Promise.resolve();
const service: StudentProcess = {
  answer: (request) => {
    const reply = queue.then(() => (request.type === "cell" ? run(request) : call(request)));
    queue = reply.catch(() => {});
    return reply;
  },
};
process.stdin.setEncoding("utf8").on("end", killProcess);
const onText = (listener: (text: string) => void): void => void process.stdin.on("data", listener);
connect(linesPort({ write, onText }), service, { name: "The grader" });

async function run({ name, source }: StudentRequest & { type: "cell" }): Promise<StudentReply> {
  const outcome = await session.execute(source, { cell: name });
  if (outcome.status === "ok") return { ok: true };
  return { ok: false, name: outcome.ename, message: outcome.evalue };
}

async function call({ name, parts }: StudentRequest & { type: "call" }): Promise<StudentReply> {
  try {
    const mine = session.lookup(name);
    if (typeof mine !== "function") {
      const what = mine === undefined ? "is not defined" : `is a ${typeof mine} and not a function`;
      throw new ReferenceError(`${name} ${what}`);
    }
    const given = decode(parts) as unknown[];
    const arrays = arraysIn(given);
    const before = arrays.map((array) => array.slice());
    const value = encode(await (mine as (...parts: unknown[]) => unknown)(...given), `what ${name} returns`);
    // Changes to the arguments are sent back, so that the caller sees them as it would in one process.
    const changed: Record<number, unknown> = {};
    arrays.forEach((array, i) => {
      if (array.some((number, at) => !Object.is(number, before[i][at]))) changed[i] = encode(array);
    });
    return { ok: true, value, changed };
  } catch (error) {
    const { name: kind, message } =
      error instanceof Error ? error : { name: "Error", message: String(error) };
    return { ok: false, name: String(kind), message: String(message) };
  }
}

function write(line: string): void {
  const bytes = Buffer.from(line);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(REPLIES, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
