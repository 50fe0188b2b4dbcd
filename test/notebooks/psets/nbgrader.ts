/**
 * nbgrader's own rules, re-stated: what it clears, what it puts back, and how it reads a grade from outputs. A
 * problem set must be worth the same there; an unrun cell, which it gives full marks, is where the two differ.
 */
import { createHash } from "node:crypto";
import type { CodeCell, Notebook, NotebookCell } from "../../../kernel/notebook/format.js";

interface Metadata {
  schema_version?: number;
  grade?: boolean;
  solution?: boolean;
  locked?: boolean;
  task?: boolean;
  grade_id?: string;
  points?: number;
  checksum?: string;
}

export const metadataOf = (cell: NotebookCell): Metadata | undefined =>
  cell.metadata.nbgrader as Metadata | undefined;

const isGrade = (cell: NotebookCell) => metadataOf(cell)?.grade === true;
const isSolution = (cell: NotebookCell) => metadataOf(cell)?.solution === true;
const isLocked = (cell: NotebookCell) =>
  !isSolution(cell) && (isGrade(cell) || metadataOf(cell)?.locked === true);

/** What its validator of schema 3 objects to. */
export function schemaFaults(notebook: Notebook): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  for (const cell of notebook.cells) {
    const given = metadataOf(cell);
    if (given === undefined) continue;
    const { grade_id: id = "" } = given;
    if (given.schema_version !== 3) faults.push(`${id}: schema_version`);
    for (const flag of ["grade", "solution", "locked", "task"] as const)
      if (typeof given[flag] !== "boolean") faults.push(`${id}: ${flag}`);
    if (!/^[a-zA-Z0-9_-]+$/.test(id) || ids.has(id)) faults.push(`${id}: grade_id`);
    ids.add(id);
    if (given.grade && !(Number.isFinite(given.points) && given.points! >= 0)) faults.push(`${id}: points`);
    // A text cell cannot be tested, so one with points must be an answer.
    if (given.grade && !given.solution && cell.cell_type !== "code") faults.push(`${id}: graded text`);
  }
  return faults;
}

export function checksum(cell: NotebookCell): string {
  const python = (value: boolean) => (value ? "True" : "False");
  const { grade_id: id, points } = metadataOf(cell)!;
  const parts = [
    cell.source,
    cell.cell_type,
    python(isGrade(cell)),
    python(isSolution(cell)),
    python(isLocked(cell)),
    id!,
  ];
  if (isGrade(cell)) parts.push(Number.isInteger(points) ? `${points}.0` : `${points}`);
  return createHash("md5").update(parts.join("")).digest("hex");
}

/** Autograde's first step: locked cells are overwritten from the source. */
export function overwrite(submission: Notebook, source: Notebook): Notebook {
  const copy = structuredClone(submission);
  for (const cell of copy.cells) {
    const original = source.cells.find((one) => metadataOf(one)?.grade_id === metadataOf(cell)?.grade_id);
    if (metadataOf(cell) && original && isLocked(original)) cell.source = original.source;
  }
  return copy;
}

/** The grade of a cell: a number, or null when a person must read it. @throws for more than all points */
export function determineGrade(cell: NotebookCell): number | null {
  const { points = 0, checksum: released } = metadataOf(cell)!;
  if (isSolution(cell)) return released === checksum(cell) ? 0 : null;
  if (cell.cell_type !== "code") return null;
  for (const output of (cell as CodeCell).outputs) {
    if (output.output_type === "error") return 0;
    if (output.output_type === "stream" && output.name === "stderr") return 0;
    if (output.output_type !== "execute_result") continue;
    const grade = Number(output.data["text/plain"]);
    // What is no number above zero is taken for "nothing to complain of".
    if (!(grade > 0)) return points;
    if (grade > points) throw new Error("partial credit cannot be greater than maximum points for cell");
    return grade;
  }
  return points;
}
