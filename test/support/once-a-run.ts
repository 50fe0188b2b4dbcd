/**
 * What takes long to make and is only read: made once in a run of the tests, by whichever file asks first, while the others wait for it.
 * A file that runs alone makes it too.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Names the run's folder to the workers, which inherit it. */
const VARIABLE = "CHAINRULE_TEST_RUN";

/** Vitest calls this before the first test of a project, and what it returns after the last one (`globalSetup`). */
export default function makeRunFolder(): (() => void) | undefined {
  if (process.env[VARIABLE] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "chainrule-run-"));
  process.env[VARIABLE] = folder;
  return () => {
    delete process.env[VARIABLE];
    rmSync(folder, { recursive: true, force: true });
  };
}

/**
 * @param name  what is made, in letters that a folder's name may have
 * @param make  makes it, in the empty folder that it is given
 * @param run   the run's folder; that of this run when absent
 * @returns the folder
 * @throws Error what `make` threw, whoever called it
 */
export async function onceARun(
  name: string,
  make: (folder: string) => void | Promise<void>,
  run: string = process.env[VARIABLE]!,
): Promise<string> {
  const folder = join(run, name);
  const outcome = `${folder}.outcome`;
  if (takes(folder)) {
    let failure = "";
    try {
      await make(folder);
    } catch (error) {
      failure = (error as Error).stack ?? String(error);
    }
    writeFileSync(`${outcome}.new`, failure);
    renameSync(`${outcome}.new`, outcome);
  }
  while (!existsSync(outcome)) await new Promise((resolve) => setTimeout(resolve, 100));
  const failure = readFileSync(outcome, "utf8");
  if (failure !== "") throw new Error(failure);
  return folder;
}

/** Makes a folder; whether nobody had made it before. */
function takes(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
