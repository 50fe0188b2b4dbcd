/**
 * A class is graded: as many submissions as you like of one problem set (keys, the classic mistakes one or two at a
 * time, half-finished ones, attacks, endless loops), by `chainrule grade` as a lecturer runs it. Says whether each
 * part got what it deserves, and what time, cores and memory it took. Exit code 1 when one did not.
 *
 *     npm run bench:grading -- [--pset p1-convolution-1d] [--count 200] [--attacks] [--out build/grading]
 *
 * With `--attacks`, each attack once and nothing else.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { assign } from "../../dist/kernel/grade/assign.js";
import { isTest, roleOf } from "../../dist/kernel/grade/nbgrader.js";
import { formatNotebook, parseNotebook } from "../../dist/kernel/notebook/format.js";
import { gradeClass } from "./grade-class.mjs";
import { importTest } from "./typescript.mjs";

const { values: options } = parseArgs({
  options: {
    pset: { type: "string", default: "p1-convolution-1d" },
    count: { type: "string", default: "200" },
    attacks: { type: "boolean", default: false },
    out: { type: "string", default: "build/grading" },
  },
});
const root = fileURLToPath(new URL("../../", import.meta.url));
const prefix = options.pset.slice(0, 2);
const sourceFile = path.join(root, "notebooks/psets/source", `${options.pset}.ipynb`);
const source = parseNotebook(readFileSync(sourceFile, "utf8"), sourceFile);
const release = assign(source);
const outOf = Object.fromEntries(
  source.cells.filter(isTest).map((cell) => [roleOf(cell).id, roleOf(cell).points]),
);
const training = `${prefix}-train-test`;

/** The functions that the network of the last part calls. */
const trained = {
  p1: ["dx", "dw", "db"],
  p2: ["forward", "dx"],
  p3: ["dx", "dw", "db"],
  p4: ["forward", "dx", "dgamma", "dbeta"],
  p5: ["entropy", "entropy-dscores", "hinge", "hinge-dscores"],
  p6: ["forward", "dx", "dw", "db"],
  p7: ["dropout", "dropout-dx", "forward", "dx"],
  p8: ["forward", "dx", "dw", "db"],
}[prefix].map((name) => `${prefix}-${name}`);

/** The wrong answers that the tests keep, with the points they must get. */
const { mistakes } = await importTest(`notebooks/psets/${prefix}.ts`);

/** What to write at the start of a function, or after or before it; the part gets 0 points, others what they had. */
const attacks = {
  "endless loop": { inside: "for (;;);" },
  "endless loop in the cell": { after: "for (;;);" },
  "endless recursion": { inside: "const again = (depth: number): number => 1 + again(depth + 1); again(0);" },
  "process.exit": { inside: "process.exit(0);" },
  "a harder exit": { inside: "(process as any).reallyExit(0);" },
  "never settles": { inside: "return new Promise(() => {}) as any;" },
  memory: { inside: "const all: Float64Array[] = []; for (;;) all.push(new Float64Array(4e6).fill(1));" },
  "checker redefined": {
    inside: "return undefined as any;",
    before: "const marks = () => ({ points: 5 }); (globalThis as any).marks = marks;",
  },
  "built-ins patched": { inside: "Math.abs = () => 0; Object.is = () => true; return zeros([1]);" },
  "score printed": { inside: 'console.log(5); process.stdout.write("5\\n"); return 5 as any;' },
  "key read": {
    inside: `return JSON.parse(readFileSync(${JSON.stringify(sourceFile)}, "utf8"));`,
    before: 'import { readFileSync } from "node:fs";',
  },
  "library asked": {
    inside: "return (layers as any).conv1dForward(zeros([1, 1, 5]), zeros([1, 1, 3])).y;",
    before: 'import * as layers from "chainrule";',
  },
  "does not compile": { before: "const x: = 3;" },
};
/** Solution cells with a test of their own. */
const attacked = source.cells
  .filter((cell) => cell.cell_type === "code" && roleOf(cell)?.solution)
  .map((cell) => roleOf(cell).id)
  .filter((id) => `${id}-test` in outOf);

/** The students' notebook with the key's answers. */
function solve() {
  const notebook = structuredClone(release);
  notebook.cells.forEach((cell, i) => {
    if (roleOf(cell)?.solution) cell.source = source.cells[i].source;
  });
  return notebook;
}
const cellOf = (notebook, id) => notebook.cells.find((cell) => roleOf(cell)?.id === id);

/** @returns a submission's name, notebook, and the points of each part: undefined where luck decides */
function keySubmission() {
  return { name: "key", notebook: solve(), points: { ...outOf } };
}

function wrongSubmission(chosen) {
  const { notebook, points } = keySubmission();
  for (const mistake of chosen) {
    const [id, from, to] = mistake.change;
    const cell = cellOf(notebook, id);
    cell.source = cell.source.replaceAll(from, () => to);
    points[mistake.part] = mistake.points;
    // A network that learns by a wrong gradient is sometimes lucky.
    if (trained.includes(id)) points[training] = undefined;
  }
  return { name: chosen.map(({ part, name }) => `${part} ${name}`).join(" and "), notebook, points };
}

function attack(id, how) {
  const { notebook, points } = keySubmission();
  const cell = cellOf(notebook, id);
  const { inside = "", before = "", after = "" } = attacks[how];
  const body = cell.source.replace(/^function [^]*?\): [\w[\]]+ \{$/m, (line) => `${line}\n  ${inside}`);
  if (inside !== "" && body === cell.source) throw new Error(`${id} has no function to attack`);
  cell.source = [before, body, after].join("\n");
  points[`${id}-test`] = 0;
  if (trained.includes(id)) points[training] = 0;
  // What it patches, it patches for its own other answers too.
  if (how === "built-ins patched")
    for (const other of attacked)
      if (other !== id && cellOf(source, other).source.includes("Math.abs"))
        points[`${other}-test`] = undefined;
  return { name: `${how} in ${id}`, notebook, points };
}

function forgery() {
  const { notebook, points } = attack(attacked[0], "score printed");
  for (const cell of notebook.cells.filter(isTest)) {
    cell.source = String(roleOf(cell).points);
    const data = { "text/plain": cell.source };
    cell.outputs = [{ output_type: "execute_result", data, metadata: {}, execution_count: 1 }];
  }
  return { name: "every test replaced by its points", notebook, points };
}

/** The first parts done, the others as they were handed out. */
function halfDone(count) {
  const { notebook, points } = keySubmission();
  const solutions = source.cells.filter((cell) => roleOf(cell)?.solution && cell.cell_type === "code");
  for (const { id } of solutions.slice(count).map(roleOf)) {
    cellOf(notebook, id).source = cellOf(release, id).source;
    if (`${id}-test` in points) points[`${id}-test`] = 0;
    else points[`${prefix}-test-test`] = count < solutions.length - 1 ? 0 : undefined;
    if (trained.includes(id)) points[training] = 0;
  }
  return { name: `the first ${count} parts`, notebook, points };
}

/** A class of ten: three right, four wrong, one half done, one that attacks, and one that does something else. */
function submission(i) {
  const turn = Math.floor(i / 10);
  const one = mistakes[(4 * turn + (i % 10)) % mistakes.length];
  if (i % 10 < 4) return wrongSubmission([one]);
  if (i % 10 < 6) return keySubmission();
  if (i % 10 === 6) return halfDone(turn % (attacked.length + 1));
  if (i % 10 === 7) {
    const other = mistakes.find(({ part }, at) => part !== one.part && at >= (7 * turn) % mistakes.length);
    return other ? wrongSubmission([one, other]) : wrongSubmission([one]);
  }
  const kinds = Object.keys(attacks);
  const at = 2 * turn + (i % 10) - 8;
  if (at % (kinds.length + 1) === kinds.length) return forgery();
  return attack(attacked[at % attacked.length], kinds[at % (kinds.length + 1)]);
}

const folder = path.resolve(root, options.out);
rmSync(folder, { recursive: true, force: true });
mkdirSync(path.join(folder, "submissions"), { recursive: true });
const submissions = options.attacks
  ? [...Object.keys(attacks).map((how, i) => attack(attacked[i % attacked.length], how)), forgery()]
  : Array.from({ length: Number(options.count) }, (_, i) => submission(i));
const files = submissions.map(({ name, notebook }, i) => {
  const words = name.replace(/\W+/g, "-").slice(0, 80);
  const file = path.join(folder, "submissions", `${String(i + 1).padStart(3, "0")}-${words}.ipynb`);
  writeFileSync(file, formatNotebook(notebook));
  return file;
});

const {
  submissions: grades,
  refused,
  status,
  seconds,
  peak,
  computed,
} = await gradeClass([...files, "--report", "html", "--out", path.join(folder, "graded")]);

const wrong = [...refused];
submissions.forEach(({ points }, i) => {
  for (const [part, expected] of Object.entries(points)) {
    const got = grades[i]?.parts.find(({ id }) => id === part);
    if (expected !== undefined && got?.points !== expected)
      wrong.push(`${path.basename(files[i])}: ${part} got ${got?.points}, not ${expected}: ${got?.feedback}`);
  }
});
for (const line of wrong) console.log(line);
const whole = grades.map(({ seconds }) => seconds).sort((a, b) => a - b);
console.log(
  [
    `${grades.length} submissions of ${options.pset}, exit code ${status}: ${wrong.length} parts not as deserved`,
    `${(seconds / 60).toFixed(1)} minutes; a submission takes ${whole[whole.length >> 1].toFixed(1)} s (median), ${whole.at(-1).toFixed(1)} s (longest)`,
    ...(peak > 0
      ? [
          `cores busy: ${(computed / seconds).toFixed(2)}, a submission computes for ${(computed / grades.length).toFixed(1)} s; ` +
            `peak memory of all processes: ${Math.round(peak)} MB`,
        ]
      : []),
  ].join("\n"),
);
process.exit(wrong.length > 0 || status !== 0 ? 1 : 0);
