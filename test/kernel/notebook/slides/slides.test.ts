/** Slides as one file: what is in it, and how a browser shows it, speaks it and prints it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../../kernel/notebook/sha256.js";
import { slidesCommand } from "../../../../kernel/notebook/slides/command.js";
import { readReveal } from "../../../../kernel/notebook/slides/reveal.js";
import { launchChromium } from "../../../support/chromium.js";
import { projectRoot, withTool } from "../../../support/shared.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-slides-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const marked = (slide_type: string) => ({ slideshow: { slide_type } });
const square = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><title>A square</title><rect width="90" height="90"/></svg>`;
const picture = {
  output_type: "display_data",
  data: { "image/svg+xml": square, "text/plain": "" },
  metadata: {},
};
const attack = {
  output_type: "display_data",
  data: { "text/html": "<b>x</b><script>document.title = 'attacked'</script>" },
  metadata: {},
};
const cell = (
  cell_type: "markdown" | "code",
  source: string,
  type: string | undefined,
  outputs: object[] = [],
) => ({
  cell_type,
  id: `c${source.length}`,
  metadata: { ...(type !== undefined && marked(type)), jupyter: { source_hidden: true } },
  source,
  ...(cell_type === "code" && { outputs, execution_count: 1 }),
});
const cells = [
  cell("markdown", "# A talk", "slide"),
  cell("markdown", "1 min. Say good day.", "notes"),
  cell("markdown", "## Formula\n\n$a^2$ [next](next.ipynb)", "slide"),
  cell("markdown", "Later.", "fragment"),
  cell("markdown", "2.5 min. Point at it.", "notes"),
  cell("code", "draw()", "subslide", [picture]),
  cell("code", "console.log(1)", "slide", [
    { output_type: "stream", name: "stdout", text: "line\n".repeat(60) },
  ]),
  cell("code", "hidden()", "skip", [attack]),
  cell("code", "show()", "slide", [attack]),
];

function made(
  name: string,
  options: Parameters<typeof slidesCommand>[1] = {},
): { html: string; said: string[]; page: string } {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  const said: string[] = [];
  slidesCommand(file, options, (line) => said.push(line));
  const page = options.out ?? file.replace(/\.ipynb$/, ".slides.html");
  return { html: readFileSync(page, "utf8"), said, page };
}

describe("the file", () => {
  const { html, said, page } = made("talk.ipynb");

  it("says how many slides and minutes it has", () => {
    expect(said).toEqual([`slides: ${page} (5 slides, 3.5 minutes)`]);
  });

  it("holds reveal.js with its licence, and loads nothing", () => {
    expect(html).toContain("Permission is hereby granted, free of charge");
    expect(html).not.toMatch(/<link|@import|<script src|url\(http/);
    expect(html).toContain("KaTeX_Main");
    expect(html).not.toContain("hidden()");
  });

  it("allows exactly its own scripts, and that of the speaker's window", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!;
    const own = [...html.slice(html.indexOf('<div class="reveal">')).matchAll(/<script>([^]*?)<\/script>/g)]
      .map(([, script]) => script!)
      .filter((script) => !script.startsWith("document.title"));
    const allowed = [...policy.matchAll(/'sha256-([^']+)'/g)].map(([, hash]) => hash);
    expect(allowed).toEqual([...own, readReveal().window].map(sha256));
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });

  it("has a theme when one is chosen, goes where it is told, and never over the notebook", () => {
    const dark = made("other.ipynb", { out: join(folder, "in/a/folder.html"), theme: "dark" });
    expect(dark.html).toContain('document.documentElement.dataset.theme = "dark";');
    const file = join(folder, "talk.ipynb");
    expect(() => slidesCommand(file, { out: file }, () => undefined)).toThrow("would overwrite the notebook");
    expect(() => slidesCommand(join(folder, "no.ipynb"), {}, () => undefined)).toThrow(
      "there is no such file",
    );
  });
});

withTool("chromium", "in a browser", ({ command: executablePath }) => {
  const pictures = join(projectRoot, "build/slides");
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const requests: string[] = [];
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await launchChromium(executablePath);
    page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(join(folder, "talk.slides.html")).href);
    await page.locator(".reveal.ready").waitFor();
  });
  afterAll(() => browser.close());

  it("shows the slides and their fragments by the keys, from no network, and runs no output's script", async () => {
    expect(await page.evaluate("Reveal.getTotalSlides()")).toBe(5);
    for (const [key, at] of [
      ["ArrowRight", { h: 1, v: 0, f: -1 }],
      ["Space", { h: 1, v: 0, f: 0 }],
      ["Space", { h: 1, v: 1 }],
    ] as const) {
      await page.keyboard.press(key);
      expect(await page.evaluate("Reveal.getIndices()")).toMatchObject(at);
    }
    expect(await page.title()).toBe("A talk");
    expect(requests.filter((url) => !/^(?:file|data):/.test(url))).toEqual([]);
    await page.screenshot({ path: join(pictures, "figure.png") });
  });

  it("draws a figure as large as the slide allows, with its text for screen readers", async () => {
    const image = page.locator("section.present.one img");
    expect(await image.getAttribute("alt")).toBe("A square");
    expect(await image.evaluate((one: { clientWidth: number }) => one.clientWidth)).toBe(360);
  });

  it("lets a slide that is too tall scroll, and tells the lecturer its cell", async () => {
    const tall = page.locator("section.tall");
    expect(await tall.count()).toBe(1);
    expect(await tall.getAttribute("data-cells")).toBe("Cell 7");
    expect(await tall.locator("aside.notes").textContent()).toMatch(
      /^Cell 7 is \d+ pixels taller than the slide: scroll it\.$/,
    );
    expect(complaints.filter((line) => line.startsWith("Cell"))).toHaveLength(1);
  });

  it("opens a window for the speaker, with the notes of the slide", async () => {
    const [popup] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("s")]);
    const notes = popup.locator(".speaker-controls-notes .value");
    await page.evaluate("Reveal.slide(1, 0)");
    await expect.poll(() => notes.textContent()).toContain("Point at it.");
    expect(await notes.textContent()).not.toContain("good day");
    await popup.close();
  });

  it("prints a page for each slide", async () => {
    const pdf = await page.pdf({
      path: join(pictures, "slides.pdf"),
      preferCSSPageSize: true,
      printBackground: true,
    });
    const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    // The tall one goes on.
    expect(sheets).toBeGreaterThanOrEqual(5);
    expect(sheets).toBeLessThanOrEqual(8);
  });
});
