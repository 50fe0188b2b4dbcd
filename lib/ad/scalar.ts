/**
 * A scalar that can be differentiated: the arithmetic that dual numbers (forward mode) and variables (reverse mode) have in
 * common. A function of scalars is written once and can be differentiated in either mode:
 *
 *     const f = ([x1, x2]: readonly Scalar[]) => x1.mul(x2).add(x1.sin());
 */
import { Printed } from "../array/printed.js";
import { ValueError } from "../array/errors.js";
import { showNumber } from "../display/figure/numbers.js";
import { gates, type Gate } from "./gates.js";

/** The second operand of a method may be a plain number: a constant, which has no derivative. */
export abstract class Scalar extends Printed {
  toString(): string {
    return showNumber(this.value);
  }

  abstract readonly value: number;

  /** Applies a gate to the inputs. */
  protected abstract apply(gate: Gate, inputs: readonly (this | number)[]): this;

  /** this + other. */
  add(other: this | number): this {
    return this.#binary(gates.add, other);
  }
  /** this − other. */
  sub(other: this | number): this {
    return this.#binary(gates.sub, other);
  }
  /** this · other. */
  mul(other: this | number): this {
    return this.#binary(gates.mul, other);
  }
  /** this / other. */
  div(other: this | number): this {
    return this.#binary(gates.div, other);
  }
  /** The larger of the two; at a tie this one, which then gets the gradient. */
  max(other: this | number): this {
    return this.#binary(gates.max, other);
  }
  /** This to the power of the exponent. */
  pow(exponent: this | number): this {
    return this.#binary(gates.pow, exponent);
  }
  /** −this. */
  neg(): this {
    return this.apply(gates.neg, [this]);
  }
  /** 1/x. */
  reciprocal(): this {
    return this.apply(gates.reciprocal, [this]);
  }
  /** e to the power of this. */
  exp(): this {
    return this.apply(gates.exp, [this]);
  }
  /** The natural logarithm. */
  log(): this {
    return this.apply(gates.log, [this]);
  }
  /** Of an angle in radians. */
  sin(): this {
    return this.apply(gates.sin, [this]);
  }
  /** Of an angle in radians. */
  cos(): this {
    return this.apply(gates.cos, [this]);
  }
  /** The hyperbolic tangent, between −1 and 1. */
  tanh(): this {
    return this.apply(gates.tanh, [this]);
  }
  /** 1/(1 + e⁻ˣ). */
  sigmoid(): this {
    return this.apply(gates.sigmoid, [this]);
  }
  /** max(0, x). */
  relu(): this {
    return this.apply(gates.relu, [this]);
  }

  #binary(gate: Gate, other: this | number): this {
    if (typeof other === "number") expectNumber(gate.name, other);
    else if (!(other instanceof Scalar) || other.constructor !== this.constructor) {
      const name = this.constructor.name;
      throw new ValueError(
        `${gate.name}: a ${name} met ${describe(other)}; combine a ${name} with another ${name} or with a number.`,
      );
    }
    return this.apply(gate, [this, other]);
  }
}

/** @throws ValueError for NaN and infinities */
export function expectNumber(operation: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new ValueError(`${operation}: ${value} is not a finite number; give one such as 0.5.`);
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? `a ${value.constructor.name}` : String(value);
}
