/**
 * An example that a pencil can follow: what goes in, what must come out, what came out, as whole numbers where that can
 * be. `smallestFailing` looks for one: it makes the sizes of a trial smaller as long as it fails in the same way.
 */
import { showShape } from "../array/errors.js";
import type { Random } from "../array/random.js";
import { flat, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { showNumber } from "../display/figure/numbers.js";

/** What goes into a trial, by name: tensors, and numbers such as the stride. */
export type ExampleInputs = Readonly<Record<string, Tensor | number>>;

/** The numbers of a trial that failed. */
export interface TrialExample {
  /** `x`, `w`, `b`, `dy`, the stride … */
  readonly inputs: ExampleInputs;
  /** What comes out: "dx". */
  readonly name: string;
  readonly expected: Tensor;
  readonly got: Tensor;
  /** Whether it is a smaller case than the trial's own. */
  readonly isSmaller?: boolean;
}

/** More numbers than this nobody follows by hand. */
const MOST_NUMBERS = 30;

/** Whether a pencil can follow it. */
function isForPencil({ inputs, expected }: TrialExample): boolean {
  const sizes = Object.values(inputs).map((value) => (typeof value === "number" ? 0 : sizeOf(value.shape)));
  return sizes.reduce((sum, size) => sum + size, sizeOf(expected.shape)) <= MOST_NUMBERS;
}

/**
 * Whole numbers, 1 … n in random order with random signs: no two alike, so that no mix-up of places is hidden, and with a
 * sum that is not zero, so that no sum can be forgotten.
 */
export function wholeNumbers(shape: Shape, random: Random): Tensor {
  const order = random.permutation(sizeOf(shape));
  const signs = random.uniform([Math.max(1, order.length)], -1, 1, "float64").data;
  const values = Float64Array.from(order, (place, i) => (signs[i] < 0 ? -1 : 1) * (place + 1));
  if (values.length > 0 && values.reduce((sum, value) => sum + value) === 0) values[0] = -values[0];
  return wrap(values, shape);
}

/**
 * The numbers in columns, one name after the other:
 *
 *     x 1×1×5     1    2    0   −1    3
 *     w 1×1×3     1    0    2
 *     dy 1×1×5    2   −1    3    1   −5
 *     dx must be  …
 *     but is      …
 */
function exampleLines({ inputs, name, expected, got }: TrialExample): string[] {
  const entries: [label: string, rows: string[][]][] = [
    ...Object.entries(inputs).map(([key, value]): [string, string[][]] =>
      typeof value === "number"
        ? [key, [[showNumber(value, 6)]]]
        : [`${key} ${showShape(value.shape)}`, rowsOf(value)],
    ),
    [`${name} must be`, rowsOf(expected)],
    ["but is", rowsOf(got)],
  ];
  const labelWidth = Math.max(...entries.map(([label]) => label.length));
  const width = Math.max(...entries.flatMap(([, rows]) => rows.flat().map((word) => word.length)));
  return entries.flatMap(([label, rows]) =>
    rows.map((row, i) =>
      `${(i === 0 ? label : "").padEnd(labelWidth)}  ${row.map((word) => word.padStart(width)).join("  ")}`.trimEnd(),
    ),
  );
}

/** The innermost axis with more than one number is a row; between maps of one tensor lies an empty row. */
function rowsOf(x: Tensor): string[][] {
  const values = Array.from(flat(x), (value) => showNumber(tidied(value), 6));
  const shape = x.shape.filter((size) => size !== 1);
  if (values.length === 0) return [[`nothing (${showShape(x.shape)})`]];
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const result: string[][] = [];
  for (let start = 0; start < values.length; start += columns) {
    if (shape.length > 2 && start > 0 && (start / columns) % rows === 0) result.push([]);
    result.push(values.slice(start, start + columns));
  }
  return result;
}

/** A measured number without its last digits: 3.0000000001 is 3. */
const tidied = (value: number): number =>
  Number.isFinite(value) ? Number(value.toPrecision(9)) + 0 || 0 : value;

/**
 * The first trial that failed with numbers that a pencil can follow, in lines for a terminal and for Markdown; no lines
 * when there is none.
 */
export function pencilCase(
  trials: readonly { readonly about: string; readonly passed: boolean; readonly example?: TrialExample }[],
): { text: string[]; markdown: string[] } {
  for (const { about, passed, example } of trials) {
    if (passed || example === undefined || !isForPencil(example)) continue;
    const title = `To follow with a pencil, ${example.isSmaller ? "a smaller case of " : ""}“${about}”:`;
    const numbers = exampleLines(example);
    return {
      text: [`  ${title}`, ...numbers.map((line) => `    ${line}`.trimEnd())],
      markdown: ["", title, "", "```text", ...numbers, "```"],
    };
  }
  return { text: [], markdown: [] };
}

/** What of a trial's result `smallestFailing` looks at. */
export interface TrialOutcome {
  readonly passed: boolean;
  readonly mistake?: string | undefined;
  readonly example?: TrialExample | undefined;
}

/**
 * Runs a trial; if it fails with more numbers than a pencil can follow, makes its sizes smaller one after the other, as long as
 * it fails by the same known mistake, and gives the first result with the numbers of the smallest one.
 *
 *     smallestFailing({ N: 3, C: 2, L: 7 }, ({ N, C, L }) => gradientTrial("x", …), ({ L }) => L >= 2)
 *
 * @param sizes  whole numbers by name; none gets smaller than 1
 * @param trial  gets the same object first, and smaller ones later; one that throws for these does not count
 * @param fits   whether such sizes go together; all do unless said
 */
export function smallestFailing<Sizes extends object, Result extends TrialOutcome>(
  sizes: Sizes,
  trial: (sizes: Sizes) => Result,
  fits: (sizes: Sizes) => boolean = () => true,
): Result {
  const first = trial(sizes);
  if (first.passed || first.example === undefined || isForPencil(first.example)) return first;
  let [smallest, example] = [sizes, first.example];
  const names = Object.entries(sizes).flatMap(([name, size]) => (Number.isInteger(size) ? [name] : []));
  // Twice, for one size may hold up another: a filter that is as long as the signal.
  for (const name of [...names, ...names]) {
    const size = smallest[name as keyof Sizes] as number;
    for (let smaller = 1; smaller < size; smaller++) {
      const tried = { ...smallest, [name]: smaller };
      const result = fits(tried) ? attempt(() => trial(tried)) : undefined;
      if (!result?.example || result.mistake !== first.mistake) continue;
      [smallest, example] = [tried, { ...result.example, isSmaller: true }];
      break;
    }
  }
  return { ...first, example };
}

function attempt<Result extends TrialOutcome>(run: () => Result): Result | undefined {
  try {
    const result = run();
    return result.passed ? undefined : result;
  } catch {
    return undefined;
  }
}
