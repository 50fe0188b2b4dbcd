/**
 * Variables that remember how they were computed: reverse mode, which is back-propagation (lectures D and E). Computing with
 * them builds a graph; `backward()` then goes through it once, from the output to the inputs, and computes the derivative of
 * one output with respect to every variable.
 */
import {
  displaySymbol,
  metadataSymbol,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import { computationGraph } from "./computation-graph.js";
import { tally } from "./counter.js";
import { evaluate, slopeOf, type Gate } from "./gates.js";
import { expectNumber, Scalar } from "./scalar.js";

export const derivation = String.raw`
### The computation graph: reverse mode

Each variable $v$ asks how much the output $f$ would change with it: its gradient $\bar v = \partial f/\partial v$. The output answers at once,

$$\bar f = 1. \tag{1}$$

If $v$ goes into the gates $y_1, y_2, \dots$, then $f$ feels $v$ through each of them and in no other way. The chain rule adds these ways up:

$$\bar v = \sum_{y\ \text{uses}\ v} \frac{\partial y}{\partial v}\;\bar y . \tag{2}$$

The slope $\partial y/\partial v$ is local: the gate knows it from its own inputs. The upstream gradient $\bar y$ is known if $y$ was done before $v$. So take the
variables from the last one computed to the first: whatever uses $v$ was computed after $v$, hence comes before it on the way back.

Where a variable is used twice its gradients **add**; where it is used by an add gate the gradient passes unchanged, by a multiply gate scaled by the other
input, by a max gate all or nothing.

One way back gives $\partial f/\partial v$ for **all variables** at once, the inputs among them; each further output needs a way back of its own. A
loss is one number and a network has millions of inputs (its weights): that is why networks learn by reverse mode.
`;

let made = 0;

/**
 * A number that remembers how it was computed: reverse mode on scalars (lectures D and E). Computing with variables
 * builds a graph of gates; `backward` on one of them sets the `gradient` of every variable that it depends on, by the
 * chain rule.
 *
 *     const x = new Variable(3), w = new Variable(2);
 *     const f = x.mul(w).add(1);
 *     f.backward();
 *     x.gradient                       // ∂f/∂x = w = 2
 */
export class Variable extends Scalar {
  static readonly derivation: string = derivation;
  readonly value: number;
  /** Its name in drawings. */
  name: string | undefined;
  /** ∂f/∂this, where f is the output on which `backward` was last called, if f depends on this. */
  gradient = 0;
  /** The gate that computed it; undefined for an input. */
  readonly gate: Gate | undefined;
  /** The gate's inputs: variables, and numbers, which are constants. */
  readonly inputs: readonly (Variable | number)[];
  // Increases with every variable: a variable is made after its inputs.
  readonly #order = made++;

  /**
   *     const x = new Variable(3, "x");
   *
   * @param value  any finite number
   * @param name   for drawings
   */
  constructor(value: number, name?: string, gate?: Gate, inputs: readonly (Variable | number)[] = []) {
    super();
    expectNumber("Variable", value);
    this.value = value;
    this.name = name;
    this.gate = gate;
    this.inputs = inputs;
  }

  /** Gives it a name, for drawings: `x.add(y).named("q")`. */
  named(name: string): this {
    this.name = name;
    return this;
  }

  protected override apply(gate: Gate, inputs: readonly (this | number)[]): this {
    return new Variable(evaluate(gate, valuesOf(inputs)), undefined, gate, inputs) as this;
  }

  /**
   * Computes the derivative of this variable with respect to every variable that it depends on, and stores it in their
   * `gradient`, replacing the result of an earlier call.
   * @param upstream  how much the final quantity changes with this variable; 1 when this variable is the final one
   */
  backward(upstream = 1): void {
    for (const [variable, gradient] of this.gradients(upstream)) variable.gradient = gradient;
  }

  /** What `backward` computes, as a map, from the last variable computed to the first; the variables are not changed. */
  gradients(upstream = 1): Map<Variable, number> {
    expectNumber("backward", upstream);
    const order = this.history().reverse();
    const gradients = new Map<Variable, number>(order.map((variable) => [variable, 0]));
    gradients.set(this, upstream); // (1)
    for (const y of order) {
      const dy = gradients.get(y)!;
      y.inputs.forEach((v, i) => {
        if (typeof v === "number") return;
        tally("products");
        gradients.set(v, gradients.get(v)! + y.slope(i) * dy); // (2)
      });
    }
    return gradients;
  }

  /** ∂this/∂input i: the gate's local slope. */
  slope(which: number): number {
    if (this.gate === undefined) return 0;
    return slopeOf(this.gate, which, valuesOf(this.inputs), this.value);
  }

  /** Every variable that this one depends on, in the order in which they were computed; itself last. */
  history(): Variable[] {
    const seen = new Set<Variable>([this]);
    // A loop over a set also visits elements that are added meanwhile: a walk without recursion, however deep the graph.
    for (const variable of seen) {
      for (const input of variable.inputs) if (typeof input !== "number") seen.add(input);
    }
    return [...seen].sort((a, b) => a.#order - b.#order);
  }

  /** The drawing of its graph. */
  [displaySymbol](): Promise<MimeBundle> {
    return computationGraph(this).bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return computationGraph(this).metadata();
  }

  override toString(): string {
    return computationGraph(this).text;
  }
}

function valuesOf(inputs: readonly (Variable | number)[]): number[] {
  return inputs.map((input) => (typeof input === "number" ? input : input.value));
}
