/** What becomes of jobs that nobody waits for any more, because their search was stopped: the user is asked, and told. */
import type { OnStop, User } from "../place-contract.js";
import { cancel, isLive, jobsOf, statesOf, type Submitted } from "./slurm-jobs.js";

/** A job, and the machine on which it has begun. */
export interface Given extends Submitted {
  readonly host?: string | undefined;
}

/**
 * Cancels what is to be cancelled.
 * @returns what was left alone
 */
export async function letGo<T extends Given>(
  given: readonly T[],
  onStop: OnStop,
  user: User | undefined,
): Promise<readonly T[]> {
  if (given.length === 0) return [];
  const states = await statesOf(given).catch(() => undefined);
  const live = given.filter(({ job }) => !states || isLive(states.get(job)));
  if (live.length === 0) return [];
  const runs = live.filter(({ job, host }) => (states ? states.get(job) !== "PENDING" : host !== undefined));
  const waits = live.filter((one) => !runs.includes(one));
  const wish = onStop === "ask" ? await asked(waits.length, runs.length, user) : onStop;
  const left = new Set(live);
  const end = async (jobs: readonly T[], words: readonly string[]): Promise<void> => {
    await cancel(jobs, words);
    for (const one of jobs) left.delete(one);
  };
  try {
    if (wish !== "leave") await end(waits, ["--state=PENDING"]);
    if (wish === "cancel") await end(runs, []);
  } catch (error) {
    user?.tell((error as Error).message);
  }
  user?.tell(told(live.length - left.size, [...left]));
  return [...left];
}

/** What the user wants of tasks that nobody waits for any more. */
async function asked(waits: number, runs: number, user: User | undefined): Promise<OnStop> {
  if (!user?.ask) return "cancel waiting";
  const choice =
    waits === 0
      ? "Cancel them? [y/N] "
      : runs === 0
        ? "Cancel them? [Y/n] "
        : "Cancel all (y), those that wait (w), none (n)? [y/W/n] ";
  const answer = await user.ask(`${counted(waits, runs)} on Slurm. ${choice}`).catch(() => "");
  const letter = answer.trim()[0]?.toLowerCase();
  return letter === "y" ? "cancel" : letter === "n" ? "leave" : "cancel waiting";
}

/** "12 tasks wait and 3 run". */
function counted(waits: number, runs: number): string {
  const tasks = (n: number): string => (n === 1 ? "1 task" : `${n} tasks`);
  const wait = `${tasks(waits)} ${waits === 1 ? "waits" : "wait"}`;
  if (runs === 0) return wait;
  const verb = runs === 1 ? "runs" : "run";
  return waits === 0 ? `${tasks(runs)} ${verb}` : `${wait} and ${runs} ${verb}`;
}

/** What became of the jobs. */
function told(cancelled: number, left: readonly Submitted[]): string {
  const gone = `${cancelled} ${cancelled === 1 ? "was" : "were"} cancelled`;
  if (left.length === 0) return `Of the tasks on Slurm, ${gone}.`;
  const stays = `${cancelled > 0 ? `${gone} and ` : ""}${left.length} ${left.length === 1 ? "goes" : "go"} on`;
  return `Of the tasks on Slurm, ${stays}; the same search finds what they answer. To cancel: scancel ${jobsOf(left).join(" ")}`;
}
