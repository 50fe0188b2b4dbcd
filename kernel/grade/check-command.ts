/**
 * `chainrule check`: what the visible tests say of a student's notebook, before it is handed in. It is graded as the
 * lecturer does it, in fresh processes with the library's own layers withheld, but by the tests in the notebook itself.
 */
import path from "node:path";
import type { Notebook } from "../notebook/format.js";
import { handInsOf, notebookOf } from "./class/hand-ins.js";
import { grade, LIMITS, whatNext } from "./grade.js";
import type { SubmissionGrade } from "./grade.js";
import { AssignError, checksumOf, isTest, roleOf } from "./nbgrader.js";
import { hash, sealNote } from "./record.js";
import { GradeError } from "./sources.js";
import { makeStage, removeStage } from "./stage.js";
import { asObject } from "../notebook/format.js";

export interface CheckCommandOptions {
  /** The seed of the random tests; default: 1, as in the notebook. */
  seed?: number | undefined;
  /** Seconds for one cell or one call of a function; default: 10. */
  timeout?: number | undefined;
}

/**
 * Prints what the visible tests say, what to look at next, and the file's hash.
 * @returns the exit code: 0 when all visible tests pass, else 1
 * @throws GradeError for a file that is no problem set
 */
export async function checkCommand(
  file: string,
  { seed = 1, timeout = LIMITS.call }: CheckCommandOptions,
  print: (text: string) => void,
): Promise<number> {
  if (!/\.ipynb$/i.test(file)) throw new GradeError(`${file}: name the .ipynb file that you hand in.`);
  const [handIn] = handInsOf([file]);
  const notebook = notebookOf(handIn);
  if (!notebook.cells.some(isTest))
    throw new GradeError(`${file} has no graded tests; it is no problem set, or its metadata were lost.`);
  const name = path.basename(file);
  const limits = { ...LIMITS, call: timeout };
  const stage = await makeStage(notebook);
  try {
    const result = await grade(name, notebook, notebook, { stage, seed, limits });
    print(checkToText(result, changedTests(notebook), hash(handIn.content())));
    return result.points === result.outOf ? 0 : 1;
  } catch (error) {
    if (error instanceof AssignError) throw new GradeError(`${file}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    removeStage(stage);
  }
}

/**
 * The parts with their complaints, the answers in words, and what to look at next.
 * @param changed the names of the locked cells that the student has changed
 * @param seal the file's hash
 */
export function checkToText(
  { name, points, outOf, parts, manual, notes }: SubmissionGrade,
  changed: readonly string[],
  seal: string,
): string {
  const lines = [`${name}: ${points} of ${outOf} points by the visible tests`];
  for (const { id, points, outOf, feedback } of parts) {
    const sign = points === outOf ? "✓" : points > 0 ? "◐" : "✗";
    lines.push(`  ${sign} ${id}: ${points} of ${outOf}`);
    if (points < outOf) lines.push(...feedback.split("\n").map((line) => `      ${line}`));
  }
  for (const { id, points, answered } of manual)
    lines.push(
      `  ${answered ? "✎" : "✗"} ${id}: ${answered ? `up to ${points}, by a reader` : "not answered yet"}`,
    );
  for (const id of changed)
    lines.push(`  note: The locked cell ${id} was changed; the grader puts the original back.`);
  for (const note of notes) lines.push(`  note: ${note}`);
  const next = whatNext(parts);
  const open = manual.find(({ answered }) => !answered);
  if (next !== undefined) lines.push(next);
  else if (open) lines.push(`Answer ${open.id} next.`);
  else lines.push("Everything that is visible passes. Hidden tests try more cases of the same.");
  lines.push(sealNote(seal));
  return `${lines.join("\n")}\n`;
}

/** The locked cells that are not as their checksums say. */
function changedTests({ cells }: Notebook): string[] {
  return cells.flatMap((cell) => {
    const role = roleOf(cell);
    const { checksum } = asObject(cell.metadata.nbgrader);
    return role?.locked && typeof checksum === "string" && checksum !== checksumOf(cell) ? [role.id] : [];
  });
}
