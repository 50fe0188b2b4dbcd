/**
 * A submission as the tests see it: functions that return synchronously, although they run in another process. The
 * tests' thread sleeps until the thread that manages that process has the answer.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { workerFile } from "../threads/worker-file.js";
import type { StudentCell } from "./plan.js";
import type { Stage } from "./stage.js";
import type { SubmissionAnswer, SubmissionCall, SubmissionLimits } from "./submission-worker.js";
import { arraysIn, decode, encode } from "./values.js";

/** A student's function gave no answer: it ended its process, or used too much time or memory. */
export class SubmissionError extends Error {
  override readonly name = "SubmissionError";
}

export class Submission {
  /** The student's cells that failed, in sentences. */
  notes: readonly string[] = [];
  readonly #worker: Worker;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  readonly #channel = new MessageChannel();

  constructor(cells: readonly StudentCell[], stage: Stage, limits: SubmissionLimits) {
    const port = this.#channel.port2;
    this.#worker = new Worker(workerFile("./grade/submission-worker.js"), {
      execArgv: [],
      workerData: {
        cells,
        stage: stage.folder,
        readable: stage.readable,
        limits,
        signal: this.#signal,
        port,
      },
      transferList: [port],
    });
    this.#worker.unref();
    this.#channel.port1.unref();
  }

  /**
   * Calls a function of the student. Its changes to its arguments are copied into the caller's arguments.
   * @throws what the function throws, by name and message; SubmissionError when it gives no answer
   */
  call(name: string, ...parts: unknown[]): unknown {
    Atomics.store(this.#signal, 0, 0);
    this.#channel.port1.postMessage({ name, parts: encode(parts, "the arguments") } satisfies SubmissionCall);
    Atomics.wait(this.#signal, 0, 0);
    const received = receiveMessageOnPort(this.#channel.port1) as { message: SubmissionAnswer } | undefined;
    if (received === undefined) throw new SubmissionError(`${name} gave no answer.`);
    const { reply, notes } = received.message;
    this.notes = notes;
    if (!reply.ok) {
      if (reply.name === "SubmissionError") throw new SubmissionError(String(reply.message));
      throw Object.assign(new Error(String(reply.message).slice(0, 2000)), {
        name: String(reply.name).slice(0, 80),
      });
    }
    const arrays = arraysIn(parts);
    for (const [at, numbers] of Object.entries(reply.changed ?? {})) {
      const written = decode(numbers) as ArrayLike<number>;
      const target = arrays[Number(at)];
      if (target && written?.length === target.length) target.set(written);
    }
    return decode(reply.value);
  }

  /** Ends the submission's process. */
  async close(): Promise<void> {
    this.#channel.port1.postMessage("end");
    await Promise.race([
      new Promise((resolve) => this.#worker.once("exit", resolve)),
      new Promise((resolve) => setTimeout(resolve, 2000).unref()),
    ]);
    await this.#worker.terminate();
  }
}
