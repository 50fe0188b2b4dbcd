/** `chainrule assign`: the instructor's notebooks in, the students' out. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "../notebook/files.js";
import { asObject, formatNotebook } from "../notebook/format.js";
import { packageRoot } from "../setup/install.js";
import { assign, nbgraderConfig, pointsOf } from "./assign.js";
import { autograderOf } from "./autograder.js";
import { AssignError, roleOf } from "./nbgrader.js";
import { withLinksThatLead } from "./release-links.js";
import { GradeError, ownSources, read } from "./sources.js";

export interface AssignCommandOptions {
  /** The folder for the students' notebooks. */
  out: string;
  /** Writes Gradescope's autograder of each too. */
  gradescope?: boolean | undefined;
}

/**
 * Writes the students' notebook of each source, and nbgrader_config.py beside them.
 * @param files  chainrule's own problem sets when there are none
 * @throws GradeError for a file that cannot be read or made into an assignment, and when there are no problem sets:
 *         the package on npm has none
 */
export function assignCommand(
  files: readonly string[],
  { out, gradescope = false }: AssignCommandOptions,
  print: (line: string) => void,
): void {
  const folder = path.resolve(out);
  const sources = files.length > 0 ? files : ownSources();
  makeFolder(folder);
  const released = new Set(sources.map((file) => path.basename(file)));
  const isBeside = (name: string): boolean => released.has(name) || existsSync(path.join(folder, name));
  for (const file of sources) {
    const source = read(file);
    const target = path.join(folder, path.basename(file));
    if (path.resolve(file) === target)
      throw new GradeError(
        `${file}: the students' notebook would overwrite the source; choose another --out.`,
      );
    try {
      const release = assign(source);
      for (const cell of release.cells)
        // Only cells outside the assignment: its own cells are compared with the source when the submission comes back.
        if (cell.cell_type === "markdown" && roleOf(cell) === undefined)
          cell.source = withLinksThatLead(cell.source, isBeside);
      writeFileSync(target, formatNotebook(release));
      if (gradescope) {
        const archive = path.join(folder, `autograder-${path.basename(file, ".ipynb")}.zip`);
        writeFileSync(archive, autograderOf(source, ownVersion()));
        print(`${archive}: Gradescope's autograder, with the solutions: keep it from students`);
      }
    } catch (error) {
      if (error instanceof AssignError) throw new GradeError(`${file}: ${error.message}`, { cause: error });
      throw error;
    }
    const { automatic, manual } = pointsOf(source);
    print(`${target}: ${automatic} points by tests, ${manual} by hand`);
  }
  const config = path.join(folder, "nbgrader_config.py");
  writeFileSync(config, nbgraderConfig());
  print(`${config}: settings for nbgrader`);
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(packageRoot(), "package.json"), "utf8"));
  return String(asObject(manifest).version);
}
