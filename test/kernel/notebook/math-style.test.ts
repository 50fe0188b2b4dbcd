/** Protects formulas on exported pages from missing letters: each font that a formula asks for is in the page, and no other. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, it } from "vitest";
import { renderMath } from "../../../kernel/notebook/math.js";
import { mathStyle } from "../../../kernel/notebook/math-style.js";

const folder = path.dirname(createRequire(import.meta.url).resolve("katex/dist/katex.min.css"));
const facesOf = (css: string) =>
  [
    ...css.matchAll(
      /@font-face\{font-family:KaTeX_(\w+);font-weight:(\d+);font-style:(\w+);src:url\(data:font\/woff2;base64,[\w+/=]+\)/g,
    ),
  ].map(([, family, weight, style]) => `${family} ${weight} ${style}`);

it("a page without formulas has no styles for them", () => {
  expect(mathStyle("<p>x</p>")).toBe("");
});

it("a plain formula brings two fonts, a special letter its own", () => {
  const plain = ["Main 400 normal", "Math 400 italic"];
  const fonts = (latex: string) => facesOf(mathStyle(renderMath(latex, false)));
  expect(fonts("f'(x) = 2^n")).toEqual(plain);
  expect(fonts("\\mathbf{w}")).toEqual([...plain, "Main 700 normal"]);
  expect(fonts("\\mathbb{R}")).toEqual([...plain, "AMS 400 normal"]);
  expect(fonts("\\boldsymbol{\\delta}")).toContain("Math 700 italic");
  expect(facesOf(mathStyle(renderMath("\\sum_i \\left(\\frac{a}{b}\\right)", true)))).toContain(
    "Size2 400 normal",
  );
  expect(mathStyle(renderMath("x", false)).length).toBeLessThan(100_000);
});

it("every class of KaTeX's style sheet finds its font", () => {
  const css = readFileSync(path.join(folder, "katex.min.css"), "utf8").replace(/@font-face\{[^}]*\}/g, "");
  const rules = [...css.matchAll(/([^{}]+)\{[^}]*font(?:-family)?:[^;}]*KaTeX_(\w+)/g)].flatMap(
    ([, selectors, family]) => selectors!.split(",").map((selector) => [selector, family!] as const),
  );
  expect(rules.length).toBeGreaterThan(20);
  for (const [selector, family] of rules) {
    const classes = [...selector.matchAll(/\.([\w-]+)/g)].map(([, name]) => name).join(" ");
    const page = `<span class="katex-html"><span class="${classes}">`;
    expect(
      facesOf(mathStyle(page)).some((face) => face.startsWith(`${family} `)),
      selector,
    ).toBe(true);
  }
});

it("all of KaTeX's fonts can be had, and nothing is fetched", () => {
  const classes = "mathbf mathit textbf textit boldsymbol amsrm mathcal mathbfcal mathfrak mathboldfrak";
  const more = "mathsf mathboldsf mathitsf mathscr mathtt";
  const sizes = [1, 2, 3, 4].map((size) => `<span class="delimsizing size${size}">`).join("");
  const css = mathStyle(`<span class="katex-html"><span class="${classes} ${more}">${sizes}`);
  const files = readdirSync(path.join(folder, "fonts")).filter((file) => file.endsWith(".woff2"));
  expect(facesOf(css)).toHaveLength(files.length);
  expect(css.match(/url\((?!data:)/g)).toBeNull();
});
