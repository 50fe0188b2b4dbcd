/**
 * Where work can be sent, and what is sent there: the part of the host's contract that the library's users see, and that
 * whoever writes another place implements.
 */

/** A kind of work; what does it is known to every worker, only its data travel. */
export type Work = "search" | "grade" | "run";

/**
 * Somewhere to send work to. Work is a *program* and its *tasks*: a search's `train` and its trials, an assignment's
 * tests and the submissions. Whoever writes another place implements this interface and `Runs`, nothing else.
 */
export interface Workplace {
  /** In words, to follow "on": "the queue at lab:6379". */
  readonly name: string;
  /** How many tasks are handed to it at a time, waiting ones included. */
  readonly width: number;
  /**
   * Opens the place for tasks of one kind.
   * @throws Error in words when the place cannot be reached or must not be used
   */
  open(work: Work): Promise<Runs>;
}

/** An open place. */
export interface Runs {
  /**
   * Runs a task, and again on another machine when its machine is lost.
   * @param program  anything that structured cloning copies; the same object is sent only once
   * @param task  likewise; a search's task may say as `limit` how many seconds it may take, after which it is ended
   * @throws Error in words when the task cannot be sent
   */
  run(program: unknown, task: unknown, watch?: TaskWatch): Promise<Ran>;
  /**
   * Takes back the tasks that nobody has begun, and lets go of the place. One that asks its user what is to become of them
   * does as it is told.
   * @returns the machines on which tasks still run, one entry a task
   */
  close(user?: User): Promise<readonly string[]>;
}

/** Whoever waits for the tasks, as far as he can be reached. */
export interface User {
  /** Asks for one line; rejects where nobody answers. */
  ask?(question: string): Promise<string>;
  /** Says what was done. */
  tell(sentence: string): void;
}

/** Who is told of a task while it runs. */
export interface TaskWatch {
  /** A machine begins the task; once more for each machine that begins it again. */
  begun?(host: string | undefined): void;
  /**
   * The task has come so far.
   * @returns whether it should end; a task on another machine learns it at one of its next reports
   */
  reported?(step: number, value: number): boolean;
}

/** A task that has ended: with an answer, or without one for a reason that follows "failed: ". */
export type Ran = (
  | { readonly answer: unknown; readonly ended?: undefined }
  | { readonly ended: string; /** It would end so again. */ readonly isFinal?: boolean }
) & {
  /** The machine; undefined for this one. */
  readonly host?: string;
  /** How long the task ran, by its machine's clock. */
  readonly seconds: number;
};

/** A task to be done, with its program. */
export interface Job {
  readonly work: Work;
  /** Equal for equal programs. */
  readonly id: string;
  readonly program: unknown;
  readonly task: unknown;
}

/**
 * Does a task; when the signal is aborted, it ends what it has started and may answer anything. It passes on what the
 * task reports, and ends the task where the answer is true.
 */
export type Perform = (
  job: Job,
  signal: AbortSignal,
  reported: (step: number, value: number) => boolean,
) => Promise<Ran>;

/** The key, the width and the name of a `queue`. */
export interface QueueOptions {
  /**
   * The secret that signs what travels, of at least 16 characters; CHAINRULE_WORKER_KEY unless given. Workers have the
   * same one. Whoever knows it can run programs on the workers.
   */
  readonly key?: string;
  /** How many tasks wait or run at a time; 256. */
  readonly width?: number;
  /** The queue's name in Redis, for several that do not share workers; "chainrule". */
  readonly name?: string;
}

/** The shared folder of a `slurm` cluster, and further arguments for sbatch. */
export interface SlurmOptions {
  /** A folder that every node sees under the same path. The place makes one of its own in it, for this user alone. */
  readonly folder: string;
  /** Further arguments for sbatch, such as `["--partition=short", "--mem=2G", "--time=00:30:00"]`. */
  readonly options?: readonly string[];
  /** How many tasks wait or run at a time; 256. */
  readonly width?: number;
  /** What becomes of the jobs of a search that is stopped; "ask". */
  readonly onStop?: OnStop;
}

/**
 * What becomes of jobs that wait or run when nobody waits for them any more: "cancel" cancels all, "cancel waiting" those
 * that have not begun, "leave" none. "ask" asks in the notebook's cell. Where nobody can answer (a program,
 * `chainrule run`, a front end without input, a second interrupt), it is "cancel waiting": nothing that was computed is
 * lost, and no node computes what nobody waits for. What is left alone is found again by the same search.
 */
export type OnStop = "ask" | "cancel" | "cancel waiting" | "leave";
