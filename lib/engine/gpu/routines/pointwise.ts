/**
 * Functions of single numbers: y = f(x) and dx = dy·f′, an invocation for each number. All of them have the same two routines, but
 * for one line: the formula. A card computes some dozen operations in the time in which its memory moves a number, so that all of them
 * take about as long as a copy.
 *
 * A formula for the gradient knows `dy` and either the input `x` or the output `y`, whichever is the shorter way to the slope:
 * the sigmoid's is y·(1 − y). That tensor is kept from the forward.
 *
 * NaN is not left to the formulas, because a card's comparisons with it are not reliable: it stays NaN on the way forward. On the
 * way back the gradient is NaN too, except where the equations decide by a comparison, which a NaN fails: `ofNaN`.
 */
import { mathematics } from "./mathematics.js";
import { each, routine, type Routine } from "./routine.js";

/** A function's routines, and which tensor its gradient is computed from. */
export interface Pointwise {
  readonly forward: Routine;
  readonly backward: Routine;
  readonly keeps: "x" | "y";
}

/** A function in WGSL. */
interface Formula {
  /** The names of its own numbers: "AMPLITUDE RATE". */
  readonly numbers?: string;
  /** y, of `x`. */
  readonly value: string;
  /** dx, of `dy` and `x` or `y`. */
  readonly gradient: string;
  readonly keeps?: "x" | "y";
  /** dx where the input is NaN; NaN itself, unless said otherwise. */
  readonly ofNaN?: string;
}

function pointwise(
  name: string,
  { numbers = "", value, gradient, keeps = "x", ofNaN = keeps }: Formula,
): Pointwise {
  const own = numbers.split(" ").filter((number) => number);
  const sizes = [...own.map((number) => `${number}:f32`), "COUNT"].join(" ");
  return {
    keeps,
    forward: routine(name, {
      sizes,
      read: ["xs"],
      written: ["ys"],
      code: `
${mathematics}
${each}
  let x = xs[i];
  if (isNaN(x)) { ys[i] = x; return; }
  ys[i] = ${value};
}`,
    }),
    backward: routine(`${name}Back`, {
      sizes,
      read: ["kept", "dys"],
      written: ["dxs"],
      code: `
${mathematics}
${each}
  let ${keeps} = kept[i];
  let dy = dys[i];
  if (isNaN(${keeps})) { dxs[i] = ${ofNaN}; return; }
  dxs[i] = ${gradient};
}`,
    }),
  };
}

/** Twice the number whose tangent GELU's close form takes: ½·(1 + tanh b) is the sigmoid of 2b, which has all its digits. */
const bent = `1.5957691216 * x * (1.0 + 0.044715 * x * x)`;
/** The hard sigmoid before it is cut off. */
const line = `(sizes.SLOPE * x + sizes.OFFSET)`;

export const absolute = pointwise("absolute", { value: `abs(x)`, gradient: `dy * sign(x)` });

export const clip = pointwise("clip", {
  numbers: "MIN MAX",
  value: `select(select(x, sizes.MAX, x > sizes.MAX), sizes.MIN, x < sizes.MIN)`,
  gradient: `select(0.0, dy, x >= sizes.MIN && x <= sizes.MAX)`,
  ofNaN: `0.0`,
});

export const cosine = pointwise("cosine", { value: `wave(x, 1)`, gradient: `-dy * wave(x, 0)` });

export const elu = pointwise("elu", {
  numbers: "ALPHA",
  value: `select(sizes.ALPHA * exponentialLess1(x), x, x > 0.0)`,
  gradient: `dy * select(sizes.ALPHA * exponential(x), 1.0, x > 0.0)`,
});

export const errorFunction = pointwise("errorFunction", {
  value: `errorFunction(x)`,
  gradient: `dy * 1.1283792 * exponential(-x * x)`,
});

export const exponential = pointwise("exponential", {
  value: `exponential(x)`,
  gradient: `dy * y`,
  keeps: "y",
});

export const gelu = pointwise("gelu", {
  value: `x * probability(x)`,
  gradient: `dy * (probability(x) + x * exponential(-0.5 * x * x) * 0.3989422804)`,
});

/** Beyond 10 the sigmoid is flat, and infinity times nothing is to be nothing: x² goes no further. */
export const geluByTanh = pointwise("geluByTanh", {
  value: `x * sigmoid(${bent})`,
  gradient: `dy * sigmoid(${bent}) * (1.0 + x * sigmoid(-${bent}) * 1.5957691216 * (1.0 + 0.134145 * min(x * x, 100.0)))`,
});

export const hardSigmoid = pointwise("hardSigmoid", {
  numbers: "SLOPE OFFSET",
  value: `clamp(${line}, 0.0, 1.0)`,
  gradient: `select(0.0, sizes.SLOPE * dy, ${line} > 0.0 && ${line} < 1.0)`,
  ofNaN: `0.0`,
});

export const hardSwish = pointwise("hardSwish", {
  value: `x * clamp(x / 6.0 + 0.5, 0.0, 1.0)`,
  gradient: `dy * select(select(x / 3.0 + 0.5, 1.0, x > 3.0), 0.0, x < -3.0)`,
});

export const leakyRelu = pointwise("leakyRelu", {
  numbers: "SLOPE",
  value: `select(sizes.SLOPE * x, x, x > 0.0)`,
  gradient: `select(sizes.SLOPE * dy, dy, x > 0.0)`,
  ofNaN: `sizes.SLOPE * dy`,
});

export const logarithm = pointwise("logarithm", { value: `logarithm(x)`, gradient: `dy / x` });

export const power = pointwise("power", {
  numbers: "EXPONENT",
  value: `raised(x, sizes.EXPONENT)`,
  gradient: `dy * sizes.EXPONENT * raised(x, sizes.EXPONENT - 1.0)`,
});

export const sigmoid = pointwise("sigmoid", {
  value: `sigmoid(x)`,
  gradient: `dy * y * (1.0 - y)`,
  keeps: "y",
});

export const signum = pointwise("signum", { value: `sign(x)`, gradient: `0.0`, ofNaN: `0.0` });

export const sine = pointwise("sine", { value: `wave(x, 0)`, gradient: `dy * wave(x, 1)` });

export const softplus = pointwise("softplus", {
  numbers: "SHARPNESS",
  value: `max(x, 0.0) + logarithmOf1And(exponential(-sizes.SHARPNESS * abs(x))) / sizes.SHARPNESS`,
  gradient: `dy * sigmoid(sizes.SHARPNESS * x)`,
});

export const softsign = pointwise("softsign", {
  value: `select(x / (1.0 + abs(x)), sign(x), abs(x) > LARGEST)`,
  gradient: `dy / (1.0 + abs(x)) / (1.0 + abs(x))`,
});

export const tanh = pointwise("tanh", {
  numbers: "AMPLITUDE RATE",
  value: `sizes.AMPLITUDE * tangent(sizes.RATE * x)`,
  gradient: `dy * sizes.AMPLITUDE * sizes.RATE * (1.0 - y / sizes.AMPLITUDE) * (1.0 + y / sizes.AMPLITUDE)`,
  keeps: "y",
});

export const unitStep = pointwise("unitStep", {
  value: `select(0.0, 1.0, x > 0.0)`,
  gradient: `0.0`,
  ofNaN: `0.0`,
});
