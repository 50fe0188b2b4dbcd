/**
 * A problem set of the course on a website: a student solves P1 in her browser, where she sees the visible tests, downloads
 * it and hands it in; `chainrule grade` gives it the marks that the same answers get when they were written in Node.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { roleOf } from "../../../kernel/grade/nbgrader.js";
import { parseNotebook } from "../../../kernel/notebook/format.js";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { gradesOf } from "./grades.js";
import { PACKED, SiteJourney } from "./site-page.js";

const MINUTE = 60_000;
const PSET = "psets/p1-convolution-1d.ipynb";

/** A submission that was made in Node, and what its student has written: source by the cell's id. */
function sample(name: string): { text: string; answers: Record<string, string> } {
  const text = readFileSync(join(projectRoot, "notebooks/psets/samples", `${name}.ipynb`), "utf8");
  const written = parseNotebook(text, name).cells.flatMap((cell) => {
    const role = roleOf(cell);
    return role?.solution ? [[role.id, cell.source]] : [];
  });
  return { text, answers: Object.fromEntries(written) as Record<string, string> };
}

withFrontEnd("a problem set on a website", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let site: SiteJourney;
    beforeAll(async () => {
      needsBuild();
      site = await SiteJourney.start(command);
    }, PACKED);
    afterAll(() => site?.stop());

    // The key last: the browser keeps what was written before, which the next student writes over.
    it.each([
      { name: "half-right", seen: /dx: 0 of 5 points/, points: /"points":(?:[1-9]|1[0-7])\b/ },
      { name: "key", seen: undefined, points: /"points":18\b/ },
    ])(
      "P1 of $name gets the marks that it gets in Node",
      { timeout: 8 * MINUTE },
      async ({ name, seen, points }) => {
        const { text, answers } = sample(name);
        expect(Object.keys(answers)).toContain("p1-forward");
        const page = await site.open(PSET);
        await page.ready();
        await page.write(answers);
        const failure = await page.runAll();
        if (seen) expect(stripVTControlCharacters(failure ?? "")).toMatch(seen);
        else expect(failure).toBeUndefined();
        const mine = gradesOf(await page.download());
        expect(mine).toEqual(gradesOf(text));
        expect(JSON.stringify(mine)).toMatch(points);
        expect(page.troubles).toEqual([]);
        await page.page.close();
      },
    );
  });
});
