/**
 * The process that tests one submission: it runs the instructor's cells and returns the result of each. It runs no code
 * of the student, and ends when it has answered.
 */
import { killProcess } from "#host/endings";
import { runNotebook } from "../notebook/run.js";
import type { Notebook } from "../notebook/format.js";
import { Session } from "../cells/session.js";
import { startLanguage } from "../language/client.js";
import { CALL } from "./plan.js";
import type { StudentCell } from "./plan.js";
import type { Stage } from "./stage.js";
import { RememberingLanguage } from "./remembering.js";
import type { Memory } from "./remembering.js";
import { Submission } from "./submission.js";
import type { SubmissionLimits } from "./submission-worker.js";

export interface RunnerJob {
  readonly studentCells: readonly StudentCell[];
  readonly tests: Notebook;
  readonly stage: Stage;
  readonly limits: SubmissionLimits;
  readonly seed: number;
}

export interface RunnerResult {
  /** The instructor's cells with their outputs. */
  readonly tests: Notebook;
  /** Which of the student's own cells failed, in sentences. */
  readonly notes: readonly string[];
  /** The compiler's answers for the tests, kept for the next submission. */
  readonly memory: Memory;
}

// Node does not wait for these threads, so the process would end before it has answered.
setInterval(() => {}, 2 ** 30);
process.once("message", (job: RunnerJob) => {
  void test(job).then((result) => {
    // Timers that cells left behind must not keep the process alive.
    process.send!(result, killProcess);
  });
});

async function test({ studentCells, tests, stage, limits, seed }: RunnerJob): Promise<RunnerResult> {
  process.env.CHAINRULE_SEED = String(seed);
  const cwd = stage.tests;
  process.chdir(cwd);
  const submission = new Submission(studentCells, stage, limits);
  (globalThis as Record<symbol, unknown>)[Symbol.for(CALL)] = submission.call.bind(submission);
  const memory: Memory = new Map(stage.memory);
  const start = () => startLanguage(cwd);
  const report = await runNotebook(tests, {
    cwd,
    start: (options) => Session.start({ ...options, language: new RememberingLanguage(memory, start) }),
  });
  await submission.close();
  return { tests: report.notebook, notes: submission.notes, memory };
}
