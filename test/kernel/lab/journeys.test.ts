/**
 * A reader's journeys through `chainrule lab` in Chromium: from the launcher to a result, a notebook that is run, edited,
 * completed, inspected, interrupted, restarted, saved and opened again, and the themes. Pictures stay in build/lab/.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { LabJourney } from "./lab-page.js";

const MINUTE = 60_000;

function cell(type: "code" | "markdown", source: string, id: string): object {
  const outputs = type === "code" ? { outputs: [], execution_count: null } : {};
  return { cell_type: type, id, metadata: {}, source, ...outputs };
}

const notebook = (...cells: object[]): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: "TypeScript (chainrule)", language: "typescript", name: "chainrule" },
    },
    cells,
  });

const early = notebook(cell("code", "1 + 2", "a"));

/** A short notebook with one output of each kind. */
const short = notebook(
  cell("markdown", "# A short one\n\nWith $\\frac{\\partial L}{\\partial w} = x$ in a sentence.", "a"),
  cell("code", "const words: string[] = ['one', 'two'];\nconsole.log(words.join(' and '));", "b"),
  cell("code", "import { tensor, linePlot, imageGrid, digits } from 'chainrule';\ntensor([1, 2, 3])", "c"),
  cell("markdown", "## Pictures", "d"),
  cell("code", "linePlot({ squares: [0, 1, 4, 9, 16] })", "e"),
  cell("code", "imageGrid(digits({ train: 10, test: 10 }).train)", "f"),
  cell("code", "const n: number = 'text';", "g"),
);

withFrontEnd("chainrule lab", (frontEnd) => {
  withTool("chromium", "in a browser", ({ command }) => {
    let lab: LabJourney;
    beforeAll(async () => {
      needsBuild();
      lab = await LabJourney.start(command, {
        "short.ipynb": short,
        "early.ipynb": early,
        "mathematics.ipynb": readFileSync(
          join(projectRoot, "notebooks/lectures/20-first-convnet.ipynb"),
          "utf8",
        ),
        "typing.ipynb": notebook(cell("code", "1", "a"), cell("code", "2", "b")),
        "editing.ipynb": notebook(cell("code", "1", "a"), cell("code", "2", "b"), cell("code", "3", "c")),
        "far.ts": "export const far = 1;\n",
        "table.csv": "a,b\n1,2\n",
      });
    });
    afterAll(() => lab?.stop());

    it("goes from the launcher to a result", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open();
      const card = page.page.locator(".jp-LauncherCard[data-category=Notebook]", { hasText: "TypeScript" });
      await card.waitFor();
      await page.picture("launcher");
      await card.click();
      await page.isIdle();
      await page.write(0, "const x: number = 20 + 1;\n2 * x");
      await page.page.keyboard.press("Shift+Enter");
      await expect.poll(() => page.output(0).allInnerTexts()).toEqual(["42"]);
      await page.picture("first-result");
      page.hasNoComplaints();
      await page.page.close();
    });

    it("opens a lecture as a copy, and resets it", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open();
      const card = page.page.locator(".jp-LauncherCard[data-category=Lectures]", {
        hasText: "How wrong is a score",
      });
      await card.scrollIntoViewIfNeeded();
      await page.picture("launcher-course");
      const sections = page.page.locator(".jp-Launcher-sectionTitle");
      expect((await sections.allInnerTexts())[0]).toBe("Lectures");
      await card.click();
      await page.isIdle();
      const name = "course/lectures/02-losses-svm-softmax.ipynb";
      const first = () => page.file(name).cells[0]!.source.join("");
      expect(first()).toContain("How wrong is a score");
      await page.notebook.locator(".jp-RenderedVegaCommon5 canvas, .jp-RenderedImage img").first().waitFor();
      // Opening it has changed nothing.
      expect(await page.page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty").count()).toBe(0);
      await page.picture("lecture");
      await page.write(0, "const mine = 1;");
      await page.menu("File", "Reset to the Course");
      await page.page.locator(".jp-Dialog button.jp-mod-warn").click();
      await expect.poll(() => page.codeCell(0).locator(".cm-content").innerText()).toContain("import assert");
      const kept = page.file("course/lectures/02-losses-svm-softmax-Copy1.ipynb").cells[1]!;
      expect(kept.source.join("")).toBe("const mine = 1;");
      page.hasNoComplaints();
      await page.page.close();
    });

    it(
      "follows a lecture's links to a text and to a lecture that were not opened yet",
      { timeout: 3 * MINUTE },
      async () => {
        const page = await lab.open();
        const card = page.page.locator(".jp-LauncherCard[data-category=Lectures]", {
          hasText: "the best match, wherever it sits",
        });
        await card.scrollIntoViewIfNeeded();
        await card.click();
        await page.isIdle();
        const lecture = page.page.locator(".lm-TabBar-tab", { hasText: "12-pooling.ipynb" });
        await page.notebook.getByRole("link", { name: "References" }).first().click();
        const text = page.page.locator(".jp-MarkdownViewer:not(.lm-mod-hidden) h1");
        await expect.poll(() => text.innerText()).toContain("References");
        await page.picture("references");
        await lecture.click();
        await page.notebook.getByRole("link", { name: "13, nonlinearities" }).click();
        await page.page
          .locator(".lm-TabBar-tab.jp-mod-current", { hasText: "13-nonlinearities.ipynb" })
          .waitFor();
        await page.isIdle();
        page.hasNoComplaints();
        await page.page.close();
      },
    );

    it("has the talks and the texts in the launcher, and shows a text", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open();
      const cards = page.page.locator(".jp-LauncherCard[data-category=Talks]");
      await cards.last().scrollIntoViewIfNeeded();
      await page.picture("launcher-talks");
      expect(await cards.count()).toBe(5);
      await page.page.locator(".jp-LauncherCard", { hasText: "Glossary" }).click();
      await expect.poll(() => page.page.locator(".jp-MarkdownViewer h1").innerText()).toContain("Glossary");
      page.hasNoComplaints();
      await page.page.close();
    });

    it(
      "loads at most 12 MB, 2.5 MB compressed, until a lecture is on screen",
      { timeout: MINUTE },
      async () => {
        const page = await lab.open("mathematics.ipynb");
        await page.notebook.locator(".jp-MarkdownCell mjx-container").first().waitFor();
        const files = [...page.asked]
          .filter((path) => /\.(js|css)$/.test(path))
          .map((path) => readFileSync(join(frontEnd, path.replace(/^\/lab\/api\//, ""))));
        expect(files.length).toBeGreaterThan(4);
        const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / 1e6;
        // 29 November 2026: 6.3 MB and 1.8 MB in 31 files.
        expect(total(files.map((bytes) => bytes.length))).toBeLessThan(12);
        expect(total(files.map((bytes) => gzipSync(bytes).length))).toBeLessThan(2.5);
        page.hasNoComplaints();
        await page.page.close();
      },
    );

    it("opens a notebook and runs all of it", { timeout: 3 * MINUTE }, async () => {
      const page = await lab.open("short.ipynb");
      await page.notebook.locator(".jp-MarkdownCell mjx-container").first().waitFor();
      await page.menu("Run", "Run All Cells");
      await expect
        .poll(() => page.output(4).allInnerTexts())
        .toEqual([expect.stringContaining("Type 'string' is not assignable to type 'number'")]);
      expect(await page.output(0).innerText()).toBe("one and two\n");
      expect(await page.output(1).first().innerText()).toMatch(/1\s+2\s+3/);
      await page.output(2).locator(".vega-embed canvas, .vega-embed svg").first().waitFor();
      const digits = page.output(3).locator("img");
      expect(await digits.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(50);
      await page.picture("run-all");
      // The table of contents lists the headings.
      await page.page.locator('.jp-SideBar [data-id="table-of-contents"]').click();
      await expect.poll(() => page.page.locator(".jp-TableOfContents .jp-tocItem").count()).toBe(2);
      await page.picture("contents");
      await page.page.locator('.jp-SideBar [data-id="filebrowser"]').click();
      page.hasNoComplaints();
      await page.page.close();
    });

    it("runs cells that were run before their kernel was there", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open("early.ipynb", { early: true });
      await page.codeCell(0).locator(".cm-content").waitFor();
      await page.page.locator("[data-jp-item-name=run]").first().click();
      await expect.poll(() => page.output(0).allInnerTexts()).toEqual(["3"]);
      page.hasNoComplaints();
      await page.page.close();
    });

    it("completes, shows what a name is, and colours TypeScript", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open("short.ipynb");
      const choices = page.page.locator(".jp-Completer-item");
      await page.write(0, "const words = ['one'];\nwords.joi");
      await page.page.keyboard.press("Tab");
      await choices.filter({ hasText: "join" }).waitFor();
      await page.page.keyboard.press("Tab");
      await expect.poll(() => page.codeCell(0).locator(".cm-content").innerText()).toContain("words.join");
      await page.write(0, "Math.f");
      await page.page.keyboard.press("Tab");
      await choices.filter({ hasText: "floor" }).waitFor();
      await page.picture("completer");
      await choices.filter({ hasText: "fround" }).click();
      await expect.poll(() => page.codeCell(0).locator(".cm-content").innerText()).toBe("Math.fround");
      await page.page.keyboard.press("Shift+Tab");
      await page.page.locator(".jp-Tooltip", { hasText: "fround(x: number): number" }).waitFor();
      await page.picture("tooltip");
      await page.page.keyboard.press("Escape");
      await page.write(0, "interface Point {}");
      const keyword = page.codeCell(0).locator(".cm-content span", { hasText: /^interface$/ });
      await expect.poll(() => keyword.evaluate((span) => getComputedStyle(span).fontWeight)).toBe("700");
      page.hasNoComplaints();
      await page.page.close();
    });

    it("underlines what is wrong while one types", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open("typing.ipynb");
      const marks = page.codeCell(1).locator(".cm-lintRange-error");
      await page.write(1, "const n: number = words;");
      // The cell that declares words has not run: nobody can say that it is unknown.
      await page.page.waitForTimeout(1500);
      expect(await marks.count()).toBe(0);
      await page.write(0, "const words = 'two';");
      await page.page.keyboard.press("Control+Enter");
      await expect.poll(() => marks.allInnerTexts()).toEqual(["n"]);
      await marks.first().hover();
      await page.page.locator(".cm-tooltip-lint", { hasText: "not assignable to type 'number'" }).waitFor();
      await page.picture("diagnostics");
      await page.write(1, "const n: string = words;");
      await expect.poll(() => marks.count()).toBe(0);
      page.hasNoComplaints();
      await page.page.close();
    });

    it("helps to edit: hover, definition, a new name, layout, imports", { timeout: 3 * MINUTE }, async () => {
      const page = await lab.open("editing.ipynb");
      const { keyboard } = page.page;
      const text = async (index: number): Promise<string> =>
        (await page.codeCell(index).locator(".cm-line").allInnerTexts()).join("\n");
      await page.write(0, "const rate = 0.5;");
      await keyboard.press("Control+Enter");
      await expect.poll(() => page.codeCell(0).locator(".jp-InputPrompt").innerText()).toBe("[1]:");
      await page.write(1, "const half = {r:rate}");
      await page.write(2, "[rate, rate]");
      await page
        .codeCell(2)
        .locator(".cm-line")
        .getByText("rate")
        .first()
        .hover({ position: { x: 14, y: 8 } });
      await page.page.locator(".chainrule-hover", { hasText: "const rate: 0.5" }).waitFor();
      await page.picture("hover");

      await page.write(2, "rate");
      await keyboard.press("F2");
      await page.page.locator(".jp-Dialog input").fill("step");
      await keyboard.press("Enter");
      await expect
        .poll(() => Promise.all([0, 1, 2].map(text)))
        .toEqual(["const step = 0.5;", "const half = {r:step}", "step"]);

      // The first cell runs as the second, and then it is found by that number.
      await page.codeCell(0).locator(".cm-content").click();
      await keyboard.press("Control+Enter");
      await expect.poll(() => page.codeCell(0).locator(".jp-InputPrompt").innerText()).toBe("[2]:");
      await page.codeCell(1).locator(".cm-content").click();
      await keyboard.press("Shift+Alt+F");
      await expect.poll(() => text(1)).toBe("const half = { r: step }");
      await keyboard.press("End");
      await keyboard.press("ArrowLeft");
      await keyboard.press("ArrowLeft");
      await keyboard.press("F12");
      await expect
        .poll(() => page.page.locator(".jp-Cell.jp-mod-active .cm-line").first().innerText())
        .toBe("const step = 0.5;");

      await page.write(2, "// A layer\nnew ConvTransp");
      await keyboard.press("Tab");
      await page.page.locator(".jp-Completer-item", { hasText: "ConvTranspose2d" }).first().click();
      await expect
        .poll(() => text(2))
        .toBe('// A layer\nimport { ConvTranspose2d } from "chainrule";\nnew ConvTranspose2d');

      // A name that is written out has one completion: itself, with its import.
      await page.write(2, "new MaxPool2d");
      await keyboard.press("Tab");
      await page.page.locator(".jp-Completer-item", { hasText: "import { MaxPool2d }" }).click();
      await expect.poll(() => text(2)).toBe('import { MaxPool2d } from "chainrule";\nnew MaxPool2d');

      await page.write(2, 'import { far } from "./far";\nfar');
      await keyboard.press("F12");
      await page.page.locator(".jp-FileEditor .cm-line", { hasText: "export const far = 1;" }).waitFor();
      page.hasNoComplaints();
      await page.page.close();
    });

    it(
      "interrupts a cell, keeps its variables, and forgets them at a restart",
      { timeout: 2 * MINUTE },
      async () => {
        const page = await lab.open("short.ipynb");
        await page.write(0, "const kept = 7;\nwhile (true) {}");
        await page.page.keyboard.press("Control+Enter");
        await expect.poll(() => page.codeCell(0).locator(".jp-InputPrompt").innerText()).toBe("[*]:");
        await page.page.waitForTimeout(300);
        await page.page.locator("[data-jp-item-name=interrupt]").first().click();
        await expect
          .poll(() => page.output(0).allInnerTexts())
          .toEqual([expect.stringContaining("KeyboardInterrupt")]);
        await page.write(1, "kept + 1");
        await page.page.keyboard.press("Control+Enter");
        await expect.poll(() => page.output(1).allInnerTexts()).toEqual(["8"]);
        await page.menu("Kernel", "Restart Kernel…");
        await page.page.locator(".jp-Dialog button.jp-mod-accept").click();
        await page.isIdle();
        await page.write(1, "kept + 1");
        await page.page.keyboard.press("Control+Enter");
        await expect
          .poll(() => page.output(1).allInnerTexts())
          .toEqual([expect.stringContaining("Cannot find name 'kept'")]);
        page.hasNoComplaints();
        await page.page.close();
      },
    );

    it("saves, and shows the same after a reload", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open("short.ipynb");
      await page.write(0, "const saved = 'yes';\nsaved");
      await page.page.keyboard.press("Control+Enter");
      await expect.poll(() => page.output(0).allInnerTexts()).toEqual(["'yes'"]);
      await page.page.keyboard.press("ControlOrMeta+S");
      const firstCode = () => page.file("short.ipynb").cells[1]!;
      await expect.poll(() => firstCode().source.join("")).toBe("const saved = 'yes';\nsaved");
      expect(firstCode().outputs).toHaveLength(1);
      await page.page.reload();
      await page.isIdle();
      await expect.poll(() => page.output(0).allInnerTexts()).toEqual(["'yes'"]);
      // The kernel went on.
      await page.write(1, "saved.length");
      await page.page.keyboard.press("Control+Enter");
      await expect.poll(() => page.output(1).allInnerTexts()).toEqual(["3"]);
      page.hasNoComplaints();
      await page.page.close();
    });

    it("has a dark and a high-contrast theme, and shows tables", { timeout: 2 * MINUTE }, async () => {
      const page = await lab.open("table.csv");
      await page.page.locator(".jp-CSVViewer .lm-DataGrid").waitFor();
      const background = () =>
        page.page.evaluate(() =>
          getComputedStyle(document.body).getPropertyValue("--jp-layout-color1").trim(),
        );
      await page.menu("Settings", "Theme", "JupyterLab Dark High Contrast");
      await expect.poll(background).toBe("#111");
      await page.menu("Settings", "Theme", "JupyterLab Dark$");
      await expect.poll(background).toMatch(/212121/);
      // The page turns slowly.
      await page.page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      await page.picture("dark-table");
      const notebook = await lab.open("short.ipynb");
      await expect.poll(() => notebook.page.evaluate(() => document.body.dataset.jpThemeLight)).toBe("false");
      await notebook.page.waitForTimeout(500);
      await notebook.picture("dark");
      await notebook.menu("Settings", "Theme", "JupyterLab Light");
      await expect.poll(() => notebook.page.evaluate(() => document.body.dataset.jpThemeLight)).toBe("true");
      page.hasNoComplaints();
      notebook.hasNoComplaints();
      await Promise.all([page.page.close(), notebook.page.close()]);
    });
  });
});
