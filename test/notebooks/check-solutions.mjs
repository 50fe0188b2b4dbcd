/**
 * Runs the code of the solutions, each lecture's in one kernel, behind the lecture's own cells, and prints what they print:
 *
 *     npm run check:solutions            all lectures (about twenty minutes on a quiet machine)
 *     npm run check:solutions -- 04 11   these
 *
 * The numbers that a solution's text quotes are to be compared by eye: some are times or differ between machines.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { formatNotebook, parseNotebook } from "../../dist/kernel/notebook/format.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const folder = path.join(root, "notebooks/lectures");
const wanted = process.argv.slice(2);
const lectures = readdirSync(folder)
  .filter((name) => name.endsWith(".ipynb"))
  .filter((name) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)))
  .sort();
const temporary = mkdtempSync(path.join(tmpdir(), "solutions-"));

const codeOf = ({ source }) => /^```ts\n([^]*?)\n```$/m.exec(source)?.[1];
const read = (file) => parseNotebook(readFileSync(file, "utf8"), file);

/** Whether the lecture and all its solutions ran. */
function check(name) {
  const notebook = read(path.join(folder, name));
  const solutions = notebook.cells.filter(({ metadata }) => metadata.tags?.includes("solution"));
  const added = solutions.flatMap((cell) => {
    const source = codeOf(cell);
    const code = {
      cell_type: "code",
      id: `${cell.id}-code`,
      metadata: {},
      execution_count: null,
      outputs: [],
    };
    return source === undefined ? [] : [{ ...code, source }];
  });
  const cells = [...notebook.cells.filter(({ cell_type }) => cell_type === "code"), ...added];
  const { widgets: _, ...metadata } = notebook.metadata;
  const file = path.join(temporary, name);
  writeFileSync(file, formatNotebook({ ...notebook, metadata, cells }));
  const cli = path.join(root, "dist/kernel/cli.js");
  const run = [cli, "run", file, "--out", file];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { cwd: root, encoding: "utf8" });
  console.log(`\n${name}: ${added.length} of ${solutions.length} solutions have code`);
  for (const { id, outputs } of read(file).cells.slice(cells.length - added.length)) {
    console.log(`  ${id}`);
    for (const { text, data, evalue } of outputs)
      console.log(
        String(text ?? data?.["text/plain"] ?? evalue)
          .trimEnd()
          .replace(/^/gm, "    "),
      );
  }
  if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd().split("\n").slice(-12).join("\n"));
  return status === 0;
}

const failed = lectures.filter((name) => !check(name));
rmSync(temporary, { recursive: true, force: true });
console.log(failed.length === 0 ? "\nAll solutions ran." : `\nFailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
