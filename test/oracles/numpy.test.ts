/**
 * The arithmetic of tensors against NumPy, over random shapes, strides and broadcasts, in both precisions: bit for
 * bit where IEEE 754 leaves no choice, to 1e-12 (float32: 1e-6) for sums and transcendental functions.
 */
import { expect, it } from "vitest";
import * as array from "../../lib/array/index.js";
import { Random } from "../../lib/array/random.js";
import { flat, full, tensor, view, wrap, type DType, type Tensor } from "../../lib/array/tensor.js";
import type { Operand } from "../../lib/array/elementwise.js";
import type { Range } from "../../lib/array/rearrange.js";
import { withTool } from "../support/shared.js";
import { askNumpy } from "./numpy.js";

interface Question {
  readonly code: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly answer: Tensor | number | readonly Tensor[];
  readonly exact: boolean;
}

const random = new Random(7);
const integer = (least: number, most: number): number => least + random.integer(most - least + 1);
const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)];
const shapeOf = (least = 0, most = 4): number[] =>
  Array.from({ length: integer(least, most) }, () => integer(1, 4));

/** Numbers as they come in life, with the odd ones among them, laid out in memory in some legal way. */
function numbers(shape: readonly number[], dtype: DType, odd = true): Tensor {
  const axes = shape.map((_, i) => i).sort(() => random.integer(3) - 1);
  const steps = shape.map(() => pick([1, 1, 2, -1, -2]));
  const stride = new Array<number>(shape.length).fill(0);
  let [size, offset] = [1, 0];
  for (const axis of axes) {
    const step = size * steps[axis];
    stride[axis] = step;
    if (step < 0) offset -= step * (shape[axis] - 1);
    size += Math.abs(step) * (shape[axis] - 1);
    size = Math.max(size, Math.abs(step) * shape[axis]);
  }
  const data = flat(random.normal([offset + size + 1], 0, 2, dtype)).slice();
  for (let i = 0; i < data.length; i++) {
    if (random.integer(4) === 0) data[i] = Math.round(data[i]);
    if (odd && random.integer(12) === 0) data[i] = pick([0, -0, NaN, Infinity, -Infinity, 1]);
  }
  return view(data, shape, stride, offset);
}

/** A shape that broadcasts with the other. */
const fitting = (shape: readonly number[]): number[] =>
  shape.slice(random.integer(shape.length + 1)).map((extent) => (random.integer(3) === 0 ? 1 : extent));

/** A scalar that both precisions hold, written as Python reads it. */
const literal = (value: number, dtype: DType): string => `np.${dtype}(${value})`;

const binaryExact = {
  add: "a + b",
  subtract: "a - b",
  multiply: "a * b",
  divide: "a / b",
  maximum: "np.maximum(a, b)",
  minimum: "np.minimum(a, b)",
  equal: "a == b",
  notEqual: "a != b",
  greater: "a > b",
  greaterEqual: "a >= b",
  less: "a < b",
  lessEqual: "a <= b",
} as const;
const unaryExact = {
  negate: "-x",
  sqrt: "np.sqrt(x)",
  abs: "np.abs(x)",
  sign: "np.sign(x)",
  floor: "np.floor(x)",
  ceil: "np.ceil(x)",
  round: "np.round(x)",
} as const;
const unaryClose = {
  exp: "np.exp(x)",
  log: "np.log(x)",
  sin: "np.sin(x)",
  cos: "np.cos(x)",
  tanh: "np.tanh(x)",
} as const;
const reductions = {
  sum: ["np.sum", false],
  mean: ["np.mean", false],
  variance: ["np.var", false],
  standardDeviation: ["np.std", false],
  max: ["np.max", true],
  min: ["np.min", true],
  norm: ["norm", false],
} as const;

function* questions(): Generator<Question> {
  for (const dtype of ["float32", "float64"] as const) {
    for (let round = 0; round < 12; round++) {
      for (const [name, code] of Object.entries(binaryExact)) {
        const first = shapeOf();
        const [one, two] = random.integer(2) === 0 ? [first, fitting(first)] : [fitting(first), first];
        const inputs = { a: numbers(one, dtype), b: numbers(two, dtype) };
        const f = array[name as keyof typeof binaryExact];
        yield { code, inputs, answer: f(inputs.a, inputs.b), exact: true };
        const number = pick([0, 0.5, -3, 0.1, 1e6]);
        const withNumber = code.replaceAll("b", literal(number, dtype));
        yield { code: withNumber, inputs: { a: inputs.a }, answer: f(inputs.a, number), exact: true };
        const numberFirst = code.replaceAll(/\ba\b/g, literal(number, dtype));
        yield { code: numberFirst, inputs: { b: inputs.b }, answer: f(number, inputs.b), exact: true };
      }
      const x = numbers(shapeOf(), dtype);
      for (const [name, code] of Object.entries(unaryExact))
        yield { code, inputs: { x }, answer: array[name as keyof typeof unaryExact](x), exact: true };
      for (const [name, code] of Object.entries(unaryClose))
        yield { code, inputs: { x }, answer: array[name as keyof typeof unaryClose](x), exact: false };
      const base = numbers(shapeOf(1, 3), dtype);
      const exponent = pick<Operand>([2, 0.5, -1, 0, 3, numbers(fitting(base.shape), dtype)]);
      // An array of exponents: for the single number 0.5 NumPy takes the root, which is NaN at −∞ where a power is ∞.
      const exponents = typeof exponent === "number" ? full([1], exponent, dtype) : exponent;
      yield {
        code: "a ** b",
        inputs: { a: base, b: exponents },
        answer: array.power(base, exponent),
        exact: false,
      };
      const [condition, other] = [numbers(fitting(base.shape), dtype), numbers(fitting(base.shape), dtype)];
      yield {
        code: "np.where(c, a, b)",
        inputs: { c: condition, a: base, b: other },
        answer: array.where(condition, base, other),
        exact: true,
      };
      yield { code: "np.clip(a, -1, 1)", inputs: { a: base }, answer: array.clip(base, -1, 1), exact: true };

      const y = numbers(shapeOf(1, 4), dtype, random.integer(3) === 0);
      const rank = y.shape.length;
      const axes = y.shape.map((_, i) => i).filter(() => random.integer(2) === 0);
      const signed = axes.map((axis) => (random.integer(2) === 0 ? axis : axis - rank));
      const keep = random.integer(2) === 0;
      const finite = numbers(y.shape, dtype, false);
      for (const [name, [code, odd]] of Object.entries(reductions)) {
        const of = odd ? y : finite;
        const f = array[name as keyof typeof reductions];
        const call = (rest: string): string =>
          code === "norm" ? `np.sqrt(np.sum(x.astype("f8") ** 2${rest}))` : `${code}(x.astype("f8")${rest})`;
        yield { code: call(""), inputs: { x: of }, answer: f(of), exact: odd };
        if (signed.length === 0) continue;
        const where = `, axis=(${signed.join(", ")},), keepdims=${keep ? "True" : "False"}`;
        yield { code: call(where), inputs: { x: of }, answer: f(of, signed, { keep }), exact: odd };
      }
      const axis = integer(-rank, rank - 1);
      for (const name of ["argmax", "argmin"] as const) {
        yield { code: `np.${name}(x)`, inputs: { x: y }, answer: array[name](y), exact: true };
        yield {
          code: `np.${name}(x, axis=${axis})`,
          inputs: { x: y },
          answer: array[name](y, axis),
          exact: true,
        };
      }
      yield {
        code: `np.argsort(x, axis=${axis}, kind="stable")`,
        inputs: { x: y },
        answer: array.argsort(y, axis),
        exact: true,
      };
      if (rank > 0) {
        const unbiased = finite.size > 1;
        if (unbiased)
          yield {
            code: `np.var(x.astype("f8"), ddof=1)`,
            inputs: { x: finite },
            answer: array.variance(finite, undefined, { correction: 1 }),
            exact: false,
          };
      }

      yield* products(dtype);
      yield* places(dtype, y, axis);
    }
  }
}

function* products(dtype: DType): Generator<Question> {
  const wide = `.astype("f8")`;
  const [n, k, m] = [integer(1, 4), integer(1, 4), integer(1, 4)];
  const batch = shapeOf(0, 2);
  const [a, b] = [numbers([...batch, n, k], dtype, false), numbers([...fitting(batch), k, m], dtype, false)];
  const product = `np.matmul(a${wide}, b${wide})`;
  yield { code: product, inputs: { a, b }, answer: array.matmul(a, b), exact: false };
  const [left, right] = [numbers([k], dtype, false), numbers([k, m], dtype, false)];
  yield { code: product, inputs: { a: left, b: right }, answer: array.matmul(left, right), exact: false };
  yield { code: product, inputs: { a: left, b: left }, answer: array.matmul(left, left), exact: false };
  yield { code: `np.vdot(a${wide}, b${wide})`, inputs: { a, b: a }, answer: array.dot(a, a), exact: false };
  yield {
    code: "np.multiply.outer(a, b)",
    inputs: { a: left, b: right },
    answer: array.outer(left, right),
    exact: true,
  };
  const [c, h, w] = [integer(1, 3), integer(1, 3), integer(1, 3)];
  const formulas: [string, number[][]][] = [
    [
      "ij,jk->ik",
      [
        [n, k],
        [k, m],
      ],
    ],
    [
      "ij,kj->ik",
      [
        [n, k],
        [m, k],
      ],
    ],
    ["ii->", [[n, n]]],
    ["ii->i", [[n, n]]],
    ["ij->ji", [[n, k]]],
    ["ij", [[n, k]]],
    ["ba", [[n, k]]],
    [
      "ij,ij->i",
      [
        [n, k],
        [n, k],
      ],
    ],
    ["i,j->ij", [[n], [m]]],
    [
      "nchw,fc->nfhw",
      [
        [n, c, h, w],
        [m, c],
      ],
    ],
    [
      "bhqd,bhkd->bhqk",
      [
        [n, c, h, k],
        [n, c, w, k],
      ],
    ],
    [
      "ij,jk,kl->il",
      [
        [n, k],
        [k, m],
        [m, c],
      ],
    ],
    ["abc->b", [[n, k, m]]],
    ["aab,b->a", [[n, n, k], [k]]],
    ["i,i", [[k], [k]]],
    [",i->i", [[], [k]]],
  ];
  const [formula, shapes] = pick(formulas);
  const operands = shapes.map((shape) => numbers(shape, dtype, false));
  const names = ["a", "b", "c"].slice(0, operands.length);
  yield {
    code: `np.einsum("${formula}", ${names.map((name) => name + wide).join(", ")})`,
    inputs: Object.fromEntries(names.map((name, i) => [name, operands[i]])),
    answer: array.einsum(formula, ...operands),
    exact: false,
  };
}

function* places(dtype: DType, x: Tensor, axis: number): Generator<Question> {
  const rank = x.shape.length;
  const order = x.shape.map((_, i) => i).sort(() => random.integer(3) - 1);
  const same = (
    code: string,
    answer: Question["answer"],
    inputs: Record<string, Tensor> = { x },
  ): Question => ({
    code,
    inputs,
    answer,
    exact: true,
  });
  yield same("np.transpose(x)", array.transpose(x));
  yield same(`np.transpose(x, (${order.join(", ")},))`, array.transpose(x, order));
  const ranges = x.shape.slice(0, integer(1, rank)).map((extent): Range => {
    const kind = random.integer(4);
    if (kind === 0) return null;
    if (kind === 1) return integer(-extent, extent - 1);
    const end = (): number | null => (random.integer(3) === 0 ? null : integer(-extent - 2, extent + 2));
    return [end(), end(), pick([1, 1, 2, -1, -2])];
  });
  const none = (value: number | null | undefined): string => (value == null ? "" : `${value}`);
  const written = ranges.map((range) =>
    range === null ? ":" : typeof range === "number" ? `${range}` : range.map(none).join(":"),
  );
  yield same(`x[${written.join(", ")}]`, array.slice(x, ...ranges));
  const second = numbers(x.shape, dtype);
  yield same(`np.concatenate([x, y], axis=${axis})`, array.concat([x, second], axis), { x, y: second });
  const place = integer(-rank - 1, rank);
  yield same(`np.stack([x, y], axis=${place})`, array.stack([x, second], place), { x, y: second });
  const extent = x.shape.at(axis)!;
  const cut = integer(0, extent);
  yield same(`np.split(x, [${cut}], axis=${axis})`, array.split(x, [cut, extent - cut], axis));
  yield same(`np.split(x, ${extent}, axis=${axis})`, array.split(x, extent, axis));
  const widths = x.shape.map(() => [integer(0, 2), integer(0, 2)] as const);
  const borders = `(${widths.map(([before, after]) => `(${before}, ${after})`).join(", ")},)`;
  yield same(`np.pad(x, ${borders}, constant_values=7)`, array.pad(x, widths, 7));
  yield same("np.flip(x)", array.flip(x));
  yield same(`np.flip(x, ${axis})`, array.flip(x, axis));
  const shift = integer(-5, 5);
  yield same(`np.roll(x, ${shift}, axis=${axis})`, array.roll(x, shift, axis));
  const counts = Array.from({ length: integer(1, rank + 1) }, () => integer(1, 3));
  yield same(`np.tile(x, (${counts.join(", ")},))`, array.tile(x, counts));
  yield same(`x[${axis < 0 ? 0 : -1}]`, array.row(x, axis < 0 ? 0 : -1));
  yield same("x[..., 0]", array.column(x, 0));
  const [from, to, step] = [integer(-3, 3), integer(-3, 6), pick([0.5, 1, 2, -1])];
  yield same(`np.arange(${from}, ${to}, ${step})`, array.arange(from, to, step, dtype), {});
  yield same(`np.eye(${extent}, ${cut})`, array.eye(extent, cut, dtype), {});
  const count = integer(1, 6);
  yield {
    ...same(`np.linspace(${from}, ${to}, ${count})`, array.linspace(from, to, count, dtype), {}),
    exact: false,
  };
  const matrix = numbers([integer(1, 4), integer(1, 4)], dtype);
  yield same("np.diag(x)", array.diag(matrix), { x: matrix });
  yield same("np.diag(x)", array.diag(array.row(matrix, 0)), { x: array.row(matrix, 0) });
  const labels = Array.from({ length: count }, () => integer(0, 3));
  yield same(`np.eye(4)[[${labels.join(", ")}]]`, array.oneHot(labels, 4, dtype), {});
}

withTool("python3-numpy", "arithmetic against NumPy", (tool) => {
  it("computes what NumPy computes", () => {
    const asked = [...questions()];
    expect(asked.length).toBeGreaterThan(1500);
    const dtypeOf = ({ inputs, answer }: Question): DType => {
      const first = Object.values(inputs)[0] ?? (Array.isArray(answer) ? answer[0] : answer);
      return (first as Tensor).dtype as DType;
    };
    const answers = askNumpy(
      tool,
      asked.map((question) => ({ code: question.code, inputs: question.inputs, dtype: dtypeOf(question) })),
    );
    const wrong = asked.flatMap((question, i) => {
      const dtype = dtypeOf(question);
      const given = question.answer;
      const ours =
        typeof given === "number"
          ? [wrap(dtype === "float64" ? Float64Array.of(given) : Float32Array.of(given), [])]
          : Array.isArray(given)
            ? given
            : [given as Tensor];
      const complaint = differs(ours as Tensor[], answers[i], question.exact, dtype);
      return complaint
        ? [
            `${question.code} on ${Object.values(question.inputs)
              .map((x) => x.shape.join("×"))
              .join(", ")} ${dtype}: ${complaint}`,
          ]
        : [];
    });
    expect(wrong).toEqual([]);
  });
});

function differs(
  ours: readonly Tensor[],
  theirs: readonly Tensor[],
  exact: boolean,
  dtype: DType,
): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} arrays for ${theirs.length}`;
  const tolerance = dtype === "float64" ? 1e-12 : 1e-6;
  for (const [i, x] of ours.entries()) {
    const y = theirs[i];
    if (x.shape.join() !== y.shape.join()) return `shape ${x.shape.join("×")} for ${y.shape.join("×")}`;
    if (x.dtype !== dtype) return `dtype ${x.dtype}`;
    const [X, Y] = [flat(x), flat(y)];
    for (let at = 0; at < Y.length; at++) {
      // +0 and −0 are one number but for division; NumPy's maximum and pairwise sums leave their sign open.
      if (X[at] === Y[at] || (Number.isNaN(X[at]) && Number.isNaN(Y[at]))) continue;
      if (!exact && Math.abs(X[at] - Y[at]) <= tolerance * Math.max(1, Math.abs(Y[at]))) continue;
      return `${X[at]} for ${Y[at]} at ${at}`;
    }
  }
  return undefined;
}

it("would notice a wrong number", () => {
  expect(differs([tensor([1, 2])], [tensor([1, 2.001])], false, "float32")).toContain("at 1");
  expect(differs([tensor([1, 2])], [tensor([[1, 2]])], false, "float32")).toContain("shape");
});
