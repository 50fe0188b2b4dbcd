/**
 * KaTeX's style sheet with its fonts inside, as data. Of the twenty fonts only those that a page's formulas need are
 * included, so that a page without special alphabets grows by about 100 KB.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** Font → the classes by which KaTeX's formulas ask for it; fonts without classes are always there. */
const FONTS: Readonly<Record<string, RegExp | undefined>> = {
  "Main-Regular": undefined,
  "Math-Italic": undefined,
  "Main-Bold": /mathbf|textbf|boldsymbol/,
  "Main-Italic": /mathit|textit|mainit/,
  "Main-BoldItalic": /textbf[^>]*textit|textit[^>]*textbf|mathboldsf/,
  "Math-BoldItalic": /boldsymbol/,
  "AMS-Regular": /amsrm|mathbb|textbb/,
  "Caligraphic-Regular": /mathcal/,
  "Caligraphic-Bold": /mathbfcal/,
  "Fraktur-Regular": /mathfrak|textfrak/,
  "Fraktur-Bold": /mathboldfrak|textboldfrak/,
  "SansSerif-Regular": /mathsf|textsf/,
  "SansSerif-Bold": /mathboldsf|textboldsf/,
  "SansSerif-Italic": /mathitsf|mathsfit|textitsf/,
  "Script-Regular": /mathscr|textscr/,
  "Typewriter-Regular": /mathtt|texttt/,
  "Size1-Regular": /delimsizing size1|delim-size1|small-op/,
  "Size2-Regular": /delimsizing size2|large-op/,
  "Size3-Regular": /delimsizing size3/,
  "Size4-Regular": /delimsizing size4|delim-size4/,
};

/** The styles for the formulas of a page; empty when it has none. @param html  the page's body */
export function mathStyle(html: string): string {
  if (!html.includes('class="katex-html"')) return "";
  const folder = path.dirname(createRequire(import.meta.url).resolve("katex/dist/katex.min.css"));
  const classes = [...new Set([...html.matchAll(/class="([^"]*)"/g)].map(([, names]) => names))].join("\n");
  const faces = Object.entries(FONTS)
    .filter(([, needed]) => needed === undefined || needed.test(classes))
    .map(([name]) => {
      const [family, variant] = name.split("-") as [string, string];
      const data = readFileSync(path.join(folder, "fonts", `KaTeX_${name}.woff2`)).toString("base64");
      return (
        `@font-face{font-family:KaTeX_${family};font-weight:${variant.startsWith("Bold") ? 700 : 400};` +
        `font-style:${variant.endsWith("Italic") ? "italic" : "normal"};` +
        `src:url(data:font/woff2;base64,${data}) format("woff2")}`
      );
    });
  const rules = readFileSync(path.join(folder, "katex.min.css"), "utf8").replace(/@font-face\{[^}]*\}/g, "");
  return faces.join("\n") + rules;
}
