/**
 * A book of notebooks: a page for each, as it is stored, with the way to the one before and the next, and a page of contents
 * that searches them all. Every address is relative, so that it works below any path and from a folder on disk.
 */
import { escape } from "html-escaper";
import { drawCharts } from "../../notebook/charts.js";
import type { Charts } from "../../notebook/charts.js";
import type { Notebook } from "../../notebook/format.js";
import { notebookToHtml, renderCells } from "../../notebook/html.js";
import { inScript } from "../../notebook/live-figures.js";
import { pageToHtml } from "../../notebook/page.js";
import { sha256 } from "../../notebook/sha256.js";
import { STYLE } from "../../notebook/style.js";
import { entriesOf } from "./entries.js";
import { SEARCH } from "./search.js";
import { BOOK_STYLE } from "./style.js";

/** A page of the book, before it is one. */
export interface Leaf {
  /** Below the folder, with slashes: "lectures/01-nearest-neighbour.ipynb", "GLOSSARY.md". */
  readonly path: string;
  readonly title: string;
  /** The heading that it stands under in the contents. */
  readonly section: string;
  readonly notebook: Notebook;
  /** Drawings of its charts. */
  readonly charts?: Charts;
}

/** The leaves with their charts drawn. */
export async function withCharts(leaves: readonly Leaf[]): Promise<Leaf[]> {
  const drawn: Leaf[] = [];
  // One after the other: a course has a hundred charts.
  for (const leaf of leaves) drawn.push({ ...leaf, charts: await drawCharts(leaf.notebook) });
  return drawn;
}

export interface BookOptions {
  readonly title: string;
  /** minisearch as a script, with its licence. */
  readonly minisearch: string;
  /** Where a leaf can be run, as its page writes it; none for a page that cannot. */
  readonly runAt?: (leaf: Leaf) => string | undefined;
  /** Reads a picture by its path below the folder. */
  readonly readPicture?: (path: string) => Uint8Array | undefined;
}

/** A file of the book. */
export interface BookPage {
  readonly path: string;
  readonly html: string;
}

/** Where a leaf's page lies. */
export const pageOf = (path: string): string => path.replace(/\.(?:ipynb|md)$/, ".html");

/** All pages, the contents first. The same leaves always give the same pages. */
export function* bookPages(leaves: readonly Leaf[], options: BookOptions): Generator<BookPage> {
  yield { path: "index.html", html: contentsPage(leaves, options) };
  const known = new Map(
    leaves.map(({ path, notebook }) => [path, path.endsWith(".md") ? anchorsOf(notebook) : undefined]),
  );
  for (const [i, leaf] of leaves.entries())
    yield {
      path: pageOf(leaf.path),
      html: leafPage(leaf, { before: leaves[i - 1], after: leaves[i + 1], known, options }),
    };
}

/** A text's anchors as GitHub writes them, in small letters and without signs, and as its page has them. */
type Anchors = ReadonlyMap<string, string>;

function anchorsOf(notebook: Notebook): Anchors {
  const { headings } = renderCells(notebook, { name: "" });
  return new Map(headings.map(({ id }) => [id.toLowerCase().replace(/[^\p{L}\p{N}_-]/gu, ""), id]));
}

interface Place {
  readonly before: Leaf | undefined;
  readonly after: Leaf | undefined;
  /** The leaves by their paths, and of a text its anchors. */
  readonly known: ReadonlyMap<string, Anchors | undefined>;
  readonly options: BookOptions;
}

function leafPage(leaf: Leaf, { before, after, known, options }: Place): string {
  const up = "../".repeat(leaf.path.split("/").length - 1);
  const folder = leaf.path.slice(0, leaf.path.lastIndexOf("/") + 1);
  const link = (to: Leaf | undefined, rel: "prev" | "next", arrow: (title: string) => string): string =>
    to === undefined
      ? "<span></span>"
      : `<a rel="${rel}" href="${escape(up + address(pageOf(to.path)))}">${arrow(escape(to.title))}</a>`;
  return notebookToHtml(leaf.notebook, {
    name: leaf.path.slice(folder.length),
    charts: leaf.charts,
    readPicture: (name) => options.readPicture?.(below(folder + name)),
    resolveLink: (given) => {
      const [, path = "", rest = ""] = /^([^?#]*)([^]*)$/.exec(given) ?? [];
      if (path === "" || /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(path)) return given;
      const target = below(folder + decoded(path));
      if (!known.has(target)) return given;
      const anchor = known.get(target)?.get(rest.slice(1));
      return pageOf(path) + (anchor === undefined ? rest : `#${encodeURIComponent(anchor)}`);
    },
    runAt: options.runAt?.(leaf),
    around: {
      before:
        `<nav class="book" aria-label="${escape(options.title)}"><a href="${up}index.html">All pages</a>` +
        `<form action="${up}index.html" role="search"><input type="search" name="q" aria-label="Search the book" placeholder="Search"></form></nav>\n`,
      after: `<nav class="beside" aria-label="Pages beside this one">${link(before, "prev", (title) => `← ${title}`)}${link(after, "next", (title) => `${title} →`)}</nav>\n`,
      style: BOOK_STYLE,
      hasForm: true,
    },
  });
}

function contentsPage(leaves: readonly Leaf[], { title, minisearch: given }: BookOptions): string {
  const minisearch = inScript(given);
  const sections = [...new Set(leaves.map(({ section }) => section))].map((section) => {
    const items = leaves
      .filter((leaf) => leaf.section === section)
      .map((leaf) => `<li><a href="${escape(address(pageOf(leaf.path)))}">${escape(leaf.title)}</a></li>`);
    return `<h2>${escape(section)}</h2>\n<ul class="leaves">\n${items.join("\n")}\n</ul>`;
  });
  const entries = leaves.flatMap((leaf) =>
    entriesOf(leaf.notebook).map(({ anchor, ...entry }) => ({
      ...entry,
      page: leaf.title,
      at: `${address(pageOf(leaf.path))}#${encodeURIComponent(anchor)}`,
    })),
  );
  const body = `<body>
<main class="prose">
<h1>${escape(title)}</h1>
<form role="search"><input type="search" name="q" aria-label="Search the book" placeholder="Search" autocomplete="off"></form>
<div id="found" role="status"></div>
<div id="contents">
${sections.join("\n")}
</div>
</main>
<script type="application/json" id="entries">${JSON.stringify(entries).replace(/</g, "\\u003c")}</script>
<script>${minisearch}</script>
<script>${SEARCH}</script>
</body>`;
  return pageToHtml({
    title: escape(title),
    style: STYLE + BOOK_STYLE,
    body,
    policy:
      `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' file:; ` +
      `script-src 'sha256-${sha256(minisearch)}' 'sha256-${sha256(SEARCH)}'`,
  });
}

const address = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** A path without "." and "..". */
function below(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
