/**
 * Renders outputs to HTML: the best form of each output that a page without scripts can show, pictures first.
 */
import { toBase64 } from "#host/bytes";
import { AnsiUp } from "ansi_up";
import { asObject } from "./format.js";
import type { NotebookData, NotebookOutput } from "./format.js";
import { escape as escapeHtml } from "html-escaper";
import { renderMath } from "./math.js";

/** Renders Markdown to HTML. */
export type RenderMarkdown = (source: string) => string;

/** One output as HTML. */
export function renderOutput(output: NotebookOutput, markdown: RenderMarkdown): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="stream ${output.name}">${ansi(shortened(overwritten(output.text)))}</pre>`;
    case "error": {
      const text = output.traceback.join("\n") || `${output.ename}: ${output.evalue}`;
      return `<pre class="error">${ansi(text)}</pre>`;
    }
    default:
      return renderBundle(output.data, output.metadata, markdown);
  }
}

/** The most characters of one stream that a page shows. */
const LONGEST = 100_000;

type Render = (
  content: string,
  mime: string,
  data: NotebookData,
  metadata: Record<string, unknown>,
  markdown: RenderMarkdown,
) => string;

const picture: Render = (content, mime, data, metadata) => {
  const { width, height, alt } = asObject(metadata[mime]);
  const plain = typeof data["text/plain"] === "string" ? data["text/plain"] : "";
  const words = typeof alt === "string" ? alt : (svgTitle(content, mime) ?? (plain.trim() || "Picture"));
  const size = [
    ["width", width],
    ["height", height],
  ]
    .map(([name, value]) => (typeof value === "number" ? ` ${name as string}="${value}"` : ""))
    .join("");
  return `<img src="${dataUri(mime, content)}" alt="${escapeHtml(words)}"${size}>`;
};

const html: Render = (content) => `<div class="html wide">${content}</div>`;
const audio: Render = (content, mime) => `<audio controls src="${dataUri(mime, content)}"></audio>`;
const video: Render = (content, mime) => `<video controls src="${dataUri(mime, content)}"></video>`;

/** Best first. */
const RENDERERS: readonly [mime: RegExp, render: Render][] = [
  [/^image\/svg\+xml$/, picture],
  [/^image\/(png|jpeg|gif|webp|avif|bmp)$/, picture],
  [/^audio\//, audio],
  [/^video\//, video],
  [/^text\/html$/, html],
  [
    /^text\/markdown$/,
    (content, _mime, _data, _metadata, markdown) => `<div class="prose">${markdown(content)}</div>`,
  ],
  [/^text\/latex$/, (content) => `<div class="latex">${latex(content)}</div>`],
  [/^text\/plain$/, (content) => `<pre>${ansi(overwritten(content))}</pre>`],
];

/** A MIME bundle as HTML; empty when no form of it can be shown. */
export function renderBundle(
  data: NotebookData,
  metadata: Record<string, unknown>,
  markdown: RenderMarkdown,
): string {
  const mime = bestForm(
    data,
    RENDERERS.map(([pattern]) => pattern),
  );
  if (mime !== undefined) {
    const [, render] = RENDERERS.find(([pattern]) => pattern.test(mime))!;
    return render(data[mime] as string, mime, data, metadata, markdown);
  }
  const json = Object.keys(data).find((mime) => /^application\/(.*\+)?json$/.test(mime));
  return json === undefined ? "" : `<pre>${escapeHtml(JSON.stringify(data[json], undefined, 2))}</pre>`;
}

/**
 * The form of a bundle to show where no script runs: HTML that needs scripts comes last.
 * @param forms patterns of MIME types, best first
 */
export function bestForm(data: NotebookData, forms: readonly RegExp[]): string | undefined {
  const needsScripts = /<script\b/i.test(String(data["text/html"] ?? ""));
  const others = Object.keys(data).filter((mime) => !(needsScripts && mime === "text/html"));
  for (const mimes of [others, Object.keys(data)])
    for (const form of forms) {
      const mime = mimes.find((one) => form.test(one) && typeof data[one] === "string");
      if (mime !== undefined) return mime;
    }
  return undefined;
}

/** A `data:` address of base64 text, or of SVG's own text. */
export function dataUri(mime: string, content: string): string {
  const base64 =
    mime === "image/svg+xml" && content.trimStart().startsWith("<")
      ? toBase64(new TextEncoder().encode(content))
      : content.replace(/\s+/g, "");
  return `data:${mime};base64,${escapeHtml(base64)}`;
}

function svgTitle(content: string, mime: string): string | undefined {
  if (mime !== "image/svg+xml") return undefined;
  const title =
    /<title[^>]*>([^<]+)<\/title>/.exec(content)?.[1] ?? /aria-label="([^"]+)"/.exec(content)?.[1];
  return title
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** Text with ANSI colours as HTML with classes, so that dark pages can have other colours. */
function ansi(text: string): string {
  const converter = new AnsiUp();
  converter.use_classes = true;
  return converter.ansi_to_html(text);
}

/** What a terminal without colours shows of a text. */
export function withoutColours(text: string): string {
  return overwritten(text).replace(/\x1b\[[\d;]*[A-Za-z]/g, "");
}

/** What a terminal shows of lines that a carriage return wrote over. */
function overwritten(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/[^\n]*\r(?=[^\n])/g, "");
}

/** The beginning and the end of a text that is too long for a page; the notebook keeps all of it. */
function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  const head = text.slice(0, text.lastIndexOf("\n", LONGEST / 2) + 1 || LONGEST / 2);
  const tailStart = text.length - LONGEST / 2;
  const tail = text.slice(text.indexOf("\n", tailStart) + 1 || tailStart);
  const leftOut = text.length - head.length - tail.length;
  return `${head}\n… ${leftOut.toLocaleString("en")} characters are left out here …\n\n${tail}`;
}

/** The formula of a LaTeX output, which Jupyter delimits with dollars or brackets. */
function latex(content: string): string {
  const text = content.trim();
  const inline = /^\$([^$]+)\$$/.exec(text)?.[1] ?? /^\\\(([^]+)\\\)$/.exec(text)?.[1];
  if (inline !== undefined) return renderMath(inline, false);
  const block = /^\$\$([^]+)\$\$$/.exec(text)?.[1] ?? /^\\\[([^]+)\\\]$/.exec(text)?.[1];
  return renderMath(block ?? text, true);
}
