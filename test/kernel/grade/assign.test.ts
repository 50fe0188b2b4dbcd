/** Making the students' notebook: what disappears, what is locked, and what is refused. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assign, nbgraderConfig, pointsOf } from "../../../kernel/grade/assign.js";
import { assignCommand } from "../../../kernel/grade/assign-command.js";
import { AssignError, checksumOf, CODE_STUB, roleOf } from "../../../kernel/grade/nbgrader.js";
import { functionsOf, plan } from "../../../kernel/grade/plan.js";
import { parseNotebook } from "../../../kernel/notebook/format.js";
import type { Notebook, NotebookCell } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";

const cell = (id: string, source: string, role: object, type: "code" | "markdown" = "code"): NotebookCell => {
  const nbgrader = {
    schema_version: 3,
    grade: false,
    solution: false,
    locked: false,
    task: false,
    grade_id: id,
    ...role,
  };
  const shared = { id, metadata: { nbgrader }, source };
  return type === "code"
    ? {
        ...shared,
        cell_type: "code",
        execution_count: 3,
        outputs: [{ output_type: "stream", name: "stdout", text: "key" }],
      }
    : { ...shared, cell_type: "markdown" };
};
const solution = cell("f", "function f() {\n  // BEGIN SOLUTION\n  return 1;\n  // END SOLUTION\n}", {
  solution: true,
});
const test = cell("t", "const one = f();\n// BEGIN HIDDEN TESTS\nf();\n// END HIDDEN TESTS\n1", {
  grade: true,
  locked: true,
  points: 2,
});
const manual = cell(
  "m",
  "<!-- BEGIN SOLUTION -->\nBecause.\n<!-- END SOLUTION -->",
  { grade: true, solution: true, points: 3 },
  "markdown",
);
const notebook = (...cells: NotebookCell[]): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells,
});

describe("assign", () => {
  it("puts an indented stub in the place of a solution", () => {
    expect(assign(notebook(solution)).cells[0].source).toBe(
      'function f() {\n  // YOUR CODE HERE\n  throw new Error("not implemented");\n}',
    );
  });

  it("replaces a solution cell without regions as a whole", () => {
    expect(assign(notebook(cell("f", "const f = 1;", { solution: true }))).cells[0].source).toBe(CODE_STUB);
  });

  it("removes hidden tests and outputs, locks and signs", () => {
    const source = notebook(solution, test, manual);
    const [, released, answer] = assign(source).cells;
    expect(released.source).toBe("const one = f();\n1");
    expect(released).toMatchObject({ outputs: [], execution_count: null });
    expect(released.metadata).toMatchObject({ editable: false, deletable: false });
    expect(released.metadata.nbgrader).toMatchObject({ checksum: checksumOf(released) });
    expect(answer.source).toBe("YOUR ANSWER HERE");
    expect(source.cells[1].source).toContain("HIDDEN");
    expect(pointsOf(source)).toEqual({ automatic: 2, manual: 3 });
  });

  it.each([
    ["BEGIN SOLUTION has no END SOLUTION", cell("f", "// BEGIN SOLUTION\n1", { solution: true })],
    ["END SOLUTION stands before", cell("f", "// END SOLUTION", { solution: true })],
    [
      "second BEGIN SOLUTION",
      cell("f", "// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION", { solution: true }),
    ],
    ["which students would see", cell("f", "// BEGIN SOLUTION\n1\n// END SOLUTION", { locked: true })],
    [
      "which students would see",
      cell("f", "// BEGIN HIDDEN TESTS\n1\n// END HIDDEN TESTS", { solution: true }),
    ],
    ["has no points", cell("f", "1", { grade: true, locked: true })],
  ])("refuses: %s", (words, wrong) => {
    // A stray END alone is found only where a region is looked for.
    expect(() => assign(notebook(wrong))).toThrow(words);
    expect(() => assign(notebook(wrong))).toThrow(AssignError);
  });

  it("refuses two cells of one name", () => {
    expect(() => assign(notebook(solution, solution))).toThrow('two cells have the grade_id "f"');
  });

  it.each([
    ["You need [07](../../lectures/07-a.ipynb#Part).", "You need 07 (`lectures/07-a.ipynb`)."],
    ["[*one*](data/a%20b.csv) and [two](./../x.ipynb)", "*one* (`data/a b.csv`) and two (`x.ipynb`)"],
    ["[file](/home/me/key.ipynb)", "file (`home/me/key.ipynb`)"],
    // These lead somewhere.
    ["[next](p2.ipynb)", "[next](p2.ipynb)"],
    [
      "[web](https://example.org/a/b) [mail](mailto:a@b.c)",
      "[web](https://example.org/a/b) [mail](mailto:a@b.c)",
    ],
    ["[up](#Part-1)", "[up](#Part-1)"],
    // These are no links.
    ["`[a](../b)` and ``[a](../`b`)``", "`[a](../b)` and ``[a](../`b`)``"],
    ["![drawing](attachment:a.png)", "![drawing](attachment:a.png)"],
  ])("leaves no link that leads nowhere: %s", (given, expected) => {
    const text: NotebookCell = { cell_type: "markdown", id: "x", metadata: {}, source: given };
    expect(assign(notebook(text)).cells[0].source).toBe(expected);
  });

  it("makes stubs of the package's own problem sets, whose links lead to each other", () => {
    const folder = mkdtempSync(join(tmpdir(), "chainrule-assign-"));
    try {
      const lines: string[] = [];
      assignCommand([], { out: folder }, (line) => lines.push(line));
      const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
      expect(names).toHaveLength(8);
      expect(lines).toHaveLength(9);
      for (const name of names) {
        const { cells } = parseNotebook(readFileSync(join(folder, name), "utf8"));
        const text = cells.map(({ source }) => source).join("\n");
        expect(text).toContain("not implemented");
        for (const [, address] of text.matchAll(/\]\(([^)]*ipynb[^)]*)\)/g)) expect(names).toContain(address);
      }
      // One that is handed out alone has no link to the others.
      const first = join(folder, "p1-convolution-1d.ipynb");
      assignCommand(
        [join(projectRoot, "notebooks/psets/source/p1-convolution-1d.ipynb")],
        { out: folder },
        () => {},
      );
      expect(readFileSync(first, "utf8")).toContain("](p2-max-pooling-1d.ipynb)");
      for (const name of names.slice(1)) rmSync(join(folder, name));
      assignCommand(
        [join(projectRoot, "notebooks/psets/source/p1-convolution-1d.ipynb")],
        { out: folder },
        () => {},
      );
      expect(readFileSync(first, "utf8")).not.toMatch(/\]\([^)]*ipynb/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("writes nbgrader's settings with the stub that it uses itself", () => {
    expect(nbgraderConfig()).toContain(JSON.stringify(CODE_STUB));
  });
});

describe("plan", () => {
  it("keeps the student's code and the tests apart", () => {
    const { studentCells, tests } = plan(notebook(solution, test), assign(notebook(solution, test)));
    expect(studentCells.map(({ name }) => name)).toEqual(["f"]);
    expect(tests.cells.map((one) => roleOf(one)?.id ?? one.id)).toEqual(["stand-in-f", "t"]);
    expect(tests.cells[1].source).toContain("HIDDEN TESTS");
  });

  it("knows an answer from a cell that was left as it was", () => {
    const source = notebook(manual);
    const release = assign(source);
    expect(plan(source, release).manual).toMatchObject([{ id: "m", points: 3, answered: false }]);
    const answered = structuredClone(release);
    answered.cells[0].source = "I think so.";
    expect(plan(source, answered).manual).toMatchObject([{ answered: true, text: "I think so." }]);
    expect(plan(source, notebook()).manual).toMatchObject([{ answered: false }]);
  });

  it("finds the functions of a cell, and not those inside them", () => {
    const source =
      "function a() {\n  function inner() {}\n}\nasync function b() {}\nconst c = (x: number) => x;\nconst d = 1;";
    expect(functionsOf(source)).toEqual(["a", "b", "c"]);
  });
});
