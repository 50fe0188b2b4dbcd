/**
 * Widgets in `chainrule lab`: every kind is shown and set from both sides, by mouse or keyboard and by a cell, and so is a
 * widget with a front end of its own. Pictures stay in build/lab/.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Locator } from "playwright-core";
import { withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney, type LabPage } from "./lab-page.js";

const MINUTE = 60_000;
const soon = <T>(value: () => T) => expect.poll(value, { timeout: 30_000 });

function notebook(...sources: readonly string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: "code",
    id: `c${i}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }));
  const kernelspec = { display_name: "TypeScript (chainrule)", language: "typescript", name: "chainrule" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}

const controls = `import * as w from "chainrule/widgets";
const slider = new w.IntSlider({ value: 3, max: 10, description: "slider" });
const fine = new w.FloatSlider({ value: 0.5, max: 1, description: "fine" });
const range = new w.IntRangeSlider({ value: [2, 5], max: 10, description: "range" });
const box = new w.Checkbox({ description: "box" });
const toggle = new w.ToggleButtons({ options: ["sum", "mean"], description: "toggle" });
const drop = new w.Dropdown({ options: { one: 1, two: 2 }, description: "drop" });
const several = new w.SelectMultiple({ options: ["a", "b", "c"], description: "several" });
const text = new w.Text({ value: "words", description: "text" });
const button = new w.Button({ description: "Count" });
const play = new w.Play({ max: 5, interval: 20 });
const colour = new w.ColorPicker({ value: "#0072b2", description: "colour" });
const bar = new w.IntProgress({ value: 4, max: 10, description: "bar" });
const html = new w.HTML({ value: "<b>bold</b>" });
const out = new w.Output();
const linked = new w.IntProgress({ max: 10, description: "linked" });
w.jslink([slider, "value"], [linked, "value"]);
let clicks = 0;
button.onClick(async () => { clicks++; await out.show("clicked " + clicks); });
const upload = new w.FileUpload({ accept: ".txt" });
const tabs = new w.Tabs({ children: [new w.HTML({ value: "first page" }), new w.HTML({ value: "second page" })], titles: ["one", "two"] });
const accordion = new w.Accordion({ children: [new w.HTML({ value: "folded" })], titles: ["fold"] });
new w.VBox({ children: [slider, fine, range, box, toggle, drop, several, text, new w.HBox({ children: [button, play, colour] }),
  bar, linked, html, out, upload, tabs, accordion] })`;

const own = `const counter = new w.AnyWidget({
  name: "Counter",
  state: { count: 1 },
  module: \`export default { render({ model, el }) {
    const button = document.createElement("button");
    const show = () => { button.textContent = "count " + model.get("count"); };
    button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
    model.on("change:count", show);
    show();
    el.append(button);
  } };\`,
});
counter`;

const values = `console.log([slider.value, fine.value, range.value, box.value, toggle.value, drop.value, several.value, text.value, clicks,
  play.value, colour.value, upload.value.map((file) => file.name + ":" + file.content.length), tabs.selectedIndex, counter.get("count")]
  .map((one) => JSON.stringify(one)).join(" "))`;

const set = `slider.value = 9; fine.value = 0.2; range.value = [1, 8]; box.value = false; toggle.value = "sum"; drop.value = 1;
several.value = ["c"]; text.value = "by a cell"; colour.value = "#d55e00"; bar.value = 10; html.value = "<i>slanted</i>";
tabs.selectedIndex = 0; accordion.selectedIndex = 0; counter.set({ count: 40 });`;

withFrontEnd("chainrule lab", () => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    let page: LabPage;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, {
        "widgets.ipynb": notebook(controls, own, values, set, values),
      });
    }, MINUTE);
    afterAll(() => lab?.stop());

    const run = async (index: number): Promise<void> => {
      await page.codeCell(index).locator(".cm-content").click();
      await page.page.keyboard.press("ControlOrMeta+Enter");
    };
    const control = (description: string, inside: string): Locator =>
      page
        .output(0)
        .locator(".jupyter-widgets", { has: page.page.locator(`> .widget-label:text-is("${description}")`) })
        .locator(inside);

    it("are shown and set by the reader", { timeout: 2 * MINUTE }, async () => {
      page = await lab.open("widgets.ipynb");
      await run(0);
      await page.output(0).locator(".widget-slider").first().waitFor({ timeout: 60_000 });
      await run(1);
      await page.output(1).locator("button").waitFor();
      const keys = page.page.keyboard;
      await control("slider", "[role=slider], .noUi-handle").first().focus();
      await keys.press("ArrowRight");
      await keys.press("ArrowRight");
      await control("fine", ".noUi-handle").first().focus();
      await keys.press("ArrowRight");
      await control("range", ".noUi-handle").last().focus();
      await keys.press("ArrowRight");
      await page.output(0).locator("input[type=checkbox]").check();
      await page.output(0).locator("button", { hasText: "mean" }).click();
      await control("drop", "select").selectOption("two");
      await control("several", "select").selectOption(["a", "c"]);
      await control("text", "input").fill("by the reader");
      await page.output(0).locator("button", { hasText: "Count" }).click();
      await soon(() =>
        page.output(0).locator(".jupyter-widgets-output-area, .jp-OutputArea").innerText(),
      ).toContain("clicked 1");
      await page.output(0).locator(".widget-play button").first().click();
      await control("colour", "input[type=color]").fill("#009e73");
      const chooser = page.page.waitForEvent("filechooser");
      await page.output(0).locator("button", { hasText: "Upload" }).click();
      const file = { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("seven b") };
      await (await chooser).setFiles(file);
      await page.output(0).locator(".lm-TabBar-tab", { hasText: "two" }).click();
      await page.output(1).locator("button").click();
      await soon(() => page.output(1).locator("button").innerText()).toBe("count 2");
      await soon(async () => {
        await run(2);
        return (await page.output(2).allInnerTexts()).join("").trim();
      }).toBe(`5 0.6 [2,6] true "mean" 2 ["a","c"] "by the reader" 1 5 "#009e73" ["a.txt:7"] 1 2`);
      // The link needs no kernel.
      expect(
        await control("linked", ".progress-bar").evaluate((bar) => (bar as HTMLElement).style.width),
      ).toBe("50%");
      await page.picture("widgets");
    });

    it("are set by a cell", { timeout: MINUTE }, async () => {
      await run(3);
      await soon(() => page.output(1).locator("button").innerText()).toBe("count 40");
      expect(await control("slider", ".widget-readout").innerText()).toBe("9");
      expect(await control("fine", ".widget-readout").innerText()).toBe("0.20");
      expect(await control("range", ".widget-readout").innerText()).toBe("1 – 8");
      expect(await page.output(0).locator("input[type=checkbox]").isChecked()).toBe(false);
      expect(await control("drop", "select").inputValue()).toBe("one");
      expect(await control("text", "input").inputValue()).toBe("by a cell");
      expect(await control("colour", "input[type=color]").inputValue()).toBe("#d55e00");
      expect(await page.output(0).getByText("slanted").count()).toBe(1);
      expect(await page.output(0).getByText("first page").isVisible()).toBe(true);
      await run(4);
      await soon(async () => (await page.output(4).allInnerTexts()).join("").trim()).toBe(
        `9 0.2 [1,8] false "sum" 1 ["c"] "by a cell" 1 5 "#d55e00" ["a.txt:7"] 0 40`,
      );
      await page.picture("widgets-set");
      page.hasNoComplaints();
    });

    it("are there again after the page was closed", { timeout: 2 * MINUTE }, async () => {
      await page.menu("File", "Save Notebook");
      await soon(() => JSON.stringify(page.file("widgets.ipynb"))).toContain("widget-view+json");
      await page.page.close();
      page = await lab.open("widgets.ipynb");
      await soon(() => control("slider", ".widget-readout").innerText()).toBe("9");
      await soon(() => page.output(1).locator("button").innerText()).toBe("count 40");
      await page.output(1).locator("button").click();
      await soon(() => page.output(1).locator("button").innerText()).toBe("count 41");
      await page.picture("widgets-again");
    });
  });
});
