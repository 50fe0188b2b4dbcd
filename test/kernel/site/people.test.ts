/**
 * The website for all people: on a phone 375 px wide, in the dark, with a screen reader as far as axe can tell. The link "Run
 * this page" of an exported page leads there. Pictures stay in build/site/.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { SiteJourney, SitePage } from "./site-page.js";

const MINUTE = 60_000;

const soon = <T>(value: () => T) => expect.poll(value, { timeout: MINUTE });

const LECTURE = "lectures/10-convolution-forward-backward.ipynb";

/**
 * Rules that JupyterLab's own parts break: its buttons' states, its list of cells, text that scrolls sideways in its cells.
 */
const OF_JUPYTERLAB = ["aria-allowed-attr", "aria-required-children", "scrollable-region-focusable"];

/** What axe calls serious or critical, each with its first element. */
async function serious(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as {
    id: string;
    impact: string;
    nodes: { html: string }[];
  }[];
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .filter(({ id }) => !OF_JUPYTERLAB.includes(id))
    .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]!.html.slice(0, 200)}`);
}

withFrontEnd("the course on a website", () => {
  withTool("chromium", "for people", ({ command }) => {
    let site: SiteJourney;
    let folder: string;
    beforeAll(async () => {
      needsBuild();
      folder = mkdtempSync(join(tmpdir(), "chainrule-people-"));
      mkdirSync(join(projectRoot, "build/site"), { recursive: true });
      site = await SiteJourney.start(command);
    });
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true });
    });

    const picture = (page: SitePage, name: string): Promise<unknown> =>
      page.page.screenshot({ path: join(projectRoot, `build/site/${name}.png`) });

    it("is read and run on a phone", { timeout: 5 * MINUTE }, async () => {
      const page = await SitePage.new(site.browser);
      await page.page.setViewportSize({ width: 375, height: 700 });
      await page.goto(`${site.address}?path=${LECTURE}`);
      const stored = page.page.frameLocator("#chainrule-first-paint iframe").locator("html");
      await stored.locator("h1").first().waitFor({ timeout: MINUTE });
      await picture(page, "phone-stored");
      expect(await stored.evaluate((html) => html.scrollWidth - html.clientWidth)).toBeLessThanOrEqual(0);
      await page.ready();
      await page.page.locator("#chainrule-first-paint").waitFor({ state: "detached", timeout: MINUTE });
      await picture(page, "phone");
      // A line of code is legible beside what stands at the left.
      const editor = page.page.locator(".jp-CodeCell .cm-content").first();
      const notebook = page.page.locator(".jp-Notebook");
      expect((await notebook.boundingBox())!.width).toBeGreaterThan(300);
      expect((await editor.boundingBox())!.width).toBeGreaterThan(200);
      expect(await page.runAll()).toBeUndefined();
      await picture(page, "phone-run");
      await page.page.close();
    });

    it.each(["light", "dark"] as const)(
      "is %s, and has nothing serious for axe but what JupyterLab brings",
      { timeout: 5 * MINUTE },
      async (look) => {
        const page = await SitePage.new(site.browser);
        await page.page.emulateMedia({ colorScheme: look });
        await page.goto(`${site.address}?path=${LECTURE}`);
        await page.ready();
        await page.page.locator("#chainrule-first-paint").waitFor({ state: "detached", timeout: MINUTE });
        await soon(() => page.page.getAttribute("body", "data-jp-theme-light")).toBe(
          String(look === "light"),
        );
        await soon(() => page.page.locator(".jp-Cell .cm-content:not([aria-label])").count()).toBe(0);
        await picture(page, look);
        expect(await serious(page.page)).toEqual([]);
        await page.goto(`${site.address}pages/${LECTURE.replace(".ipynb", ".html")}`);
        await page.page.locator("h1").first().waitFor();
        await picture(page, `page-${look}`);
        await page.page.close();
      },
    );

    it("is where an exported page's link leads, and runs that page", { timeout: 3 * MINUTE }, async () => {
      const cli = join(projectRoot, "dist/kernel/cli.js");
      const flags = ["--html", "--run-at", site.address, "--out", folder];
      execFileSync(process.execPath, [cli, "export", LECTURE, ...flags], {
        cwd: join(projectRoot, "notebooks"),
        stdio: "pipe",
      });
      const page = await SitePage.new(site.browser);
      await page.goto(pathToFileURL(join(folder, "10-convolution-forward-backward.html")).href);
      await page.page.getByRole("link", { name: "Run this page" }).click();
      await page.ready();
      expect(page.page.url().startsWith(site.address)).toBe(true);
      expect(new URL(page.page.url()).searchParams.get("path")).toBe(LECTURE);
      const open = "jupyterapp.shell.currentWidget.context.path";
      expect(await page.page.evaluate(open)).toBe(LECTURE);
      expect(await page.value("1 + 1")).toBe("2");
      await page.page.close();
    });
  });
});
