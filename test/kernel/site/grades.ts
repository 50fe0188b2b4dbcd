/** What `chainrule grade` makes of a submission, without what differs from run to run and from file to file. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../support/shared.js";

/** Of the file and of the run, and not of the marks. */
const isOther = /time|sha|hash|date|seconds|duration|notes/i;

/**
 * @param submission the text of a notebook
 * @param source the text of the instructor's notebook; the project's own when absent
 */
export function gradesOf(submission: string, source?: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-handed-in-"));
  try {
    writeFileSync(join(folder, "ada.ipynb"), submission);
    if (source !== undefined) writeFileSync(join(folder, "source.ipynb"), source);
    const cli = join(projectRoot, "dist/kernel/cli.js");
    const flags = [
      ...(source === undefined ? [] : ["--source", join(folder, "source.ipynb")]),
      ...["--json", "--out", join(folder, "graded"), "--seed", "1"],
    ];
    const said = execFileSync(process.execPath, [cli, "grade", join(folder, "ada.ipynb"), ...flags], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      cwd: folder,
    });
    return JSON.parse(said, (key, value: unknown) => (isOther.test(key) ? undefined : value)) as unknown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
