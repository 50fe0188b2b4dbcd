/**
 * The kernel as people see it: in Notebook 6, and in a page made of JupyterLab 4's own parts. Screenshots go to
 * build/frontends, to be looked at.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { colours } from "../../notebooks/support.js";
import { openChromium } from "../../support/chromium.js";
import { findTool, projectRoot, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { startNotebookServer } from "../support/notebook-server.js";
import type { NotebookServer } from "../support/notebook-server.js";

const MINUTE = 60_000;
const pictures = join(projectRoot, "build/frontends");

const CHART = `import { Conv2d, SGD, Sequential, Flatten, Linear, digits, fit, lossCurve } from "chainrule";
const net = new Sequential({ flat: new Flatten(), fc: new Linear({ in: 784, out: 10 }) }, { seed: 1 });
const run = await fit(net, digits({ train: 60, test: 20 }), { optimizer: new SGD({ lr: 0.05 }), epochs: 3, batchSize: 20 });
lossCurve(run)`;
const LIVE = `const live = display({ "text/html": "<b class='live'>0</b>", "text/plain": "0" });
for (let i = 1; i <= 12; i++) {
  await new Promise((resolve) => setTimeout(resolve, 60));
  live.update({ "text/html": "<b class='live'>" + i + "</b>", "text/plain": String(i) });
}`;

withTool("chromium", "in a browser", ({ command: executablePath }) => {
  const jupyter = findTool("jupyter");
  let folder: string;
  let browser: BrowserContext;
  let server: NotebookServer;
  beforeAll(async () => {
    if (!jupyter) return;
    needsBuild();
    mkdirSync(pictures, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "chainrule-frontends-"));
    [server, browser] = await Promise.all([
      startNotebookServer(jupyter.command, folder),
      openChromium(join(folder, "profile"), executablePath, { viewport: { width: 1000, height: 900 } }),
    ]);
  }, 2 * MINUTE);
  afterAll(async () => {
    if (!jupyter) return;
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.skipIf(jupyter === undefined)("Notebook 6", () => {
    let page: Page;
    const cell = (i: number): Locator => page.locator("#notebook-container > .cell").nth(i);
    const output = (i: number): Locator => cell(i).locator(".output_area");
    /** Puts the cursor at the end of a cell. */
    const edit = async (i: number): Promise<void> => {
      await page.evaluate(`(() => { const n = Jupyter.notebook; n.select(${i}); n.edit_mode();
        const editor = n.get_cell(${i}).code_mirror; editor.focus(); editor.execCommand("goDocEnd"); })()`);
    };
    const execute = (i: number): Promise<unknown> =>
      page.evaluate(`void (Jupyter.notebook.select(${i}), Jupyter.notebook.execute_cell())`);
    const finished = (i: number): Promise<unknown> =>
      page.waitForFunction(`Number.isInteger(Jupyter.notebook.get_cell(${i}).input_prompt_number)`, null, {
        timeout: MINUTE,
      });

    beforeAll(async () => {
      const sources = [
        CHART,
        "Math.flo",
        "Conv2d",
        'const answer = prompt("Your name?"); answer.toUpperCase()',
        "let turns = 0; await null; while (true) turns++;",
        "turns > 0",
        LIVE,
      ];
      const cells = sources.map((source) => ({
        cell_type: "code",
        execution_count: null,
        metadata: {},
        outputs: [],
        source,
      }));
      const kernelspec = { name: "chainrule", display_name: "chainrule", language: "typescript" };
      writeFileSync(
        join(folder, "front.ipynb"),
        JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: { kernelspec }, cells }),
      );
      page = await browser.newPage();
      await page.goto(`${server.url}/notebooks/front.ipynb`);
      await page.waitForFunction("Jupyter.notebook?.kernel?.info_reply?.status === 'ok'", null, {
        timeout: MINUTE,
      });
    }, 2 * MINUTE);
    afterAll(async () => {
      await page?.screenshot({ path: join(pictures, "notebook6.png"), fullPage: true });
      await page?.close();
    });

    it(
      "draws a chart",
      async () => {
        await execute(0);
        await finished(0);
        expect(await drawn(output(0).locator("img, svg"))).toBe(true);
      },
      2 * MINUTE,
    );

    it(
      "pops up completions",
      async () => {
        await edit(1);
        await page.keyboard.press("Tab");
        await page.waitForFunction("Jupyter.notebook.get_cell(1).get_text() === 'Math.floor'", null, {
          timeout: MINUTE,
        });
        // A single match is inserted at once; of several, a list pops up.
        for (let i = 0; i < "floor".length; i++) await page.keyboard.press("Backspace");
        const list = page.locator(".completions option");
        // Notebook 6 drops an answer whose cell has changed or lost the focus meanwhile: a reader presses the key again.
        await expect
          .poll(
            async () => {
              await edit(1);
              await page.keyboard.press("Tab");
              return list
                .first()
                .waitFor({ timeout: MINUTE / 6 })
                .then(
                  () => true,
                  () => false,
                );
            },
            { timeout: MINUTE },
          )
          .toBe(true);
        await page.screenshot({ path: join(pictures, "notebook6-completion.png") });
        expect(await list.allTextContents()).toEqual(
          expect.arrayContaining([expect.stringContaining("atan2")]),
        );
        await page.keyboard.press("Escape");
      },
      2 * MINUTE,
    );

    it(
      "adds the import of a name that is written out",
      async () => {
        const before: unknown = await page.evaluate("Jupyter.notebook.get_cell(1).get_text()");
        await page.evaluate("Jupyter.notebook.get_cell(1).set_text('// 😀\\nnew MaxPool2d')");
        await edit(1);
        await page.keyboard.press("Tab");
        const text = '// 😀\nimport { MaxPool2d } from "chainrule";\nnew MaxPool2d';
        const isThere = `Jupyter.notebook.get_cell(1).get_text() === ${JSON.stringify(text)}`;
        await page.waitForFunction(isThere, null, { timeout: MINUTE });
        await page.evaluate(`Jupyter.notebook.get_cell(1).set_text(${JSON.stringify(before)})`);
      },
      2 * MINUTE,
    );

    it(
      "shows a derivation on Shift-Tab",
      async () => {
        await edit(2);
        await page.keyboard.press("Shift+Tab");
        const tooltip = page.locator("#tooltip");
        await page.waitForFunction("document.querySelector('#tooltip').innerText.includes('forward')", null, {
          timeout: MINUTE,
        });
        await new Promise((resolve) => setTimeout(resolve, 500)); // it fades in
        await page.screenshot({ path: join(pictures, "notebook6-derivation.png") });
        expect(await tooltip.innerText()).toMatch(/cross-correlation/i);
        await page.keyboard.press("Escape");
      },
      2 * MINUTE,
    );

    it(
      "asks for input",
      async () => {
        await execute(3);
        const field = output(3).locator("input.raw_input");
        await field.waitFor({ timeout: MINUTE });
        expect(await cell(3).innerText()).toContain("Your name?");
        await field.fill("Ada");
        await field.press("Enter");
        await finished(3);
        expect(await output(3).last().innerText()).toContain("'ADA'");
      },
      2 * MINUTE,
    );

    it(
      "interrupts an endless loop after an await, and keeps what it had",
      async () => {
        await execute(4);
        await new Promise((resolve) => setTimeout(resolve, 500));
        await page.evaluate("Jupyter.notebook.kernel.interrupt()");
        await finished(4);
        expect(await output(4).last().innerText()).toContain("KeyboardInterrupt");
        await execute(5);
        await finished(5);
        expect(await output(5).last().innerText()).toContain("true");
      },
      2 * MINUTE,
    );

    it(
      "replaces a live display, and shows its last state",
      async () => {
        await page.evaluate(watch("#notebook-container > .cell:nth-child(7)"));
        await execute(6);
        await finished(6);
        await expect.poll(() => cell(6).locator(".live").allTextContents()).toEqual(["12"]);
        expect((await page.evaluate<string[]>("window.seen")).length).toBeGreaterThan(3);
      },
      2 * MINUTE,
    );
  });

  const lab = jupyter && jupyterLabParts();
  describe.skipIf(lab === undefined)("JupyterLab 4's parts", () => {
    let page: Page;
    const area = (i: number): Locator => page.locator(".jp-OutputArea").nth(i);
    const run = (code: string): Promise<{ status: string }> =>
      page.evaluate<{ status: string }>(`window.run(${JSON.stringify(code)})`);

    beforeAll(async () => {
      // The server serves this folder, so that the page has the server's origin.
      const bundle = join(folder, "data/nbextensions/lab");
      await lab!({
        entryPoints: [fileURLToPath(new URL("../fixtures/jupyterlab-page.js", import.meta.url))],
        nodePaths: [join(LAB, "node_modules")],
        bundle: true,
        outfile: join(bundle, "page.js"),
        define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
        loader: { ".svg": "text", ".png": "dataurl" },
        logLevel: "error",
      });
      const html = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><body><script src="page.js"></script>`;
      writeFileSync(join(bundle, "page.html"), html);
      page = await browser.newPage();
      await page.goto(
        `${server.url}/nbextensions/lab/page.html?server=${encodeURIComponent(`${server.url}/`)}`,
      );
      expect(await page.evaluate("window.start()")).toBe("chainrule");
    }, 2 * MINUTE);
    afterAll(async () => {
      await page?.screenshot({ path: join(pictures, "jupyterlab.png"), fullPage: true });
      await page?.close();
    });

    it(
      "draw a chart with Vega",
      async () => {
        expect(await run(CHART)).toMatchObject({ status: "ok" });
        // The panel that the training left behind, and the chart of its loss.
        const charts = area(0).locator(".vega-embed").locator("canvas, svg.marks");
        for (const chart of [charts.nth(0), charts.nth(1)]) {
          await chart.waitFor({ timeout: MINUTE });
          expect((await chart.boundingBox())!.width).toBeGreaterThan(100);
        }
      },
      2 * MINUTE,
    );

    it(
      "draw SVG and PNG",
      async () => {
        const svg = `<svg xmlns='http://www.w3.org/2000/svg' width='60' height='30'><rect width='30' height='30' fill='teal'/></svg>`;
        await run(`display({ "image/svg+xml": ${JSON.stringify(svg)} });
import { imageGrid } from "chainrule";
display({ "image/png": (await (imageGrid(digits({ train: 20 }).train, { columns: 10 }) as any)[Symbol.for("Jupyter.display")]())["image/png"] });`);
        const images = area(1).locator("img");
        expect(await images.count()).toBe(2);
        for (const image of await images.all()) expect(await drawn(image)).toBe(true);
      },
      2 * MINUTE,
    );

    it(
      "show streams, results and errors in their places",
      async () => {
        expect(await run("console.log('out'); console.error('err'); [1, 2]")).toMatchObject({ status: "ok" });
        expect((await area(2).innerText()).replace(/\s+/g, " ")).toMatch(/out.*err.*\[ 1, 2 \]/);
        expect(await run("const n: number = 'text'")).toMatchObject({ status: "error", ename: /TS|Type/ });
        expect(await area(3).innerText()).toContain("TS2322");
      },
      2 * MINUTE,
    );

    it(
      "replace a live display, and show its last state",
      async () => {
        await page.evaluate(watch("body"));
        await run(LIVE);
        await expect.poll(() => area(4).locator(".live").allTextContents()).toEqual(["12"]);
        expect((await page.evaluate<string[]>("window.seen")).length).toBeGreaterThan(3);
      },
      2 * MINUTE,
    );
  });
});

/** Notes every different text of a `.live` element below the selected one in `window.seen`. */
function watch(selector: string): string {
  return `void (() => { window.seen = [];
    new MutationObserver(() => { const text = document.querySelector("${selector} .live")?.textContent;
      if (text && !window.seen.includes(text)) window.seen.push(text); })
      .observe(document.querySelector("${selector}"), { childList: true, subtree: true, characterData: true }); })()`;
}

/** Whether the first of these pictures is on the page and has more than one colour there. */
async function drawn(pictures: Locator): Promise<boolean> {
  return colours((await pictures.first().screenshot()).toString("base64")) > 1;
}

type Build = (options: Record<string, unknown>) => Promise<unknown>;
const LAB = join(projectRoot, "build/jupyterlab");

/**
 * esbuild, beside the parts of JupyterLab in a folder of their own: 120 MB that are installed when they are first
 * needed. Undefined, with a line that says so, where npm cannot have them.
 */
function jupyterLabParts(): Build | undefined {
  const entry = join(LAB, "package.json");
  const parts = {
    "@jupyterlab/services": "~7.6.0",
    "@jupyterlab/rendermime": "~4.6.0",
    "@jupyterlab/outputarea": "~4.6.0",
    "@jupyterlab/vega5-extension": "~4.6.0",
    esbuild: "~0.28.0",
  };
  if (!existsSync(join(LAB, "installed"))) {
    mkdirSync(LAB, { recursive: true });
    writeFileSync(entry, JSON.stringify({ private: true, dependencies: parts }));
    const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--prefix", LAB], {
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    if (npm.status !== 0) {
      if (process.env.CI === "true")
        throw new Error(`npm could not install JupyterLab's parts: ${npm.stderr}`);
      process.stderr.write("skipped: JupyterLab 4's parts: npm could not install them\n");
      return undefined;
    }
    writeFileSync(join(LAB, "installed"), "");
  }
  return (createRequire(entry)("esbuild") as { build: Build }).build;
}
