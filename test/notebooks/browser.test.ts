/**
 * A reader's view: the first lecture opened in Jupyter Notebook 6 in Chromium, all cells run, and what is drawn
 * while they run and afterwards. Pictures of the pages stay in build/browser/ to be looked at.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openChromium } from "../support/chromium.js";
import { findTool, projectRoot, withTool } from "../support/shared.js";
import { startNotebookServer } from "../kernel/support/notebook-server.js";
import type { NotebookOutput } from "../../kernel/notebook/format.js";
import { readNotebook, runnableCells, runProgram } from "./support.js";

const LECTURE = "notebooks/lectures/20-first-convnet.ipynb";
const MINUTE = 60_000;

withTool("chromium", "in a browser", ({ command: executablePath }) => {
  const pictures = join(projectRoot, "build/browser");
  let folder: string;
  let browser: BrowserContext;
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "chainrule-browser-"));
    const viewport = { width: 1200, height: 900 };
    browser = await openChromium(join(folder, "profile"), executablePath, { viewport });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "an exported page fits a wide and a narrow window, light and dark, and loads nothing",
    async () => {
      const file = join(folder, "tour.html");
      const run = [
        join(projectRoot, "dist/kernel/cli.js"),
        "run",
        "test/fixtures/tour.ipynb",
        "--html",
        file,
      ];
      const { status, output } = await runProgram(process.execPath, run, { cwd: projectRoot });
      expect(status, output).toBe(0);
      const page = await browser.newPage();
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      await page.goto(pathToFileURL(file).href);
      expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(file).href]);
      expect(complaints).toEqual([]);
      expect(await drawnPictures(page, "main img")).toEqual({ drawn: 2, all: 2 });
      const charts = page.locator("main .chart[role=img][aria-label]");
      expect(await charts.count()).toBe(2);
      expect(await page.locator("main img:not([alt]), main img[alt='']").count()).toBe(0);
      expect(await page.locator("math").first().boundingBox()).toMatchObject({
        height: expect.any(Number) as number,
      });
      for (const [name, width, colorScheme] of [
        ["wide", 1200, "light"],
        ["dark", 1200, "dark"],
        ["phone", 390, "light"],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        // Of the drawing for a wide page and that for a narrow one.
        for (const chart of await charts.all()) {
          const drawing = chart.locator("svg:visible");
          expect(await drawing.count()).toBe(1);
          const box = (await drawing.boundingBox())!;
          expect(box.width).toBeGreaterThan(200);
          expect(box.x + box.width).toBeLessThanOrEqual(width);
        }
        await page.screenshot({ path: join(pictures, `page-${name}.png`), fullPage: true });
      }
      expect(await page.locator("nav.toc").isVisible()).toBe(false);
      expect(await page.locator("details.toc").isVisible()).toBe(true);
      await page.close();
    },
    2 * MINUTE,
  );

  const jupyter = findTool("jupyter");
  it.skipIf(jupyter === undefined)(
    "a lecture runs in Notebook 6, with a panel that lives and pictures that are drawn",
    async () => {
      const notebook = readNotebook(LECTURE);
      copyFileSync(join(projectRoot, LECTURE), join(folder, "lecture.ipynb"));
      const server = await startNotebookServer(jupyter!.command, folder);
      try {
        const page = await browser.newPage();
        await page.goto(`${server.url}/notebooks/lecture.ipynb`);
        await page.waitForFunction("Jupyter.notebook?.kernel?.info_reply?.status === 'ok'", undefined, {
          timeout: MINUTE,
        });
        // Old outputs would be taken for new ones.
        await page.evaluate("Jupyter.notebook.clear_all_output(); Jupyter.notebook.execute_all_cells()");
        const seen = new Set<string>();
        const isBusy = `Jupyter.notebook.get_cells().some((c) => c.cell_type === "code" && c.element.hasClass("running"))`;
        const panel = `(() => { const i = Jupyter.notebook.get_cells().findIndex((c) => c.get_text().includes("const run = await fit"));
          return document.querySelectorAll("#notebook-container > .cell")[i].querySelector(".output_subarea")?.innerHTML ?? ""; })()`;
        const end = performance.now() + 4 * MINUTE;
        let captured = false;
        while ((await page.evaluate(isBusy)) && performance.now() < end) {
          const html = await page.evaluate<string>(panel);
          if (html !== "") seen.add(html);
          if (seen.size === 3 && !captured) {
            captured = true;
            await page.locator(".output_subarea").last().scrollIntoViewIfNeeded();
            await page.screenshot({ path: join(pictures, "notebook6-live.png") });
          }
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        const errors = await page.locator(".output_error").allTextContents();
        expect(errors).toEqual([]);
        const counts = await page.evaluate(
          `Jupyter.notebook.get_cells().filter((c) => c.cell_type === "code").map((c) => c.input_prompt_number)`,
        );
        expect(counts).toEqual(runnableCells(notebook).map((_, i) => i + 1));
        // How often it is drawn depends on what drawing costs beside a step: on a busy machine a few times.
        expect(seen.size, "different states of the training panel").toBeGreaterThan(2);
        const wanted = runnableCells(notebook).flatMap((cell) => cell.outputs.filter(isPicture)).length;
        expect(wanted).toBeGreaterThan(5);
        const { drawn, all } = await drawnPictures(page, ".output_area img, .output_area .output_svg svg");
        expect({ drawn, all }).toEqual({ drawn: all, all: wanted });
        await screenshotNotebook(page, join(pictures, "notebook6.png"));
        await page.close();
      } finally {
        await server.stop();
      }
    },
    6 * MINUTE,
  );
});

/** An output that shows a picture, as it is or in Markdown. */
function isPicture(output: NotebookOutput): boolean {
  if (!("data" in output)) return false;
  const markdown = output.data["text/markdown"];
  return (
    "image/png" in output.data || (markdown !== undefined && /!\[|<img/.test([markdown].flat().join("")))
  );
}

/** How many pictures there are, and how many of them have an area and more than one colour. */
async function drawnPictures(page: Page, selector: string): Promise<{ drawn: number; all: number }> {
  const script = `(async () => {
    const all = [...document.querySelectorAll(${JSON.stringify(selector)})];
    let drawn = 0;
    for (const element of all) {
      if (element.getBoundingClientRect().width < 20) continue;
      if (element.tagName !== "IMG") { drawn += element.querySelectorAll("path, rect, image").length > 3 ? 1 : 0; continue; }
      await element.decode();
      const canvas = document.createElement("canvas");
      canvas.width = element.naturalWidth; canvas.height = element.naturalHeight;
      const context = canvas.getContext("2d");
      context.drawImage(element, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      if (pixels.some((pixel) => pixel !== pixels[0])) drawn++;
    }
    return { drawn, all: all.length };
  })()`;
  return page.evaluate<{ drawn: number; all: number }>(script);
}

/** The whole notebook, which scrolls inside the page. */
async function screenshotNotebook(page: Page, path: string): Promise<void> {
  await page.evaluate("Jupyter.notebook.select(0)");
  const height = await page.evaluate<number>(
    "document.querySelector('#notebook-container').scrollHeight + 250",
  );
  await page.setViewportSize({ width: 1200, height: Math.min(height, 16_000) });
  await page.screenshot({ path });
}
