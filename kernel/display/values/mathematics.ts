/** Values of mathjs: matrices and expressions as formulas, units, complex numbers and fractions as one writes them. */
import type { MimeBundle } from "../bundle.js";
import { shortened, textOf } from "../hostile.js";
import { attributeOf, classOf, dataOf, methodOf } from "../properties.js";
import { count, short } from "../tables.js";
import { LONGEST_TEXT, type Recogniser } from "./recogniser.js";

/** The most rows, and columns, of a matrix that is shown as a formula or whole. */
const LARGEST = 12;

/** Signs that a class of mathjs leaves on its prototype, of values that their own text shows best. */
const WRITTEN = ["isUnit", "isComplex", "isFraction", "isResultSet"];

export const mathematics: Recogniser = (value) => {
  if (dataOf(value, "isMatrix") === true) return matrix(value);
  if (WRITTEN.some((sign) => dataOf(value, sign) === true) && dataOf(value, "type") !== undefined)
    return {
      "text/plain": shortened(
        String((methodOf(value, "toFraction") ?? methodOf(value, "toString"))?.()),
        LONGEST_TEXT,
      ),
    };
  return expression(value);
};

function expression(value: object): MimeBundle | undefined {
  const formula = methodOf(value, "toTex");
  if (!formula || attributeOf(value, "isNode") !== true) return undefined;
  return { "text/latex": `$$${String(formula())}$$`, "text/plain": textOf(value) };
}

function matrix(value: object): MimeBundle | undefined {
  const size = methodOf(value, "size")?.();
  const get = methodOf(value, "get");
  if (!get || !Array.isArray(size) || !size.every((n) => typeof n === "number")) return undefined;
  const sizes = size as number[];
  if (sizes.length > 2)
    return { "text/plain": shortened(String(methodOf(value, "toString")?.()), LONGEST_TEXT) };
  const isVector = sizes.length === 1;
  const [height, width] = isVector ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
  const [rows, columns] = [Math.min(height, LARGEST), Math.min(width, LARGEST)];
  const entries = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => get(isVector ? [j] : [i, j])),
  );
  const isWhole = rows === height && columns === width;
  const kind = `${classOf(value)} ${sizes.map(count).join(" × ")}`;
  const text = `${kind}${isWhole ? "" : `, its first ${rows} × ${columns} entries`}\n${aligned(entries)}`;
  const isNumbers = entries.every((row) => row.every((one) => typeof one === "number"));
  if (!isWhole || !isNumbers || !rows || !columns) return { "text/plain": text };
  const lines = entries.map((row) => row.map((one) => tex(one as number)).join(" & "));
  return {
    "text/latex": `$$\\begin{bmatrix} ${lines.join(" \\\\ ")} \\end{bmatrix}$$`,
    "text/plain": text,
  };
}

/** A number as LaTeX writes it: 1.5 · 10⁻⁷ and not 1.5e-7. */
function tex(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "\\text{NaN}" : x < 0 ? "-\\infty" : "\\infty";
  const [digits, power] = short(x).split("e");
  return power === undefined ? digits! : `${digits!} \\cdot 10^{${Number(power)}}`;
}

/** Rows of numbers, with their columns below each other. */
function aligned(entries: readonly (readonly unknown[])[]): string {
  const texts = entries.map((row) => row.map((one) => (typeof one === "number" ? short(one) : textOf(one))));
  const widths = (texts[0] ?? []).map((_, j) => Math.max(...texts.map((row) => row[j]!.length)));
  return texts.map((row) => row.map((one, j) => one.padStart(widths[j]!)).join("  ")).join("\n");
}
