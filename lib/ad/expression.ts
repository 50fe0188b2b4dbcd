/** A formula of tensor variables as a forward and a backward pass, which `gradCheck` and a layer can use. */
import { ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { TensorVariable } from "./tensor-variable.js";

/**
 * The cache of an expression's forward: its inputs as variables, by name, and the variable of the result, which has the graph
 * between them.
 */
export interface ExpressionCache {
  readonly variables: Readonly<Record<string, TensorVariable>>;
  readonly y: TensorVariable;
}

/**
 * A formula of tensor variables in the form that `gradCheck` needs: a forward that calls the operations' functions, and a
 * backward that goes back through the graph of the formula.
 */
export interface Expression<Names extends string = string> {
  readonly name: string;
  /** Computes the formula for these inputs. */
  forward(inputs: Readonly<Record<Names, Tensor>>): { y: Tensor; cache: ExpressionCache };
  /** The gradients by name: `dx` for the input `x`. */
  backward(dy: Tensor, cache: ExpressionCache): Record<string, Tensor>;
}

/**
 * Turns a formula of tensor variables into an operation with a forward and a backward, for `gradCheck` and for your own
 * layers.
 *
 *     gradCheck(expression(({ x, w }) => x.matmul(w).tanh()), { x, w })
 *
 * @param formula  computes a variable from the named variables
 * @param name     its name in reports
 */
export function expression<Names extends string>(
  formula: (variables: Readonly<Record<Names, TensorVariable>>) => TensorVariable,
  name = "your formula",
): Expression<Names> {
  return {
    name,
    forward(inputs) {
      const entries = Object.entries<Tensor>(inputs);
      const variables = Object.fromEntries(entries.map(([key, x]) => [key, new TensorVariable(x, key)]));
      const y = formula(variables as Record<Names, TensorVariable>);
      if (!(y instanceof TensorVariable)) {
        throw new ValueError(
          `expression: ${name} returns ${typeof y}; return a variable, such as x.multiply(w).sum().`,
        );
      }
      return { y: y.value, cache: { variables, y } };
    },
    backward(dy, { variables, y }) {
      const gradients = y.gradients(dy);
      return Object.fromEntries(
        Object.entries(variables).map(([key, x]) => [`d${key}`, gradients.get(x) ?? x.gradient]),
      );
    },
  };
}
