/**
 * Dual numbers: forward mode (lecture E). A number carries its own derivative, which is computed together with its value; one
 * pass gives the derivatives of all outputs with respect to one input.
 */
import { showNumber } from "../display/figure/numbers.js";
import { tally } from "./counter.js";
import { evaluate, slopeOf, type Gate } from "./gates.js";
import { expectNumber, Scalar } from "./scalar.js";

export const derivation = String.raw`
### Dual numbers: forward mode

A dual number $a + \dot a\,\varepsilon$ has a value $a$ and a *tangent* $\dot a$: how fast the value grows when the input moves. The unit $\varepsilon$ is
so small that its square is nothing,

$$\varepsilon^2 = 0. \tag{1}$$

Arithmetic as usual, with (1), gives the rules of differentiation without being told them:

$$(a+\dot a\varepsilon) + (b+\dot b\varepsilon) = (a+b) + (\dot a+\dot b)\,\varepsilon, \qquad
(a+\dot a\varepsilon)(b+\dot b\varepsilon) = ab + (\dot a b + a\dot b)\,\varepsilon. \tag{2}$$

For a smooth $g$, Taylor's series stops after its second term, since all others have $\varepsilon^2$:

$$g(a+\dot a\varepsilon) = g(a) + g'(a)\,\dot a\,\varepsilon. \tag{3}$$

So a gate $y = g(x_1, x_2, \dots)$ with local slopes $\partial y/\partial x_i$ passes on

$$\dot y = \sum_i \frac{\partial y}{\partial x_i}\,\dot x_i . \tag{4}$$

To have $\partial f/\partial x_1$, start with $\dot x_1 = 1$ and all other tangents 0. The pass gives that column of the Jacobian, for **all outputs** at once; each
further input needs a pass of its own. With $n$ inputs: $n$ passes.
`;

/**
 * A dual number: a value and its derivative with respect to one input. Every gate computes both, so that a function of dual
 * numbers gives its value and its derivative in one forward (Clifford, 1873; Wengert, 1964).
 *
 *     const x = new Dual(3, 1);        // dx/dx = 1: the derivative is with respect to x
 *     x.mul(x).add(x).tangent          // 2x + 1 = 7
 */
export class Dual extends Scalar {
  static readonly derivation: string = derivation;
  readonly value: number;
  readonly tangent: number;

  /**
   * @param value    any finite number
   * @param tangent  its derivative: 1 for the input of interest, 0 for the others; 0
   */
  constructor(value: number, tangent = 0) {
    super();
    expectNumber("Dual", value);
    expectNumber("Dual", tangent);
    this.value = value;
    this.tangent = tangent;
  }

  protected override apply(gate: Gate, inputs: readonly (this | number)[]): this {
    const values = inputs.map((input) => (typeof input === "number" ? input : input.value));
    const y = evaluate(gate, values);
    let tangent = 0;
    inputs.forEach((input, i) => {
      if (typeof input === "number") return; // the derivative of a constant is 0
      tally("products");
      tangent += slopeOf(gate, i, values, y) * input.tangent; // (4)
    });
    return new Dual(y, tangent) as this;
  }

  /** "6 + 2ε". */
  override toString(): string {
    const sign = this.tangent < 0 ? "−" : "+";
    return `${showNumber(this.value)} ${sign} ${showNumber(Math.abs(this.tangent))}ε`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
