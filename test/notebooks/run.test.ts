/** Every notebook runs from top to bottom in a process of its own, with `chainrule run` as built. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseNotebook } from "../../kernel/notebook/format.js";
import { projectRoot } from "../support/shared.js";
import { differences } from "./differences.js";
import { faults, isUnexecuted, notebookPaths, readNotebook, runnableCells, runProgram } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-notebooks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const all = ["test/fixtures/tour.ipynb", ...notebookPaths()];
const MINUTE = 60_000;

/** The pages of lectures, experiments and talks are those of the book, of the same outputs: test/kernel/site/book/book.test.ts. */
const isInBook = (path: string): boolean => /^notebooks\/(?:lectures|experiments|talks)\//.test(path);

describe("chainrule run", () => {
  it.each(all.filter((path) => !isUnexecuted(readNotebook(path))))(
    "%s",
    { timeout: 20 * MINUTE },
    async (path) => {
      const [out, html] = [join(folder, "out.ipynb"), join(folder, "out.html")];
      const command = [join(projectRoot, "dist/kernel/cli.js"), "run", path, "--timeout", "900"];
      if (!isInBook(path)) command.push("--html", html);
      const { status, output } = await runProgram(process.execPath, [...command, "--out", out], {
        cwd: projectRoot,
      });
      expect(status, output).toBe(0);
      const executed = parseNotebook(readFileSync(out, "utf8"));
      expect(runnableCells(executed)).toHaveLength(runnableCells(readNotebook(path)).length);
      expect(faults(executed)).toEqual([]);
      // What is kept is what a run shows, so that a display that changes shows in the lectures at once.
      if (path.startsWith("notebooks/")) expect(differences(readNotebook(path), executed)).toEqual([]);
      if (!isInBook(path)) expect(readFileSync(html, "utf8")).toContain("</html>");
    },
  );
});
