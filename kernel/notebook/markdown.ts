/**
 * Renders Markdown with mathematics and coloured code to HTML that needs only the page's style sheets.
 */
import mathPlugin from "@vscode/markdown-it-katex";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import MarkdownItDefault from "markdown-it";
import type { MarkdownIt } from "markdown-it";
import { escape as escapeHtml } from "html-escaper";
import { MATH_END, renderMath } from "./math.js";

const languages = { bash, javascript, json, python, typescript, xml };
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

/** A heading, for a table of contents. */
export interface Heading {
  /** From 1 to 6. */
  readonly level: number;
  /** The heading's text as HTML, without links. */
  readonly html: string;
  /** The id that a link may name. */
  readonly id: string;
}

/** Code as HTML with highlight.js's classes; a language that is not known here stays plain. */
export function highlight(code: string, language: string): string {
  if (!hljs.getLanguage(language)) return escapeHtml(code);
  const html = hljs.highlight(code, { language }).value;
  // highlight.js's pattern for class names stops after a digit, in the middle of Conv2d.
  return html.replace(/(<span class="hljs-title class_">\w+)<\/span>(\w+)/g, "$1$2</span>");
}

const INLINE_MATH_AND_SIGN = new RegExp(
  `(<span class="katex">(?:(?!${MATH_END})[^])*)${MATH_END}([.,;:!?)\\]”’]+)`,
  "g",
);

/** Renders the Markdown of one page: heading ids are unique and headings are remembered. */
export class MarkdownRenderer {
  readonly headings: Heading[] = [];
  readonly #markdown: MarkdownIt;
  readonly #ids = new Set<string>();

  constructor() {
    this.#markdown = new MarkdownItDefault({ html: true, linkify: true, highlight });
    this.#markdown.use(loadMathPlugin(), {
      katex: {
        renderToString: (latex: string, { displayMode }: { displayMode: boolean }) =>
          renderMath(latex, displayMode),
      },
      enableBareBlocks: true,
      enableMathBlockInHtml: true,
      enableMathInlineInHtml: true,
    });
    const { rules } = this.#markdown.renderer;
    rules.table_open = () => '<div class="wide"><table>\n';
    rules.table_close = () => "</table></div>\n";
  }

  /**
   * @param options.resolveImage maps an image's address as written to the one to use
   * @param options.isOutput the text is a cell's output, so its headings do not count as the page's headings
   */
  render(
    source: string,
    options: { resolveImage?: (address: string) => string; isOutput?: boolean } = {},
  ): string {
    const resolveImage = options.resolveImage ?? ((address) => address);
    const environment = {};
    const tokens = this.#markdown.parse(source, environment);
    const { renderer, options: settings } = this.#markdown;
    tokens.forEach((token, index) => {
      for (const child of token.children ?? []) {
        if (child.type === "image") child.attrSet("src", resolveImage(String(child.attrGet("src") ?? "")));
      }
      if (token.type !== "heading_open") return;
      const inline = tokens[index + 1]!.children ?? [];
      const text = inline.map((child) => (child.type === "html_inline" ? "" : child.content)).join("");
      const id = this.#uniqueId(text);
      token.attrSet("id", id);
      const unlinked = inline.filter((child) => !child.type.startsWith("link_") && child.type !== "image");
      const html = renderer.renderInline(unlinked, settings, environment);
      if (!options.isOutput) this.headings.push({ level: Number(token.tag.slice(1)), html, id });
    });
    const html = renderer.render(tokens, settings, environment);
    // A line may not end between a formula and the comma behind it.
    return html.replace(INLINE_MATH_AND_SIGN, '<span class="nowrap">$1$2</span>').replaceAll(MATH_END, "");
  }

  /** Jupyter's id of a heading: its text with hyphens for spaces, and a number when that id is taken. */
  #uniqueId(text: string): string {
    const base = text.trim().replace(/\s+/g, "-") || "section";
    let id = base;
    for (let n = 2; this.#ids.has(id); n++) id = `${base}-${n}`;
    this.#ids.add(id);
    return id;
  }
}

type MathPlugin = (markdown: MarkdownIt, options: Record<string, unknown>) => unknown;

/**
 * The plugin is a CommonJS module, whose types describe another version of markdown-it; its function is a property in Node,
 * and the module itself where a bundler has read it so.
 */
function loadMathPlugin(): MathPlugin {
  const given = mathPlugin as unknown as MathPlugin & { readonly default?: MathPlugin };
  return given.default ?? given;
}
