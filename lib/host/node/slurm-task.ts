/** One task of a Slurm array: reads it from its file, has it performed, and leaves the answer as a whole file. */
import { appendFileSync, existsSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { Perform, Ran, Work } from "../place-contract.js";
import { writeWhole } from "./write-whole.js";

/** @param list  the file that names the tasks of the array, in the folder of their program */
export async function serveTask(
  list: string,
  index: number,
  perform: Perform,
  signal: AbortSignal,
): Promise<void> {
  const home = dirname(list);
  const name = (await readFile(list, "utf8")).split("\n")[index];
  if (name === undefined) throw new Error(`worker: ${list} has no task ${index}.`);
  const file = (ending: string): string => join(home, `${name}.${ending}`);
  if (existsSync(file("answer"))) return;
  const restarts = Number(process.env.SLURM_RESTART_COUNT ?? 0);
  const host = hostname() + (restarts > 0 ? ` (${restarts + 1})` : "");
  rmSync(file("reports"), { force: true });
  await writeWhole(file("begun"), Buffer.from(host));
  const [, work, id] = /^chainrule-(\w+)-(\w+)$/.exec(basename(home))!;
  const program: unknown = deserialize(await readFile(join(home, "program")));
  const task: unknown = deserialize(await readFile(file("task")));
  const started = performance.now();
  const reported = (step: number, value: number): boolean => {
    appendFileSync(file("reports"), `${JSON.stringify([step, value])}\n`);
    return existsSync(file("end"));
  };
  const ran = await perform({ work: work as Work, id, program, task }, signal, reported);
  if (signal.aborted) return; // Slurm begins it again
  const answer: Ran = { ...ran, host: hostname(), seconds: (performance.now() - started) / 1000 };
  await writeWhole(file("answer"), serialize(answer));
}
