/**
 * Reverse mode on arrays: for each operation on tensors, a rule that computes the gradients of its inputs from the upstream
 * gradient dy. Lectures D and E do this for single numbers; here each rule does it for all numbers of a tensor at once.
 */
import { inverseOrder, resolveAxes, resolveAxisNumber, rowsAlong, type Axes } from "../array/axes.js";
import { broadcastTo } from "../array/broadcast.js";
import {
  abs,
  add,
  cos,
  divide,
  equal,
  exp,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  power,
  sign,
  sin,
  sqrt,
  subtract,
  tanh,
  where,
} from "../array/elementwise.js";
import { ValueError } from "../array/errors.js";
import { einsum, matmul } from "../array/product.js";
import {
  assign,
  concat,
  flip,
  pad,
  roll,
  slice,
  sliceView,
  split,
  stack,
  tile,
  transpose,
  type Range,
} from "../array/rearrange.js";
import { argmax, argmin, max, mean, min, norm, sum, variance } from "../array/reduce.js";
import { full, reshape, wrap, zeros, type Shape, type Tensor } from "../array/tensor.js";

export const derivation = String.raw`
### Reverse mode on arrays

An operation makes $y$ from tensors $a, b, \dots$. A loss $f$ depends on $y$, and $\bar y = \partial f/\partial y$, of $y$'s shape, is known. Each rule below gives
$\bar a = \partial f/\partial a$, of $a$'s shape. It is the chain rule $\bar a_i = \sum_j \bar y_j\, \partial y_j/\partial a_i$, written without indices where that is shorter.

**Broadcasting** repeats $a$. What is used several times gets the sum of what comes back, so the repeated axes are summed:

$$\bar a = \sum_{\text{repeated axes}} \bar a^{\,\text{broadcast}}. \tag{1}$$

**Number by number**, with $\odot$ the product in every place:

$$y = a + b:\quad \bar a = \bar y,\ \bar b = \bar y \tag{2}$$
$$y = a - b:\quad \bar a = \bar y,\ \bar b = -\bar y \tag{3}$$
$$y = a \odot b:\quad \bar a = \bar y \odot b,\ \bar b = \bar y \odot a \tag{4}$$
$$y = a / b:\quad \bar a = \bar y / b,\ \bar b = -\bar y \odot y / b \tag{5}$$
$$y = a^b:\quad \bar a = \bar y \odot b \odot a^{b-1},\ \bar b = \bar y \odot y \odot \log a \tag{6}$$
$$y = \max(a, b):\quad \bar a = \bar y \odot [a \ge b],\ \bar b = \bar y \odot [a < b] \tag{7}$$
$$y = a \text{ where } c \text{, else } b:\quad \bar a = \bar y \odot [c],\ \bar b = \bar y \odot [\text{not } c] \tag{8}$$
$$y = f(x):\quad \bar x = \bar y \odot f'(x), \quad \exp' = \exp,\ \log' = 1/x,\ \sqrt{\cdot}' = 1/2y,\ \lvert\cdot\rvert' = \operatorname{sign},\ \sin' = \cos,\ \cos' = -\sin,\ \tanh' = 1 - y^2 \tag{9}$$

**Reductions** over $m$ numbers give each of them its share:

$$y = \textstyle\sum_i x_i:\quad \bar x_i = \bar y \tag{10}$$
$$y = \tfrac1m\textstyle\sum_i x_i:\quad \bar x_i = \bar y/m \tag{11}$$
$$y = \tfrac1{m-c}\textstyle\sum_i (x_i - \mu)^2:\quad \bar x_i = \tfrac{2}{m-c}\,(x_i - \mu)\,\bar y \tag{12}$$
$$y = \max_i x_i:\quad \bar x_i = \bar y \text{ at the first largest, else } 0 \tag{13}$$
$$y = \lVert x \rVert:\quad \bar x = \bar y\, x / y \tag{14}$$

In (12) the mean $\mu$ depends on $x$ too, but $\sum_i (x_i - \mu) = 0$, so nothing comes back through it.

**Products of matrices**: $y_{ij} = \sum_k a_{ik} b_{kj}$, so $\bar a_{ik} = \sum_j \bar y_{ij} b_{kj}$ and $\bar b_{kj} = \sum_i a_{ik} \bar y_{ij}$:

$$y = ab:\quad \bar a = \bar y\, b^\top,\ \bar b = a^\top \bar y. \tag{15}$$

In **Einstein's notation** an operand and the result change places, and the rest stays:

$$y_O = \textstyle\sum a_A b_B:\quad \bar a_A = \textstyle\sum \bar y_O b_B. \tag{16}$$

**Rearranging** moves numbers. Each gradient goes back the way its number came; a number that was left out gets 0, one that was repeated gets the sum:

$$y = Px:\quad \bar x = P^\top \bar y. \tag{17}$$
`;

/** The backward of one operation: computes the gradient of each input from the upstream gradient, the result y and the inputs. */
export type Backward<Options> = (
  dy: Tensor,
  y: Tensor,
  inputs: readonly Tensor[],
  options: Options,
) => readonly Tensor[];

/** An operation on tensors and its backward. The gradient of a broadcast input has the result's shape here. */
export interface Rule<Options> {
  forward(inputs: readonly Tensor[], options: Options): Tensor;
  readonly backward: Backward<Options>;
}

/** The options of a reduction's rule. */
export interface Reduction {
  readonly axes?: Axes;
  readonly keep?: boolean;
  readonly correction?: number;
}

/** The widths of a border, as for `pad`. */
export type Widths = Parameters<typeof pad>[1];

/** Sums the axes along which a tensor of this shape was repeated. */
export function unbroadcast(gradient: Tensor, shape: Shape): Tensor {
  const missing = gradient.shape.length - shape.length;
  const repeated = gradient.shape.flatMap((extent, axis) =>
    axis < missing || (shape[axis - missing] === 1 && extent !== 1) ? [axis] : [],
  );
  return reshape(repeated.length > 0 ? sum(gradient, repeated) : gradient, shape); // (1)
}

function binary(f: (a: Tensor, b: Tensor) => Tensor, backward: Backward<void>): Rule<void> {
  return { forward: ([a, b]) => f(a, b), backward };
}

/** A function of single numbers; `slope` is f′, from x and y. */
function pointwise(f: (x: Tensor) => Tensor, slope: (x: Tensor, y: Tensor) => Tensor): Rule<void> {
  return { forward: ([x]) => f(x), backward: (dy, y, [x]) => [multiply(dy, slope(x, y))] }; // (9)
}

/** A reduction: its gradient and its result are broadcast to x's shape before `back` is called. */
function reduction(
  f: (x: Tensor, axes: Axes, options: Omit<Reduction, "axes">) => Tensor,
  back: (dy: Tensor, y: Tensor, x: Tensor, options: Reduction) => Tensor,
): Rule<Reduction> {
  return {
    forward: ([x], { axes, ...rest }) => f(x, axes ?? x.shape.map((_, axis) => axis), rest),
    backward(dy, y, [x], options) {
      const { kept } = alongAxes(x, options);
      const spread = (reduced: Tensor): Tensor => broadcastTo(reshape(reduced, kept), x.shape);
      return [back(spread(dy), spread(y), x, options)];
    },
  };
}

/** An operation that only moves numbers: `back` moves them back. */
function moving<Options>(
  f: (x: Tensor, options: Options) => Tensor,
  back: (dy: Tensor, x: Tensor, options: Options) => Tensor,
): Rule<Options> {
  return {
    forward: ([x], options) => f(x, options),
    backward: (dy, _, [x], options) => [back(dy, x, options)],
  }; // (17)
}

const alongAxes = (x: Tensor, { axes }: Reduction): ReturnType<typeof rowsAlong> =>
  rowsAlong(x, resolveAxes("backward", axes, x.shape.length));

/** 1 at the first of the best numbers along the axes, else 0. */
function firstBest(x: Tensor, options: Reduction, find: typeof argmax): Tensor {
  const { values, count, length, order } = alongAxes(x, options);
  const best = find(wrap(values, [count, length]), 1);
  const winners = zeros([count, length], x.dtype);
  for (let row = 0; row < count; row++) winners.data[row * length + best.data[row]] = 1;
  return transpose(
    reshape(
      winners,
      order.map((axis) => x.shape[axis]),
    ),
    inverseOrder(order),
  );
}

/** Transposes the last two axes. */
const turned = (x: Tensor): Tensor =>
  transpose(x, [...x.shape.slice(0, -2).map((_, axis) => axis), x.shape.length - 1, x.shape.length - 2]);

export const rules = {
  add: binary(add, (dy) => [dy, dy]), // (2)
  subtract: binary(subtract, (dy) => [dy, negate(dy)]), // (3)
  multiply: binary(multiply, (dy, _, [a, b]) => [multiply(dy, b), multiply(dy, a)]), // (4)
  divide: binary(divide, (dy, y, [, b]) => [divide(dy, b), negate(divide(multiply(dy, y), b))]), // (5)
  power: binary(power, (dy, y, [a, b]) => [
    multiply(dy, where(equal(b, 0), 0, multiply(b, power(a, subtract(b, 1))))), // (6)
    multiply(dy, where(equal(a, 0), 0, multiply(y, log(a)))), // (6); at a = 0 the limit is 0
  ]),
  maximum: binary(maximum, (dy, _, [a, b]) => [multiply(dy, greaterEqual(a, b)), multiply(dy, less(a, b))]), // (7)
  minimum: binary(minimum, (dy, _, [a, b]) => [multiply(dy, lessEqual(a, b)), multiply(dy, greater(a, b))]), // (7)
  where: {
    forward: ([a, b], condition) => where(condition, a, b),
    backward: (dy, _, __, condition) => [where(condition, dy, 0), where(condition, 0, dy)], // (8)
  } as Rule<Tensor>,

  negate: pointwise(negate, (x) => full(x.shape, -1, x.dtype)),
  exp: pointwise(exp, (_, y) => y),
  log: pointwise(log, (x) => divide(1, x)),
  sqrt: pointwise(sqrt, (_, y) => divide(0.5, y)),
  abs: pointwise(abs, (x) => sign(x)),
  sin: pointwise(sin, (x) => cos(x)),
  cos: pointwise(cos, (x) => negate(sin(x))),
  tanh: pointwise(tanh, (_, y) => subtract(1, multiply(y, y))),

  sum: reduction(sum, (dy) => dy), // (10)
  mean: reduction(mean, (dy, _, x, options) => divide(dy, alongAxes(x, options).length)), // (11)
  variance: reduction(variance, (dy, _, x, options) => {
    const { kept, length } = alongAxes(x, options);
    const centred = subtract(x, reshape(mean(x, options.axes ?? x.shape.map((__, axis) => axis)), kept));
    return multiply(dy, multiply(centred, 2 / (length - (options.correction ?? 0)))); // (12)
  }),
  max: reduction(max, (dy, _, x, options) => multiply(dy, firstBest(x, options, argmax))), // (13)
  min: reduction(min, (dy, _, x, options) => multiply(dy, firstBest(x, options, argmin))), // (13), for −x
  norm: reduction(norm, (dy, y, x) => where(notEqual(y, 0), divide(multiply(dy, x), y), 0)), // (14); 0 at the origin

  matmul: binary(matmul, (dy, _, [a, b]) => {
    const A = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a;
    const B = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b;
    const batch = dy.shape.slice(
      0,
      dy.shape.length - Number(a.shape.length > 1) - Number(b.shape.length > 1),
    );
    const dY = reshape(dy, [...batch, A.shape.at(-2)!, B.shape.at(-1)!]);
    const dA = unbroadcast(matmul(dY, turned(B)), A.shape); // (15)
    const dB = unbroadcast(matmul(turned(A), dY), B.shape); // (15)
    return [reshape(dA, a.shape), reshape(dB, b.shape)];
  }),
  einsum: {
    forward: (inputs, formula) => einsum(formula, ...inputs),
    backward(dy, _, inputs, formula) {
      const { groups, output } = lettersOf(formula);
      return inputs.map((x, i) => {
        const others = groups.flatMap((_group, j) => (j === i ? [] : [j]));
        const seen = new Set([output, ...others.map((j) => groups[j])].join(""));
        const known = [...groups[i]].filter((letter) => seen.has(letter));
        const read = `${[output, ...others.map((j) => groups[j])].join(",")}->${known.join("")}`;
        const gradient = einsum(read, dy, ...others.map((j) => inputs[j])); // (16)
        // A letter that occurs nowhere else was summed over: the gradient is constant along its axis.
        const kept = x.shape.map((extent, axis) => (seen.has(groups[i][axis]) ? extent : 1));
        return broadcastTo(reshape(gradient, kept), x.shape);
      });
    },
  } as Rule<string>,

  reshape: moving<Shape>(reshape, (dy, x) => reshape(dy, x.shape)),
  transpose: moving<Shape | undefined>(transpose, (dy, x, order) =>
    transpose(
      dy,
      order && inverseOrder(order.map((axis) => resolveAxisNumber("transpose", axis, x.shape.length))),
    ),
  ),
  slice: moving<readonly Range[]>(
    (x, ranges) => slice(x, ...ranges),
    (dy, x, ranges) => {
      const dx = zeros(x.shape, x.dtype);
      assign(sliceView(dx, ranges), dy);
      return dx;
    },
  ),
  pad: moving<{ widths: Widths; value: number }>(
    (x, { widths, value }) => pad(x, widths, value),
    (dy, x, { widths }) => {
      const before = x.shape.map((_, axis) => [typeof widths === "number" ? widths : widths[axis]].flat()[0]);
      return slice(dy, ...x.shape.map((extent, axis): Range => [before[axis], before[axis] + extent]));
    },
  ),
  flip: moving<Axes | undefined>(flip, (dy, _, axes) => flip(dy, axes)),
  roll: moving<{ shift: number; axis: number }>(
    (x, { shift, axis }) => roll(x, shift, axis),
    (dy, _, { shift, axis }) => roll(dy, -shift, axis),
  ),
  tile: moving<Shape>(tile, (dy, x, counts) => {
    const rank = dy.shape.length;
    const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
    const times = shape.map((extent, axis) => (extent === 0 ? 0 : dy.shape[axis] / extent));
    const apart = reshape(
      dy,
      shape.flatMap((extent, axis) => [times[axis], extent]),
    );
    const repetitions = shape.map((_, axis) => 2 * axis);
    return reshape(counts.length === 0 ? apart : sum(apart, repetitions), x.shape);
  }),
  concat: {
    forward: (inputs, axis) => concat(inputs, axis),
    backward: (dy, _, inputs, axis) =>
      split(
        dy,
        inputs.map((x) => x.shape.at(axis)!),
        axis,
      ), // (17)
  } as Rule<number>,
  stack: {
    forward: (inputs, axis) => stack(inputs, axis),
    backward: (dy, _, inputs, axis) =>
      inputs.map((x, i) => {
        const along = resolveAxisNumber("stack", axis, dy.shape.length);
        return reshape(slice(dy, ...dy.shape.map((__, a): Range => (a === along ? i : null))), x.shape); // (17)
      }),
  } as Rule<number>,
};

/** @throws ValueError for a formula whose backward would need the diagonal of a letter */
function lettersOf(formula: string): { groups: string[]; output: string } {
  const [left, right] = formula.replaceAll(/\s/g, "").split("->");
  const groups = left.split(",");
  const twice = groups.find((group) => new Set(group).size < group.length);
  if (twice !== undefined) {
    throw new ValueError(
      `einsum: "${twice}" in "${formula}" names an axis twice; there is no rule for its gradient: sum x · eye(n) instead.`,
    );
  }
  const all = [...groups.join("")];
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort();
  return { groups, output: right ?? once.join("") };
}
