/** What Slurm's programs say of the jobs that run tasks: their states, why they ended; and how they are cancelled. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** A task that Slurm knows by a number. */
export interface Submitted {
  /** Its array's number, "_", its index. */
  readonly job: string;
  /** The folder that has its files, and their name there. */
  readonly home: string;
  readonly name: string;
}

/** What Slurm says of the tasks' arrays, by job; it knows no more of what ended a while ago. @throws when it does not answer */
export async function statesOf(tasks: readonly Submitted[]): Promise<Map<string, string>> {
  const arrays = [...new Set(tasks.map(({ job }) => job.split("_")[0]))];
  const words = ["-h", "-r", "-t", "all", "-o", "%F_%K %T", "-j", arrays.join(",")];
  const { stdout } = await run("squeue", words).catch((error: Error) => {
    if (/Invalid job id/i.test(error.message)) return { stdout: "" };
    throw error;
  });
  return new Map(stdout.split("\n").map((line) => line.trim().split(" ") as [string, string]));
}

/** Whether a job in this state may still answer. */
export function isLive(state: string | undefined): boolean {
  return state !== undefined && !(state in ENDS);
}

/** Whether a job that ended in this state would end so again. */
export function isForGood(state: string | undefined): boolean {
  return state !== undefined && ENDS[state] === true;
}

/**
 * The states in which a job has ended, and whether it would end so again: a time limit and a memory are reached again, and
 * who has cancelled a job does not want it. What was lost with its node, or made room for another, may do better elsewhere.
 */
const ENDS: Readonly<Record<string, boolean>> = {
  ...{ TIMEOUT: true, OUT_OF_MEMORY: true, CANCELLED: true, DEADLINE: true },
  ...{ FAILED: false, COMPLETED: false, NODE_FAIL: false, PREEMPTED: false, BOOT_FAIL: false },
};

/** Why a job ended without an answer. */
export async function endOf(
  job: string,
  state: string | undefined,
): Promise<{ ended: string; isFinal: boolean }> {
  const [known, accounts] = await Promise.all([
    run("scontrol", ["show", "job", "--oneliner", job]).then(({ stdout }) => stdout, () => ""),
    // Most clusters keep accounts, which know jobs for longer.
    run("sacct", ["-n", "-X", "-P", "-j", job, "-o", "State,Timelimit,ReqMem,ExitCode"]).then(({ stdout }) => stdout, () => ""),
  ]); // prettier-ignore
  const field = (name: string): string | undefined =>
    new RegExp(`(?:^| )${name}=(\\S+)`).exec(known)?.[1]?.replace("(null)", "") || undefined;
  const [account = "", limit, memory, code] = accounts.split("\n")[0]!.trim().split("|");
  const [word = "", , by] = account.split(" ");
  const last = state ?? field("JobState") ?? (word in ENDS ? word : undefined);
  if (last === undefined) return { ended: `Slurm does not know it any more (job ${job})`, isFinal: false };
  const exit = field("ExitCode") ?? code;
  const time = field("TimeLimit") ?? limit;
  const size = field("MinMemoryNode") ?? field("MinMemoryCPU") ?? memory;
  const more: Readonly<Record<string, string | undefined>> = {
    TIMEOUT: `its time limit is ${time ?? "too short"}; give slurm's options a longer --time`,
    OUT_OF_MEMORY: `it may have ${size && size !== "0" ? size : "no more"}; give slurm's options a larger --mem`,
    CANCELLED: by && `by user ${by}`,
    FAILED: exit && exit !== "0:0" ? `exit code ${exit.replace(/^(\d+):0$/, "$1").replace(":", ", signal ")}` : undefined,
  }; // prettier-ignore
  const why = more[last];
  const said = last.toLowerCase().replaceAll("_", " ");
  return { ended: `Slurm says ${said} (job ${job})${why ? `: ${why}` : ""}`, isFinal: isForGood(last) };
}

/** Jobs as scancel takes them: the tasks of an array together, as in 7_[0-3,5]. */
export function jobsOf(tasks: readonly Submitted[]): string[] {
  const arrays = new Map<string, number[]>();
  for (const { job } of tasks) {
    const [array = "", index] = job.split("_");
    arrays.set(array, [...(arrays.get(array) ?? []), Number(index)]);
  }
  return [...arrays].map(([array, all]) => {
    const runs: number[][] = [];
    for (const index of all.sort((a, b) => a - b)) {
      const run = runs.at(-1);
      if (run?.at(-1) === index - 1) run.push(index);
      else runs.push([index]);
    }
    const parts = runs.map((run) => (run.length === 1 ? `${run[0]}` : `${run[0]}-${run.at(-1)}`));
    return all.length === 1 ? `${array}_${parts[0]}` : `'${array}_[${parts.join(",")}]'`;
  });
}

/**
 * Cancels tasks, and forgets that they were submitted: whoever wants them again, submits them again.
 * @throws Error in words
 */
export async function cancel(tasks: readonly Submitted[], words: readonly string[]): Promise<void> {
  if (tasks.length === 0) return;
  await run("scancel", [...words, ...tasks.map(({ job }) => job)]);
  for (const { home, name } of tasks)
    for (const ending of ["job", "begun", "reports"])
      await rm(join(home, `${name}.${ending}`), { force: true });
}

/** @throws Error in words when there is no Slurm */
export async function largestArray(): Promise<number> {
  const { stdout } = await run("scontrol", ["show", "config"]);
  // The largest index is one less.
  return Math.max(1, Number(/MaxArraySize\s*=\s*(\d+)/.exec(stdout)?.[1] ?? 1001) - 1);
}

/** Runs one of Slurm's programs. @throws Error in words when it is not there, does not answer or refuses */
export async function run(program: string, words: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(program, words, { timeout: 60_000, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { code, stderr = "", message } = error as NodeJS.ErrnoException & { stderr?: string };
    throw new Error(
      code === "ENOENT"
        ? `slurm: there is no ${program} on this machine; run the notebook on a machine of the cluster.`
        : `slurm: ${program} failed: ${stderr.trim() || message}`,
      { cause: error },
    );
  }
}
