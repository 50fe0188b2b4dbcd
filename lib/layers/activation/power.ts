/** Powers with a constant exponent: squares, square roots, reciprocals. */
import { ValueError } from "../../array/errors.js";
import type { Tensor } from "../../array/tensor.js";
import { mapElements, mapGradient, Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Powers

$$y_i = x_i^{\,p} \tag{1}$$

**Backward.**

$$dx_i = p\,x_i^{\,p-1}\;dy_i \tag{2}$$

$p=2$ squares, $p=\tfrac12$ takes the root, $p=-1$ the reciprocal. A negative $x$ has no power with a fraction for $p$: $y$ is NaN there. The slope of the root at 0 is infinite,
so that a variance is given a small $\varepsilon$ before its root is taken.
`;

/** The exponent of `Power` and `powerForward`. */
export interface PowerOptions {
  /** p, finite. */
  exponent: number;
}

/** What `powerForward` keeps for its backward. */
export interface PowerCache {
  readonly x: Tensor;
  readonly exponent: number;
}

/** A power of every number, equation (1). @param x  any shape @throws ValueError for an exponent that is not finite */
export function powerForward(x: Tensor, { exponent }: PowerOptions): { y: Tensor; cache: PowerCache } {
  if (!Number.isFinite(exponent))
    throw new ValueError(`power: the exponent is ${exponent}; it must be finite.`);
  return { y: mapElements(x, (value) => raised(value, exponent)), cache: { x, exponent } }; // (1)
}

/**
 * The gradient of `powerForward`, equation (2).
 * @param dy  x's shape, the upstream gradient
 */
export function powerBackward(dy: Tensor, { x, exponent }: PowerCache): { dx: Tensor } {
  // The slope of a constant is 0, also at 0, where the power in (2) would be infinite.
  const slope = (value: number): number => (exponent === 0 ? 0 : exponent * raised(value, exponent - 1));
  return { dx: mapGradient("powerBackward", dy, x, (g, value) => g * slope(value)) }; // (2)
}

/** A power; roots and squares use operations that round only once. */
function raised(value: number, exponent: number): number {
  if (exponent === 0.5) return Math.sqrt(value);
  if (exponent === -0.5) return 1 / Math.sqrt(value);
  if (exponent === 2) return value * value;
  return exponent === -1 ? 1 / value : value ** exponent;
}

/** Every number to a constant power: squares, square roots, reciprocals. Any shape; no parameters. */
export class Power extends Pointwise<[options: PowerOptions], PowerCache> {
  static readonly derivation: string = derivation;
  readonly options: PowerOptions;

  constructor(options: PowerOptions) {
    super(powerForward, powerBackward, { given: [options] });
    this.options = options;
  }

  override describe(): string {
    return `Power, exponent ${this.options.exponent}`;
  }
}
