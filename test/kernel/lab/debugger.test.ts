/**
 * The debugger in Chromium: a breakpoint in the margin of a cell, the line where it stops, calls and variables, a step,
 * and on. Pictures stay in build/lab/.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney } from "./lab-page.js";
import { codeNotebook } from "./notebook-file.js";

const MINUTE = 60_000;

const file = codeNotebook(
  "import { tensor } from 'chainrule';\n\ninterface Layer { weight: number; bias: number }\n" +
    "function forward(layer: Layer, x: number): number {\n  const product = layer.weight * x;\n" +
    "  return product + layer.bias;\n}\nconst layer: Layer = { weight: 3, bias: 1 };\n" +
    "const image = tensor([[1, 2], [3, 4]]);\nforward(layer, 2)",
);

withFrontEnd("the debugger", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, { "debugged.ipynb": file });
    });
    afterAll(() => lab?.stop());

    it(
      "stops in a cell, shows where and with what, steps, and goes on",
      { timeout: 3 * MINUTE },
      async () => {
        const page = await lab.open("debugged.ipynb");
        const { page: tab } = page;
        // The button does nothing before the notebook has the focus and the kernel has said that it can be debugged.
        await page.codeCell(0).locator(".cm-content").click();
        await tab.locator(".jp-DebuggerBugButton:not([disabled]):not([aria-disabled=true])").click();
        await expect
          .poll(() => tab.locator(".jp-DebuggerBugButton").getAttribute("aria-pressed"))
          .toBe("true");
        const margin = page.codeCell(0).locator(".cm-breakpoint-gutter .cm-gutterElement");
        await expect.poll(() => margin.count()).toBeGreaterThan(9);
        await margin.filter({ visible: true }).nth(4).click();
        await tab.locator(".jp-DebuggerBreakpoint", { hasText: "5" }).first().waitFor();
        await page.codeCell(0).locator(".cm-content").click();
        await tab.keyboard.press("Control+Enter");
        const calls = tab.locator(".jp-DebuggerCallstackFrame");
        await expect
          .poll(() => calls.allInnerTexts())
          .toEqual([
            expect.stringMatching(/^forward\s+Cell \[\*\]:5$/),
            expect.stringMatching(/^cell\s+Cell \[\*\]:10$/),
          ]);
        const current = page.codeCell(0).locator(".jp-DebuggerEditor-highlight");
        await expect.poll(() => current.allInnerTexts()).toEqual(["  const product = layer.weight * x;"]);
        const variables = tab.locator(".jp-DebuggerVariables");
        await variables.getByText("{ weight: 3, bias: 1 }").first().waitFor();
        await page.picture("debugger-light");
        await tab.locator('[data-command="debugger:next"]').first().click();
        await expect.poll(() => current.allInnerTexts()).toEqual(["  return product + layer.bias;"]);
        await expect.poll(() => variables.innerText()).toMatch(/product:?\s*6/);
        await page.menu("Settings", "Theme", "JupyterLab Dark$");
        await expect.poll(() => tab.evaluate(() => document.body.dataset.jpThemeLight)).toBe("false");
        await tab.waitForTimeout(500);
        await page.picture("debugger-dark");
        await page.menu("Settings", "Theme", "JupyterLab Light");
        await tab.locator('[data-command="debugger:continue"]').first().click();
        await expect.poll(() => page.output(0).allInnerTexts()).toEqual(["7"]);
        await expect.poll(() => current.count()).toBe(0);
        page.hasNoComplaints();
        await tab.close();
      },
    );
  });
});
