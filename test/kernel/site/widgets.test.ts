/** Widgets on the website: every kind is shown and set from both sides, as in `chainrule lab`. Pictures stay in build/site/. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { setByCell, setByReader, widgetCells, type WidgetPage } from "../lab/widget-drive.js";
import { needsBuild } from "../support/jupyter.js";
import { SiteJourney, notebookOf, type SitePage } from "./site-page.js";

const MINUTE = 60_000;

withFrontEnd("a website", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let site: SiteJourney;
    let opened: SitePage;
    let page: WidgetPage;
    beforeAll(async () => {
      needsBuild();
      mkdirSync(join(projectRoot, "build/site"), { recursive: true });
      site = await SiteJourney.start(command, { "widgets.ipynb": notebookOf(...widgetCells) });
      opened = await site.open("widgets.ipynb");
      await opened.ready();
      const cells = opened.page.locator(".jp-CodeCell");
      page = {
        page: opened.page,
        codeCell: (index) => cells.nth(index),
        output: (index) => cells.nth(index).locator(".jp-OutputArea-output"),
      };
    });
    afterAll(() => site?.stop());

    const picture = (name: string): Promise<unknown> =>
      opened.page.screenshot({ path: join(projectRoot, `build/site/${name}.png`) });

    it("are shown and set by the reader", { timeout: 3 * MINUTE }, async () => {
      await setByReader(page);
      await picture("widgets");
    });

    it("are set by a cell", { timeout: 2 * MINUTE }, async () => {
      await setByCell(page);
      await picture("widgets-set");
      expect(opened.troubles).toEqual([]);
    });

    it(
      "are there when the notebook is opened again, which does not change it",
      { timeout: 3 * MINUTE },
      async () => {
        const open = "jupyterapp.shell.currentWidget";
        await opened.page.evaluate(`${open}.context.save().then(() => null)`);
        const again = await site.open("widgets.ipynb");
        await again.ready();
        const cells = again.page.locator(".jp-CodeCell");
        const output = (index: number) => cells.nth(index).locator(".jp-OutputArea-output");
        await output(1).getByText("count 40").waitFor({ timeout: MINUTE });
        const label = output(0).locator(".widget-label:text-is('rate')");
        await label.waitFor({ timeout: MINUTE });
        expect(await output(0).locator("progress, .widget-hprogress").count()).toBeGreaterThan(0);
        expect(await again.page.evaluate(`${open}.context.model.dirty`)).toBe(false);
        expect(again.troubles).toEqual([]);
        // When they were made twice, the first ones are not kept.
        const states = `Object.keys(${open}.context.model.getMetadata("widgets")["application/vnd.jupyter.widget-state+json"].state).length`;
        const before = await again.page.evaluate(states);
        expect(await again.runAll()).toBeUndefined();
        await again.page.evaluate(`${open}.context.save().then(() => null)`);
        expect(await again.page.evaluate(states)).toBe(before);
        // The file has other widgets now than the first page, which takes it in the place of its own.
        await opened.page.evaluate(`${open}.context.revert().then(() => null)`);
        await page.output(0).locator(".widget-label:text-is('rate')").waitFor({ timeout: MINUTE });
        expect(await opened.page.getByText("Error displaying widget").count()).toBe(0);
        expect(await opened.page.evaluate(`${open}.context.model.dirty`)).toBe(false);
        await again.page.close();
      },
    );
  });
});
