/**
 * All derivatives of a function, by either mode, and their cost. Forward mode needs one pass for each input, reverse mode one
 * backward pass for each output; the derivatives are the same (lecture E).
 */
import { ValueError } from "../array/errors.js";
import type { Figure } from "../display/figure/figure.js";
import { showCount, showNumber, showPlural } from "../display/figure/numbers.js";
import { table } from "../display/figure/table.js";
import { countOperations, type OperationCount } from "./counter.js";
import { Dual } from "./dual.js";
import type { Scalar } from "./scalar.js";
import { Variable } from "./variable.js";

/** A function of n scalars that gives one scalar or several. */
export type ScalarFunction = (inputs: readonly Scalar[]) => Scalar | readonly Scalar[];

/** All derivatives of a function of n inputs and m outputs, and the cost of computing them in one mode. */
export interface Derivatives {
  /** The m outputs. */
  readonly values: readonly number[];
  /** m×n: row i holds the derivatives of output i with respect to each input. */
  readonly jacobian: readonly (readonly number[])[];
  /** How many passes through the graph were made for the derivatives. */
  readonly passes: number;
  readonly operations: OperationCount;
}

/**
 * The Jacobian by dual numbers: n passes, each of which gives a column.
 * @param f   of n scalars
 * @param at  n numbers
 */
export function forwardMode(f: ScalarFunction, at: readonly number[]): Derivatives {
  expectInputs("forwardMode", at);
  const { result: columns, operations } = countOperations(() =>
    at.map((_, asked) =>
      outputsOf(
        f,
        at.map((value, i) => new Dual(value, i === asked ? 1 : 0)),
        Dual,
      ),
    ),
  );
  return {
    values: columns[0].map(({ value }) => value),
    jacobian: columns[0].map((_, row) => columns.map((column) => column[row].tangent)),
    passes: at.length,
    operations,
  };
}

/**
 * The Jacobian by the graph: one forward pass and m backward passes, each of which gives a row.
 * @param f   of n scalars
 * @param at  n numbers
 */
export function reverseMode(f: ScalarFunction, at: readonly number[]): Derivatives {
  expectInputs("reverseMode", at);
  const inputs = at.map((value, i) => new Variable(value, `x${i + 1}`));
  const { result, operations } = countOperations(() => {
    const outputs = outputsOf(f, inputs, Variable);
    const rows = outputs.map((output) => {
      const gradients = output.gradients();
      return inputs.map((input) => gradients.get(input) ?? 0);
    });
    return { values: outputs.map(({ value }) => value), jacobian: rows };
  });
  return { ...result, passes: result.values.length, operations };
}

/**
 * Both modes on one function, as a table: passes, gates evaluated, products of the chain rule.
 * @throws ValueError if the two differ by more than rounding
 */
export function compareModes(f: ScalarFunction, at: readonly number[]): Figure {
  const [forward, reverse] = [forwardMode(f, at), reverseMode(f, at)];
  let gap = 0;
  forward.jacobian.forEach((row, i) =>
    row.forEach((value, j) => {
      const other = reverse.jacobian[i][j];
      gap = Math.max(gap, Math.abs(value - other) / Math.max(1, Math.abs(value), Math.abs(other)));
    }),
  );
  if (gap > 1e-9) {
    throw new ValueError(
      `compareModes: the two modes differ by ${showNumber(gap)}; does the function draw random numbers, or choose by more than its inputs?`,
    );
  }
  const row = (name: string, { passes, operations: { gates, products } }: Derivatives): string[] => [
    name,
    showCount(passes),
    showCount(gates),
    showCount(products),
    showCount(gates + products),
  ];
  const outputs = reverse.values.length;
  return table(
    ["mode", "passes", "gates evaluated", "chain-rule products", "together"],
    [row("forward, one pass an input", forward), row("reverse, one way back an output", reverse)],
    {
      title: `All ${showPlural(at.length * outputs, "derivative")} of ${showPlural(outputs, "output")} with respect to ${showPlural(at.length, "input")}`,
      note: `The same numbers both ways (largest difference ${showNumber(gap)}).`,
    },
  );
}

function expectInputs(operation: string, at: readonly number[]): void {
  if (at.length > 0) return;
  throw new ValueError(
    `${operation}: the function was given no inputs; give at least one number, as in [1.5].`,
  );
}

function outputsOf<T extends Scalar>(
  f: ScalarFunction,
  inputs: readonly T[],
  kind: abstract new (...args: never[]) => T,
): T[] {
  const result = f(inputs);
  const outputs: readonly unknown[] = Array.isArray(result) ? result : [result];
  return outputs.map((output) => {
    if (output instanceof kind) return output;
    throw new ValueError(
      `${kind.name}: the function returned ${typeof output === "object" ? "something else" : String(output)} and not a scalar; ` +
        `compute with its inputs' methods, as in x.mul(y).`,
    );
  });
}
