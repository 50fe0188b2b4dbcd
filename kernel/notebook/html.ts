/**
 * Writes a notebook as one HTML page that needs no network and runs no script but those of its figures that answer:
 * pictures, formulas and styles are in the page, and its content policy forbids everything else. So the page can be opened,
 * mailed, printed and archived.
 */
import type { Charts } from "./charts.js";
import { dataUri, renderOutput } from "./mime.js";
import { asObject, hasTag } from "./format.js";
import type { CodeCell, Notebook, NotebookOutput, TextCell } from "./format.js";
import { escape as escapeHtml } from "html-escaper";
import { highlight, MarkdownRenderer } from "./markdown.js";
import type { Heading } from "./markdown.js";
import { MATH_END } from "./math.js";
import { mathStyle } from "./math-style.js";
import { pageToHtml } from "./page.js";
import { STYLE } from "./style.js";
import { keptModels } from "./widget-states.js";
import type { KeptModels } from "./widget-states.js";
import { shownModel, stillOf } from "./widget-stills.js";
import { LiveFigures } from "./live-figures.js";

export interface HtmlOptions {
  /** The notebook's file name, which is the title of a notebook without a heading. */
  name: string;
  /** Reads a picture of a text cell, by its path relative to the notebook; undefined when it does not exist. */
  readPicture?: (path: string) => Uint8Array | undefined;
  /** Maps a link's address in a text cell to its address on the page; default: unchanged. */
  resolveLink?: (address: string) => string;
  /** The run continued after cells that failed, so the page does not say that it stopped. */
  allowErrors?: boolean | undefined;
  /** Where the notebook can be run in the browser: an address of a website that `chainrule site` made. */
  runAt?: string | undefined;
  /** Drawings of its charts (`drawCharts`), which follow the page's colours and width; without them charts are pictures. */
  charts?: Charts | undefined;
  /** What a book puts around the notebook. */
  around?: Surroundings | undefined;
}

/** HTML before and after a notebook's cells. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
  readonly style: string;
  /** A form of it may lead to other pages beside this one. */
  readonly hasForm: boolean;
}

/** What a page of a notebook may load: what is in it. */
export const POLICY =
  "default-src 'none'; img-src data:; media-src data:; font-src data:; style-src 'unsafe-inline'; form-action 'none'";

/** MIME types of the pictures that are put into a page, by the ending of their file names. */
const PICTURES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
};

/** A notebook's cells as HTML, and what the page around them must know. */
export interface RenderedCells {
  /** One for each cell, in order; empty for a cell that shows nothing. */
  readonly cells: readonly string[];
  readonly headings: readonly Heading[];
  /** Plain text, as HTML. */
  readonly title: string;
  readonly language: string;
  /** The hashes of the scripts that the cells bring, as a content policy names them. */
  readonly scripts: readonly string[];
}

/** The cells, rendered one by one. */
export function renderCells(notebook: Notebook, options: HtmlOptions): RenderedCells {
  const markdown = new MarkdownRenderer();
  const models = keptModels(notebook.metadata);
  const live = new LiveFigures();
  const cells = notebook.cells.map((cell, index) =>
    cell.cell_type === "code"
      ? renderCode(cell, index + 1, markdown, { models, live, charts: options.charts })
      : renderText(cell, index + 1, markdown, options),
  );
  const { headings } = markdown;
  const given = asObject(notebook.metadata).title;
  const first = headings.find(({ level }) => level === 1);
  const title =
    typeof given === "string" ? escapeHtml(given) : first ? plain(first.html) : escapeHtml(options.name);
  return { cells, headings, title, language: escapeHtml(language(notebook)), scripts: live.hashes };
}

/** The page. The same notebook always gives the same page. */
export function notebookToHtml(notebook: Notebook, options: HtmlOptions): string {
  const { cells, headings, title, language, scripts } = renderCells(notebook, options);
  const contents = tableOfContents(headings);
  const { around } = options;
  const policy = around?.hasForm ? POLICY.replace("form-action 'none'", "form-action 'self' file:") : POLICY;
  const body = `<body>
<div class="layout${contents ? " with-toc" : ""}">
${contents && `<nav class="toc" aria-label="Contents">${contents}</nav>\n`}<main>
${around?.before ?? ""}${contents && `<details class="toc"><summary>Contents</summary>${contents}</details>\n`}${runLink(options)}${options.allowErrors ? "" : failureNote(notebook)}${cells.filter(Boolean).join("\n")}
${around?.after ?? ""}<footer>${escapeHtml(options.name)}</footer>
</main>
</div>
</body>`;
  return pageToHtml({
    language,
    policy: `${policy}${scriptPolicy(scripts)}`,
    title,
    style: `${mathStyle(body)}${STYLE}${around?.style ?? ""}`,
    body,
  });
}

/** What a content policy says of scripts, after its other rules; empty when there are none. */
export function scriptPolicy(hashes: readonly string[]): string {
  return hashes.length === 0 ? "" : `; script-src ${hashes.map((hash) => `'sha256-${hash}'`).join(" ")};`;
}

function runLink({ runAt }: HtmlOptions): string {
  // The page may be shown in a frame.
  return runAt === undefined
    ? ""
    : `<p class="run"><a href="${escapeHtml(runAt)}" target="_top">Run this page</a></p>\n`;
}

/** The widgets of a notebook, those of them that live on the page, and the drawings of its charts. */
interface Figures {
  readonly models: KeptModels;
  readonly live: LiveFigures;
  readonly charts: Charts | undefined;
}

function renderText(
  cell: TextCell,
  position: number,
  markdown: MarkdownRenderer,
  options: HtmlOptions,
): string {
  if (cell.cell_type === "markdown") {
    const html = markdown.render(cell.source, {
      resolveImage: (address) => resolvePicture(address, cell, options),
    });
    return `<section class="cell prose" id="cell-${position}">\n${resolveLinks(html, options)}</section>`;
  }
  const type = cell.metadata.format ?? cell.metadata.raw_mimetype;
  return type === "text/html" ? `<section class="cell" id="cell-${position}">\n${cell.source}</section>` : "";
}

function renderCode(
  cell: CodeCell,
  position: number,
  markdown: MarkdownRenderer,
  { models, live, charts }: Figures,
): string {
  const plain = (output: NotebookOutput) =>
    ("data" in output && charts?.get(output.data)) ||
    renderOutput(output, (source) => markdown.render(source, { isOutput: true }));
  const outputs = cell.outputs
    .map((output) => {
      const model = shownModel(output, models);
      if (!model) return plain(output);
      return stillOf(model, models, plain) ?? live.render(model, plain(output)) ?? plain(output);
    })
    .filter((html) => html !== "")
    .map((html) => `<div class="output">${html}</div>`)
    .join("\n");
  const source = cell.source.trimEnd();
  if (source === "" && outputs === "") return "";
  const hidden = asObject(cell.metadata.jupyter);
  const count = cell.execution_count === null ? "" : `<span class="count">${cell.execution_count}</span>`;
  const code = source && `<pre class="input"><code>${highlight(source, "typescript")}</code></pre>`;
  return [
    `<section class="cell code" id="cell-${position}">${count}`,
    fold(code, hidden.source_hidden === true, "Code"),
    fold(outputs, hidden.outputs_hidden === true || cell.metadata.collapsed === true, "Output"),
    "</section>",
  ]
    .filter((html) => html !== "")
    .join("\n");
}

function fold(html: string, isHidden: boolean, name: string): string {
  return isHidden && html ? `<details><summary>${name}</summary>${html}</details>` : html;
}

/** Maps the links of a text cell, also those written in HTML, to their addresses on the page. */
function resolveLinks(html: string, { resolveLink }: HtmlOptions): string {
  if (!resolveLink) return html;
  return html.replace(/(<a\b[^>]*?\bhref=")([^"]*)(?=")/gi, (_, before: string, address: string) => {
    return before + escapeHtml(resolveLink(address.replaceAll("&amp;", "&")));
  });
}

/** An image's address: attachments and files beside the notebook become part of the page. */
function resolvePicture(address: string, cell: TextCell, options: HtmlOptions): string {
  let path: string;
  try {
    path = decodeURI(address);
  } catch {
    return address;
  }
  if (path.startsWith("attachment:")) {
    const [entry] = Object.entries(cell.attachments?.[path.slice("attachment:".length)] ?? {});
    return typeof entry?.[1] === "string" ? dataUri(entry[0], entry[1]) : address;
  }
  const mime = PICTURES[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ""];
  if (mime === undefined || /^([a-z][a-z0-9+.-]*:|\/)/i.test(path)) return address;
  const bytes = options.readPicture?.(path);
  return bytes === undefined ? address : dataUri(mime, Buffer.from(bytes).toString("base64"));
}

/** The headings of the first three levels as a list of links; empty when there are fewer than three. */
function tableOfContents(headings: readonly Heading[]): string {
  const shown = headings.filter(({ level }) => level <= 3);
  if (shown.length < 3) return "";
  const items = shown.map(
    ({ level, html, id }) =>
      `<li class="level-${level}"><a href="#${escapeHtml(encodeURIComponent(id))}">${html.replaceAll(MATH_END, "")}</a></li>`,
  );
  return `<ol>\n${items.join("\n")}\n</ol>`;
}

/** A line at the top with a link to the cell that failed, which is the last one that ran if it has an error. */
function failureNote(notebook: Notebook): string {
  if (asObject(notebook.metadata.execution).allow_errors === true) return "";
  const position = notebook.cells.findLastIndex(
    (cell) => cell.cell_type === "code" && (cell.execution_count !== null || cell.outputs.length > 0),
  );
  const cell = notebook.cells[position];
  if (cell?.cell_type !== "code" || hasTag(cell, "raises-exception")) return "";
  const error = cell.outputs.find((output) => output.output_type === "error");
  if (error?.output_type !== "error") return "";
  const what = escapeHtml(`${error.ename}: ${error.evalue}`);
  return `<p class="failure">This run stopped at <a href="#cell-${position + 1}">cell ${position + 1}</a>. ${what}</p>\n`;
}

function language(notebook: Notebook): string {
  const { language } = notebook.metadata;
  return typeof language === "string" ? language : "en";
}

const FORMULA = new RegExp(
  `<span class="katex">(?:(?!${MATH_END})[^])*?<annotation[^>]*>([^<]*)</annotation>(?:(?!${MATH_END})[^])*${MATH_END}`,
  "g",
);

/** The plain text of rendered Markdown; a formula becomes its LaTeX. */
function plain(html: string): string {
  return html
    .replace(FORMULA, "$1")
    .replace(/<[^>]*>/g, "")
    .trim();
}
