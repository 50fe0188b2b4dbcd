/**
 * The process that tests one submission: it runs the instructor's cells and hands back what each came to. It runs no
 * code of the student's, and ends when it has answered.
 */
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
  /** What failed among the student's own cells, in sentences. */
  readonly notes: readonly string[];
  /** What the compiler made of the tests: for the next submission. */
  readonly memory: Memory;
}

// Threads that do not count as work must not let the process end before it has answered.
setInterval(() => {}, 2 ** 30);
process.once("message", (job: RunnerJob) => {
  void test(job).then((result) => {
    // Timers that cells left behind do not keep the process.
    process.send!(result, () => process.kill(process.pid, "SIGKILL"));
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
