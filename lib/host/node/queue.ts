/**
 * A queue as a place (BullMQ on Redis or Valkey). A task is a job of a few hundred bytes; the program lies beside the jobs
 * under its hash. A job's id follows from its program and task, so a notebook that was killed and runs again finds the
 * jobs of before: waiting, running or done.
 */
import type { Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { Workplace, QueueOptions, Ran, Runs, TaskWatch, Work } from "../place-contract.js";
import {
  connect,
  endKey,
  keyOf,
  KEPT,
  optional,
  partKey,
  placeNameOf,
  programKey,
  VERSION,
} from "./queue-link.js";
import type { JobData, JobProgress, JobResult } from "./queue-link.js";
import { idOf, seal, sealProgram, unseal } from "./sealed.js";

/** Milliseconds between two looks at all open jobs, in case an event was missed. */
const LOOK = 30_000;

const STOPPED: Ran = { ended: "it was stopped", seconds: 0 };

export function queue(url: string, options: QueueOptions = {}): Workplace {
  const { width = 256, name = "chainrule" } = options;
  const key = keyOf("queue", options.key);
  const where = `the queue at ${placeNameOf("queue", url)}`;
  return {
    name: where,
    width,
    async open(work) {
      const { Queue, QueueEvents } = await optional<typeof import("bullmq")>("bullmq", "queue");
      const redis = await connect("queue", url);
      const ignore = (): void => {}; // a lost connection comes back; without a listener it would print a stack
      const jobs = new Queue(name, { connection: redis, skipVersionCheck: true }).on("error", ignore);
      const events = new QueueEvents(name, { connection: redis, skipVersionCheck: true }).on("error", ignore);
      await events.waitUntilReady();
      return new QueueRuns({ work, name, key, where, redis, jobs, events });
    },
  };
}

interface Link {
  readonly work: Work;
  readonly name: string;
  readonly key: string;
  readonly where: string;
  readonly redis: Redis;
  readonly jobs: Queue;
  readonly events: QueueEvents;
}

/** A job that this place waits for. */
interface Open {
  readonly resolve: (ran: Ran) => void;
  readonly watch: TaskWatch;
  /** The machine that runs it. */
  host?: string;
  /** Machines that have begun it, and when: an event and a look may tell of the same, in any order. */
  readonly begun: Set<string>;
}

class QueueRuns implements Runs {
  readonly #link: Link;
  readonly #open = new Map<string, Open>();
  readonly #sent = new WeakMap<object, Promise<string>>();
  /** How many times each task was run. */
  readonly #attempts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(link: Link) {
    this.#link = link;
    const { events } = link;
    events.on("progress", ({ jobId, data }) => this.#progressed(jobId, data as JobProgress));
    events.on("completed", ({ jobId, returnvalue }) => void this.#done(jobId, returnvalue));
    events.on("failed", ({ jobId, failedReason }) => void this.#failed(jobId, failedReason));
    this.#timer = setInterval(() => void this.#look(), LOOK).unref();
  }

  async run(program: unknown, task: unknown, watch: TaskWatch = {}): Promise<Ran> {
    if (this.#isClosed) return STOPPED;
    const { jobs, key, work } = this.#link;
    const id = await this.#send(program as object);
    const sealed = Buffer.from(seal(task, key)).toString("base64");
    const name = `${work}-${id.slice(0, 12)}-${idOf(Buffer.from(sealed)).slice(0, 12)}`;
    const attempt = (this.#attempts.get(name) ?? -1) + 1;
    this.#attempts.set(name, attempt);
    const jobId = `${name}-${attempt}`;
    const data: JobData = { version: VERSION, work, program: id, task: sealed };
    const ended = new Promise<Ran>((resolve) => this.#open.set(jobId, { resolve, watch, begun: new Set() }));
    try {
      const job = await jobs.add(work, data, {
        jobId,
        removeOnComplete: { age: KEPT },
        removeOnFail: { age: KEPT },
      });
      await this.#lookAt(jobId, job);
    } catch (error) {
      this.#open.delete(jobId);
      throw this.#said(error);
    }
    return ended;
  }

  async close(): Promise<readonly string[]> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    const { jobs, events, redis } = this.#link;
    const running: string[] = [];
    if (redis.status === "ready") {
      for (const [jobId, { host }] of this.#open) {
        const job = (await jobs.getJob(jobId)) as Job | undefined;
        const removed = await job?.remove().then(
          () => true,
          () => false, // a worker has it
        );
        if (job && !removed) running.push(host ?? "a machine");
      }
    }
    for (const [, { resolve }] of this.#open) resolve(STOPPED);
    this.#open.clear();
    await Promise.race([
      Promise.allSettled([events.close(), jobs.close()]),
      new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
    ]);
    redis.disconnect();
    return running;
  }

  /** Stores a program once. @returns its id */
  #send(program: object): Promise<string> {
    let sent = this.#sent.get(program);
    if (sent === undefined) {
      sent = this.#store(program);
      this.#sent.set(program, sent);
      sent.catch(() => this.#sent.delete(program));
    }
    return sent;
  }

  async #store(program: object): Promise<string> {
    const { redis, name, key } = this.#link;
    const { id, bytes, parts } = sealProgram(program, key);
    try {
      // Whoever stores it again gives it another week.
      for (const [part, content] of parts)
        if (!(await redis.expire(partKey(name, part), KEPT)))
          await redis.set(partKey(name, part), Buffer.from(content), "EX", KEPT);
      await redis.set(programKey(name, id), Buffer.from(bytes), "EX", KEPT);
    } catch (error) {
      throw this.#said(error);
    }
    return id;
  }

  #said(error: unknown): Error {
    const { message } = error as Error;
    return /^OOM/.test(message)
      ? new Error(
          `${this.#link.where} has no memory left (its maxmemory is reached); give Redis more, or wait.`,
        )
      : (error as Error);
  }

  #progressed(jobId: string, progress: JobProgress): void {
    const { report } = progress;
    const open = this.#open.get(jobId);
    if (!open) return;
    if (report === undefined) this.#began(open, progress);
    else if (open.watch.reported?.(Number(report[0]), Number(report[1] ?? NaN))) {
      const { redis, name } = this.#link;
      redis.set(endKey(name, jobId), 1, "EX", KEPT).catch(() => {}); // the next report asks again
    }
  }

  #began(open: Open, { host, begun }: JobProgress): void {
    const beginning = `${begun} ${host}`;
    if (open.begun.has(beginning)) return;
    open.begun.add(beginning);
    open.host = host;
    open.watch.begun?.(host);
  }

  async #done(jobId: string, result: string): Promise<void> {
    const open = this.#open.get(jobId);
    if (!open) return;
    this.#open.delete(jobId);
    open.resolve(this.#opened(result));
    await this.#forget(jobId);
  }

  async #failed(jobId: string, reason: string): Promise<void> {
    const open = this.#open.get(jobId);
    if (!open) return;
    this.#open.delete(jobId);
    const ended = /stalled more than/.test(reason)
      ? `its machine was lost again and again (last: ${open.host ?? "unknown"})`
      : reason;
    open.resolve({ ended, seconds: 0, ...(open.host !== undefined && { host: open.host }) });
    await this.#forget(jobId);
  }

  /** The answer has been taken, so the job may go: who asks again, asks for a new one. */
  async #forget(jobId: string): Promise<void> {
    await (await this.#link.jobs.getJob(jobId))?.remove().catch(() => {});
  }

  #opened(result: string): Ran {
    try {
      return unseal(Buffer.from(result, "base64"), this.#link.key) as JobResult;
    } catch (error) {
      return { ended: `a worker's answer was not taken: ${(error as Error).message}`, seconds: 0 };
    }
  }

  async #look(): Promise<void> {
    if (this.#link.redis.status !== "ready") return;
    for (const jobId of this.#open.keys()) {
      const job = (await this.#link.jobs.getJob(jobId).catch(() => undefined)) as Job | undefined;
      if (job) await this.#lookAt(jobId, job).catch(() => {});
    }
  }

  /** What has happened to a job meanwhile, or before this notebook began. */
  async #lookAt(jobId: string, job: Job): Promise<void> {
    const state = await job.getState();
    if (!["active", "completed", "failed"].includes(state)) return;
    const now = (await this.#link.jobs.getJob(jobId)) as Job | undefined;
    if (now === undefined) return;
    const progress = now.progress as Partial<JobProgress>;
    const open = this.#open.get(jobId);
    if (open && isWhole(progress)) this.#began(open, progress);
    if (state === "completed") await this.#done(jobId, now.returnvalue as string);
    if (state === "failed") await this.#failed(jobId, now.failedReason);
  }
}

/** Whether a job's progress is a worker's: before one begins it, a job has another. */
function isWhole(progress: Partial<JobProgress>): progress is JobProgress {
  return progress.host !== undefined && progress.begun !== undefined;
}
