/** Notebooks as pages and scripts: what is written where, where links lead, and that nothing is run or written over. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportCommand } from "../../../kernel/notebook/export.js";
import type { ExportOptions } from "../../../kernel/notebook/export.js";
import { linkOnPage } from "../../../kernel/notebook/links.js";
import { notebookToMarkdown } from "../../../kernel/notebook/markdown-page.js";
import { notebookToScript, scriptEnding } from "../../../kernel/notebook/script.js";
import type { CodeCell, Notebook, NotebookCell, NotebookOutput } from "../../../kernel/notebook/format.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-export-"));
  mkdirSync(join(folder, "psets"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]): string => join(folder, ...parts);

const text = (source: string): NotebookCell => ({ cell_type: "markdown", id: "m", metadata: {}, source });
const code = (source: string, outputs: NotebookOutput[] = []): CodeCell => ({
  cell_type: "code",
  id: "c",
  metadata: {},
  source,
  execution_count: 1,
  outputs,
});
const show = (data: Record<string, unknown>, metadata: Record<string, unknown> = {}): NotebookOutput => ({
  output_type: "display_data",
  data,
  metadata,
});
const book = (cells: NotebookCell[], metadata: Record<string, unknown> = {}): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata,
  cells,
});

function write(name: string, cells: NotebookCell[]): string {
  writeFileSync(at(name), JSON.stringify(book(cells)));
  return at(name);
}

async function exported(notebooks: string[], options: ExportOptions): Promise<string[]> {
  const lines: string[] = [];
  await exportCommand(notebooks, options, (line) => lines.push(line));
  return lines;
}

describe("a link", () => {
  beforeAll(() => {
    write("one.ipynb", []);
    write("two words.ipynb", []);
    write("psets/p1.ipynb", []);
  });

  it.each([
    // Beside the notebook: another notebook's page will lie beside it too.
    ["two%20words.ipynb", "one.html", "two%20words.html"],
    ["two%20words.ipynb#A-heading", "one.html", "two%20words.html#A-heading"],
    ["psets/p1.ipynb", "one.html", "psets/p1.html"],
    ["psets/p1.ipynb", "one.md", "psets/p1.md"],
    ["data/numbers.csv", "one.html", "data/numbers.csv"],
    // In a folder of pages: notebooks that are exported with this one, and files that stay where they are.
    ["psets/p1.ipynb", "pages/one.html", "p1.html"],
    ["two%20words.ipynb", "pages/one.html", "two%20words.html"],
    ["data/numbers.csv?raw#L1", "pages/one.html", "../data/numbers.csv?raw#L1"],
    // Not a link to a notebook.
    ["gone.ipynb", "one.html", "gone.ipynb"],
    ["#A-heading", "pages/one.html", "#A-heading"],
    ["https://example.org/x.ipynb", "pages/one.html", "https://example.org/x.ipynb"],
    ["mailto:somebody@example.org", "pages/one.html", "mailto:somebody@example.org"],
    ["/x.ipynb", "pages/one.html", "/x.ipynb"],
    ["%zz.ipynb", "one.html", "%zz.ipynb"],
  ])("to %s on %s leads to %s", (address, page, expected) => {
    const ending = page.slice(page.lastIndexOf("."));
    const pages = new Map(page.startsWith("pages/") ? [[at("psets/p1.ipynb"), at(`pages/p1${ending}`)]] : []);
    expect(linkOnPage(address, { notebook: at("one.ipynb"), page: at(page), pages })).toBe(expected);
  });
});

describe("a page", () => {
  it("lies beside its notebook or in the folder that is asked for, and leads to the next one", async () => {
    const first = write("first.ipynb", [
      text('[next](second.ipynb#Part) <a class="x" href="second.ipynb">too</a> `[no](second.ipynb)`'),
      code("throw new Error('must not run')", [
        { output_type: "stream", name: "stdout", text: "kept from an earlier run" },
      ]),
    ]);
    const second = write("second.ipynb", [text("[back](first.ipynb)")]);
    expect(await exported([first], { html: true })).toEqual([`page: ${at("first.html")}`]);
    expect(readFileSync(at("first.html"), "utf8")).toContain("kept from an earlier run");

    await exported([first, second], { html: true, out: at("pages") });
    const page = readFileSync(at("pages/first.html"), "utf8");
    expect(page).toContain('<a href="second.html#Part">next</a>');
    expect(page).toContain('<a class="x" href="second.html">too</a>');
    expect(page).toContain("<code>[no](second.ipynb)</code>");
    expect(readFileSync(at("pages/second.html"), "utf8")).toContain('<a href="first.html">back</a>');
  });

  it("is refused in words where something would be lost or nothing is asked for", async () => {
    await expect(exported([at("first.ipynb")], {})).rejects.toThrow("--html, --md, --script");
    await expect(exported([at("none.ipynb")], { md: true })).rejects.toThrow("there is no such file");
    mkdirSync(at("other"));
    write("other/first.ipynb", []);
    await expect(
      exported([at("first.ipynb"), at("other/first.ipynb")], { md: true, out: at("pages") }),
    ).rejects.toThrow("have the same name");
  });
});

describe("Markdown", () => {
  it("has text as it is, code and what it printed in fences, and the best form of each output", () => {
    const markdown = notebookToMarkdown(
      book([
        text("# Title\n\n$a^2$"),
        code("const a = `x`;\n```", [
          { output_type: "stream", name: "stdout", text: "10 %\r\x1b[31m100 %\x1b[39m\n" },
          show({ "text/html": "<table></table>", "text/plain": "no" }),
          show({ "text/html": "<script></script>", "text/plain": "words" }),
          show({ "text/latex": "$$x$$" }),
          show({ "application/vnd.vegalite.v5+json": {}, "image/png": "AQID", "text/plain": "a [b]\nc" }),
          show({ "image/svg+xml": "<svg/>" }, { "image/svg+xml": { alt: "A line" } }),
          { output_type: "error", ename: "E", evalue: "v", traceback: ["\x1b[31mE\x1b[39m: v", "  at 1"] },
        ]),
        code(""),
      ]),
      { folder: "a b_files" },
    );
    expect(markdown.text.split("\n\n")).toEqual([
      "# Title",
      "$a^2$",
      "````typescript\nconst a = `x`;\n```\n````",
      "```text\n100 %\n```",
      "<table></table>",
      "```text\nwords\n```",
      "$$x$$",
      "![a \\[b\\] c](a%20b_files/cell-2-5.png)",
      "![A line](a%20b_files/cell-2-6.svg)",
      "```text\nE: v\n  at 1\n```\n",
    ]);
    expect([...markdown.files].map(([name, bytes]) => [name, [...bytes]])).toEqual([
      ["cell-2-5.png", [1, 2, 3]],
      ["cell-2-6.svg", [...Buffer.from("<svg/>")]],
    ]);
  });

  it("resolves links and attachments, but not what stands in code", () => {
    const cell: NotebookCell = {
      cell_type: "markdown",
      id: "m",
      metadata: {},
      source:
        "![p](attachment:my%20pic.png) [n](x.ipynb) <img src='x.ipynb'>\n\n`[n](x.ipynb)`\n\n```\n[n](x.ipynb)\n```",
      attachments: { "my pic.png": { "image/png": "AQID" } },
    };
    const { text: page, files } = notebookToMarkdown(book([cell]), {
      folder: "f",
      resolveLink: (address) => address.replace("ipynb", "md"),
    });
    expect(page).toBe(
      "![p](f/cell-1-my-20pic.png) [n](x.md) <img src='x.md'>\n\n`[n](x.ipynb)`\n\n```\n[n](x.ipynb)\n```\n",
    );
    expect([...files.keys()]).toEqual(["cell-1-my-20pic.png"]);
  });

  it.each([
    ["[a](<sub dir/x.ipynb>)", "[a](<sub dir/x.md>)"],
    ["[a](x(1).ipynb) (see [b](x.ipynb))", "[a](x(1).md) (see [b](x.md))"],
    ['[a](x.ipynb "the next")', '[a](x.md "the next")'],
    ["[a][r]\n\n[r]: x.ipynb", "[a][r]\n\n[r]: x.md"],
    ["[r]: <x.ipynb> 'next'\n[s]: x.ipynb#top", "[r]: <x.md> 'next'\n[s]: x.md#top"],
    ["[^1]: x.ipynb\n\n[note]: see x.ipynb there", "[^1]: x.ipynb\n\n[note]: see x.ipynb there"],
    ["![p](x.ipynb)[![q](x.ipynb)](x.ipynb)", "![p](x.md)[![q](x.md)](x.md)"],
  ])("resolves %j", (source, resolved) => {
    const { text: page } = notebookToMarkdown(book([text(source)]), {
      folder: "f",
      resolveLink: (address) => address.replace("ipynb", "md"),
    });
    expect(page).toBe(`${resolved}\n`);
  });

  it("takes pictures of an earlier export away, and nothing else", async () => {
    const file = write("drawn.ipynb", [code("1", [show({ "image/png": "AQID" })])]);
    mkdirSync(at("drawn_files"));
    for (const name of ["cell-9-1.png", "mine.txt"]) writeFileSync(at("drawn_files", name), "");
    await exported([file], { md: true });
    expect(readdirSync(at("drawn_files")).sort()).toEqual(["cell-1-1.png", "mine.txt"]);
  });
});

describe("a script", () => {
  it("has the code of every cell, text and magics as comments", () => {
    const cells = [text("# Title\n\nwords"), code("%time a\nconst a = 1;\n"), code("%%bash\nls"), code(" ")];
    const magicLines = (source: string): number[] => (source.startsWith("%time") ? [0] : []);
    expect(notebookToScript(book(cells), { name: "n.ipynb", magicLines })).toBe(
      "// Exported from n.ipynb by chainrule.\n\n// %% [markdown]\n// # Title\n//\n// words\n\n" +
        "// %%\n// %time a\nconst a = 1;\n\n// %%\n// %%bash\n// ls\n",
    );
    const python = book([text("words"), code("%time a")], { language_info: { name: "python" } });
    const named = { kernelspec: { name: "python3", language: "python", display_name: "Python" } };
    expect(scriptEnding(book([], named))).toBe(".py");
    expect(notebookToScript(book([text("words")], named), { name: "n.ipynb", magicLines })).toContain(
      "# words",
    );
    expect(scriptEnding(book([], { kernelspec: { ...named.kernelspec, language: "scala" } }))).toBe(".txt");
    expect(scriptEnding(book([], { kernelspec: { ...named.kernelspec, language: "TypeScript" } }))).toBe(
      ".ts",
    );
    expect(notebookToScript(python, { name: "n.ipynb", magicLines })).toContain(
      "# %% [markdown]\n# words\n\n# %%\n%time a",
    );
  });

  it("knows magic lines as the kernel does, and writes over nothing but its own", async () => {
    const file = write("lines.ipynb", [code("const s = `\n%no\n`;\n!ls")]);
    await exported([file], { script: true });
    expect(readFileSync(at("lines.ts"), "utf8")).toContain("const s = `\n%no\n`;\n// !ls\n");
    await exported([file], { script: true });
    writeFileSync(at("lines.ts"), "export const mine = 1;");
    await expect(exported([file], { script: true })).rejects.toThrow("is not an exported script and stays");
    expect(readFileSync(at("lines.ts"), "utf8")).toBe("export const mine = 1;");
    expect(existsSync(at("lines.md"))).toBe(false);
  });
});
