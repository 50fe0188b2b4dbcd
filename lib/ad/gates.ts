/**
 * The gates of a computation (lecture D): each gate can compute its value and, for each of its inputs, its local slope
 * ∂output/∂input. Nothing else about a gate is needed: forward mode and reverse mode use the same slopes and differ only in
 * the order in which they multiply them.
 */
import { ValueError } from "../array/errors.js";
import { showNumber } from "../display/figure/numbers.js";
import { tally } from "./counter.js";

/** A number computed from the values of a gate's inputs; y is the gate's own value. */
export type Slope = (inputs: readonly number[], y: number) => number;

/**
 * One kind of gate of a computation: its value from one or two numbers, and its local slope ∂output/∂input for each of
 * them (lecture D).
 */
export interface Gate {
  readonly name: string;
  /** The text in its circle. */
  readonly symbol: string;
  readonly value: (...inputs: number[]) => number;
  /** The local slope for each input. */
  readonly slopes: readonly Slope[];
  /** The gate as a formula of its inputs' names. */
  readonly write: (...inputs: string[]) => string;
  /** Markdown with LaTeX. */
  readonly derivation: string;
}

/** The gates that `Dual` and `Variable` compute with; each is a method of both by the same name. */
export type GateName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "pow"
  | "neg"
  | "reciprocal"
  | "exp"
  | "log"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "relu";

/** In every derivation the gate computes y, and dy is the gradient that reaches it from above. */
export const gates: Readonly<Record<GateName, Gate>> = {
  add: {
    name: "add",
    symbol: "+",
    value: (a, b) => a + b,
    slopes: [() => 1, () => 1],
    write: (a, b) => `${operand(a)} + ${operand(b)}`,
    derivation: String.raw`
### The add gate: the gradient distributor
$y = a + b$. A little more of either input is as much more of $y$: both slopes are 1, and $da = dy,\; db = dy$. What comes from above goes to
both inputs unchanged, whatever their values.`,
  },
  sub: {
    name: "sub",
    symbol: "−",
    value: (a, b) => a - b,
    slopes: [() => 1, () => -1],
    write: (a, b) => `${operand(a)} − ${operand(b)}`,
    derivation: String.raw`
### The subtract gate
$y = a - b$, so $da = dy$ and $db = -dy$: an add gate whose second wire turns the sign.`,
  },
  mul: {
    name: "mul",
    symbol: "×",
    value: (a, b) => a * b,
    slopes: [([, b]) => b, ([a]) => a],
    write: (a, b) => `${operand(a)} · ${operand(b)}`,
    derivation: String.raw`
### The multiply gate: the gradient switcher
$y = ab$. Changing $a$ by a little $h$ changes $y$ by $hb$: the slope for $a$ is the *other* input. So $da = b\,dy$ and $db = a\,dy$: each input receives
the gradient scaled by the other's value. A large input makes its partner's gradient large, which is why inputs are normalised.`,
  },
  div: {
    name: "div",
    symbol: "÷",
    value: (a, b) => a / b,
    slopes: [([, b]) => 1 / b, ([, b], y) => -y / b],
    write: (a, b) => `${operand(a)} / ${operand(b)}`,
    derivation: String.raw`
### The divide gate
$y = a/b$ is $a\cdot b^{-1}$. The slope for $a$ is $1/b$; that for $b$ is $-a/b^2 = -y/b$.`,
  },
  max: {
    name: "max",
    symbol: "max",
    value: (a, b) => (a >= b ? a : b), // at a tie the first wins, as in max-pooling
    slopes: [([a, b]) => (a >= b ? 1 : 0), ([a, b]) => (a >= b ? 0 : 1)],
    write: (a, b) => `max(${a}, ${b})`,
    derivation: String.raw`
### The max gate: the gradient router
$y = \max(a, b)$ follows the larger input and does not feel the smaller one: the slope is 1 for the winner and 0 for the other. The whole gradient goes down
one wire. At a tie there is no slope; one has to be chosen, and here the first input wins.`,
  },
  pow: {
    name: "pow",
    symbol: "^",
    value: (a, b) => a ** b,
    slopes: [([a, b]) => b * a ** (b - 1), ([a], y) => y * Math.log(a)],
    write: (a, b) => `${operand(a)} ^ ${operand(b)}`,
    derivation: String.raw`
### The power gate
$y = a^b$. For a fixed exponent the slope is $b\,a^{b-1}$. Where the exponent itself is computed, $y = e^{b\ln a}$ shows its slope, $y\ln a$, for $a > 0$.`,
  },
  neg: {
    name: "neg",
    symbol: "× −1",
    value: (a) => -a,
    slopes: [() => -1],
    write: (a) => `−${operand(a)}`,
    derivation: String.raw`
### The minus sign
$y = -a$, so $da = -dy$.`,
  },
  reciprocal: {
    name: "reciprocal",
    symbol: "1/•",
    value: (a) => 1 / a,
    slopes: [(_, y) => -y * y],
    write: (a) => `1 / ${operand(a)}`,
    derivation: String.raw`
### The reciprocal gate
$y = 1/a$ has the slope $-1/a^2$, which is $-y^2$: the value computed on the way forward is used again on the way back.`,
  },
  exp: {
    name: "exp",
    symbol: "exp",
    value: Math.exp,
    slopes: [(_, y) => y],
    write: (a) => `exp(${a})`,
    derivation: String.raw`
### The exponential gate
$y = e^a$ is its own slope: $da = y\,dy$.`,
  },
  log: {
    name: "log",
    symbol: "log",
    value: Math.log,
    slopes: [([a]) => 1 / a],
    write: (a) => `log(${a})`,
    derivation: String.raw`
### The logarithm gate
$y = \ln a$ means $a = e^y$, whose slope is $a$; the inverse function has the inverse slope, $1/a$. It needs $a > 0$.`,
  },
  sin: {
    name: "sin",
    symbol: "sin",
    value: Math.sin,
    slopes: [([a]) => Math.cos(a)],
    write: (a) => `sin(${a})`,
    derivation: String.raw`
### The sine gate
$y = \sin a$ has the slope $\cos a$.`,
  },
  cos: {
    name: "cos",
    symbol: "cos",
    value: Math.cos,
    slopes: [([a]) => -Math.sin(a)],
    write: (a) => `cos(${a})`,
    derivation: String.raw`
### The cosine gate
$y = \cos a$ has the slope $-\sin a$.`,
  },
  tanh: {
    name: "tanh",
    symbol: "tanh",
    value: Math.tanh,
    slopes: [(_, y) => 1 - y * y],
    write: (a) => `tanh(${a})`,
    derivation: String.raw`
### The hyperbolic tangent gate
$y = \tanh a$ has the slope $1 - y^2$: 1 in the middle and nothing far out.`,
  },
  sigmoid: {
    name: "sigmoid",
    symbol: "σ",
    value: (a) => 1 / (1 + Math.exp(-a)),
    slopes: [(_, y) => y * (1 - y)],
    write: (a) => `σ(${a})`,
    derivation: String.raw`
### The sigmoid gate
$y = \sigma(a) = \dfrac{1}{1+e^{-a}}$. Its slope is $\dfrac{e^{-a}}{(1+e^{-a})^2} = \dfrac{1+e^{-a}-1}{1+e^{-a}}\cdot\dfrac{1}{1+e^{-a}} = (1-y)\,y$.
So four small gates ($\times -1$, exp, $+1$, $1/\bullet$) are one gate with a slope that costs one product. It is never above $\tfrac14$: a chain
of sigmoids makes gradients vanish.`,
  },
  relu: {
    name: "relu",
    symbol: "relu",
    value: (a) => (a > 0 ? a : 0),
    slopes: [([a]) => (a > 0 ? 1 : 0)],
    write: (a) => `relu(${a})`,
    derivation: String.raw`
### The rectifier gate
$y = \max(0, a)$: the slope is 1 where $a > 0$, else 0. At 0 itself it is taken as 0.`,
  },
};

/** The gate's value; counts one gate. @throws ValueError when the value is not a finite number */
export function evaluate(gate: Gate, inputs: readonly number[]): number {
  tally("gates");
  const y = gate.value(...inputs);
  if (Number.isFinite(y)) return y;
  throw new ValueError(
    `${gate.name}: ${writeNumbers(gate, inputs)} is ${showNumber(y)}; keep the inputs where the function is defined and not too large.`,
  );
}

/** The gate's slope for one input. @throws ValueError where there is none */
export function slopeOf(gate: Gate, which: number, inputs: readonly number[], y: number): number {
  const slope = gate.slopes[which](inputs, y);
  if (Number.isFinite(slope)) return slope;
  throw new ValueError(
    `${gate.name}: ${writeNumbers(gate, inputs)} has no finite slope for its ${which === 0 ? "first" : "second"} input; ` +
      `move the inputs away from that point.`,
  );
}

function writeNumbers(gate: Gate, inputs: readonly number[]): string {
  return gate.write(...inputs.map((input) => showNumber(input)));
}

/** An operand in a formula: a negative number in brackets. */
function operand(name: string): string {
  return name.startsWith("−") ? `(${name})` : name;
}
