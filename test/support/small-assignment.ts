/** An assignment of two small parts that takes a second to grade: `double` and `triple` of a number, two points each. */
import { roleOf } from "../../kernel/grade/nbgrader.js";
import type { CodeCell, Notebook, TextCell } from "../../kernel/notebook/format.js";

/** A code cell with nbgrader's metadata. */
export const code = (id: string, source: string, nbgrader: object = {}, tags: string[] = []): CodeCell => ({
  cell_type: "code",
  id,
  metadata: {
    ...(tags.length > 0 && { tags }),
    nbgrader: {
      ...{ schema_version: 3, grade: false, solution: false, locked: false, task: false, grade_id: id },
      ...nbgrader,
    },
  },
  source,
  execution_count: null,
  outputs: [],
});

/** The trials of a function that multiplies by a factor, a line each. */
type Trials = (name: string, factor: number) => string[];

const one: Trials = (name, factor) => [
  `"one": () => tensorTrial("y", tensor([${name}(1)]), tensor([${factor}])),`,
];

function part(name: string, factor: number, trials: Trials): CodeCell[] {
  return [
    code(
      name,
      `function ${name}(x: number): number {\n  // BEGIN SOLUTION\n  return ${factor} * x;\n  // END SOLUTION\n}`,
      { solution: true },
    ),
    code(
      `${name}-test`,
      [
        `const ${name}Marks = marks("${name}", 2, {`,
        ...trials(name, factor).map((line) => `  ${line}`),
        "});",
        `display(${name}Marks);`,
        `${name}Marks.points`,
      ].join("\n"),
      { grade: true, locked: true, points: 2 },
    ),
  ];
}

/** @param drawn what the trials draw, in the cell of the checks */
function assignmentOf(trials: Trials, ...drawn: string[]): Notebook {
  const checks = ['import { marks, tensorTrial } from "chainrule";', ...drawn].join("\n");
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { chainrule: { assignment: "small", allowed: ["tensor"] } },
    cells: [
      code("setup", 'import { tensor } from "chainrule";', { locked: true }, ["setup"]),
      code("checks", checks, { locked: true }, ["checks"]),
      ...part("double", 2, trials),
      ...part("triple", 3, trials),
    ],
  };
}

/** The instructor's notebook of the assignment "small". */
export const smallAssignment = assignmentOf(one);

/** The same with a hidden test for each part, whose numbers the seed draws. */
export const smallWithHiddenTests = assignmentOf(
  (name, factor) => [
    ...one(name, factor),
    "// BEGIN HIDDEN TESTS",
    `"many": () => tensorTrial("y", tensor([${name}(seed), ${name}(-3)]), tensor([${factor} * seed, ${-3 * factor}])),`,
    "// END HIDDEN TESTS",
  ],
  "const seed = Number(process.env.CHAINRULE_SEED ?? 1) % 1000 + 2;",
);

/** A copy that also asks for an explanation, the part "explain", for which a person gives up to four points. */
export function withExplanation(notebook: Notebook): Notebook {
  const nbgrader = { schema_version: 3, grade: true, solution: true, locked: false, task: false };
  const text = (id: string, source: string, metadata: Record<string, unknown>): TextCell => ({
    ...{ cell_type: "markdown", id, metadata, source },
  });
  return {
    ...structuredClone(notebook),
    cells: [
      ...structuredClone(notebook.cells),
      text("question", "**Why** is the derivative of $2x$ equal to 2? Two points for the rule.", {}),
      text("explain", "<!-- BEGIN SOLUTION -->\nBy the rule of sums.\n<!-- END SOLUTION -->", {
        nbgrader: { ...nbgrader, grade_id: "explain", points: 4 },
      }),
    ],
  };
}

/** A copy in which a cell has another source. */
export function withCell(id: string, source: string, notebook: Notebook = smallAssignment): Notebook {
  const copy = structuredClone(notebook);
  copy.cells.find((cell) => roleOf(cell)?.id === id)!.source = source;
  return copy;
}
