/**
 * Charts that answer the pointer, in `chainrule lab` by mouse: the values of all curves at the pointer, the nearest point,
 * and a brush in parallel coordinates. Pictures stay in build/lab/.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Locator } from "playwright-core";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney, type LabPage } from "./lab-page.js";
import { codeNotebook } from "./notebook-file.js";

const MINUTE = 60_000;

const cells = [
  `import { linePlot, parallelCoordinates, scatterPlot, choice, logUniform, search } from "chainrule";
linePlot({ up: [1, 2, 3.14159], down: [3, 2, 1] }, { x: "epoch", title: "Two curves" })`,
  `scatterPlot({ near: [[0, 0]], far: [[10, 10]] }, { title: "Two points" })`,
  `const found = await search({ lr: logUniform(0.01, 1), filters: choice([2, 4]) }, ({ lr, filters }) => lr * filters,
  { strategy: "grid", trials: 6, workers: 0, live: false });
parallelCoordinates(found)`,
];
const notebook = codeNotebook(...cells);

withFrontEnd("chainrule lab", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    let page: LabPage;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, { "charts.ipynb": notebook });
    }, 2 * MINUTE);
    afterAll(() => lab?.stop());

    const drawing = async (index: number): Promise<Locator> => {
      const canvas = page.output(index).locator(".vega-embed canvas, .vega-embed svg").first();
      await canvas.waitFor({ timeout: 60_000 });
      await canvas.scrollIntoViewIfNeeded();
      return canvas;
    };
    /** Moves the pointer to a place of a drawing, as parts of its width and height. */
    const moveTo = async (canvas: Locator, x: number, y: number): Promise<void> => {
      const box = (await canvas.boundingBox())!;
      await page.page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 4 });
    };
    const tooltip = async (): Promise<string> =>
      (await page.page.locator("#vg-tooltip-element.visible").allInnerTexts()).join(" ").replace(/\s+/g, " ");

    it("curves say all values at the pointer", { timeout: 2 * MINUTE }, async () => {
      page = await lab.open("charts.ipynb");
      await page.menu("Run", "Run All Cells");
      const canvas = await drawing(0);
      await moveTo(canvas, 0.75, 0.5);
      await expect.poll(tooltip).toContain("epoch 2 up 3.14 down 1");
      await page.picture("chart-curves");
      await moveTo(canvas, 0.15, 0.5);
      await expect.poll(tooltip).toContain("epoch 0 up 1 down 3");
    });

    it("the nearest point answers from afar", { timeout: MINUTE }, async () => {
      const canvas = await drawing(1);
      await moveTo(canvas, 0.3, 0.6);
      await expect.poll(tooltip).toContain("group near");
      await moveTo(canvas, 0.6, 0.25);
      await expect.poll(tooltip).toContain("group far");
      await page.picture("chart-points");
    });

    it("a brush along an axis makes the other lines pale", { timeout: MINUTE }, async () => {
      const canvas = await drawing(2);
      await moveTo(canvas, 0.5, 0.6);
      await expect.poll(tooltip).toMatch(/trial \d.*score /);
      const pixels = (): Promise<string> =>
        canvas.evaluate((node) => (node instanceof HTMLCanvasElement ? node.toDataURL() : node.outerHTML));
      const before = await pixels();
      await moveTo(canvas, 0.14, 0.35);
      await page.page.mouse.down();
      await moveTo(canvas, 0.18, 0.6);
      await page.page.mouse.up();
      await page.page.mouse.move(5, 5);
      await expect.poll(pixels).not.toBe(before);
      await page.picture("chart-brush");
    });

    /** The colour of a chart's corner, as red, green, blue. */
    const corner = (canvas: Locator): Promise<string> =>
      canvas.evaluate((node: HTMLCanvasElement) =>
        [...node.getContext("2d")!.getImageData(3, 3, 1, 1).data.slice(0, 3)].join(),
      );

    it("a chart takes the page's theme, and another one when that changes", { timeout: MINUTE }, async () => {
      expect(await corner(await drawing(0))).toBe("255,255,255");
      await page.menu("Settings", "Theme", "JupyterLab Dark");
      await expect.poll(async () => corner(await drawing(0))).toBe("17,17,17");
      await page.picture("chart-dark");
      await page.menu("Settings", "Theme", "JupyterLab Light");
      await expect.poll(async () => corner(await drawing(0))).toBe("255,255,255");
    });

    it(
      "a chart is no wider than its place, and is as wide as before when that is",
      { timeout: MINUTE },
      async () => {
        const widths = async (): Promise<[chart: number, place: number]> => {
          const canvas = await drawing(0);
          return canvas.evaluate((node) => [
            node.getBoundingClientRect().width,
            node.closest(".chainrule-chart")!.clientWidth,
          ]);
        };
        const [before] = await widths();
        // Wider again after it was too narrow, a chart takes what it gets.
        await page.page.setViewportSize({ width: 540, height: 860 });
        await expect.poll(async () => (await widths())[0]).toBeLessThan(200);
        const [narrow] = await widths();
        await page.page.setViewportSize({ width: 620, height: 860 });
        await expect.poll(async () => (await widths())[0]).toBeGreaterThan(narrow + 30);
        await expect
          .poll(async () => {
            const [chart, place] = await widths();
            return place < before && chart <= place;
          })
          .toBe(true);
        await page.picture("chart-narrow");
        await page.page.setViewportSize({ width: 1280, height: 860 });
        await expect.poll(async () => (await widths())[0]).toBe(before);
        page.hasNoComplaints();
      },
    );
  });
});
