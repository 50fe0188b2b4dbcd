/** Grades one submission: plans it, tests it in fresh processes, and turns the tests' results into points. */
import { fork } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { NODE_FLAGS } from "../setup/install.js";
import { workerFile } from "../threads/worker-file.js";
import type { CodeCell, Notebook } from "../notebook/format.js";
import { isTest, roleOf } from "./nbgrader.js";
import { plan } from "./plan.js";
import type { ManualAnswer } from "./plan.js";
import type { RunnerJob, RunnerResult } from "./runner.js";
import type { Stage } from "./stage.js";
import type { SubmissionLimits } from "./submission-worker.js";

/** What one graded cell earned. */
export interface PartGrade {
  /** The cell's grade_id. */
  readonly id: string;
  readonly points: number;
  readonly outOf: number;
  /** What is wrong, in plain text; empty when everything passed. */
  readonly feedback: string;
}

export interface SubmissionGrade {
  /** The submission's file name. */
  readonly name: string;
  /** The points of the parts that were tested. */
  readonly points: number;
  readonly outOf: number;
  readonly parts: readonly PartGrade[];
  /** Answers that a person reads; their points are not in `points`, and stand in each once they are given. */
  readonly manual: readonly ManualAnswer[];
  /** What was restored, what is missing, which cells failed. */
  readonly notes: readonly string[];
  /** The seed of the random tests; the same seed gives the same tests. */
  readonly seed: number;
  readonly seconds: number;
  /** The instructor's cells with their outputs; empty when the submission could not be tested. */
  readonly tested: readonly CodeCell[];
}

export interface GradeLimits extends SubmissionLimits {
  /** Seconds for a whole submission. */
  readonly submission: number;
}

/**
 * What to look at next; undefined when all parts have all their points.
 * @param show how a part is called
 */
export function whatNext(parts: readonly PartGrade[], show = (id: string): string => id): string | undefined {
  const next = parts.find(({ points, outOf }) => points < outOf);
  return next && `Look at ${show(next.id)} next: a later part may fail only because of it.`;
}

/** The points by hand: those given, the most of the parts that are marked, of those that wait for it, and of all. */
export function handPointsOf({ manual }: Pick<SubmissionGrade, "manual">): {
  given: number;
  marked: number;
  open: number;
  outOf: number;
} {
  const sum = (all: readonly number[]): number => round(all.reduce((total, one) => total + one, 0));
  return {
    given: sum(manual.map((one) => one.given?.points ?? 0)),
    marked: sum(manual.map((one) => (one.given ? one.points : 0))),
    open: sum(manual.map((one) => (one.answered && one.given === undefined ? one.points : 0))),
    outOf: sum(manual.map((one) => one.points)),
  };
}

/** Limits for small exercises: a call makes a few thousand multiplications, a training a few thousand calls. */
export const LIMITS: GradeLimits = { call: 10, total: 60, memory: 1024, submission: 600 };

/**
 * Grades a submission. Nothing that a submission does makes the promise reject.
 * @param source the instructor's notebook
 */
export async function grade(
  name: string,
  source: Notebook,
  submission: Notebook,
  { stage, seed, limits = LIMITS }: { stage: Stage; seed: number; limits?: GradeLimits },
): Promise<SubmissionGrade> {
  const started = performance.now();
  const { studentCells, tests, manual, notes } = plan(source, submission);
  const result = await runTests({ studentCells, tests, stage, limits, seed }, limits.submission);
  const ran = typeof result === "string" ? undefined : result;
  for (const [call, answer] of ran?.memory ?? []) stage.memory.set(call, answer);
  const tested = (ran?.tests.cells ?? []).filter((cell): cell is CodeCell => cell.cell_type === "code");
  const parts = source.cells.filter(isTest).map((cell): PartGrade => {
    const { id, points: outOf } = roleOf(cell)!;
    const run = tested.find((one) => roleOf(one)?.id === id);
    return { id, outOf, ...scoreOf(run, outOf, typeof result === "string" ? result : undefined) };
  });
  return {
    name,
    points: round(parts.reduce((sum, { points }) => sum + points, 0)),
    outOf: round(parts.reduce((sum, part) => sum + part.outOf, 0)),
    parts,
    manual,
    notes: [...notes, ...(ran?.notes ?? []), ...(typeof result === "string" ? [result] : [])],
    seed,
    seconds: (performance.now() - started) / 1000,
    tested,
  };
}

/**
 * The points for a test cell's outputs: 0 for a cell that did not run, failed, wrote to stderr or gave no number; else
 * the number it gave.
 */
export function scoreOf(
  cell: CodeCell | undefined,
  outOf: number,
  reason = "The test did not run.",
): { points: number; feedback: string } {
  if (cell === undefined || cell.execution_count === null) return { points: 0, feedback: reason };
  const shown = cell.outputs
    .flatMap((output) =>
      output.output_type === "display_data" ? [String(output.data["text/plain"] ?? "")] : [],
    )
    .filter((text) => text.includes("✗"));
  for (const output of cell.outputs) {
    if (output.output_type === "error") {
      const error = stripVTControlCharacters(output.evalue);
      return { points: 0, feedback: shown.length > 0 ? shown.join("\n") : `${output.ename}: ${error}` };
    }
    if (output.output_type === "stream" && output.name === "stderr")
      return { points: 0, feedback: `The test wrote to stderr: ${output.text.slice(0, 500)}` };
  }
  const result = cell.outputs.find((output) => output.output_type === "execute_result");
  const text = result?.output_type === "execute_result" ? result.data["text/plain"] : undefined;
  const points = typeof text === "string" && text.trim() !== "" ? Number(text) : NaN;
  if (!(points >= 0 && points <= outOf))
    return { points: 0, feedback: `The test gave no number of points between 0 and ${outOf}.` };
  return { points, feedback: shown.join("\n") };
}

/** Tests in a fresh process. @returns the process's result, or a sentence that says why there is none */
function runTests(job: RunnerJob, seconds: number): Promise<RunnerResult | string> {
  const main = workerFile("./grade/runner.js");
  return new Promise((resolve) => {
    const child = fork(main, [], {
      execArgv: [...NODE_FLAGS, "--no-warnings"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    });
    let answer: RunnerResult | undefined;
    let limit: NodeJS.Timeout | undefined = setTimeout(() => {
      limit = undefined;
      child.kill("SIGKILL");
    }, seconds * 1000);
    child.on("message", (message) => (answer = message as RunnerResult));
    child.on("error", (error) => resolve(`The tests could not be started (${error.message}).`));
    child.on("exit", (code, signal) => {
      const isLate = limit === undefined;
      clearTimeout(limit);
      if (answer) resolve(answer);
      else if (isLate) resolve(`The tests took more than ${seconds} s and were stopped.`);
      else resolve(`The tests ended early (${signal ?? `code ${code}`}).`);
    });
    child.send(job);
  });
}

function round(points: number): number {
  return Math.round(100 * points) / 100;
}
