/**
 * A training that answers in `chainrule lab`, by mouse: the slider of the rate takes effect while the network trains, buttons
 * pause it, make one step, and stop it, the list chooses whose filters show, and what is saved is the panel as it ended.
 * Pictures stay in build/lab/.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Locator } from "playwright-core";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney, type LabPage } from "./lab-page.js";
import { codeNotebook } from "./notebook-file.js";

const MINUTE = 60_000;

const training = `import { Conv2d, Linear, MaxPool2d, ReLU, SGD, Sequential, digits, fit } from "chainrule";
const net = new Sequential({
  conv1: new Conv2d({ in: 1, out: 4, size: 5, pad: 2 }), relu1: new ReLU(), pool1: new MaxPool2d({ size: 4 }),
  conv2: new Conv2d({ in: 4, out: 6, size: 3, pad: 1 }), relu2: new ReLU(),
  fc: new Linear({ in: 6 * 49, out: 10 }),
}, { input: [1, 28, 28] });
const optimizer = new SGD({ lr: 0.01, momentum: 0.9 });
const run = await fit(net, digits({ train: 300, test: 60 }), { optimizer, epochs: 100_000, controls: true });`;

const facts = `const [rate] = run.changes.filter(({ name }) => name === "learning rate");
console.log(JSON.stringify({
  status: run.status, steps: run.steps.length, filters: run.filtersOf, own: [optimizer.lr, optimizer.momentum],
  names: [...new Set(run.changes.map(({ name }) => name))].sort(), from: rate.from,
  takes: run.steps[rate.step - 2].learningRate === rate.from && run.steps[rate.step - 1].learningRate === rate.to,
  last: run.steps.at(-1)!.learningRate === run.changes.filter(({ name }) => name === "learning rate").at(-1)!.to,
}));`;

const notebook = codeNotebook(training, facts);

withFrontEnd("chainrule lab", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    let page: LabPage;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, { "training.ipynb": notebook });
    }, MINUTE);
    afterAll(() => lab?.stop());

    const run = async (index: number): Promise<void> => {
      await page.codeCell(index).locator(".cm-content").click();
      await page.page.keyboard.press("ControlOrMeta+Enter");
    };
    const button = (words: string): Locator => page.output(0).locator("button", { hasText: words });
    const slider = (description: string): Locator =>
      page
        .output(0)
        .locator(".widget-slider", { has: page.page.locator(`> .widget-label:text-is("${description}")`) });
    /** The panel's words, and the step that it shows. */
    const words = async (): Promise<string> =>
      (await page.output(0).locator(".widget-html img").getAttribute("alt")) ?? "";
    const drawing = (): Promise<string> =>
      page
        .output(0)
        .locator(".widget-html img")
        .evaluate(async (image) => (await fetch((image as HTMLImageElement).src)).text());
    const step = async (): Promise<number> =>
      Number(/· {2}step ([\d,]+) of/.exec(await drawing())?.[1].replaceAll(",", ""));

    it("is slowed, paused, stepped and stopped by mouse", { timeout: 3 * MINUTE }, async () => {
      page = await lab.open("training.ipynb");
      await run(0);
      await button("Pause").waitFor({ timeout: 60_000 });
      const readout = slider("learning rate").locator(".widget-readout");
      const before = await readout.innerText();
      expect(Number(before)).toBe(0.01);
      // To the left by mouse: a smaller rate.
      for (const [description, part] of [
        ["learning rate", 0.3],
        ["momentum", 0.5],
      ] as const) {
        const track = (await slider(description).locator(".noUi-target").boundingBox())!;
        const handle = (await slider(description).locator(".noUi-handle").boundingBox())!;
        const middle = handle.y + handle.height / 2;
        await page.page.mouse.move(handle.x + handle.width / 2, middle);
        await page.page.mouse.down();
        await page.page.mouse.move(track.x + track.width * part, middle, { steps: 5 });
        await page.page.mouse.up();
      }
      await expect.poll(async () => Number(await readout.innerText())).toBeLessThan(0.005);
      await page.picture("training-controls");
      await button("Pause").click();
      await expect.poll(words).toContain("Paused.");
      await expect.poll(words).toContain("By hand: learning rate from 0.01 to");
      const paused = await step();
      await button("One step").click();
      await expect.poll(step).toBe(paused + 1);
      await page.output(0).locator("select").selectOption("conv2");
      await expect.poll(drawing).toContain(">conv2<");
      await page.picture("training-paused");
      await button("Go on").click();
      await expect.poll(step).toBeGreaterThan(paused + 2);
      await button("Stop").click();
      await page.output(0).locator(".vega-embed").waitFor({ timeout: 60_000 });
      await expect.poll(() => page.output(0).locator(".jupyter-widgets").count()).toBe(0);
      await page.picture("training-stopped");
    });

    it("leaves the run as it was trained, and the panel alone in the file", { timeout: MINUTE }, async () => {
      await page.isIdle();
      await run(1);
      await expect.poll(async () => (await page.output(1).allInnerTexts()).join("")).toContain("status");
      const said = JSON.parse((await page.output(1).allInnerTexts()).join("")) as Record<string, unknown>;
      expect(said).toMatchObject({
        status: "stopped",
        filters: "conv2",
        own: [0.01, 0.9],
        names: ["learning rate", "momentum"],
        from: 0.01,
        takes: true,
        last: true,
      });
      await page.menu("File", "Save Notebook");
      await expect
        .poll(() => JSON.stringify(page.file("training.ipynb").cells[0].outputs))
        .toContain("stopped after");
      const file = JSON.stringify(page.file("training.ipynb"));
      expect(file).toContain("By hand: learning rate from 0.01 to");
      expect(file).not.toContain("widget-view+json");
      expect(file).not.toContain("FloatLogSlider");
      page.hasNoComplaints();
    });
  });
});
