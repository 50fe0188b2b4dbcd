/** `chainrule worker`: this machine does tasks of a queue, or one task of a Slurm array. */
import { serveQueue } from "#host/queue-worker";
import { serveTask } from "#host/slurm-task";
import { PlaceError } from "./place-of.js";
import { performer } from "./perform.js";

export interface WorkerCommandOptions {
  /** How many tasks at a time. */
  readonly slots?: number | undefined;
  /** The queue's name in Redis. */
  readonly queue?: string | undefined;
  /** What the machine is called. */
  readonly host?: string | undefined;
  /** Seconds after which a task whose worker is silent is given to another. */
  readonly patience?: number | undefined;
  /** The list of a Slurm array's tasks, which Slurm's script gives. */
  readonly slurmList?: string | undefined;
  readonly index?: number | undefined;
}

/** Works until it is told to end (SIGTERM, SIGINT), or has done its task of an array. @throws PlaceError */
export async function workerCommand(
  url: string | undefined,
  options: WorkerCommandOptions,
  tell: (line: string) => void,
): Promise<void> {
  const { slots = 1, queue: name, host, patience, slurmList, index } = options;
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => {
      tell(`ends (${signal}); what runs goes back to the queue`);
      ending.abort();
    });
  const { perform, end } = performer(slots);
  try {
    if (slurmList !== undefined && index !== undefined)
      return await serveTask(slurmList, index, perform, ending.signal);
    if (url === undefined)
      throw new PlaceError("worker: give the queue's address, such as rediss://lab:6379.");
    const settings = { name, slots, host, patience: patience && patience * 1000, tell };
    await serveQueue(url, settings, perform, ending.signal);
  } catch (error) {
    if (error instanceof PlaceError) throw error;
    throw new PlaceError((error as Error).message, { cause: error });
  } finally {
    // A process that does not end must not keep the worker.
    await Promise.race([end().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2_000))]);
  }
}
