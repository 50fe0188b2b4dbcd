/**
 * A tensor that remembers how it was computed: reverse mode on arrays. It is written to be read, and shows how a framework
 * does automatic differentiation: each operation has a rule in `rules.ts`, and `backward` applies the rules from the last
 * operation to the first. The layers do not use it; their backward passes are derived by hand.
 */
import { Printed } from "../array/printed.js";
import type { Axes } from "../array/axes.js";
import { add } from "../array/elementwise.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import type { Range } from "../array/rearrange.js";
import { showTensor } from "../array/show.js";
import { full, zeros, type Shape, type Tensor } from "../array/tensor.js";
import { derivation, rules, unbroadcast, type Rule, type Widths } from "./rules.js";

/** The other operand: a variable, or a tensor or number, which is a constant and gets no gradient. */
export type TensorOperand = TensorVariable | Tensor | number;

/**
 * Whether a reduction keeps the axes that it reduces, with size 1, so that its result can be broadcast against its input.
 */
export interface KeepOption {
  /** Whether each reduced axis is kept with size 1; false. */
  readonly keep?: boolean;
}

/** How a variable was computed. */
export interface TensorOrigin {
  /** The operation's name, such as "matmul". */
  readonly operation: string;
  readonly inputs: readonly TensorVariable[];
  /** The gradient of each input from the upstream gradient. */
  readonly back: (dy: Tensor) => readonly Tensor[];
}

let made = 0;

/**
 * A tensor that remembers how it was computed: reverse mode on arrays. `backward` on a variable of one number sets the
 * `gradient` of every variable that it depends on.
 *
 *     const w = new TensorVariable(tensor([[1], [2]]), "w");
 *     const loss = new TensorVariable(x).matmul(w).subtract(target).power(2).mean();
 *     loss.backward();
 *     w.gradient                                     // of w's shape
 *
 * The methods are the functions of the same names; see them for shapes, broadcasting and errors.
 */
export class TensorVariable extends Printed {
  static readonly derivation: string = derivation;
  readonly value: Tensor;
  /** Its name when it shows itself. */
  name: string | undefined;
  /** ∂f/∂this, with the value's shape, where f is the variable on which `backward` was last called; zeros before. */
  gradient: Tensor;
  /** How it was computed; undefined for an input. */
  readonly origin: TensorOrigin | undefined;
  // Increases with every variable: a variable is made after its inputs.
  readonly #order = made++;

  constructor(value: Tensor, name?: string, origin?: TensorOrigin) {
    super();
    this.value = value;
    this.name = name;
    this.gradient = zeros(value.shape, value.dtype);
    this.origin = origin;
  }

  /** The value's shape. */
  get shape(): Shape {
    return this.value.shape;
  }

  /** Gives it a name. */
  named(name: string): this {
    this.name = name;
    return this;
  }

  /** this + other, number by number; shapes are broadcast. */
  add(other: TensorOperand): TensorVariable {
    return apply("add", rules.add, [this, other], undefined);
  }
  /** this − other, number by number; shapes are broadcast. */
  subtract(other: TensorOperand): TensorVariable {
    return apply("subtract", rules.subtract, [this, other], undefined);
  }
  /** this · other, number by number; shapes are broadcast. */
  multiply(other: TensorOperand): TensorVariable {
    return apply("multiply", rules.multiply, [this, other], undefined);
  }
  /** this / other, number by number; shapes are broadcast. */
  divide(other: TensorOperand): TensorVariable {
    return apply("divide", rules.divide, [this, other], undefined);
  }
  /** Each number to the power of the exponent. */
  power(exponent: TensorOperand): TensorVariable {
    return apply("power", rules.power, [this, exponent], undefined);
  }
  /** The larger number at every position; at a tie this one, which then gets the gradient. */
  maximum(other: TensorOperand): TensorVariable {
    return apply("maximum", rules.maximum, [this, other], undefined);
  }
  /** The smaller number at every position; at a tie this one, which then gets the gradient. */
  minimum(other: TensorOperand): TensorVariable {
    return apply("minimum", rules.minimum, [this, other], undefined);
  }
  /** This where the condition is not 0, else the other. The condition is a constant. */
  where(condition: Tensor, other: TensorOperand): TensorVariable {
    return apply("where", rules.where, [this, other], condition);
  }

  /** −this. */
  negate(): TensorVariable {
    return apply("negate", rules.negate, [this], undefined);
  }
  /** e to the power of each number. */
  exp(): TensorVariable {
    return apply("exp", rules.exp, [this], undefined);
  }
  /** The natural logarithm of each number. */
  log(): TensorVariable {
    return apply("log", rules.log, [this], undefined);
  }
  /** The square root of each number. */
  sqrt(): TensorVariable {
    return apply("sqrt", rules.sqrt, [this], undefined);
  }
  /** The absolute value of each number; at 0 the gradient is 0. */
  abs(): TensorVariable {
    return apply("abs", rules.abs, [this], undefined);
  }
  /** The sine of each number, an angle in radians. */
  sin(): TensorVariable {
    return apply("sin", rules.sin, [this], undefined);
  }
  /** The cosine of each number, an angle in radians. */
  cos(): TensorVariable {
    return apply("cos", rules.cos, [this], undefined);
  }
  /** The hyperbolic tangent of each number, between −1 and 1. */
  tanh(): TensorVariable {
    return apply("tanh", rules.tanh, [this], undefined);
  }

  /** The sum over some axes; over all unless given. */
  sum(axes?: Axes, { keep }: KeepOption = {}): TensorVariable {
    return apply("sum", rules.sum, [this], { axes, keep });
  }
  /** The mean over some axes; over all unless given. */
  mean(axes?: Axes, { keep }: KeepOption = {}): TensorVariable {
    return apply("mean", rules.mean, [this], { axes, keep });
  }
  /** The variance over some axes; over all unless given. */
  variance(
    axes?: Axes,
    { keep, correction }: KeepOption & { readonly correction?: number } = {},
  ): TensorVariable {
    return apply("variance", rules.variance, [this], { axes, keep, correction });
  }
  /** The largest number over some axes; among equals the first gets the gradient. */
  max(axes?: Axes, { keep }: KeepOption = {}): TensorVariable {
    return apply("max", rules.max, [this], { axes, keep });
  }
  /** The smallest number over some axes; among equals the first gets the gradient. */
  min(axes?: Axes, { keep }: KeepOption = {}): TensorVariable {
    return apply("min", rules.min, [this], { axes, keep });
  }
  /** The Euclidean norm √Σx² over some axes; over all unless given. */
  norm(axes?: Axes, { keep }: KeepOption = {}): TensorVariable {
    return apply("norm", rules.norm, [this], { axes, keep });
  }

  /** The matrix product: M×K times K×N is M×N; leading axes are a batch. */
  matmul(other: TensorVariable | Tensor): TensorVariable {
    return apply("matmul", rules.matmul, [this, other], undefined);
  }

  /** The same numbers in another shape of the same size. */
  reshape(shape: Shape): TensorVariable {
    return apply("reshape", rules.reshape, [this], shape);
  }
  /** The axes in another order; reversed unless given. */
  transpose(order?: Shape): TensorVariable {
    return apply("transpose", rules.transpose, [this], order);
  }
  /** A part of each axis. */
  slice(...ranges: readonly Range[]): TensorVariable {
    return apply("slice", rules.slice, [this], ranges);
  }
  /** The tensor with a border of one value around it. */
  pad(widths: Widths, value = 0): TensorVariable {
    return apply("pad", rules.pad, [this], { widths, value });
  }
  /** The numbers along some axes in reverse order. */
  flip(axes?: Axes): TensorVariable {
    return apply("flip", rules.flip, [this], axes);
  }
  /** The numbers moved along an axis; those that leave at one end enter at the other. */
  roll(shift: number, axis = 0): TensorVariable {
    return apply("roll", rules.roll, [this], { shift, axis });
  }
  /** The tensor repeated along each axis. */
  tile(counts: Shape): TensorVariable {
    return apply("tile", rules.tile, [this], counts);
  }

  /** Tensors joined along an axis. */
  static concat(parts: readonly (TensorVariable | Tensor)[], axis = 0): TensorVariable {
    return apply("concat", rules.concat, parts, axis);
  }
  /** Tensors one beside the other along a new axis. */
  static stack(parts: readonly (TensorVariable | Tensor)[], axis = 0): TensorVariable {
    return apply("stack", rules.stack, parts, axis);
  }
  /** Einstein's notation, such as `einsum("ij,jk->ik", a, b)`. */
  static einsum(formula: string, ...operands: readonly (TensorVariable | Tensor)[]): TensorVariable {
    return apply("einsum", rules.einsum, operands, formula);
  }

  /**
   * Computes the derivative of this variable with respect to every variable that it depends on, and stores it in their
   * `gradient`, replacing the result of an earlier call.
   * @param upstream  the gradient of the final quantity with respect to this; 1 when this is the final, single number
   * @throws ShapeError when there is no upstream and this is not a single number, or upstream has another shape
   */
  backward(upstream?: Tensor): void {
    for (const [variable, gradient] of this.gradients(upstream)) variable.gradient = gradient;
  }

  /** What `backward` computes, as a map; the variables are not changed. */
  gradients(upstream?: Tensor): Map<TensorVariable, Tensor> {
    const { shape, dtype } = this.value;
    if (upstream === undefined && this.value.size !== 1) {
      throw new ShapeError(
        `backward: this variable is ${showShape(shape)}; reduce it to one number (sum, mean) or give the upstream gradient.`,
      );
    }
    if (upstream !== undefined && showShape(upstream.shape) !== showShape(shape)) {
      throw new ShapeError(
        `backward: the upstream gradient is ${showShape(upstream.shape)}, but the variable is ${showShape(shape)}; both need one shape.`,
      );
    }
    const gradients = new Map<TensorVariable, Tensor>([[this, upstream ?? full(shape, 1, dtype)]]);
    for (const y of this.history().reverse()) {
      const dy = gradients.get(y);
      if (dy === undefined || y.origin === undefined) continue;
      const back = y.origin.back(dy);
      y.origin.inputs.forEach((input, i) => {
        const gradient = unbroadcast(back[i], input.value.shape);
        const before = gradients.get(input);
        gradients.set(input, before === undefined ? gradient : add(before, gradient)); // an input used twice gets the sum
      });
    }
    return gradients;
  }

  /** Every variable that this one depends on, in the order in which they were computed; itself last. */
  history(): TensorVariable[] {
    const seen = new Set<TensorVariable>([this]);
    // A loop over a set also visits elements that are added meanwhile: a walk without recursion, however deep the graph.
    for (const variable of seen) for (const input of variable.origin?.inputs ?? []) seen.add(input);
    return [...seen].sort((a, b) => a.#order - b.#order);
  }

  toString(): string {
    const origin = this.origin ? ` = ${this.origin.operation}(…)` : "";
    return `variable ${this.name ?? ""}${origin}: ${showTensor(this.value)}`.replace(
      "variable  ",
      "variable ",
    );
  }
}

function apply<Options>(
  operation: string,
  rule: Rule<Options>,
  operands: readonly TensorOperand[],
  options: Options,
): TensorVariable {
  const known = operands.find((one): one is TensorVariable => one instanceof TensorVariable);
  const dtype = known?.value.dtype ?? "float32";
  const variables = operands.map((one) => {
    if (one instanceof TensorVariable) return one;
    if (typeof one === "number") return new TensorVariable(full([], one, dtype));
    if (typeof one === "object" && one !== null && "stride" in one) return new TensorVariable(one);
    throw new ValueError(
      `${operation}: an operand is ${String(one)}; give a variable, a tensor or a number.`,
    );
  });
  const values = variables.map(({ value }) => value);
  const y = rule.forward(values, options);
  const back = (dy: Tensor): readonly Tensor[] => rule.backward(dy, y, values, options);
  return new TensorVariable(y, undefined, { operation, inputs: variables, back });
}
