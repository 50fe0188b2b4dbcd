/**
 * Submissions that try to earn points without the answer, and submissions that break: each gets what it deserves,
 * part by part, and none stops or changes the grading of another. All are graded by one command, as a class is.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assign } from "../../../kernel/grade/assign.js";
import { roleOf } from "../../../kernel/grade/nbgrader.js";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import type { CodeCell, Notebook } from "../../../kernel/notebook/format.js";
import { slowness } from "../../support/clock.js";
import { projectRoot } from "../../support/shared.js";
import { smallWithHiddenTests, withCell } from "../../support/small-assignment.js";

/** Seconds for a call of those that take for ever: what is good must be done by then, on a busy machine too. */
const limit = 3 * Math.round(slowness());

const folder = mkdtempSync(join(tmpdir(), "chainrule-attacks-"));
const sourceFile = join(folder, "source.ipynb");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = smallWithHiddenTests;

/** The key with another cell `double`; `triple` stays right unless the attack ends both. */
const withDouble = (body: string, before = ""): Notebook =>
  withCell("double", `${before}\nfunction double(x: number): any {\n${body}\n}`, source);

interface Attack {
  readonly submission: Notebook;
  /** Points of double and of triple. */
  readonly points: readonly [double: number, triple: number];
  /** Words of the feedback or of a note. */
  readonly says?: string;
}

const stripped = structuredClone(source);
for (const cell of stripped.cells) cell.metadata = {};
const unordered = structuredClone(source);
unordered.cells.reverse();
const twice = structuredClone(source);
twice.cells.push({ ...structuredClone(twice.cells[3]), id: "again", source: "2" } as CodeCell);
const gone = structuredClone(source);
gone.cells = gone.cells.filter((cell) => !["double", "double-test"].includes(roleOf(cell)!.id));
const forged = (id: string, text: string) => {
  const copy = withDouble("return 0;");
  const cell = copy.cells.find((one) => roleOf(one)?.id === id) as CodeCell;
  cell.source = text;
  cell.outputs = [
    { output_type: "execute_result", data: { "text/plain": "2" }, metadata: {}, execution_count: 1 },
  ];
  return copy;
};

/** The library's doors beside the root: "chainrule/display" and its like. */
const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  exports: Record<string, { default?: string }>;
};
const subpaths = Object.entries(manifest.exports)
  .filter(([subpath, target]) => subpath !== "." && target.default?.startsWith("./dist/lib/"))
  .map(([subpath]) => `chainrule${subpath.slice(1)}`);

/** Uses each name of every door but the allowed one, and says of each door how many refused. */
const throughDoors = withDouble(
  `const report: string[] = [];
   for (const [specifier, door] of Object.entries(doors)) {
     const names = Object.keys(door).filter((name) => name !== "tensor");
     const refused = names.filter((name) => {
       try { void (door as any)[name].name; return false; } catch { return true; }
     });
     if (refused.length < names.length) return 2 * x;
     report.push(\`\${specifier}: all \${names.length} refuse\`);
   }
   throw new Error(report.join("; "));`,
  [
    ...subpaths.map((specifier, i) => `import * as door${i} from "${specifier}";`),
    `const doors = { ${subpaths.map((specifier, i) => `"${specifier}": door${i}`).join(", ")} };`,
  ].join("\n"),
);

/** Submissions that would go on for ever: the clock ends them. */
const endless: Record<string, Attack> = {
  "endless loop": {
    submission: withDouble("for (;;);"),
    points: [0, 2],
    says: `ran for more than ${limit} s`,
  },
  "endless loop in a cell": {
    submission: withCell("double", "function double(x: number) { return 2 * x; }\nfor (;;);", source),
    points: [0, 2],
    says: `The cell double failed: ran for more than ${limit} s`,
  },
  "never settles": {
    submission: withDouble("return new Promise(() => {});"),
    points: [0, 2],
    says: `gave no answer within ${4 * limit} s`,
  },
};

/** Submissions that end by themselves, or by another guard than the clock. */
const others: Record<string, Attack> = {
  key: { submission: source, points: [2, 2] },
  "cells in another order": { submission: unordered, points: [2, 2] },
  "metadata lost": { submission: stripped, points: [2, 2] },
  "nothing done": { submission: assign(source), points: [0, 0], says: "not implemented" },
  "a cell deleted": { submission: gone, points: [0, 2], says: "The cell double is missing" },
  "test cell edited": {
    submission: forged("double-test", "2"),
    points: [0, 2],
    says: "double-test was changed",
  },
  "checks edited": {
    submission: forged("checks", "const marks = () => ({ points: 2 });"),
    points: [0, 2],
    says: "checks was changed",
  },
  "test cell copied": { submission: twice, points: [2, 2], says: "two cells double-test" },
  "score printed": {
    submission: withDouble("console.log(2); process.stdout.write('2\\n'); display('2'); return 2;"),
    points: [1, 2],
  },
  "checker redefined": {
    submission: withDouble(
      "return 0;",
      "const marks = () => ({ points: 2, earned: 2 }); const tensorTrial = () => ({ passed: true }); (globalThis as any).marks = marks;",
    ),
    points: [0, 2],
  },
  "built-ins patched": {
    submission: withDouble(
      "return 0;",
      "Math.abs = () => 0; Math.round = () => 200; Object.is = () => true; Array.prototype.filter = function () { return this; }; Number.prototype.toString = () => '2';",
    ),
    points: [0, 2],
  },
  "library patched": {
    submission: withDouble(
      "return 0;",
      'const t: any = tensor([1]); Object.defineProperty(Object.getPrototypeOf(t), "shape", { get: () => [0] }); const all: any = await import("chainrule"); try { all.Marks.prototype.points = 2 } catch {}',
    ),
    points: [0, 2],
  },
  "process.exit": { submission: withDouble("process.exit(0);"), points: [0, 2], says: "process.exit" },
  "process.exit at once": {
    submission: withCell("double", "process.exit(0); function double(x: number) { return 2 * x; }", source),
    // The function is there and right; the cell that failed is named.
    points: [2, 2],
    says: "process.exit(0)",
  },
  "a harder exit": {
    submission: withDouble("(process as any).reallyExit(0);"),
    points: [0, 2],
    says: "process.reallyExit(0) would end the notebook's kernel",
  },
  abort: {
    submission: withDouble("process.abort();"),
    points: [0, 2],
    says: "process.abort() would end the notebook's kernel",
  },
  "kills the grader": {
    submission: withDouble("process.kill(process.ppid, 'SIGKILL'); return 2 * x;"),
    points: [0, 2],
    says: "process.kill is not a function",
  },
  "one function is missing, the cell of another fails": {
    submission: withCell(
      "double",
      "",
      withCell("triple", 'function triple(x: number): number { return "3"; }', source),
    ),
    points: [0, 0],
    says: "double is not defined: write it in the cell that is meant for it.",
  },
  "endless recursion": {
    submission: withDouble("return double(x + 1);"),
    points: [0, 2],
    says: "RangeError",
  },
  memory: {
    submission: withDouble(
      "const all: Float64Array[] = []; for (;;) all.push(new Float64Array(4e6).fill(1));",
    ),
    points: [0, 2],
    says: "memory",
  },
  "output flood": {
    submission: withDouble("for (let i = 0; i < 2e4; i++) console.log('x'.repeat(1000)); return 0;"),
    points: [0, 2],
  },
  "key read from disk": {
    submission: withDouble(
      `const key = readFileSync(${JSON.stringify(sourceFile)}, "utf8"); return /return (\\d)/.test(key) ? 2 * x : 0;`,
      'import { readFileSync } from "node:fs";',
    ),
    points: [0, 2],
    says: "restricted",
  },
  "writes files": {
    submission: withDouble(
      `writeFileSync(${JSON.stringify(join(folder, "written"))}, "2"); return 2 * x;`,
      'import { writeFileSync } from "node:fs";',
    ),
    points: [0, 2],
    says: "restricted",
  },
  "starts a process": {
    submission: withDouble(
      `return Number(execSync("echo 2"));`,
      'import { execSync } from "node:child_process";',
    ),
    points: [0, 2],
    says: "restricted",
  },
  "library does the exercise": {
    submission: withDouble("return flat(tensor([2 * x]))[0];", 'import { flat } from "chainrule";'),
    points: [0, 2],
    says: "flat of the library is not there",
  },
  ...Object.fromEntries(
    Object.entries({
      "by a path in the package": 'await import("../dist/lib/layers/convolution/conv1d.js")',
      "by the package's deep path":
        'await import("chainrule/dist/lib/layers/convolution/conv1d.js" as string)',
      "by its real path": `await import(${JSON.stringify(join(projectRoot, "dist/lib/layers/convolution/conv1d.js"))} as string)`,
      "by its real door": `await import(${JSON.stringify(join(projectRoot, "dist/lib/index.js"))} as string)`,
      "by require": `(await import("node:module")).createRequire(${JSON.stringify(join(projectRoot, "package.json"))})("chainrule")`,
      "by its text": `(await import("node:fs")).readFileSync(${JSON.stringify(join(projectRoot, "lib/layers/convolution/conv1d.ts"))}, "utf8")`,
      "by a thread": `await new Promise((resolve, reject) => new Threads.Worker(${JSON.stringify(`require("node:fs").readFileSync(${JSON.stringify(join(projectRoot, "dist/lib/layers/convolution/conv1d.js"))})`)}, { eval: true }).on("error", reject).on("exit", () => resolve(true)))`,
    }).map(([how, expression]) => [
      `library's own answer ${how}`,
      {
        // What comes back is never looked at: that it can be had at all would earn the points.
        submission: withDouble(
          `return got ? 2 * x : 0;`,
          `import * as Threads from "node:worker_threads";\nconst got: any = await (async () => { try { return ${expression} ?? true; } catch { return undefined; } })();`,
        ),
        points: [0, 2] as const,
      },
    ]),
  ),
  "library's own answer through the doors of its rooms": { submission: throughDoors, points: [0, 2] },
  "what is allowed, through its room's door": {
    submission: withDouble(
      "return make([2 * x]).data[0];",
      'import { tensor as make } from "chainrule/array";',
    ),
    points: [2, 2],
  },
  "forges the replies": {
    submission: withDouble(
      'writeSync(3, "{}\\n[2]\\nrubbish\\n"); return 0;',
      'import { writeSync } from "node:fs";',
    ),
    points: [0, 2],
    says: "belongs to the grader",
  },
  "returns a trap": {
    submission: withDouble(
      "return { valueOf() { return 2 * x; }, then: undefined, get passed() { return true; } };",
    ),
    points: [0, 2],
  },
  "does not compile": {
    submission: withCell("double", "function double(x: number { return 2 * x }", source),
    points: [0, 2],
    says: "double failed",
  },
  "throws null": { submission: withDouble("throw null;"), points: [0, 2] },
};

interface Graded {
  name: string;
  points: number;
  parts: { id: string; points: number; feedback: string }[];
  notes: string[];
}
interface Class {
  submissions: Graded[];
  refused: string[];
}

/** Grades the submissions with one command, as a class; and a file that is no notebook before them. */
function grade(attacks: Readonly<Record<string, Attack>>, seconds: number): Class {
  writeFileSync(sourceFile, formatNotebook(source));
  const files = Object.entries(attacks).map(([name, { submission }], i) => {
    const file = join(folder, `${i}-${name.replace(/\W+/g, "-")}.ipynb`);
    writeFileSync(file, formatNotebook(submission));
    return file;
  });
  const broken = join(folder, "broken.ipynb");
  writeFileSync(broken, "{ not json");
  const cli = join(projectRoot, "dist", "kernel", "cli.js");
  const flags = ["--source", sourceFile, "--json", "--timeout", String(seconds)];
  const { stdout, stderr } = spawnSync(process.execPath, [cli, "grade", broken, ...files, ...flags], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Class;
}

describe.each([
  ["what would go on for ever", endless, limit],
  ["what ends by itself", others, 600],
])("%s", (_, attacks, seconds) => {
  let graded: Class;
  beforeAll(() => void (graded = grade(attacks, seconds)), 3_600_000);

  it.each(Object.entries(attacks))("%s", (name, { points, says }) => {
    const grade = graded.submissions[Object.keys(attacks).indexOf(name)];
    const { parts, notes } = grade;
    expect(
      parts.map((part) => part.points),
      JSON.stringify(grade),
    ).toEqual(points);
    if (says !== undefined)
      expect([...parts.map(({ feedback }) => feedback), ...notes].join("\n")).toContain(says);
  });

  it("goes on after a file that is no notebook, and says so", () => {
    expect(graded.refused).toEqual([expect.stringContaining("not JSON")]);
    expect(graded.submissions).toHaveLength(Object.keys(attacks).length);
  });
});

it("lets no submission write to the disk", () => {
  expect(existsSync(join(folder, "written"))).toBe(false);
});
