/**
 * The Gaussian error linear unit: a number is multiplied by the probability that a normal random number is below it.
 * Hendrycks and Gimpel, 2016.
 */
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### GELU

$\Phi(x)$ is the probability that a normal random number is below $x$, and $\varphi(x) = e^{-x^2/2}/\sqrt{2\pi}$ its density. ReLU multiplies $x$ by 0 or 1;
GELU multiplies it by that probability:

$$y_i = x_i\,\Phi(x_i), \qquad \Phi(x) = \tfrac12\Big(1+\operatorname{erf}\frac{x}{\sqrt2}\Big) \tag{1}$$

**Backward.** The product rule, with $\Phi'=\varphi$:

$$dx_i = dy_i\,\big(\Phi(x_i) + x_i\,\varphi(x_i)\big) \tag{2}$$

**The tanh form** replaces $\Phi$ by something close that needs no error function:

$$y_i = \tfrac12x_i\,(1+\tanh u_i), \qquad u_i = \sqrt{\tfrac2\pi}\,\big(x_i + 0.044715\,x_i^3\big) \tag{3}$$

$$dx_i = dy_i\Big(\tfrac12(1+\tanh u_i) + \tfrac12x_i\,(1-\tanh^2u_i)\,\sqrt{\tfrac2\pi}\,\big(1+3\cdot0.044715\,x_i^2\big)\Big) \tag{4}$$
`;

/** Whether `GELU` and `geluForward` compute Φ exactly or with the paper's tanh approximation. */
export interface GeluOptions {
  /** "erf", the definition, or "tanh", the approximation of (3); "erf". */
  form?: "erf" | "tanh";
}

/** What `geluForward` keeps for its backward. */
export interface GeluCache {
  readonly x: Tensor;
  readonly form: "erf" | "tanh";
}

const RATE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** The Gaussian error linear unit, equations (1) or (3). @param x  any shape */
export function geluForward(x: Tensor, { form = "erf" }: GeluOptions = {}): { y: Tensor; cache: GeluCache } {
  const exact = (value: number): number => value * normalProbability(value); // (1)
  const close = (value: number): number => (value / 2) * (1 + Math.tanh(RATE * (value + CUBIC * value ** 3))); // (3)
  return { y: mapElements(x, form === "erf" ? exact : close), cache: { x, form } };
}

/**
 * The gradient of `geluForward`, equations (2) or (4).
 * @param dy  x's shape, the upstream gradient
 */
export function geluBackward(dy: Tensor, { x, form }: GeluCache): { dx: Tensor } {
  const exact = (value: number): number =>
    normalProbability(value) + (value * Math.exp((-value * value) / 2)) / Math.sqrt(2 * Math.PI); // (2)
  const close = (value: number): number => {
    const t = Math.tanh(RATE * (value + CUBIC * value ** 3));
    return (1 + t) / 2 + (value / 2) * (1 - t * t) * RATE * (1 + 3 * CUBIC * value ** 2); // (4)
  };
  const slope = form === "erf" ? exact : close;
  return { dx: mapGradient("geluBackward", dy, x, (g, value) => g * slope(value)) };
}

/**
 * Φ(x) to about 15 digits, also far out in the left tail. Near 0 it is ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), whose terms
 * are all of one sign; further out 1 − Φ(x) = φ(x)/(x + 1/(x + 2/(x + 3/(x + …)))), read from the inside out.
 */
export function normalProbability(x: number): number {
  if (Math.abs(x) < 3) return 0.5 + aboveHalf(x);
  const tail = normalTail(Math.abs(x));
  return x < 0 ? tail : 1 - tail;
}

/** erf(x) = 2Φ(√2 x) − 1 to about 15 digits, also near 0. */
export function erf(x: number): number {
  const z = Math.SQRT2 * x;
  if (Math.abs(z) < 3) return 2 * aboveHalf(z);
  return Math.sign(z) * (1 - 2 * normalTail(Math.abs(z)));
}

/** Φ(x) − ½ for x near 0. */
function aboveHalf(x: number): number {
  let sum = 0;
  for (let term = x, odd = 1; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    sum += term;
    term *= (x * x) / (odd + 2);
  }
  return density(x) * sum;
}

/** 1 − Φ(x) for x far above 0. */
function normalTail(x: number): number {
  let fraction = x;
  for (let level = 80; level >= 1; level--) fraction = x + level / fraction;
  return density(x) === 0 ? 0 : density(x) / fraction;
}

/** φ(x). */
function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The Gaussian error linear unit, x·Φ(x): multiplies a number by the probability that a normal random number is below it. A
 * smooth ReLU, used in transformers. Any shape; no parameters (Hendrycks and Gimpel, 2016).
 */
export class GELU extends Pointwise<[options: GeluOptions], GeluCache> {
  static readonly derivation: string = derivation;
  readonly options: GeluOptions;

  constructor(options: GeluOptions = {}) {
    super(geluForward, geluBackward, { given: [options] });
    this.options = options;
  }
}
