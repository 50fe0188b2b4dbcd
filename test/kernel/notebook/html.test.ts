/** The exported page: what each kind of output becomes, that nothing leaves the page, and how formulas are said. */
import { expect, it } from "vitest";
import type { CodeCell, Notebook, NotebookCell, NotebookOutput } from "../../../kernel/notebook/format.js";
import { notebookToHtml } from "../../../kernel/notebook/html.js";

const code = (outputs: NotebookOutput[], metadata = {}, source = "1 < 2"): CodeCell => ({
  cell_type: "code",
  id: "c",
  metadata,
  source,
  execution_count: 7,
  outputs,
});
const text = (source: string): NotebookCell => ({ cell_type: "markdown", id: "m", metadata: {}, source });
const show = (data: Record<string, unknown>, metadata: Record<string, unknown> = {}): NotebookOutput => ({
  output_type: "display_data",
  data,
  metadata,
});
const page = (cells: NotebookCell[], options: Partial<Parameters<typeof notebookToHtml>[1]> = {}) => {
  const notebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
  const html = notebookToHtml(notebook, { name: "a & b.ipynb", ...options });
  return { html, body: html.slice(html.indexOf("<main>")) };
};

it("needs no network and allows no script", () => {
  const { html } = page([
    text("![far](https://example.org/a.png) <img src='https://example.org/b.png'>"),
    code([show({ "text/html": "<script>alert(1)</script>" })]),
  ]);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)![1];
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/script|http|\*/);
  expect(html).not.toMatch(/<link|@import|url\(|<script src/);
});

it("chooses the best form of an output", () => {
  const png = { "image/png": "iVBORw0KGgo=\n", "text/plain": "plain" };
  const best = (data: Record<string, unknown>) => page([code([show(data)])]).body;
  expect(best(png)).toContain('<img src="data:image/png;base64,iVBORw0KGgo=" alt="plain">');
  expect(best({ ...png, "image/svg+xml": "<svg><title>A &amp; B</title></svg>" })).toContain(
    `<img src="data:image/svg+xml;base64,${Buffer.from("<svg><title>A &amp; B</title></svg>").toString("base64")}" alt="A &amp; B">`,
  );
  const table = {
    "text/html": "<table><tr><td>1</td></tr></table>",
    "text/markdown": "no",
    "text/plain": "no",
  };
  expect(best(table)).toContain('<div class="html wide"><table>');
  expect(best({ "text/markdown": "**bold**", "text/plain": "no" })).toContain("<strong>bold</strong>");
  expect(best({ "text/latex": "$\\alpha$", "text/plain": "no" })).toContain("<mi>α</mi>");
  expect(best({ "text/plain": "a < b" })).toContain("<pre>a &lt; b</pre>");
  expect(best({ "application/vnd.vegalite.v5+json": { mark: "bar" }, ...png })).toContain("<img");
  expect(best({ "application/json": { a: [1] } })).toContain("&quot;a&quot;");
  expect(best({ "audio/wav": "UklGRg==" })).toContain(
    '<audio controls src="data:audio/wav;base64,UklGRg==">',
  );
  expect(best({ "application/x-unknown": "x" })).not.toContain("output");
});

it("prefers anything to HTML that needs scripts", () => {
  const html = { "text/html": "<div id=x></div><script>draw()</script>" };
  expect(page([code([show({ ...html, "text/plain": "words" })])]).body).toContain("<pre>words</pre>");
  expect(page([code([show(html)])]).body).toContain("<script>draw()</script>");
});

it("keeps a picture's alternative text and size", () => {
  const output = show(
    { "image/png": "AAAA", "text/plain": "plain" },
    { "image/png": { alt: 'Loss "falls"', width: 320, height: 200 } },
  );
  expect(page([code([output])]).body).toContain('alt="Loss &quot;falls&quot;" width="320" height="200">');
});

it("shows streams as a terminal would, and errors in colour", () => {
  const { body } = page([
    code([
      { output_type: "stream", name: "stdout", text: "10 %\r20 %\r100 %\n<done>\r\n" },
      { output_type: "stream", name: "stderr", text: "\x1b[33mcareful\x1b[39m" },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["\x1b[31mE\x1b[39m: v <b>", "  at 1"] },
    ]),
  ]);
  expect(body).toContain('<pre class="stream stdout">100 %\n&lt;done&gt;\n</pre>');
  expect(body).toContain('<span class="ansi-yellow-fg">careful</span>');
  expect(body).toContain('<pre class="error"><span class="ansi-red-fg">E</span>: v &lt;b&gt;\n  at 1</pre>');
});

it("shows the beginning and the end of a flood, and says how much is between", () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`).join("");
  const { body } = page([code([{ output_type: "stream", name: "stdout", text: lines }])]);
  expect(body.length).toBeLessThan(110_000);
  expect(body).toContain("line 0\nline 1\n");
  expect(body).toContain("line 39998\nline 39999\n</pre>");
  const [, count] = /\n… ([\d,]+) characters are left out here …\n/.exec(body)!;
  const shown = [...body.matchAll(/line \d+\n/g)].reduce((sum, [line]) => sum + line.length, 0);
  expect(shown + Number(count!.replaceAll(",", ""))).toBe(lines.length);
});

it("colours code, class names with digits too, and numbers the cells that ran", () => {
  const { body } = page([code([], {}, 'import { Conv2d } from "chainrule";\nconst a = 1 < 2;')]);
  expect(body).toContain('<span class="hljs-title class_">Conv2d</span>');
  expect(body).toContain(
    '<span class="hljs-keyword">const</span> a = <span class="hljs-number">1</span> &lt;',
  );
  expect(body).toContain('<span class="count">7</span>');
});

it("makes a table of contents with Jupyter's ids, each once, and none of what cells display", () => {
  const { html, body } = page([
    text("# The *net* for $x^2$\n\n## Same name\n\n## Same name\n\n#### Deep"),
    code([show({ "text/markdown": "## Same name" })]),
    text("### [Linked](https://example.org) part"),
  ]);
  expect(html).toContain("<title>The net for x^2</title>");
  const links = [...html.slice(html.indexOf("<nav"), html.indexOf("</nav>")).matchAll(/href="#([^"]+)"/g)];
  expect(links.map((link) => decodeURIComponent(link[1]!))).toEqual([
    "The-net-for-x^2",
    "Same-name",
    "Same-name-2",
    "Linked-part",
  ]);
  const ids = [...body.matchAll(/<h\d id="([^"]+)"/g)].map((match) => match[1]);
  expect(ids).toEqual(["The-net-for-x^2", "Same-name", "Same-name-2", "Deep", "Same-name-3", "Linked-part"]);
  expect(page([text("# One")]).html).not.toContain("<nav");
  expect(page([text("no heading")]).html).toContain("<title>a &amp; b.ipynb</title>");
});

it("takes attachments and pictures beside the notebook into the page", () => {
  const asked: string[] = [];
  const readPicture = (path: string) => {
    asked.push(path);
    return path === "my pic.png" ? new Uint8Array([1, 2, 3]) : undefined;
  };
  const cell: NotebookCell = {
    cell_type: "markdown",
    id: "m",
    metadata: {},
    source: "![a](attachment:x.png) ![b](my%20pic.png) ![c](gone.jpg) ![d](/etc/passwd) ![e](notes.txt)",
    attachments: { "x.png": { "image/png": "QUJD" } },
  };
  const { body } = page([cell], { readPicture });
  expect(body).toContain('src="data:image/png;base64,QUJD"');
  expect(body).toContain('src="data:image/png;base64,AQID"');
  expect(asked).toEqual(["my pic.png", "gone.jpg"]);
});

it("folds what the notebook folds and leaves out empty cells and raw cells", () => {
  const { body } = page([
    code([show({ "text/plain": "shown" })], { jupyter: { source_hidden: true } }),
    code([show({ "text/plain": "hidden" })], { jupyter: { outputs_hidden: true } }),
    code([], {}, "  "),
    { cell_type: "raw", id: "r", metadata: {}, source: "raw words" },
  ]);
  expect(body).toMatch(/<details><summary>Code<\/summary><pre class="input">/);
  expect(body).toMatch(/<details><summary>Output<\/summary><div class="output"><pre>hidden/);
  expect(body.match(/<section/g)).toHaveLength(2);
  expect(body).not.toContain("raw words");
});

it("leads to the cell that failed, unless the notebook expects the error", () => {
  const error: NotebookOutput = { output_type: "error", ename: "RangeError", evalue: "<far>", traceback: [] };
  const { body } = page([text("a"), code([error])]);
  expect(body).toContain('<a href="#cell-2">cell 2</a>. RangeError: &lt;far&gt;');
  expect(body).toContain('id="cell-2"');
  expect(page([code([error], { tags: ["raises-exception"] })]).body).not.toContain("This run stopped");
});

it("gives the same bytes for the same notebook", () => {
  const cells = [text("# A\n\n$$x \\tag{1}$$"), code([show({ "text/plain": "1" })])];
  expect(page(cells).html).toBe(page(cells).html);
});
