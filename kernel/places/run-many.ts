/** `chainrule run --place`: executes many notebooks on many machines, each in a folder of its own there. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Workplace } from "../../lib/host/place-contract.js";
import { makeFolder } from "../notebook/files.js";
import { PlaceError } from "./place-of.js";
import type { RunAnswer, RunTask } from "./perform.js";

export interface RunManyOptions {
  /** The folder for the executed notebooks. */
  readonly out?: string | undefined;
  readonly timeout?: number | undefined;
  readonly allowErrors?: boolean | undefined;
}

/**
 * @returns the exit code: 0, or 1 when a cell failed or a notebook could not be run
 * @throws PlaceError when the place cannot be reached
 */
export async function runMany(
  place: Workplace,
  files: readonly string[],
  { out, timeout, allowErrors }: RunManyOptions,
  print: (line: string) => void,
): Promise<number> {
  if (out !== undefined) makeFolder(out);
  const runs = await place.open("run").catch((error: Error) => {
    throw new PlaceError(error.message, { cause: error });
  });
  let done = 0;
  let bad = 0;
  const program = { run: 1 };
  const runOne = async (file: string): Promise<void> => {
    const task: RunTask = { name: basename(file), text: readFileSync(file, "utf8"), timeout, allowErrors };
    const ran = await runs.run(program, task).catch((error: Error) => ({ ended: error.message, seconds: 0 }));
    const answer = ran.ended === undefined ? (ran.answer as RunAnswer) : undefined;
    if (answer?.code !== 0) bad++;
    const last = answer?.said
      .trim()
      .split("\n")
      .findLast((line) => line.startsWith("notebook.ipynb:"));
    const what = ran.ended ?? last?.replace("notebook.ipynb: ", "") ?? `ended with ${answer?.code}`;
    print(
      `${++done} of ${files.length} · ${file} · ${what}${"host" in ran && ran.host ? ` · ${ran.host}` : ""}`,
    );
    if (answer && answer.code !== 0) print(answer.said.trim().replace(/^/gm, "    "));
    if (out !== undefined && answer?.text !== undefined)
      writeFileSync(join(out, basename(file)), answer.text);
  };
  const queue = files.values();
  try {
    await Promise.all(
      Array.from({ length: Math.min(place.width, files.length) }, async () => {
        for (const file of queue) await runOne(file);
      }),
    );
  } finally {
    await runs.close();
  }
  return bad > 0 ? 1 : 0;
}
