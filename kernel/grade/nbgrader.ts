/**
 * nbgrader's contract, schema 3: a cell's metadata give its role in an assignment, regions mark what only the instructor
 * sees, and a checksum shows whether a cell is unchanged.
 * Described at https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html
 */
import { createHash } from "node:crypto";
import { asObject, isObject } from "../notebook/format.js";
import type { NotebookCell } from "../notebook/format.js";

/** A cell's role in an assignment. */
export interface CellRole {
  /** The cell's name within the assignment. */
  readonly id: string;
  /** It earns points. */
  readonly grade: boolean;
  /** The student writes it. */
  readonly solution: boolean;
  /** The student's changes to it do not count. */
  readonly locked: boolean;
  /** 0 unless it is graded. */
  readonly points: number;
}

/** What replaces a solution in the students' notebook. */
export const CODE_STUB = `// YOUR CODE HERE\nthrow new Error("not implemented");`;
export const TEXT_STUB = "YOUR ANSWER HERE";

/** An assignment that cannot be made. */
export class AssignError extends Error {
  override readonly name = "AssignError";
}

/** A cell's role; undefined for a cell that is not part of the assignment. */
export function roleOf(cell: NotebookCell): CellRole | undefined {
  const given = cell.metadata.nbgrader;
  if (!isObject(given) || typeof given.grade_id !== "string") return undefined;
  const grade = given.grade === true;
  const solution = given.solution === true;
  return {
    id: given.grade_id,
    grade,
    solution,
    locked: !solution && (grade || given.locked === true),
    points: grade && typeof given.points === "number" ? given.points : 0,
  };
}

/** Whether points are given by running the cell. */
export function isTest(cell: NotebookCell): boolean {
  const role = roleOf(cell);
  return cell.cell_type === "code" && role !== undefined && role.grade && !role.solution;
}

/** Whether points are given by reading the cell. */
export function isManual(cell: NotebookCell): boolean {
  const role = roleOf(cell);
  return role !== undefined && role.grade && role.solution;
}

/** nbgrader's checksum. It shows that an answer is still the stub, or that a locked cell was edited. */
export function checksumOf(cell: NotebookCell): string {
  const role = roleOf(cell);
  const flag = (value: boolean | undefined) => (value ? "True" : "False");
  const hash = createHash("md5").update(cell.source).update(cell.cell_type);
  for (const value of [role?.grade, role?.solution, role?.locked]) hash.update(flag(value));
  hash.update(role?.id ?? "");
  if (role?.grade) hash.update(Number.isInteger(role.points) ? `${role.points}.0` : String(role.points));
  return hash.digest("hex");
}

/** Puts the checksum into the cell's metadata. */
export function sign(cell: NotebookCell): void {
  cell.metadata.nbgrader = { ...asObject(cell.metadata.nbgrader), checksum: checksumOf(cell) };
}

/**
 * The source with its solution regions replaced by the stub.
 * @throws AssignError for a region without an end or inside another
 */
export function withoutSolutions(cell: NotebookCell): string {
  const stub = cell.cell_type === "code" ? CODE_STUB : TEXT_STUB;
  return cut(cell, "SOLUTION", stub) ?? stub;
}

/** The source without its hidden tests. @throws AssignError as above */
export function withoutHiddenTests(cell: NotebookCell): string {
  return cut(cell, "HIDDEN TESTS", undefined) ?? cell.source;
}

/** Whether the cell has a region of this kind. */
export function hasRegion(cell: NotebookCell, kind: "SOLUTION" | "HIDDEN TESTS"): boolean {
  return cell.source.split("\n").some((line) => line.includes(`BEGIN ${kind}`));
}

/** Undefined when there is no region. */
function cut(cell: NotebookCell, kind: string, stub: string | undefined): string | undefined {
  const result: string[] = [];
  let isInside = false;
  let found = false;
  const fail = (what: string) => {
    throw new AssignError(`cell ${roleOf(cell)?.id ?? cell.id}: ${what}.`);
  };
  for (const line of cell.source.split("\n")) {
    if (line.includes(`BEGIN ${kind}`)) {
      if (isInside) fail(`a second BEGIN ${kind} stands before the END ${kind} of the first`);
      isInside = found = true;
      const indent = /^\s*/.exec(line)![0];
      if (stub !== undefined) result.push(...stub.split("\n").map((text) => indent + text));
    } else if (line.includes(`END ${kind}`)) {
      if (!isInside) fail(`END ${kind} stands before its BEGIN ${kind}`);
      isInside = false;
    } else if (!isInside) result.push(line);
  }
  if (isInside) fail(`BEGIN ${kind} has no END ${kind}`);
  return found ? result.join("\n") : undefined;
}
