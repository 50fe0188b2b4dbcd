/** Formulas as MathML that browsers draw: letters in Unicode's own alphabets, numbered rows, honest errors. */
import { expect, it } from "vitest";
import { MarkdownRenderer } from "../../../kernel/notebook/markdown.js";
import { renderMath } from "../../../kernel/notebook/math.js";

it.each([
  ["\\mathbb{R}", "<mi>ℝ</mi>"],
  ["\\mathbb{A}", "<mi>𝔸</mi>"],
  ["\\mathbf{w}", "<mi>𝐰</mi>"],
  ["\\mathbf{12}", "<mn>𝟏𝟐</mn>"],
  ["\\mathcal{L}", "<mi>ℒ</mi>"],
  ["\\mathcal{N}", "<mi>𝒩</mi>"],
  ["\\boldsymbol{\\delta}", "<mi>𝜹</mi>"],
  ["\\mathfrak{g}", "<mi>𝔤</mi>"],
  ["\\mathsf{T}", "<mi>𝖳</mi>"],
  ["\\mathtt{x1}", "𝚡"],
  ["\\textbf{a<b}", "mathvariant"],
  ["\\mathrm{d}", '<mi mathvariant="normal">d</mi>'],
])("%s contains %s", (latex, expected) => {
  expect(renderMath(latex, false)).toContain(expected);
});

it("writes the number of every row of an aligned equation that has one", () => {
  const html = renderMath(
    "\\begin{align} a &= b \\tag{2} \\\\ c &= \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix} \\notag \\\\ d &= e \\tag*{A} \\end{align}",
    true,
  );
  const numbers = [...html.matchAll(/<mtd class="mml-eqn-num">(.*?)<\/mtd>/g)].map((match) => match[1]);
  expect(numbers).toEqual(["<mtext>(2)</mtext>", "", "<mtext>A</mtext>"]);
  expect(renderMath("a = b \\tag{1}", true)).toContain("<mtext>(1)</mtext>");
});

it("leaves a space between a function's name and a letter or number, and none before a bracket", () => {
  expect(renderMath("\\log x", false)).toMatch(/log<\/mi><mo>\u2061<\/mo><mspace/);
  expect(renderMath("\\max(0, y)", false)).not.toContain("<mspace");
});

it("shows a formula that cannot be read as it was written", () => {
  const html = renderMath("\\frac{a", false);
  expect(html).toContain("katex-error");
  expect(html).toContain("\\frac{a");
});

it("finds formulas in text, in blocks, bare and inside HTML, and keeps commas with them", () => {
  const render = (source: string) => new MarkdownRenderer().render(source);
  expect(render("cost $x$, then")).toMatch(
    /<span class="nowrap"><span class="katex">.*<\/span>,<\/span> then/,
  );
  expect(render("$$\nx\n$$")).toContain('display="block"');
  expect(render("\\begin{align}\na &= b\n\\end{align}")).toContain("<mtable");
  expect(render("from $5 to $6")).not.toContain("<math");
  expect(render("`$x$`")).not.toContain("<math");
});
