/** The figures that answer, on the website: each of the ten is made there, driven by mouse and without one. Pictures stay in build/site/. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { drive, driveByKeyboard, figureOf, names, notebook, wordsOf } from "../lab/figure-drive.js";
import { needsBuild } from "../support/jupyter.js";
import { SiteJourney, type SitePage } from "./site-page.js";

const MINUTE = 60_000;

withFrontEnd("a website", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let site: SiteJourney;
    let page: SitePage;
    beforeAll(async () => {
      needsBuild();
      mkdirSync(join(projectRoot, "build/site"), { recursive: true });
      site = await SiteJourney.start(command, { "figures.ipynb": notebook });
      page = await site.open("figures.ipynb");
      await page.ready();
    });
    afterAll(() => site?.stop());

    it("are made by the kernel in the page", { timeout: 3 * MINUTE }, async () => {
      expect(await page.runAll()).toBeUndefined();
      for (const name of names) await figureOf(page.page, name).waitFor({ timeout: MINUTE });
    });

    it.each(names)("%s answers the mouse and the keys", { timeout: MINUTE }, async (name) => {
      const figure = figureOf(page.page, name);
      const before = await wordsOf(figure);
      await drive(figure, name);
      await driveByKeyboard(figure);
      expect(await wordsOf(figure)).not.toBe(before);
      await figure.screenshot({ path: join(projectRoot, `build/site/figure-${name}.png`) });
    });

    it("nothing went wrong on the way", () => {
      expect(page.troubles).toEqual([]);
    });
  });
});
