/** `chainrule assign`: makes the students' notebook from the instructor's, and the settings that nbgrader needs. */
import type { Notebook, NotebookCell } from "../notebook/format.js";
import {
  AssignError,
  CODE_STUB,
  hasRegion,
  isManual,
  roleOf,
  sign,
  TEXT_STUB,
  withoutHiddenTests,
  withoutSolutions,
} from "./nbgrader.js";
import { withLinksThatLead } from "./release-links.js";

/**
 * The students' notebook: stubs replace the solutions, hidden tests and outputs are removed, locked cells have checksums,
 * and no link leads out of its folder.
 * @throws AssignError naming the cell: two cells have one name, points are not a number, a region is not closed, or a
 *         region stands in the wrong kind of cell
 */
export function assign(source: Notebook): Notebook {
  const release = structuredClone(source);
  checkRoles(release.cells);
  for (const cell of release.cells) {
    const role = roleOf(cell);
    if (cell.cell_type === "code") {
      cell.outputs = [];
      cell.execution_count = null;
      delete cell.metadata.execution;
    } else if (cell.cell_type === "markdown") cell.source = withLinksThatLead(cell.source);
    if (role === undefined) continue;
    if (role.solution) cell.source = withoutSolutions(cell);
    else cell.source = withoutHiddenTests(cell);
    if (role.locked) {
      cell.metadata.editable = false;
      cell.metadata.deletable = false;
    }
    if (role.locked || isManual(cell)) sign(cell);
  }
  // This notebook is still to be filled in: nobody should expect outputs in it.
  const tags = Array.isArray(release.metadata.tags) ? (release.metadata.tags as unknown[]) : [];
  release.metadata.tags = [...new Set([...tags, "unexecuted"])];
  return release;
}

/** The points that can be earned: those given by tests, and those given by a reader. */
export function pointsOf(notebook: Notebook): { automatic: number; manual: number } {
  const total = (cells: NotebookCell[]) => cells.reduce((sum, cell) => sum + (roleOf(cell)?.points ?? 0), 0);
  const [manual, automatic] = [true, false].map((wanted) =>
    total(notebook.cells.filter((cell) => isManual(cell) === wanted)),
  );
  return { automatic, manual };
}

function checkRoles(cells: readonly NotebookCell[]): void {
  const seen = new Set<string>();
  for (const cell of cells) {
    const role = roleOf(cell);
    for (const kind of ["SOLUTION", "HIDDEN TESTS"] as const) {
      const belongs = kind === "SOLUTION" ? role?.solution : role?.grade && !role.solution;
      if (!hasRegion(cell, kind) || belongs) continue;
      const place = kind === "SOLUTION" ? "a solution cell" : "a graded test cell";
      throw new AssignError(
        `cell ${role?.id ?? cell.id} has a region ${kind}, which students would see; mark it as ${place} in its metadata nbgrader.`,
      );
    }
    if (role === undefined) continue;
    if (seen.has(role.id))
      throw new AssignError(`two cells have the grade_id "${role.id}"; give each a name of its own.`);
    seen.add(role.id);
    if (role.grade && !(role.points > 0))
      throw new AssignError(`cell ${role.id} is graded but has no points; set metadata.nbgrader.points.`);
  }
}

/** nbgrader_config.py: nbgrader has no settings of its own for TypeScript. */
export function nbgraderConfig(): string {
  const python = (text: string) => JSON.stringify(text);
  return `# Settings with which nbgrader handles TypeScript notebooks: nbgrader generate_assignment, autograde, feedback.
c = get_config()

c.ClearSolutions.code_stub = {"typescript": ${python(CODE_STUB)}}
c.ClearSolutions.text_stub = ${python(TEXT_STUB)}
c.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "END SOLUTION"
c.ClearHiddenTests.begin_test_delimeter = "BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "END HIDDEN TESTS"

# Seconds for one cell; the last cells of a problem set train a small network.
c.ExecutePreprocessor.timeout = 120
`;
}
