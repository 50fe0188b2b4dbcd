/**
 * A class at its size: honest submissions of a small assignment, and among each ten one that hangs, floods, takes all
 * memory, starts threads or processes without end, or fills the disk. `chainrule grade` runs as a lecturer runs it. Says
 * how long it took, the most memory at once and what was left on the disk; exit code 1 when an honest submission lost a
 * point by its neighbours, or when one of the others got more than it deserves.
 *
 *     npm run bench:class -- [--count 300] [--timeout 3]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { formatNotebook } from "../../dist/kernel/notebook/format.js";
import { gradeClass } from "./grade-class.mjs";
import { importTest } from "./typescript.mjs";

const { smallAssignment, withCell } = await importTest("support/small-assignment.ts");
const { values: options } = parseArgs({
  options: { count: { type: "string", default: "300" }, timeout: { type: "string", default: "3" } },
});
const count = Number(options.count);

const double = (/** @type {string} */ inside, before = "") =>
  `${before}\nfunction double(x: number): number {\n  ${inside}\n  return 2 * x;\n}`;

const scratch = mkdtempSync(path.join(tmpdir(), "chainrule-class-size-"));
/** What each does in the first part; of its two points it gets none. */
const bad = {
  hangs: double("for (;;);"),
  floods: double('for (;;) console.log("x".repeat(1e6));'),
  "takes all memory": double(
    "const all: Float64Array[] = []; for (;;) all.push(new Float64Array(4e6).fill(1));",
  ),
  "starts threads": double(
    'for (;;) new Worker("for (;;);", { eval: true });',
    'import { Worker } from "node:worker_threads";',
  ),
  "starts processes": double(
    'for (;;) spawn("sleep", ["600"]);',
    'import { spawn } from "node:child_process";',
  ),
  "fills the disk": double(
    `for (let i = 0; ; i++) writeFileSync(${JSON.stringify(scratch)} + "/" + i, new Uint8Array(1e8));`,
    'import { writeFileSync } from "node:fs";',
  ),
};
const kinds = Object.entries(bad);

const handedIn = path.join(scratch, "in");
mkdirSync(handedIn);
writeFileSync(path.join(scratch, "source.ipynb"), formatNotebook(smallAssignment));
/** The kind of each submission; undefined for an honest one. */
const submissions = Array.from({ length: count }, (_, i) => {
  // With few submissions every kind comes once.
  const every = Math.max(2, Math.min(10, Math.floor(count / kinds.length)));
  const kind = i % every === every - 1 ? kinds[Math.floor(i / every) % kinds.length] : undefined;
  const file = path.join(handedIn, `${String(i).padStart(4, "0")}.ipynb`);
  writeFileSync(file, formatNotebook(withCell("double", kind?.[1] ?? double(`const own = ${i};`))));
  return kind?.[0];
});

const free = () => statfsSync(scratch).bavail * statfsSync(scratch).bsize;
const before = free();
const {
  submissions: grades,
  refused,
  status,
  seconds,
  peak,
} = await gradeClass([
  ...[handedIn, "--source", path.join(scratch, "source.ipynb")],
  ...["--out", path.join(scratch, "graded"), "--timeout", options.timeout],
]);

const wrong = [];
submissions.forEach((kind, i) => {
  const grade = grades.find(({ name }) => name === `${String(i).padStart(4, "0")}.ipynb`);
  const points = grade?.parts.map((one) => one.points).join(" and ");
  const deserved = kind === undefined ? "2 and 2" : "0 and 2";
  if (points !== deserved)
    wrong.push(`${i} (${kind ?? "honest"}) got ${points}, not ${deserved}: ${grade?.parts[0]?.feedback}`);
});
const left = readdirSync(scratch).filter((name) => !["in", "source.ipynb", "graded"].includes(name));
if (left.length > 0) wrong.push(`files of submissions were left on the disk: ${left.join(", ")}`);
for (const line of [...wrong, ...refused]) console.log(line);
console.log(
  `${count} submissions, ${submissions.filter(Boolean).length} of them harmful, exit code ${status}: ${wrong.length} not as deserved\n` +
    `${(seconds / 60).toFixed(1)} minutes, at most ${Math.round(peak)} MB at once, ${Math.round((before - free()) / 2 ** 20)} MB more on the disk, grades and records included`,
);
rmSync(scratch, { recursive: true, force: true });
process.exit(wrong.length > 0 || status !== 0 ? 1 : 0);
