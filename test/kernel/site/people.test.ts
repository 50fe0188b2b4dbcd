/**
 * The website for all people: on a phone 375 px wide, in the dark, with a screen reader as far as axe can tell. The link "Run
 * this page" of an exported page leads there. Pictures stay in build/site/.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectRoot, withFrontEnd, withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { serious } from "./axe.js";
import { PACKED, SiteJourney, SitePage } from "./site-page.js";

const MINUTE = 60_000;

/** A lecture that trains, on a busy machine. */
const LONG = { timeout: 15 * MINUTE };

const LECTURE = "lectures/10-convolution-forward-backward.ipynb";

/** The lectures that are for phones too: 01 to 12. */
const FOR_PHONES = readdirSync(join(projectRoot, "notebooks/lectures"))
  .filter((name) => /^(0[1-9]|1[0-2])-.*\.ipynb$/.test(name))
  .map((name) => `lectures/${name}`);

/** All of them are run by `npm run site:check`. */
const isWhole = process.env.CHAINRULE_SITE_CHECK === "all";

const PHONE = { width: 375, height: 700 };

/** In the page: what reaches beyond its right edge, and is not inside of something that scrolls by itself. */
const TOO_WIDE = `[...document.querySelectorAll("main *")]
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((element) => {
    for (let at = element.parentElement; at; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return false;
    return true;
  })
  .map(({ outerHTML }) => outerHTML.slice(0, 120))
  .slice(0, 3)`;

/** In each page and frame: a notebook as it is stored, which the editor takes the place of, notes that it was shown. */
const NOTE_STORED = `if (parent !== self) addEventListener("DOMContentLoaded", () => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const noted = { hasHeading: document.querySelector("h1") !== null, beyond: scrollWidth - clientWidth };
  if (location.pathname.includes("/pages/")) sessionStorage.setItem("stored", JSON.stringify(noted));
});`;

withFrontEnd("the course on a website", () => {
  withTool("chromium", "for people", ({ command }) => {
    let site: SiteJourney;
    let folder: string;
    beforeAll(async () => {
      needsBuild();
      folder = mkdtempSync(join(tmpdir(), "chainrule-people-"));
      mkdirSync(join(projectRoot, "build/site"), { recursive: true });
      site = await SiteJourney.start(command);
    }, PACKED);
    afterAll(async () => {
      await site?.stop();
      rmSync(folder, { recursive: true });
    });

    const picture = (page: SitePage, name: string): Promise<unknown> =>
      page.page.screenshot({ path: join(projectRoot, `build/site/${name}.png`) });

    it("has the lectures 01 to 12 for phones", () => expect(FOR_PHONES).toHaveLength(12));

    it.each(FOR_PHONES)("%s is no wider than a phone as it is stored", { timeout: MINUTE }, async (path) => {
      const page = await SitePage.new(site.browser);
      await page.page.setViewportSize(PHONE);
      await page.goto(`${site.address}pages/${path.replace(".ipynb", ".html")}`);
      await page.page.waitForLoadState("load");
      expect(await page.page.evaluate(TOO_WIDE)).toEqual([]);
      const html = page.page.locator("html");
      expect(await html.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
      await picture(page, "phone-stored");
      await page.page.close();
    });

    it.each(isWhole ? FOR_PHONES : [LECTURE])("%s is read and run on a phone", LONG, async (path) => {
      const page = await SitePage.new(site.browser);
      await page.page.setViewportSize(PHONE);
      await page.page.addInitScript(NOTE_STORED);
      await page.goto(`${site.address}?path=${path}`);
      await page.ready();
      const stored = await page.page.evaluate("sessionStorage.getItem('stored')");
      expect(JSON.parse(String(stored))).toEqual({ hasHeading: true, beyond: 0 });
      await page.page.locator("#chainrule-first-paint").waitFor({ state: "detached", timeout: MINUTE });
      await picture(page, "phone");
      // A line of code is legible beside what stands at the left.
      const editor = page.page.locator(".jp-CodeCell .cm-content").first();
      const notebook = page.page.locator(".jp-Notebook");
      expect((await notebook.boundingBox())!.width).toBeGreaterThan(300);
      expect((await editor.boundingBox())!.width).toBeGreaterThan(200);
      // What comes late is named in the next frame, and reached by the keyboard when the page is quiet.
      await expect.poll(() => serious(page.page)).toEqual([]);
      expect(await page.runAll()).toBeUndefined();
      await picture(page, "phone-run");
      await page.page.close();
    });

    it("offers the course first, three lectures in a row on a phone", { timeout: 3 * MINUTE }, async () => {
      const page = await SitePage.new(site.browser);
      await page.page.setViewportSize(PHONE);
      await page.goto(site.address);
      const sections = page.page.locator(".jp-Launcher-sectionTitle");
      await sections.getByText("Notebook", { exact: true }).waitFor({ timeout: 2 * MINUTE });
      expect((await sections.allInnerTexts()).slice(0, 6)).toEqual([
        "Lectures",
        "Problem sets",
        "Experiments",
        "Talks",
        "To look things up",
        "Notebook",
      ]);
      await picture(page, "phone-launcher");
      const cards = page.page.locator(".jp-LauncherCard[data-category=Lectures]");
      const [first, third] = [await cards.nth(0).boundingBox(), await cards.nth(2).boundingBox()];
      expect(third!.y).toBe(first!.y);
      expect(third!.x + third!.width).toBeLessThanOrEqual(PHONE.width);
      await page.page.close();
    });

    it.each(["light", "dark"] as const)(
      "is %s, and has nothing serious for axe",
      { timeout: 5 * MINUTE },
      async (look) => {
        const page = await SitePage.new(site.browser);
        await page.page.emulateMedia({ colorScheme: look });
        await page.goto(`${site.address}?path=${LECTURE}`);
        await page.ready();
        await page.page.locator("#chainrule-first-paint").waitFor({ state: "detached", timeout: MINUTE });
        await expect
          .poll(() => page.page.getAttribute("body", "data-jp-theme-light"))
          .toBe(String(look === "light"));
        await expect.poll(() => page.page.locator(".jp-Cell .cm-content:not([aria-label])").count()).toBe(0);
        await picture(page, look);
        // What comes late is named in the next frame.
        await expect.poll(() => serious(page.page)).toEqual([]);
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
