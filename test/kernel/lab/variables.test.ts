/**
 * The pane of variables in Chromium: it follows the cells, is filtered and sorted, shows a value and writes a name.
 * Pictures stay in build/lab/.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney } from "./lab-page.js";
import { codeNotebook } from "./notebook-file.js";

const MINUTE = 60_000;

const file = codeNotebook(
  "import { tensor, zeros, digits } from 'chainrule';\n" +
    "const images = digits({ train: 20, test: 10 }).train.images;\n" +
    "const weights = zeros([10, 64]);\nlet rate = 0.1;\nconst words = ['one', 'two'];\n" +
    "const slope = tensor([1, 2, 4, 8, 16]);\nfunction loss(x: number) { return x * x; }",
  "rate",
  "",
);

withFrontEnd("the pane of variables", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, { "variables.ipynb": file });
    });
    afterAll(() => lab?.stop());

    it("follows the cells, shows a value, and writes a name", { timeout: 3 * MINUTE }, async () => {
      const page = await lab.open("variables.ipynb");
      const pane = page.page.getByRole("region", { name: "Variables" });
      await page.page.locator('.jp-SideBar [data-id="chainrule-variables"]').click();
      await pane.getByText("No cell has declared a variable yet.").waitFor();
      await page.codeCell(0).locator(".cm-content").click();
      await page.page.keyboard.press("Control+Enter");
      const names = () => pane.locator(".chainrule-Variables-name").allInnerTexts();
      await expect.poll(names).toEqual(["images", "rate", "slope", "weights", "words"]);
      const row = (name: string) =>
        pane.getByRole("row").filter({ has: page.page.getByRole("button", { name: `Show ${name}` }) });
      const cells = (name: string) => row(name).locator("td").allInnerTexts();
      expect(await cells("weights")).toEqual(["Tensor", "10×64", "2.6 kB"]);
      expect(await cells("words")).toEqual(["string[]", '["one", "two"]', "2 items"]);
      expect(
        await row("images")
          .getByRole("img")
          .evaluate((one) => (one as HTMLCanvasElement).width),
      ).toBe(28);
      // A new value, without a touch of the pane.
      await page.write(1, "rate = 0.25; const later = [rate]");
      await page.page.keyboard.press("Control+Enter");
      await expect.poll(names).toContain("later");
      expect(await row("rate").innerText()).toContain("0.25");
      await page.picture("variables-light");
      const size = pane.getByRole("button", { name: "Size" });
      await size.click();
      await size.click();
      await expect.poll(async () => (await names())[0]).toBe("images");
      expect(await pane.getByRole("columnheader", { name: "Size" }).getAttribute("aria-sort")).toBe(
        "descending",
      );
      await pane.getByLabel("functions and imports").check();
      expect(await names()).toEqual(expect.arrayContaining(["loss", "digits"]));
      await pane.getByRole("searchbox", { name: "Filter variables" }).fill("slo");
      expect(await names()).toEqual(["slope"]);
      await pane.getByRole("button", { name: "Show slope" }).click();
      const value = page.page.getByRole("region", { name: "The value of slope" });
      await value.getByText("slope: Tensor").waitFor();
      await expect
        .poll(() => value.locator(".jp-RenderedHTMLCommon, .jp-RenderedText").innerText())
        .toMatch(/16/);
      await page.codeCell(2).locator(".cm-content").click();
      await row("slope").hover();
      await pane.getByRole("button", { name: "Insert slope at the cursor" }).click();
      await expect.poll(() => page.codeCell(2).locator(".cm-content").innerText()).toBe("slope");
      await pane.getByRole("searchbox", { name: "Filter variables" }).fill("");
      await page.menu("Settings", "Theme", "JupyterLab Dark$");
      await expect.poll(() => page.page.evaluate(() => document.body.dataset.jpThemeLight)).toBe("false");
      await page.page.waitForTimeout(500);
      await page.picture("variables-dark");
      await page.menu("Settings", "Theme", "JupyterLab Light");
      await page.menu("Kernel", "Restart Kernel…");
      await page.page.locator(".jp-Dialog button.jp-mod-accept").click();
      await expect.poll(names).toEqual([]);
      page.hasNoComplaints();
      await page.page.close();
    });
  });
});
