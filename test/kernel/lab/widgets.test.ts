/**
 * Widgets in `chainrule lab`: every kind is shown and set from both sides, by mouse or keyboard and by a cell, and so is a
 * widget with a front end of its own. Pictures stay in build/lab/.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney, type LabPage } from "./lab-page.js";
import { control, setByCell, setByReader, widgetCells } from "./widget-drive.js";
import { codeNotebook } from "./notebook-file.js";

const MINUTE = 60_000;

withFrontEnd("chainrule lab", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    let page: LabPage;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, {
        "widgets.ipynb": codeNotebook(...widgetCells),
      });
    }, MINUTE);
    afterAll(() => lab?.stop());

    it("are shown and set by the reader", { timeout: 2 * MINUTE }, async () => {
      page = await lab.open("widgets.ipynb");
      await setByReader(page);
      await page.picture("widgets");
    });

    it("are set by a cell", { timeout: MINUTE }, async () => {
      await setByCell(page);
      await page.picture("widgets-set");
      page.hasNoComplaints();
    });

    it("are there again after the page was closed", { timeout: 2 * MINUTE }, async () => {
      await page.menu("File", "Save Notebook");
      await expect.poll(() => JSON.stringify(page.file("widgets.ipynb"))).toContain("widget-view+json");
      await page.page.close();
      page = await lab.open("widgets.ipynb");
      await expect.poll(() => control(page, "slider", ".widget-readout").innerText()).toBe("9");
      await expect.poll(() => page.output(1).locator("button").innerText()).toBe("count 40");
      await page.output(1).locator("button").click();
      await expect.poll(() => page.output(1).locator("button").innerText()).toBe("count 41");
      await page.picture("widgets-again");
    });
  });
});
