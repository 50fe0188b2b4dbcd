/**
 * Live cells in somebody's blog: a page on another host, whose content policy lets in one script and the frames of a website
 * that sets no headers. Pictures stay in build/site/.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listenOn } from "../../../kernel/site/serve.js";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { serious } from "./axe.js";
import { SiteJourney, notebookOf } from "./site-page.js";

const MINUTE = 60_000;

/** The most that a blog's reader loads for a cell that she does not run, in bytes with brotli. */
const BUDGET = 180_000;

/** How long a cell may take that needs the kernel first. */
const FIRST = { timeout: 4 * MINUTE };

withFrontEnd("a live cell", () => {
  withTool("chromium", "in somebody's blog", ({ command }) => {
    let site: SiteJourney;
    let blog: Server;
    let address: string;
    /** What the blog's page holds, and its content policy. */
    let article = "";
    let policy = "";

    beforeAll(async () => {
      needsBuild();
      mkdirSync(join(projectRoot, "build/site"), { recursive: true });
      site = await SiteJourney.start(command, { "one.ipynb": notebookOf("# One", "1 + 1") });
      blog = createServer((_, response) => {
        response.writeHead(200, {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Security-Policy": policy,
        });
        response.end(`<!doctype html><title>A blog</title><body><h1>A blog</h1>${article}`);
      });
      // Another host than the site's, 127.0.0.1.
      address = `http://localhost:${await listenOn(blog, 0)}/`;
    });
    afterAll(async () => {
      blog?.closeAllConnections();
      blog?.close();
      await site?.stop();
    });

    /** Opens the blog with an article. */
    async function read(html: string, allowed?: string): Promise<Page> {
      const { origin } = new URL(site.address);
      article = `${html}<script src="${site.address}cell.js" defer></script>`;
      policy = allowed ?? `default-src 'none'; script-src ${origin}; frame-src ${origin}`;
      const page = await site.browser.newPage();
      await page.goto(address);
      return page;
    }

    const cell = (page: Page, index = 0): FrameLocator =>
      page.frameLocator(`chainrule-cell >> nth=${index} >> iframe`);
    const button = (frame: FrameLocator, name: string) => frame.getByRole("button", { name });
    const output = (frame: FrameLocator) => frame.locator("#outputs");

    async function run(frame: FrameLocator): Promise<void> {
      await button(frame, "Run").click();
      await expect.poll(() => button(frame, "Run").isEnabled()).toBe(true);
    }

    it("shows its code, and runs nothing before the reader asks for it", FIRST, async () => {
      site.asked.clear();
      const page = await read(`<chainrule-cell>
        const squares: number[] = [1, 2, 3].map((x) =&gt; x * x);
        squares
      </chainrule-cell>`);
      const lines = cell(page).locator(".cm-line");
      await expect
        .poll(() => lines.allTextContents())
        .toEqual(["const squares: number[] = [1, 2, 3].map((x) => x * x);", "squares"]);
      await expect
        .poll(async () => (await page.locator("iframe").boundingBox())?.height ?? 0)
        .toBeGreaterThan(60);
      expect(await page.locator("chainrule-cell > pre").count()).toBe(0);
      expect([...site.asked].filter((one) => /cells-|language-|types-/.test(one))).toEqual([]);
      const before = await site.weight();
      console.log(`a live cell before it runs: ${before.kernel} bytes (brotli)`);
      expect(before.frontEnd).toBe(0);
      expect(before.kernel).toBeGreaterThan(10_000);
      expect(before.kernel).toBeLessThan(BUDGET);
      await run(cell(page));
      await expect.poll(() => output(cell(page)).innerText()).toMatch(/\[ 1, 4, 9 \]/);
      await page.screenshot({ path: join(projectRoot, "build/site/cell.png") });
      expect(await serious(page.frames().at(-1)!)).toEqual([]);
      await page.close();
    });

    it("runs as the README writes it", FIRST, async () => {
      const readme = readFileSync(join(projectRoot, "kernel/site/README.md"), "utf8");
      const page = await read(/<chainrule-cell>[^]*?<\/chainrule-cell>/.exec(readme)![0]);
      await run(cell(page));
      await expect.poll(() => output(cell(page)).locator("img").count()).toBe(1);
      await page.close();
    });

    it("shows a running network's panel, which is drawn anew", FIRST, async () => {
      const page = await read(`<chainrule-cell><script type="text/plain">
        const shown = display({ "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><title>One</title></svg>' });
        for (const name of ["Two", "Three"]) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          shown.update({ "image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><title>' + name + '</title></svg>' });
        }
      </script></chainrule-cell>`);
      await run(cell(page));
      await expect.poll(() => output(cell(page)).locator("img").getAttribute("alt")).toBe("Three");
      expect(await output(cell(page)).locator("img").count()).toBe(1);
      await page.close();
    });

    it("shares its kernel with the other cells of the page, and is checked for types", FIRST, async () => {
      const page = await read(`
        <chainrule-cell>const shown = 6; console.log("first");</chainrule-cell>
        <chainrule-cell>shown * 7</chainrule-cell>
        <chainrule-cell>const wrong: string = shown;</chainrule-cell>`);
      for (const index of [0, 1, 2]) await run(cell(page, index));
      await expect.poll(() => output(cell(page, 0)).innerText()).toBe("first\n");
      await expect.poll(() => output(cell(page, 1)).innerText()).toBe("42");
      await expect.poll(() => output(cell(page, 2)).innerText()).toMatch(/TS2322/);
      const kernels = page.workers().filter((worker) => /\/cells-/.test(worker.url()));
      expect(kernels).toHaveLength(1);
      await page.close();
    });

    it("keeps what it shows away from the blog: no script of an output runs", FIRST, async () => {
      const attack =
        "<img src=x onerror=&quot;document.title='taken'&quot;><script>document.title='taken'</script>shown";
      const page = await read(
        `<chainrule-cell>display({ "text/html": \`${attack.replace(/</g, "&lt;")}\` }); location.origin</chainrule-cell>`,
      );
      await run(cell(page));
      await expect.poll(() => output(cell(page)).innerText()).toMatch(/shown/);
      await expect.poll(() => output(cell(page)).innerText()).toContain(new URL(site.address).origin);
      expect(await page.title()).toBe("A blog");
      const frame = page.frames().find((one) => one.url().startsWith(site.address))!;
      expect(await frame.title()).toMatch(/^A live cell of /);
      await page.close();
    });

    it("is stopped while it waits; a bare loop needs a new kernel, which the cell says", FIRST, async () => {
      const page = await read(`
        <chainrule-cell>const kept = 1; console.log("begun"); await new Promise(() =&gt; {});</chainrule-cell>
        <chainrule-cell>kept + 1</chainrule-cell>
        <chainrule-cell>console.log("begun"); setTimeout(() =&gt; { while (true); }, 1); await new Promise(() =&gt; {});</chainrule-cell>`);
      await button(cell(page), "Run").click();
      await output(cell(page)).getByText("begun").waitFor();
      await button(cell(page), "Stop").click();
      await expect.poll(() => output(cell(page)).innerText()).toMatch(/KeyboardInterrupt/);
      await run(cell(page, 1));
      await expect.poll(() => output(cell(page, 1)).innerText()).toBe("2");
      await button(cell(page, 2), "Run").click();
      await output(cell(page, 2)).getByText("begun").waitFor();
      await button(cell(page, 2), "Stop").click();
      await expect.poll(() => output(cell(page, 2)).innerText()).toMatch(/Restart the kernel/);
      await button(cell(page, 2), "Restart").click();
      await expect
        .poll(() => output(cell(page, 2)).innerText())
        .toMatch(/the variables of all cells are gone/);
      await run(cell(page, 1));
      await expect.poll(() => output(cell(page, 1)).innerText()).toMatch(/kept/);
      await page.close();
    });

    it("starts another kernel when the cell that held it has left the page", FIRST, async () => {
      const page = await read(
        `<chainrule-cell id="first">1</chainrule-cell><chainrule-cell>await new Promise(() =&gt; {});</chainrule-cell>
         <chainrule-cell>40 + 2</chainrule-cell>`,
      );
      await run(cell(page));
      await button(cell(page, 1), "Run").click();
      await cell(page, 1).getByText("Running …").waitFor();
      await page.locator("#first").evaluate((element) => element.remove());
      await expect
        .poll(() => output(cell(page, 0)).innerText())
        .toMatch(/has left the page: run this cell again/);
      await run(cell(page, 1));
      await expect.poll(() => output(cell(page, 1)).innerText()).toBe("42");
      await page.close();
    });

    it("completes from the kernel, and runs by the keyboard", FIRST, async () => {
      const page = await read("<chainrule-cell>const words = ['one', 'two'];\nwords.jo</chainrule-cell>");
      const editor = cell(page).getByRole("textbox", { name: "Code of the cell" });
      await editor.click();
      await editor.press("Control+End");
      await editor.pressSequentially("i");
      // The kernel is fetched first.
      const offered = cell(page).locator(".cm-tooltip-autocomplete li", { hasText: "join" });
      await offered.waitFor({ timeout: 2 * MINUTE });
      await editor.press("Enter");
      await editor.pressSequentially("(' and ')");
      await editor.press("Shift+Enter");
      await expect.poll(() => output(cell(page)).innerText()).toMatch(/'one and two'/);
      await page.close();
    });

    it("is text where the blog's policy lets no frame in", async () => {
      const { origin } = new URL(site.address);
      const page = await read(
        "<chainrule-cell>const only = 'text';</chainrule-cell>",
        `default-src 'none'; script-src ${origin}`,
      );
      await page.locator("chainrule-cell > iframe").waitFor({ state: "attached" });
      expect(await page.locator("chainrule-cell > pre").innerText()).toBe("const only = 'text';");
      await page.close();
    });

    it("needs no script of the website's where a blog writes the frame itself", FIRST, async () => {
      const { origin } = new URL(site.address);
      const code = encodeURIComponent("const five = 5;\nfive * 5");
      const frames = `<iframe src="${site.address}cell/?code=${code}"></iframe><iframe src="${site.address}cell/#theme=dark&amp;code=five"></iframe>`;
      const page = await read(frames, `default-src 'none'; frame-src ${origin}`);
      const frame = (index: number): FrameLocator => page.frameLocator(`iframe >> nth=${index}`);
      await run(frame(0));
      await expect.poll(() => output(frame(0)).innerText()).toBe("25");
      await run(frame(1));
      await expect.poll(() => output(frame(1)).innerText()).toBe("5");
      expect(await frame(1).locator("html").getAttribute("data-theme")).toBe("dark");
      await page.close();
    });
  });
});
