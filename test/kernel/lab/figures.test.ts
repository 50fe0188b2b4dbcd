/**
 * The figures that answer, in Chromium: on an exported page without a kernel and in `chainrule lab`. Each is driven by mouse
 * and by keyboard, in light and dark and on a phone, and axe finds nothing serious. Pictures stay in build/lab/.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../../support/chromium.js";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { drive, driveByKeyboard, figureOf, names, notebook, wordsOf } from "./figure-drive.js";
import { LabJourney } from "./lab-page.js";

const MINUTE = 60_000;

withTool("chromium", "figures that answer", ({ command }) => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    needsBuild();
    mkdirSync(join(projectRoot, "build/lab"), { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "chainrule-figures-"));
    writeFileSync(join(folder, "figures.ipynb"), notebook);
    const cli = join(projectRoot, "dist/kernel/cli.js");
    const run = ["run", "figures.ipynb", "--out", "out.ipynb", "--html", "figures.html"];
    execFileSync(process.execPath, [cli, ...run], { cwd: folder, stdio: "ignore" });
    browser = await launchChromium(command);
  }, 2 * MINUTE);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (
    options: Parameters<Browser["newPage"]>[0],
  ): Promise<{ page: Page; errors: string[] }> => {
    const page = await browser.newPage({ bypassCSP: false, ...options });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(pathToFileURL(join(folder, "figures.html")).href);
    await page
      .locator("figure.cr-figure")
      .nth(names.length - 1)
      .waitFor();
    return { page, errors };
  };

  it(
    "live on an exported page, by mouse and keyboard, within its content policy",
    { timeout: 3 * MINUTE },
    async () => {
      const { page, errors } = await open({ viewport: { width: 1000, height: 800 } });
      for (const name of names) {
        const figure = figureOf(page, name);
        await drive(figure, name);
        await driveByKeyboard(figure);
        await figure.screenshot({ path: join(projectRoot, `build/lab/figure-${name}-light.png`) });
      }
      expect(errors).toEqual([]);
      await page.close();
    },
  );

  it(
    "a digit drawn with the mouse is read, and a cover over its bar makes another of it",
    { timeout: MINUTE },
    async () => {
      const { page } = await open({ viewport: { width: 1000, height: 800 } });
      const figure = figureOf(page, "drawDigitFigure");
      await figure.getByRole("button", { name: "Clear" }).click();
      const paper = figure.locator("[data-at=paper]");
      // A drawing that is made anew stands nowhere for a moment.
      await expect.poll(() => paper.scrollIntoViewIfNeeded().then(() => true)).toBe(true);
      let box = await paper.boundingBox();
      while (box === null) box = await paper.boundingBox();
      const { x: left, y: top, width, height } = box;
      const at = (x: number, y: number): [number, number] => [left + width * x, top + height * y];
      await page.mouse.move(...at(0.35, 0.25));
      await page.mouse.down();
      await page.mouse.move(...at(0.65, 0.25), { steps: 6 });
      await page.mouse.move(...at(0.45, 0.75), { steps: 8 });
      await page.mouse.up();
      await expect.poll(() => wordsOf(figure)).toMatch(/^It reads 7 /);
      await figure.getByRole("radio", { name: "cover" }).check();
      await page.mouse.move(...at(0.5, 0.27));
      await expect.poll(() => wordsOf(figure)).toMatch(/^With this place covered it reads 1 /);
      await figure.screenshot({ path: join(projectRoot, "build/lab/figure-drawDigitFigure-covered.png") });
      await page.close();
    },
  );

  it("the playground trains in the page until it is told to stop", { timeout: MINUTE }, async () => {
    const { page, errors } = await open({ viewport: { width: 1000, height: 800 } });
    const figure = figureOf(page, "playground");
    const steps = async (): Promise<number> => Number(/(\d+) steps/.exec(await wordsOf(figure))![1]);
    await figure.getByRole("checkbox", { name: "train" }).check();
    await expect.poll(steps).toBeGreaterThan(200);
    expect(await figure.locator(".cr-words").getAttribute("aria-live")).toBe("off");
    await figure.locator(".cr-stage").press(" ");
    await expect.poll(() => figure.locator(".cr-words").getAttribute("aria-live")).toBe("polite");
    const rested = await steps();
    await figure.getByRole("button", { name: "Five steps" }).click();
    await expect.poll(steps).toBe(rested + 5);
    await figure.screenshot({ path: join(projectRoot, "build/lab/figure-playground-trained.png") });
    await figure.getByRole("button", { name: "New weights" }).click();
    await expect.poll(steps).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it.each([
    ["dark", { colorScheme: "dark" as const, viewport: { width: 1000, height: 800 } }],
    ["phone", { viewport: { width: 375, height: 700 }, hasTouch: true }],
  ])("fit a page that is %s, and axe finds nothing serious", { timeout: MINUTE }, async (look, options) => {
    const { page, errors } = await open(options);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    const isDark = await page.locator("figure.cr-dark").count();
    expect(isDark).toBe(look === "dark" ? names.length : 0);
    for (const name of names)
      await figureOf(page, name).screenshot({
        path: join(projectRoot, `build/lab/figure-${name}-${look}.png`),
      });
    await page.close();
    expect(errors).toEqual([]);
    // The page lets no other script run, so that axe looks at one without the policy.
    const open2 = await browser.newPage({ bypassCSP: true, ...options });
    await open2.goto(pathToFileURL(join(folder, "figures.html")).href);
    await open2
      .locator("figure.cr-figure")
      .nth(names.length - 1)
      .waitFor();
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await open2.evaluate(axe);
    const found = await open2.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(
            selector: string,
          ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
        };
      };
      return (await axe.run("figure.cr-figure")).violations;
    });
    const serious = found
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 160)}`);
    expect(serious).toEqual([]);
    await open2.close();
  });

  withFrontEnd("in chainrule lab", () => {
    it("answer without a cell, and the kernel hears of it", { timeout: 4 * MINUTE }, async () => {
      const cells = [...(JSON.parse(notebook) as { cells: object[] }).cells];
      const told = { cell_type: "code", id: "told", metadata: {}, outputs: [], execution_count: null };
      const source = `import { convolutionSizes as made } from "chainrule/widgets";\nconst sizes = made({ N: 9 });\nsizes`;
      const ask = { ...told, id: "ask", source: "console.log(sizes.state.N)" };
      const whole = { ...(JSON.parse(notebook) as object), cells: [...cells, { ...told, source }, ask] };
      const lab = await LabJourney.start(command, { "figures.ipynb": JSON.stringify(whole) });
      try {
        const page = await lab.open("figures.ipynb");
        const run = async (index: number): Promise<void> => {
          await page.codeCell(index).locator(".cm-content").click();
          await page.page.keyboard.press("ControlOrMeta+Enter");
        };
        for (const [i, name] of names.entries()) {
          await run(i);
          const figure = page.output(i).locator("figure.cr-figure");
          await figure.waitFor({ timeout: 60_000 });
          await drive(figure, name);
        }
        await page.picture("figures-in-lab");
        await run(names.length);
        const slider = page.output(names.length).locator("input[type=range]").first();
        await slider.waitFor();
        expect(await slider.inputValue()).toBe("9");
        await slider.press("ArrowRight");
        await slider.press("ArrowRight");
        // The kernel hears of the last of many moves, a moment later.
        await page.page.waitForTimeout(1_000);
        await run(names.length + 1);
        const heard = async (): Promise<string> =>
          (await page.output(names.length + 1).allInnerTexts()).join("").trim();
        await expect.poll(heard).not.toBe("");
        await page.picture("figures-told");
        expect(await heard()).toBe("11");
        page.hasNoComplaints();
      } finally {
        await lab.stop();
      }
    });
  });
});
