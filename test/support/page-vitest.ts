/**
 * Vitest for a page: a bundle takes this file in the place of "vitest", and a test file runs where it is imported. It is made of
 * vitest's own parts, so that a test means the same here; the parts that ask for vitest's process are not here.
 */
import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";
import { startTests, type VitestRunner } from "@vitest/runner";
import { fn, restoreAllMocks, spyOn } from "@vitest/spy";

for (const part of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(part);

export { afterEach, describe, it } from "@vitest/runner";
export const { expect } = chai;
export const vi = { fn, restoreAllMocks, spyOn };

/** Milliseconds of a test. A limit is for what hangs, not for a busy machine. */
const LIMIT = 240_000;

/** How a test went. */
export interface Outcome {
  readonly name: string;
  /** "pass", "fail", "skip", … */
  readonly state: string;
  /** Why it failed. */
  readonly why: string;
}

interface Task {
  readonly name: string;
  readonly mode: string;
  readonly result?: { readonly state: string; readonly errors?: readonly { readonly message: string }[] };
  readonly tasks?: readonly Task[];
}

/** Runs a test file. @param load  imports it */
export async function runTests(file: string, load: () => Promise<unknown>): Promise<Outcome[]> {
  const runner = {
    config: {
      ...{
        root: "/",
        name: undefined,
        setupFiles: [],
        sequence: { seed: 0, hooks: "stack", setupFiles: "list" },
      },
      ...{ testTimeout: LIMIT, hookTimeout: LIMIT, maxConcurrency: 1, retry: 0 },
      ...{ testNamePattern: undefined, passWithNoTests: false, allowOnly: false, chaiConfig: undefined },
      ...{ tags: [], tagsFilter: undefined, strictTags: false, includeTaskLocation: false },
    },
    importFile: load,
  } satisfies VitestRunner;
  return outcomesOf(await startTests([file], runner));
}

/** Of all tests in files or suites, and of files and suites that failed themselves. */
function outcomesOf(tasks: readonly Task[], above = ""): Outcome[] {
  return tasks.flatMap(({ name, mode, result, tasks: inside = [] }) => {
    const path = above + name;
    const why = (result?.errors ?? []).map(({ message }) => message).join("\n");
    const own = inside.length === 0 || why !== "" ? [{ name: path, state: result?.state ?? mode, why }] : [];
    return [...own, ...outcomesOf(inside, `${path} > `)];
  });
}
