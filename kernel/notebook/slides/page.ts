/**
 * Writes a notebook's slides as one HTML file with reveal.js in it: no network, no script but reveal.js, ours and those of
 * figures that answer. The cells look as on an exported page; the same renderers make them.
 */
import type { Notebook } from "../format.js";
import { POLICY, renderCells, scriptPolicy } from "../html.js";
import type { HtmlOptions } from "../html.js";
import { inScript } from "../live-figures.js";
import { mathStyle } from "../math-style.js";
import { pageToHtml } from "../page.js";
import { sha256 } from "../sha256.js";
import { CHOSEN_STYLE, STYLE } from "../style.js";
import type { Column, Slide } from "./deck.js";
import type { Reveal } from "./reveal.js";
import { START } from "./start.js";
import { SLIDES_STYLE } from "./style.js";

export interface SlidesOptions extends HtmlOptions {
  readonly reveal: Reveal;
  /** Without it the slides follow the system of who shows them. */
  readonly theme?: "light" | "dark" | undefined;
}

/** The page. The same notebook always gives the same page. */
export function deckToHtml(notebook: Notebook, deck: readonly Column[], options: SlidesOptions): string {
  const { cells: sections, title, language, scripts } = renderCells(notebook, options);
  // To reveal.js a section in a section is a slide.
  const cells = sections.map((cell) => cell.replace(/^<section\b([^]*)<\/section>$/, "<div$1</div>"));
  const { reveal } = options;
  const columns = deck.map((column) => {
    const slides = column.map((slide) => slideToHtml(slide, notebook, cells));
    return slides.length === 1 ? slides[0]! : `<section>\n${slides.join("\n")}\n</section>`;
  });
  const own = [reveal.script, reveal.notes, START].map(inScript);
  const theme =
    options.theme === undefined ? "" : `document.documentElement.dataset.theme = "${options.theme}";`;
  const body = `<body>
${theme && `<script>${theme}</script>\n`}<div class="reveal"><div class="slides">
${columns.join("\n")}
</div></div>
<!-- reveal.js:
${reveal.licence.replaceAll("--", "—")}
-->
${own.map((script) => `<script>${script}</script>`).join("\n")}
</body>`;
  const allowed = [theme, ...own, reveal.window].filter((script) => script !== "").map(sha256);
  return pageToHtml({
    language,
    // The speaker's window shows this same page twice, in frames.
    policy: `${POLICY}; frame-src 'self' file:${scriptPolicy([...allowed, ...scripts])}`,
    title,
    style: `${reveal.style}${mathStyle(body)}${STYLE}${CHOSEN_STYLE}${SLIDES_STYLE}`,
    body,
  });
}

function slideToHtml({ parts, notes, minutes }: Slide, notebook: Notebook, cells: readonly string[]): string {
  const shown = parts.map(({ cells: positions, isFragment }) => {
    const html = positions.map((position) => cells[position]!).filter(Boolean);
    return isFragment ? `<div class="fragment">\n${html.join("\n")}\n</div>` : html.join("\n");
  });
  const spoken = notes.map((position) => cells[position]!).join("\n");
  const numbers = parts.flatMap((part) => part.cells.map((position) => position + 1));
  const first = notebook.cells[numbers[0]! - 1]?.source ?? "";
  return [
    `<section class="one${/^# /.test(first) ? " title" : ""}" data-cells="${cellNames(numbers)}"` +
      `${minutes === undefined ? "" : ` data-timing="${Math.round(minutes * 60)}"`}>`,
    ...shown,
    spoken && `<aside class="notes">\n${spoken}\n</aside>`,
    "</section>",
  ]
    .filter(Boolean)
    .join("\n");
}

/** "Cell 3", "Cells 3 to 5": how a lecturer finds them. */
function cellNames(numbers: readonly number[]): string {
  const [first, last] = [numbers[0] ?? 0, numbers.at(-1) ?? 0];
  return first === last ? `Cell ${first}` : `Cells ${first} to ${last}`;
}
