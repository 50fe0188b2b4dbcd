/**
 * Clocks for tests that promise a time. A machine that is busy with something else makes every program late, which is
 * no fault of the program: these clocks leave out what a process waited for a core, and a promise such as "within a
 * second" is held on a busy machine as on a quiet one. They read what Linux counts of every thread; elsewhere they
 * are plain clocks.
 */
import { readFileSync, readdirSync } from "node:fs";

/**
 * Starts a clock.
 * @param processes  the ids of the processes whose lateness does not count, besides this one
 * @returns the milliseconds since, less those that the processes' threads were ready to run and had no core
 */
export function stopwatch(...processes: (number | undefined)[]): () => number {
  const ids = [process.pid, ...processes.filter((id) => id !== undefined)];
  const before = waitedByThread(ids);
  const start = performance.now();
  return () => {
    let waited = 0;
    for (const [thread, time] of waitedByThread(ids)) waited += time - (before.get(thread) ?? 0);
    return performance.now() - start - waited;
  };
}

/**
 * Waits so long that the processes have had the time, too.
 * @param milliseconds  by a `stopwatch`; on a machine that never gets round to it, twenty times as long by the wall's clock
 */
export async function pause(milliseconds: number, ...processes: (number | undefined)[]): Promise<void> {
  const [passed, start] = [stopwatch(...processes), performance.now()];
  do await new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 50)));
  while (passed() < milliseconds && performance.now() - start < 20 * milliseconds);
}

/** Milliseconds for which this thread has computed so far. */
export function computing(): number {
  const [ran] = times("/proc/thread-self/schedstat");
  if (ran !== undefined) return ran;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How long the machine keeps a program waiting: 1 when it is quiet, 3 when one third of the time is left for it. */
export function slowness(): number {
  const [start, before] = [performance.now(), computing()];
  let x = 1;
  while (computing() - before < 100) for (let i = 0; i < 1e4; i++) x = Math.sqrt(x + i);
  return Math.max(1, (performance.now() - start) / (computing() - before));
}

/** What every thread of the processes has waited for a core so far, in milliseconds. */
function waitedByThread(processes: readonly number[]): Map<string, number> {
  const waited = new Map<string, number>();
  for (const id of processes) {
    const folder = `/proc/${id}/task`;
    for (const thread of entries(folder)) {
      const [, time = 0] = times(`${folder}/${thread}/schedstat`);
      waited.set(thread, time);
    }
  }
  return waited;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the process has ended, or this is no Linux
  }
}

/** Time on a core and time waiting for one, in milliseconds; nothing where nobody counts them. */
function times(file: string): number[] {
  try {
    return readFileSync(file, "utf8")
      .split(" ")
      .slice(0, 2)
      .map((nanoseconds) => Number(nanoseconds) / 1e6);
  } catch {
    return [];
  }
}
