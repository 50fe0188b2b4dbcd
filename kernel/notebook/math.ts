/**
 * Renders LaTeX to HTML that looks the same in every browser (KaTeX's, with its fonts in the page), together with hidden
 * MathML that screen readers speak. This file corrects KaTeX's MathML: it gives letter styles as attributes that are no
 * longer read, and leaves out the numbers of an aligned equation's rows.
 * MathML as it is read: https://www.w3.org/TR/mathml-core/
 */
import katex from "katex";

/** Marks the end of a formula in the page, so that the whole formula can be found again. */
export const MATH_END = "<!--/math-->";

/** A formula as HTML and MathML; one that KaTeX cannot read is shown as written, marked as an error. */
export function renderMath(latex: string, displayMode: boolean): string {
  const drawn = katex.renderToString(latex, {
    output: "html",
    displayMode,
    strict: "ignore",
    errorColor: "var(--bad)",
    throwOnError: false,
  });
  const spoken = /<math[^]*<\/math>/.exec(renderMathML(latex, displayMode))?.[0];
  if (spoken === undefined) return drawn;
  // In KaTeX's own order, which its style sheet expects: first the spoken MathML, then the visible HTML.
  return (
    drawn.replace(
      '<span class="katex">',
      () => `<span class="katex"><span class="katex-mathml">${spoken}</span>`,
    ) + MATH_END
  );
}

function renderMathML(latex: string, displayMode: boolean): string {
  // A row without a number gets an empty one, so that all rows have the same columns.
  const numbered = latex.replace(/\\(nonumber|notag)(?![a-zA-Z])/g, "");
  const html = katex.renderToString(numbered, {
    output: "mathml",
    displayMode,
    strict: "ignore",
    errorColor: "var(--bad)",
    // A mistyped formula must not prevent the rest of the page.
    throwOnError: false,
  });
  const tags = rowTags(latex);
  return (
    html
      .replace(/<mtd class ?="mml-eqn-num"><\/mtd>/g, () => {
        const tag = tags.shift();
        return tag === undefined
          ? '<mtd class="mml-eqn-num"></mtd>'
          : `<mtd class="mml-eqn-num"><mtext>${tag}</mtext></mtd>`;
      })
      // Browsers put no space between a function's name and its argument, as in log x.
      .replace(/<mo>\u2061<\/mo>(?!<mo[^>]*>[([{])/g, '$&<mspace width="0.1667em"></mspace>')
      .replace(STYLED, (whole, element: string, style: string, text: string) => {
        const starts = STARTS[style];
        return starts
          ? `<${element}>${[...text].map((letter) => styled(letter, style, starts)).join("")}</${element}>`
          : whole;
      })
  );
}

const STYLED = /<(mi|mn|mo|mtext) mathvariant="([a-z-]+)">([^<&]*)<\/\1>/g;

/** First code points of A, a, 0, Α and α in each style of Unicode's mathematical alphabets; 0: there is none. */
const STARTS: Record<string, readonly [A: number, a: number, zero: number, Alpha: number, alpha: number]> = {
  bold: [0x1d400, 0x1d41a, 0x1d7ce, 0x1d6a8, 0x1d6c2],
  italic: [0x1d434, 0x1d44e, 0, 0x1d6e2, 0x1d6fc],
  "bold-italic": [0x1d468, 0x1d482, 0, 0x1d71c, 0x1d736],
  script: [0x1d49c, 0x1d4b6, 0, 0, 0],
  "bold-script": [0x1d4d0, 0x1d4ea, 0, 0, 0],
  fraktur: [0x1d504, 0x1d51e, 0, 0, 0],
  "double-struck": [0x1d538, 0x1d552, 0x1d7d8, 0, 0],
  "sans-serif": [0x1d5a0, 0x1d5ba, 0x1d7e2, 0, 0],
  "bold-sans-serif": [0x1d5d4, 0x1d5ee, 0x1d7ec, 0x1d756, 0x1d770],
  "sans-serif-italic": [0x1d608, 0x1d622, 0, 0, 0],
  "sans-serif-bold-italic": [0x1d63c, 0x1d656, 0, 0x1d790, 0x1d7aa],
  monospace: [0x1d670, 0x1d68a, 0x1d7f6, 0, 0],
};

/** Letters that are missing in Unicode's mathematical alphabets, because Unicode already had them elsewhere. */
const OLDER: Record<string, Record<string, string>> = {
  italic: { h: "ℎ" },
  script: {
    ...{ B: "ℬ", E: "ℰ", F: "ℱ", H: "ℋ", I: "ℐ", L: "ℒ", M: "ℳ", R: "ℛ" },
    ...{ e: "ℯ", g: "ℊ", o: "ℴ" },
  },
  fraktur: { C: "ℭ", H: "ℌ", I: "ℑ", R: "ℜ", Z: "ℨ" },
  "double-struck": { C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ" },
};

const RANGES = ["AZ", "az", "09", "ΑΩ", "αω"] as const;

function styled(letter: string, style: string, starts: readonly number[]): string {
  const older = OLDER[style]?.[letter];
  if (older !== undefined) return older;
  const range = RANGES.findIndex((ends) => letter >= ends[0]! && letter <= ends[1]!);
  const start = starts[range] ?? 0;
  return start === 0
    ? letter
    : String.fromCodePoint(start + letter.codePointAt(0)! - RANGES[range]!.codePointAt(0)!);
}

const TOKEN = /\\begin\{(\w+)\*?\}|\\end\{\w+\*?\}|\\tag(\*?)\{([^{}]*)\}|\\\\/g;

/** The number of every row of the environments that number their rows; undefined where a row has none. */
function rowTags(latex: string): (string | undefined)[] {
  const rows: (string | undefined)[] = [];
  let depth = 0;
  let isNumbering = false;
  for (const [token, environment, star, tag] of latex.matchAll(TOKEN)) {
    if (environment !== undefined) {
      if (depth++ === 0) {
        isNumbering = /^(align|alignat|gather|equation)$/.test(environment);
        if (isNumbering) rows.push(undefined);
      }
    } else if (token.startsWith("\\end")) depth--;
    else if (!isNumbering || depth !== 1) continue;
    else if (tag === undefined) rows.push(undefined);
    else rows[rows.length - 1] = star ? tag : `(${tag})`;
  }
  return rows;
}
