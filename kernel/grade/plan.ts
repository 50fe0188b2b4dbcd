/**
 * Plans what to run of a submission, and where. The student's own cells run in a process that is not trusted. The
 * instructor's cells, restored from the source with their hidden tests, run in another process; there each of the
 * student's functions is replaced by one that calls it in the student's process. So a submission can change its own
 * process as it likes, but no test runs in it.
 */
import { hasTag } from "../notebook/format.js";
import type { CodeCell, Notebook, NotebookCell } from "../notebook/format.js";
import { assign } from "./assign.js";
import { checksumOf, isManual, isTest, roleOf } from "./nbgrader.js";

/** A cell for the process that is not trusted. */
export interface StudentCell {
  /** What reports call it. */
  readonly name: string;
  readonly source: string;
  /** Whether the cell is the instructor's. */
  readonly isGiven?: boolean;
}

/** What a person has given for an answer. */
export interface GivenPoints {
  readonly points: number;
  /** The sentences of the rubric that apply, each with what it is worth. */
  readonly reasons: readonly { readonly text: string; readonly points: number }[];
  readonly comment: string;
}

/** An answer that a person must read. */
export interface ManualAnswer {
  readonly id: string;
  readonly points: number;
  /** What the student wrote. */
  readonly text: string;
  /** False when the cell is still as it was released: it earns no points and nobody need read it. */
  readonly answered: boolean;
  /** The student's cell, with the pictures that it shows; undefined when it is missing. */
  readonly cell?: NotebookCell | undefined;
  /** What a person has given for it; undefined until then. */
  readonly given?: GivenPoints | undefined;
}

export interface GradingPlan {
  readonly studentCells: readonly StudentCell[];
  /** The instructor's cells, with stand-ins for the student's functions. */
  readonly tests: Notebook;
  readonly manual: readonly ManualAnswer[];
  /** What was restored or is missing, in sentences for the report. */
  readonly notes: readonly string[];
}

/** The global by which a stand-in calls the student's function. */
export const CALL = "chainrule.submission";

/** The tag of locked cells that both sides need: imports, small examples. */
export const SETUP = "setup";

/** The tag of locked cells that only the tests need: the right answers, known mistakes. */
export const CHECKS = "checks";

/** @param source the instructor's notebook, with solutions and hidden tests */
export function plan(source: Notebook, submission: Notebook): GradingPlan {
  const released = new Map(assign(source).cells.map((cell) => [key(cell), cell]));
  const originals = new Map(source.cells.map((cell) => [key(cell), cell]));
  const byId = new Map(source.cells.map((cell) => [cell.id, cell]));
  const notes: string[] = [];
  const seen = new Set<string>();
  const studentCells: StudentCell[] = [];
  const manual: ManualAnswer[] = [];
  let extra = 0;
  for (const cell of submission.cells) {
    // Some front ends lose metadata; then the cell's id names it.
    const original = originals.get(key(cell)) ?? byId.get(cell.id);
    const role = original && roleOf(original);
    if (original === undefined || role === undefined || seen.has(role.id)) {
      if (role !== undefined) notes.push(`There are two cells ${role.id}; the first was graded.`);
      if (cell.cell_type === "code" && cell.source.trim() !== "")
        studentCells.push({ name: `your own cell ${++extra}`, source: cell.source });
      continue;
    }
    seen.add(role.id);
    const release = released.get(key(original))!;
    const isAsGiven = [release, original].some((one) => one.source.trimEnd() === cell.source.trimEnd());
    if (role.locked && !isAsGiven)
      notes.push(`The locked cell ${role.id} was changed; it was restored before grading.`);
    if (cell.cell_type !== original.cell_type)
      notes.push(
        `The cell ${role.id} was a ${original.cell_type} cell; as a ${cell.cell_type} cell it does not count.`,
      );
    else if (isManual(original)) manual.push(answerOf(original, release, cell));
    else if (cell.cell_type === "code" && role.solution)
      studentCells.push({ name: role.id, source: cell.source });
    else if (isSetup(original)) studentCells.push({ name: role.id, source: original.source, isGiven: true });
  }
  const missing = source.cells.filter((cell) => {
    const role = roleOf(cell);
    return role !== undefined && !seen.has(role.id);
  });
  for (const cell of missing) {
    const { id, locked } = roleOf(cell)!;
    notes.push(`The cell ${id} is missing${locked ? "; it was put back before grading" : ""}.`);
    if (isManual(cell)) manual.push(answerOf(cell, released.get(key(cell))!, undefined));
  }
  const lostSetup = missing
    .filter(isSetup)
    .map((cell) => ({ name: roleOf(cell)!.id, source: cell.source, isGiven: true }));
  return { studentCells: [...lostSetup, ...studentCells], tests: testsOf(source), manual, notes };
}

/** The names that a solution cell declares and tests may call. */
export function functionsOf(source: string): string[] {
  const declared =
    /^(?:async )?function\s+(\w+)|^(?:const|let)\s+(\w+)[^=\n]*=\s*(?:async\s*)?(?:\(|function\b)/gm;
  return [...source.matchAll(declared)].map(([, one, other]) => one ?? other);
}

/** The name under which a restored test cell runs: its grade_id. */
function testsOf(source: Notebook): Notebook {
  const cells: NotebookCell[] = [];
  for (const cell of source.cells) {
    const role = roleOf(cell);
    if (cell.cell_type !== "code" || role === undefined) continue;
    if (role.solution) cells.push(...functionsOf(cell.source).map(standIn));
    else if (isSetup(cell) || isTest(cell) || (role.locked && hasTag(cell, CHECKS)))
      cells.push({ ...structuredClone(cell), outputs: [] });
  }
  const { kernelspec, language_info } = source.metadata;
  return { ...source, metadata: { kernelspec, language_info, execution: { allow_errors: true } }, cells };
}

function standIn(name: string): CodeCell {
  const source =
    `// eslint-disable-next-line\nconst ${name} = (globalThis as any)[Symbol.for(${JSON.stringify(CALL)})]` +
    `.bind(undefined, ${JSON.stringify(name)}) as (...parts: any[]) => any;`;
  return {
    cell_type: "code",
    id: `stand-in-${name}`,
    metadata: {},
    source,
    execution_count: null,
    outputs: [],
  };
}

function isSetup(cell: NotebookCell): boolean {
  return cell.cell_type === "code" && roleOf(cell)?.locked === true && hasTag(cell, SETUP);
}

function answerOf(
  original: NotebookCell,
  release: NotebookCell,
  given: NotebookCell | undefined,
): ManualAnswer {
  const { id, points } = roleOf(original)!;
  const text = given?.source ?? "";
  const asGiven = { ...release, source: text };
  const answered = text.trim() !== "" && checksumOf(asGiven) !== checksumOf(release);
  return { id, points, text, answered, cell: given && readable(given) };
}

/** The most that an answer's pictures and outputs may hold, in characters of JSON. */
const MOST_SHOWN = 4 * 2 ** 20;

/** The cell as a person reads it: without metadata, and without outputs or pictures that are too large to keep. */
function readable(cell: NotebookCell): NotebookCell {
  const bare = { ...cell, metadata: {} };
  const shown = bare.cell_type === "code" ? bare.outputs : (bare.attachments ?? {});
  if (JSON.stringify(shown).length <= MOST_SHOWN) return bare;
  const text = "What this cell shows is larger than the grader keeps: open the file that was handed in.";
  return bare.cell_type === "code"
    ? { ...bare, outputs: [{ output_type: "stream", name: "stderr", text }] }
    : { ...bare, attachments: {}, source: `${bare.source}\n\n${text}` };
}

function key(cell: NotebookCell): string {
  return roleOf(cell)?.id ?? `\0${cell.id}`;
}
