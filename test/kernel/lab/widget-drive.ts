/** Widgets of every kind in a notebook, as a reader and as a cell set them: for the front ends that show them. */
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

const controls = `import * as w from "chainrule/widgets";
const slider = new w.IntSlider({ value: 3, max: 10, description: "slider" });
const fine = new w.FloatSlider({ value: 0.5, max: 1, description: "fine" });
const rate = new w.FloatLogSlider({ value: 0.01, min: -4, max: 0, step: 1, description: "rate" });
const range = new w.IntRangeSlider({ value: [2, 5], max: 10, description: "range" });
const span = new w.FloatRangeSlider({ value: [0.2, 0.5], max: 1, description: "span" });
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
const share = new w.FloatProgress({ value: 0.25, max: 1, description: "share" });
const square = (side: number) => new TextEncoder().encode(\`<svg xmlns="http://www.w3.org/2000/svg" width="\${side}" height="\${side}"/>\`);
const picture = new w.Image({ value: square(20), format: "svg+xml" });
const grid = new w.GridBox({ children: [new w.HTML({ value: "in a grid" }), picture], layout: { gridTemplateColumns: "1fr 1fr" } });
const linked = new w.IntProgress({ max: 10, description: "linked" });
w.jslink([slider, "value"], [linked, "value"]);
let clicks = 0;
button.onClick(async () => { clicks++; await out.show("clicked " + clicks); });
const upload = new w.FileUpload({ accept: ".txt" });
const tabs = new w.Tabs({ children: [new w.HTML({ value: "first page" }), new w.HTML({ value: "second page" })], titles: ["one", "two"] });
const accordion = new w.Accordion({ children: [new w.HTML({ value: "folded" })], titles: ["fold"] });
new w.VBox({ children: [slider, fine, rate, range, span, box, toggle, drop, several, text, new w.HBox({ children: [button, play, colour] }),
  bar, share, linked, grid, html, out, upload, tabs, accordion] })`;

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

const values = `console.log([slider.value, fine.value, rate.value, range.value, span.value, box.value, toggle.value, drop.value, several.value, text.value, clicks,
  play.value, colour.value, upload.value.map((file) => file.name + ":" + file.content.length), tabs.selectedIndex, counter.get("count")]
  .map((one) => JSON.stringify(one)).join(" "))`;

const set = `slider.value = 9; fine.value = 0.2; rate.value = 0.1; range.value = [1, 8]; span.value = [0, 1]; box.value = false; toggle.value = "sum"; drop.value = 1;
several.value = ["c"]; text.value = "by a cell"; colour.value = "#d55e00"; bar.value = 10; share.value = 0.75; picture.value = square(30); html.value = "<i>slanted</i>";
tabs.selectedIndex = 0; accordion.selectedIndex = 0; counter.set({ count: 40 });`;

/** The notebook's cells: the widgets, one with a front end of its own, their values, a cell that sets them, their values again. */
export const widgetCells: readonly string[] = [controls, own, values, set, values];

/** A page with that notebook open. */
export interface WidgetPage {
  readonly page: Page;
  codeCell(index: number): Locator;
  /** The outputs of a code cell. */
  output(index: number): Locator;
}

export async function runCell(page: WidgetPage, index: number): Promise<void> {
  await page.codeCell(index).locator(".cm-content").click();
  await page.page.keyboard.press("ControlOrMeta+Enter");
}

/** What is inside the widget with these words beside it. */
export const control = (page: WidgetPage, description: string, inside: string): Locator =>
  page
    .output(0)
    .locator(".jupyter-widgets", { has: page.page.locator(`> .widget-label:text-is("${description}")`) })
    .locator(inside);

/** Shows the widgets and sets each by mouse or keyboard; the kernel has the values. */
export async function setByReader(page: WidgetPage): Promise<void> {
  await runCell(page, 0);
  await page.output(0).locator(".widget-slider").first().waitFor({ timeout: 60_000 });
  await runCell(page, 1);
  await page.output(1).locator("button").waitFor();
  const keys = page.page.keyboard;
  await control(page, "slider", "[role=slider], .noUi-handle").first().focus();
  await keys.press("ArrowRight");
  await keys.press("ArrowRight");
  await control(page, "fine", ".noUi-handle").first().focus();
  await keys.press("ArrowRight");
  await control(page, "rate", ".noUi-handle").first().focus();
  await keys.press("ArrowRight");
  await control(page, "range", ".noUi-handle").last().focus();
  await keys.press("ArrowRight");
  await control(page, "span", ".noUi-handle").last().focus();
  await keys.press("ArrowRight");
  await page.output(0).locator("input[type=checkbox]").check();
  await page.output(0).locator("button", { hasText: "mean" }).click();
  await control(page, "drop", "select").selectOption("two");
  await control(page, "several", "select").selectOption(["a", "c"]);
  await control(page, "text", "input").fill("by the reader");
  await page.output(0).locator("button", { hasText: "Count" }).click();
  await expect
    .poll(() => page.output(0).locator(".jupyter-widgets-output-area, .jp-OutputArea").innerText())
    .toContain("clicked 1");
  await page.output(0).locator(".widget-play button").first().click();
  await control(page, "colour", "input[type=color]").fill("#009e73");
  const chooser = page.page.waitForEvent("filechooser");
  await page.output(0).locator("button", { hasText: "Upload" }).click();
  const file = { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("seven b") };
  await (await chooser).setFiles(file);
  await page.output(0).locator(".lm-TabBar-tab", { hasText: "two" }).click();
  await page.output(1).locator("button").click();
  await expect.poll(() => page.output(1).locator("button").innerText()).toBe("count 2");
  await expect
    .poll(async () => {
      await runCell(page, 2);
      // What the cell said before is gone at once, and what it says now comes when the kernel has answered.
      await page.output(2).first().waitFor();
      return (await page.output(2).allInnerTexts()).join("").trim();
    })
    .toBe(`5 0.6 0.1 [2,6] [0.2,0.6] true "mean" 2 ["a","c"] "by the reader" 1 5 "#009e73" ["a.txt:7"] 1 2`);
  // The link needs no kernel.
  expect(
    await control(page, "linked", ".progress-bar").evaluate((bar) => (bar as HTMLElement).style.width),
  ).toBe("50%");
}

/** A cell sets each; the page shows the values, and the kernel has them. */
export async function setByCell(page: WidgetPage): Promise<void> {
  await runCell(page, 3);
  await expect.poll(() => page.output(1).locator("button").innerText()).toBe("count 40");
  expect(await control(page, "slider", ".widget-readout").innerText()).toBe("9");
  expect(await control(page, "fine", ".widget-readout").innerText()).toBe("0.20");
  expect(await control(page, "range", ".widget-readout").innerText()).toBe("1 – 8");
  expect(await control(page, "span", ".widget-readout").innerText()).toBe("0.00 – 1.00");
  expect(await control(page, "rate", ".widget-readout").innerText()).toBe("0.100");
  expect(
    await control(page, "share", ".progress-bar").evaluate((bar) => (bar as HTMLElement).style.width),
  ).toBe("75%");
  await expect
    .poll(() =>
      page
        .output(0)
        .locator(".widget-image")
        .evaluate((image) => (image as HTMLImageElement).naturalWidth),
    )
    .toBe(30);
  expect(await page.output(0).getByText("in a grid").isVisible()).toBe(true);
  expect(await page.output(0).locator("input[type=checkbox]").isChecked()).toBe(false);
  expect(await control(page, "drop", "select").inputValue()).toBe("one");
  expect(await control(page, "text", "input").inputValue()).toBe("by a cell");
  expect(await control(page, "colour", "input[type=color]").inputValue()).toBe("#d55e00");
  expect(await page.output(0).getByText("slanted").count()).toBe(1);
  expect(await page.output(0).getByText("first page").isVisible()).toBe(true);
  await runCell(page, 4);
  await expect
    .poll(async () => (await page.output(4).allInnerTexts()).join("").trim())
    .toBe(`9 0.2 0.1 [1,8] [0,1] false "sum" 1 ["c"] "by a cell" 1 5 "#d55e00" ["a.txt:7"] 0 40`);
}
