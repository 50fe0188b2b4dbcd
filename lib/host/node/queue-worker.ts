/**
 * The other end of a queue: takes jobs, has them performed, and gives back sealed answers. The process that holds the
 * lock on a job computes nothing itself: a process that computes cannot renew its lock, and its job would count as lost.
 */
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Job } from "bullmq";
import type { Perform } from "../place-contract.js";
import { cacheFolder } from "./cache-folder.js";
import { connect, endKey, keyOf, optional, partKey, programKey, roomKey, VERSION } from "./queue-link.js";
import type { JobData, JobProgress, JobResult } from "./queue-link.js";
import { idOf, seal, unseal, unsealProgram } from "./sealed.js";
import { writeWhole } from "./write-whole.js";
import { makeFolder } from "./folders.js";

export interface WorkerOptions {
  readonly key?: string | undefined;
  /** The queue's name in Redis; "chainrule". */
  readonly name?: string | undefined;
  /** How many tasks at a time; 1. */
  readonly slots?: number | undefined;
  /** What the machine is called; its host name. */
  readonly host?: string | undefined;
  /** Milliseconds after which a task whose worker is silent is given to another; 30,000. */
  readonly patience?: number | undefined;
  /** Told in a line what happens. */
  readonly tell?: (line: string) => void;
}

/** Milliseconds for a graceful end; Redis may be gone, and closing would wait for it. */
const GRACE = 4_000;
/** How often a task is given to another machine before it counts as the cause. */
const LOST = 3;

/**
 * Serves a queue until the signal is aborted. Tasks that run then go back to the queue.
 * @throws Error in words when the queue cannot be reached or must not be used
 */
export async function serveQueue(
  url: string,
  options: WorkerOptions,
  perform: Perform,
  signal: AbortSignal,
): Promise<void> {
  const { name = "chainrule", slots = 1, host = hostname(), patience = 30_000, tell = () => {} } = options;
  const key = keyOf("worker", options.key);
  const { Worker, WaitingError } = await optional<typeof import("bullmq")>("bullmq", "worker");
  const redis = await connect("worker", url);
  const programs = new Programs(key, (kind, id) =>
    redis.getBuffer((kind === "program" ? programKey : partKey)(name, id)),
  );
  /** Waits until Redis takes something: a job that could not say how it ended would count as failed. */
  const room = async (): Promise<void> => {
    for (let waits = 0; !signal.aborted; waits++) {
      const error = await redis.set(roomKey(name), "", "EX", 1).then(
        () => undefined,
        (error: Error) => error,
      );
      if (!error?.message.startsWith("OOM")) return;
      if (waits === 0)
        tell("Redis has no memory left (its maxmemory is reached); this waits until there is room");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  const process = async (job: Job, token?: string): Promise<string> => {
    const { version, work, program, task } = job.data as JobData;
    if (version !== VERSION)
      throw new Error(
        `${host} has chainrule ${VERSION}, and the task is of ${version}; install the same on both`,
      );
    let given: { program: unknown; task: unknown };
    try {
      given = { program: await programs.read(program), task: unseal(Buffer.from(task, "base64"), key) };
    } catch (error) {
      throw new Error(`${host} refused the task: ${(error as Error).message}`, { cause: error });
    }
    const progress: JobProgress = { host, begun: Date.now() };
    await room();
    await job.updateProgress(progress);
    const started = performance.now();
    let end = false;
    /** No task waits for Redis: it learns at its next report what was thought of this one. */
    const reported = (step: number, value: number): boolean => {
      const ignore = (): void => {};
      void job
        .updateProgress({ ...progress, report: [step, value] } satisfies JobProgress)
        .then(() => redis.exists(endKey(name, job.id!)))
        .then((found) => void (end ||= found === 1))
        .catch(ignore);
      return end;
    };
    const ran = await perform({ work, id: program, ...given }, signal, reported);
    const seconds = (performance.now() - started) / 1000;
    if (signal.aborted) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    await room();
    tell(`${work} ${job.id}: ${ran.ended ?? "done"} (${seconds.toFixed(1)} s)`);
    return Buffer.from(seal({ ...ran, host, seconds } satisfies JobResult, key)).toString("base64");
  };
  const worker = new Worker(name, process, {
    connection: redis,
    skipVersionCheck: true,
    concurrency: slots,
    lockDuration: patience,
    stalledInterval: patience,
    maxStalledCount: LOST,
  });
  worker.on("error", (error) => tell(`the queue: ${error.message}`));
  worker.on("failed", (job, error) => tell(`${job?.name} ${job?.id}: ${error.message}`));
  worker.on("stalled", (id) => tell(`${id}: lost by another machine, and taken up again`));
  tell(`${host} takes ${slots === 1 ? "one task" : `${slots} tasks`} at a time`);
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await Promise.race([
    worker.close().catch(() => {}),
    new Promise((resolve) => setTimeout(resolve, GRACE).unref()),
  ]);
  redis.disconnect();
}

/** Programs by their ids, kept in memory for as long as they are the last few, and on the disk for longer. */
class Programs {
  readonly #key: string;
  readonly #fetch: (kind: "program" | "part", id: string) => Promise<Buffer | null>;
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #folder = join(cacheFolder(), "programs");

  constructor(key: string, fetch: (kind: "program" | "part", id: string) => Promise<Buffer | null>) {
    this.#key = key;
    this.#fetch = fetch;
  }

  read(id: string): Promise<unknown> {
    let found = this.#last.get(id);
    this.#last.delete(id);
    found ??= this.#bytes("program", id).then((bytes) =>
      unsealProgram(bytes, this.#key, (part) => this.#bytes("part", part)),
    );
    found.catch(() => this.#last.delete(id));
    this.#last.set(id, found);
    for (const old of this.#last.keys()) if (this.#last.size > 4) this.#last.delete(old);
    return found;
  }

  async #bytes(kind: "program" | "part", id: string): Promise<Uint8Array> {
    if (!/^[0-9a-f]{32}$/.test(id)) throw new Error("its name is no hash");
    const file = join(this.#folder, `${id}.${kind}`);
    if (existsSync(file)) {
      const bytes = readFileSync(file);
      if (idOf(bytes) === id) return bytes;
    }
    const bytes = await this.#fetch(kind, id);
    if (bytes === null) throw new Error("its program is no longer in the queue; send it again");
    if (idOf(bytes) !== id) throw new Error("its program was changed on the way");
    makeFolder(this.#folder, 0o700);
    await writeWhole(file, bytes).catch(() => {}); // a full disk is no reason not to work
    return bytes;
  }
}
