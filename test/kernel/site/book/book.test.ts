/** A book: its pages and their ways to each other, what its search finds, and how it looks in a browser. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkNotebook, formatNotebook } from "../../../../kernel/notebook/format.js";
import { bookPages } from "../../../../kernel/site/book/book.js";
import type { Leaf } from "../../../../kernel/site/book/book.js";
import { bookCommand } from "../../../../kernel/site/book/command.js";
import { entriesOf } from "../../../../kernel/site/book/entries.js";
import { readMinisearch } from "../../../../kernel/site/book/leaves.js";
import { launchChromium } from "../../../support/chromium.js";
import { projectRoot, withTool } from "../../../support/shared.js";
import { PACKED } from "../site-page.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-book-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const notebook = (...sources: string[]) =>
  checkNotebook({
    nbformat: 4,
    cells: sources.map((source) =>
      source.startsWith("// ")
        ? { cell_type: "code", source, metadata: {}, outputs: [], execution_count: null }
        : { cell_type: "markdown", source, metadata: {} },
    ),
  });
const leaf = (path: string, title: string, section: string, ...sources: string[]): Leaf => ({
  ...{ path, title, section, notebook: notebook(`# ${title}`, ...sources) },
});

describe("its pages", () => {
  const leaves = [
    leaf(
      "lectures/1 a.ipynb",
      "One & <only>",
      "Lectures",
      "[two](2.ipynb#x), [words](../WORDS.md#words), [gone](9.ipynb), ![p](p.png)",
    ),
    leaf("lectures/2.ipynb", "Two", "Lectures"),
    leaf("WORDS.md", "Words", "To look up", "[one](lectures/1%20a.ipynb) [far](https://example.org/a.ipynb)"),
  ];
  const pages = new Map(
    [
      ...bookPages(leaves, {
        title: "A & B",
        minisearch: "/* search */",
        runAt: ({ path }) => (path.endsWith(".md") ? undefined : `../../?path=${path}`),
        readPicture: (path) => (path === "lectures/p.png" ? Buffer.from("png") : undefined),
      }),
    ].map(({ path, html }) => [path, html]),
  );

  it("are the contents and one for each notebook, with the one before and the next", () => {
    expect([...pages.keys()]).toEqual(["index.html", "lectures/1 a.html", "lectures/2.html", "WORDS.html"]);
    const two = pages.get("lectures/2.html")!;
    expect(two).toContain('<a rel="prev" href="../lectures/1%20a.html">← One &amp; &lt;only&gt;</a>');
    expect(two).toContain('<a rel="next" href="../WORDS.html">Words →</a>');
    expect(pages.get("lectures/1 a.html")).not.toContain('rel="prev"');
    expect(pages.get("WORDS.html")).not.toContain('rel="next"');
    expect(pages.get("index.html")).toMatch(
      /<h2>Lectures<\/h2>\n<ul class="leaves">\n<li><a href="lectures\/1%20a.html">One &amp; &lt;only/,
    );
  });

  it("lead to each other where their notebooks do, and hold their pictures", () => {
    const one = pages.get("lectures/1 a.html")!;
    for (const address of ["2.html#x", "../WORDS.html#Words", "9.ipynb"])
      expect(one).toContain(`<a href="${address}">`);
    expect(one).toContain('<img src="data:image/png;base64,');
    expect(pages.get("WORDS.html")).toContain(
      '<a href="lectures/1%20a.html">one</a> <a href="https://example.org/a.ipynb">',
    );
  });

  it("can be run where there is a website, and let no script run but the search's", () => {
    expect(pages.get("lectures/2.html")).toContain(
      '<a href="../../?path=lectures/2.ipynb" target="_top">Run this page',
    );
    expect(pages.get("WORDS.html")).not.toContain("Run this page");
    expect(pages.get("lectures/2.html")).not.toMatch(/<script|script-src/);
    expect(pages.get("index.html")).toMatch(/script-src 'sha256-[^']+' 'sha256-[^']+'">/);
  });
});

describe("what the search finds", () => {
  it("are pieces from heading to heading, with the names in their code", () => {
    const pieces = entriesOf(
      notebook(
        "# A *title*\n\nSee [this](b.ipynb), `code`, $x^2$.\n## Part\n```\n# none\n```\nEnd.",
        "// call(gradCheck, gradCheck)",
        "## Part",
      ),
    );
    expect(pieces).toEqual([
      { anchor: "A-title", heading: "A title", text: "See this, code, $x^2$.", code: "" },
      { anchor: "Part", heading: "Part", text: "End.", code: "call gradCheck" },
      { anchor: "Part-2", heading: "Part", text: "", code: "" },
    ]);
  });

  it("has a place also before the first heading, and where headings are written otherwise", () => {
    expect(entriesOf(notebook("// early")).map(({ anchor, code }) => [anchor, code])).toEqual([
      ["cell-1", "early"],
    ]);
    expect(entriesOf(notebook("Title\n=====", "## Part")).map(({ anchor }) => anchor)).toEqual([
      "cell-1",
      "cell-2",
    ]);
  });
});

it("is made anew in the place of an older one, but not in the place of anything else", async () => {
  const course = join(folder, "small");
  mkdirSync(join(course, "lectures"), { recursive: true });
  writeFileSync(join(course, "lectures/1.ipynb"), formatNotebook(notebook("# One")));
  const out = join(folder, "small-book");
  const make = (place: string): Promise<void> => bookCommand({ out: place }, () => undefined, course);
  await make(out);
  writeFileSync(join(out, "old.html"), "");
  await make(out);
  expect(readdirSync(out).filter((name) => name.endsWith(".html"))).toEqual(["index.html"]);
  expect(readFileSync(join(out, "lectures/1.html"), "utf8")).toContain("One</h1>");
  mkdirSync(join(folder, "mine"));
  writeFileSync(join(folder, "mine/letter.txt"), "dear");
  await expect(make(join(folder, "mine"))).rejects.toThrow("holds something that is no book");
  expect(readdirSync(join(folder, "mine"))).toEqual(["letter.txt"]);
});

describe("the course", () => {
  const out = join(folder, "course");
  const said: string[] = [];
  // Its hundred charts are drawn one after the other.
  beforeAll(() => bookCommand({ out, runAt: "https://example.org/c/?x" }, (line) => said.push(line)), PACKED);

  const files = (): string[] =>
    readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));

  it("has every notebook, and says how many pages", () => {
    expect(said).toEqual([
      `book: ${join(out, "index.html")} (${files().length} pages); any static host serves it`,
    ]);
    for (const room of ["lectures", "experiments", "talks"]) {
      const notebooks = readdirSync(join(projectRoot, "notebooks", room)).filter((name) =>
        name.endsWith(".ipynb"),
      );
      expect(notebooks, room).not.toEqual([]);
      for (const name of notebooks) {
        const page = join(out, room, name.replace(".ipynb", ".html"));
        expect(readFileSync(page, "utf8"), name).toContain("</html>");
      }
    }
    expect(readFileSync(join(out, "lectures/01-nearest-neighbour.html"), "utf8")).toContain(
      'href="https://example.org/c/?path=lectures/01-nearest-neighbour.ipynb"',
    );
  });

  it("has no link to a page or a heading that is not there", () => {
    const texts = new Map(files().map((name) => [name, readFileSync(join(out, name), "utf8")]));
    const lost: string[] = [];
    for (const [name, html] of texts)
      for (const [, href] of html.matchAll(/<a (?:rel="\w+" )?href="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(href!)) continue;
        const [path, anchor] = decodeURI(href!.replaceAll("&#39;", "'")).split("#");
        const target = path === "" ? name : join(dirname(name), path!);
        const text = texts.get(target);
        const id = anchor && decodeURIComponent(anchor);
        if (
          text === undefined
            ? !existsSync(join(out, target))
            : id && !text.includes(`id="${id.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`)
        )
          lost.push(`${name}: ${href}`);
      }
    expect(lost).toEqual([]);
  });

  withTool("chromium", "in a browser", ({ command: executablePath }) => {
    const pictures = join(projectRoot, "build/book-pictures");
    let browser: Browser;
    let page: Page;
    const complaints: string[] = [];
    beforeAll(async () => {
      mkdirSync(pictures, { recursive: true });
      browser = await launchChromium(executablePath);
      page = await browser.newPage({ viewport: { width: 375, height: 800 } });
      page.on("console", (message) => complaints.push(message.text()));
    });
    afterAll(() => browser.close());

    it("searches from a page's field and while one types, and leads to the place", async () => {
      await page.goto(pathToFileURL(join(out, "lectures/12-pooling.html")).href);
      await page.getByRole("searchbox").fill("vanishing gradient");
      await page.getByRole("searchbox").press("Enter");
      await page.waitForURL(/index\.html\?q=vanishing\+gradient$/);
      expect(await page.locator("#found li").count()).toBeGreaterThan(2);
      expect(await page.locator("#contents").isHidden()).toBe(true);
      await page.screenshot({ path: join(pictures, "search.png") });
      await page.getByRole("searchbox").fill("conv2dBackward");
      await expect.poll(() => page.locator("#found li a").first().getAttribute("href")).toMatch(/^\w+\/.*#/);
      await page.getByRole("searchbox").fill("zzzz");
      await expect.poll(() => page.locator("#found").textContent()).toBe("Nothing has these words.");
      await page.getByRole("searchbox").fill("batch normalisation");
      await page.locator('#found a[href^="lectures/15"]').first().click();
      await page.waitForURL(/15-normalisation-dropout\.html#/);
      expect(complaints).toEqual([]);
    });

    it("fits a phone and a wide window, in the light and the dark", async () => {
      for (const [name, width, colorScheme, file] of [
        ["contents-phone", 375, "light", "index.html"],
        ["contents-dark", 1200, "dark", "index.html"],
        ["page-phone", 375, "dark", "lectures/06-computational-graphs.html"],
        ["page-wide", 1200, "light", "lectures/06-computational-graphs.html"],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.goto(pathToFileURL(join(out, file)).href);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        await page.screenshot({ path: join(pictures, `${name}.png`) });
      }
      await page.emulateMedia({ media: "print" });
      expect(await page.locator("nav.book").isVisible()).toBe(false);
      expect(await page.locator("nav.beside").isVisible()).toBe(false);
    });
  });
});

it("minisearch is in the page with its licence, and nothing of it is fetched", () => {
  const script = readMinisearch();
  expect(script).toContain("MIT");
  expect(script).not.toContain("sourceMappingURL");
});
