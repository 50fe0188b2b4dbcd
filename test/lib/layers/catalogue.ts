/**
 * What every operation of the catalogue has to show, on every engine: a gradient that differences confirm, the same
 * results whatever the memory layout, float32 close to float64, PyTorch's numbers where PyTorch has the operation,
 * ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ where it is linear, and a layer class that agrees with its functions.
 */
import { describe, expect, it } from "vitest";
import * as functions from "../../../lib/functions.js";
import {
  adjointCheck,
  cast,
  compute,
  gradCheck,
  Pass,
  Random,
  zeros,
  type Engine,
  type Layer,
  type Tensor,
} from "../../../lib/index.js";
import { askTorch, expectClose } from "../../oracles/evaluate.js";
import { laidOut, layoutNames } from "../../support/engines.js";
import { withTool } from "../../support/shared.js";

export type Inputs = Readonly<Record<string, Tensor>>;

export interface OperationCase {
  readonly name: string;
  /** The reference functions are `${operation}Forward` and `${operation}Backward`. */
  readonly operation: string;
  /** Float64 tensors by the names that their gradients bear after the d. */
  readonly inputs: Inputs;
  /** What forward is called with; the inputs in their order unless given. */
  readonly call?: (inputs: Inputs) => readonly unknown[];
  /** PyTorch's expression in the inputs' names; absent where it has none. */
  readonly python?: string;
  /** Linear in the first input when the others are held: the adjoint identity holds. */
  readonly linear?: boolean;
  /** A layer that does the same when its parameters are the other inputs. */
  readonly layer?: () => Layer;
  /** Inputs that are not differentiated. */
  readonly constant?: readonly string[];
}

interface Output {
  readonly y: Tensor;
  readonly cache: unknown;
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** The engine's version of a reference function that is called so. */
function called(engine: Engine, name: string): AnyFunction {
  return engine.of((functions as unknown as Readonly<Record<string, AnyFunction>>)[name]) as AnyFunction;
}

function forward(engine: Engine, { operation, call = Object.values }: OperationCase, inputs: Inputs): Output {
  return called(engine, `${operation}Forward`)(...call(inputs)) as Output;
}

function backward(engine: Engine, { operation }: OperationCase, dy: Tensor, cache: unknown): Inputs {
  return called(engine, `${operation}Backward`)(dy, cache) as Inputs;
}

/** Forward, and backward with a random upstream gradient. */
function results(
  engine: Engine,
  test: OperationCase,
  inputs: Inputs,
): { y: Tensor; dy: Tensor; gradients: Inputs } {
  const { y, cache } = forward(engine, test, inputs);
  const dy = new Random(5).normal(y.shape, 0, 1, y.dtype);
  return { y, dy, gradients: backward(engine, test, dy, cache) };
}

export function checkOperations(cases: readonly OperationCase[]): void {
  describe.each(compute.engines.map((engine) => ({ engine, name: engine.name })))(
    "on $name",
    ({ engine }) => {
      describe.each(cases)("$name", (test) => {
        const { inputs, constant = [] } = test;
        const of = Object.keys(inputs).filter((key) => !constant.includes(key));

        it("has the gradient that differences give", () => {
          const differentiable = {
            name: test.name,
            forward: (at: Inputs) => forward(engine, test, at),
            backward: (dy: Tensor, cache: unknown) => backward(engine, test, dy, cache),
          };
          const report = gradCheck(differentiable, inputs, { of });
          report.assert();
          for (const { name, compared, kinks, map } of report.gradients) {
            expect(compared, `d${name}: too many kinks`).toBeGreaterThan(0.8 * (compared + kinks.length));
            expect(map, name).toBeDefined();
          }
        });

        it("does not mind how its inputs lie in memory", () => {
          const expected = results(engine, test, inputs);
          for (const layout of layoutNames) {
            const moved = Object.fromEntries(
              Object.entries(inputs).map(([key, x]) => [key, laidOut(x, layout)]),
            );
            const { y, gradients } = results(engine, test, moved);
            expectClose(y, expected.y, 1e-13, `${layout}: y`);
            for (const key of of) {
              expectClose(gradients[`d${key}`], expected.gradients[`d${key}`], 1e-13, `${layout}: d${key}`);
            }
            const { cache } = forward(engine, test, inputs);
            const again = backward(engine, test, laidOut(expected.dy, layout), cache);
            for (const key of of) {
              expectClose(again[`d${key}`], expected.gradients[`d${key}`], 1e-13, `dy ${layout}: d${key}`);
            }
          }
        });

        it("is close in float32, and stays float32", () => {
          const wide = results(engine, test, inputs);
          const narrow = Object.fromEntries(
            Object.entries(inputs).map(([key, x]) => [key, cast(x, "float32")]),
          );
          const { y, cache } = forward(engine, test, narrow);
          expect(y.dtype).toBe("float32");
          expectClose(y, wide.y, 2e-5);
          const gradients = backward(engine, test, cast(wide.dy, "float32"), cache);
          for (const key of of) {
            expect(gradients[`d${key}`].dtype).toBe("float32");
            expectClose(gradients[`d${key}`], wide.gradients[`d${key}`], 1e-4, `d${key}`);
          }
          expect(() => backward(engine, test, wide.dy, cache)).toThrow(/float/);
        });

        it("refuses an upstream gradient of another shape", () => {
          const { y, cache } = forward(engine, test, inputs);
          expect(() => backward(engine, test, zeros([...y.shape, 1], "float64"), cache)).toThrow(
            /dy is .*expected/,
          );
        });

        if (test.linear) {
          it("is linear, and backward is its transpose", () => {
            const [name, ...others] = Object.keys(inputs);
            const held = Object.fromEntries(others.map((key) => [key, inputs[key]]));
            const cache = forward(engine, test, inputs).cache;
            const report = adjointCheck(
              (x) => forward(engine, test, { [name]: x, ...held }).y,
              (dy) => backward(engine, test, dy, cache)[`d${name}`],
              inputs[name],
            );
            expect(report.passed, JSON.stringify(report)).toBe(true);
          });
        }

        if (test.layer) {
          it("is what its layer computes", () => {
            const layer = test.layer!();
            const [x, ...others] = Object.values(inputs);
            Object.values(layer.parameters).forEach((parameter, i) => (parameter.value = others[i]));
            const expected = results(engine, test, inputs);
            const pass = new Pass({ engine, training: true });
            const y = layer.forward(x, pass);
            expectClose(y, expected.y, 1e-14, "y");
            expect(layer.outputShape(x.shape.slice(1))).toEqual(y.shape.slice(1));
            const [first, ...names] = Object.keys(inputs);
            expectClose(layer.backward(expected.dy, pass), expected.gradients[`d${first}`], 1e-14, "dx");
            Object.values(layer.parameters).forEach((parameter, i) => {
              expectClose(
                pass.gradients.get(parameter)!,
                expected.gradients[`d${names[i]}`],
                1e-14,
                names[i],
              );
            });
            const { derivation } = layer.constructor as unknown as { derivation: string };
            expect(derivation).toMatch(/\\tag\{1\}/);
          });
        }
      });

      const known = cases.filter(({ python }) => python !== undefined);
      if (known.length === 0) return;
      withTool("python3-torch", "PyTorch", (tool) => {
        it("has the same values and gradients", () => {
          const ours = known.map((test) => results(engine, test, test.inputs));
          const answers = askTorch(
            tool,
            known.map(({ python, inputs, constant = [] }, i) => ({
              python: python!,
              tensors: inputs,
              dy: ours[i].dy,
              of: Object.keys(inputs).filter((key) => !constant.includes(key)),
            })),
          );
          answers.forEach(({ y, gradients }, i) => {
            expectClose(ours[i].y, y, 1e-10, `${known[i].name}: y`);
            for (const [key, expected] of Object.entries(gradients)) {
              expectClose(ours[i].gradients[`d${key}`], expected, 1e-10, `${known[i].name}: d${key}`);
            }
          });
        });
      });
    },
  );
}
