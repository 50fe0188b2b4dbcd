/**
 * The numbers that the derivations compute by hand are right: each block is read from the layer's own file and computed
 * again, every sum as it is written and every result by the functions, on every engine.
 *
 *     y  = conv1d(x, w, b)                                    what is called
 *     x  = [1, 2, 0, 3]                            1×1×4      an input and its shape
 *     y  = [2·1 − 1·2, 2·2 − 1·0] = [0, 4]         (1)        a result: how, what, and by which equation
 *     dx = [2·1, 2·0 − 1·1]
 *        = [2, −1]                                 (2)        a line that begins with a space goes on
 */
import { describe, expect, it } from "vitest";
import { dtypeOf, flat, sizeOf, type DType, type Tensor } from "../../lib/array/tensor.js";
import * as functions from "../../lib/functions.js";
import * as library from "../../lib/index.js";
import { compute, tensor, type Engine } from "../../lib/index.js";

/** Layers and losses that a problem set or a lecture takes apart: these have an example. */
const required = ["BatchNorm", "Conv1d", "Conv2d", "Linear", "MaxPool1d", "MaxPool2d", "SoftmaxCrossEntropy"];

/** Half a unit of the fourth digit, which is the last that an example prints. */
const TOLERANCE = 5e-5;

type AnyFunction = (...args: readonly unknown[]) => unknown;
type Numbers = number | readonly Numbers[];

const derivations = Object.entries(library).flatMap(([name, value]) => {
  const { derivation } = value as { derivation?: unknown };
  return typeof value === "function" && typeof derivation === "string" ? [[name, derivation] as const] : [];
});
const examples = derivations.filter(([, derivation]) => blockOf(derivation) !== undefined);

function blockOf(derivation: string): string | undefined {
  return /\*\*With numbers\.\*\*[^`]*```text\n([^`]*)```/.exec(derivation)?.[1];
}

interface Line {
  readonly name: string;
  /** All that is said to be equal. */
  readonly values: readonly string[];
  readonly shape: readonly number[] | undefined;
  readonly equation: string | undefined;
}

function linesOf(block: string): Line[] {
  const joined = block.trimEnd().replace(/\n\s+/g, " ");
  return joined.split("\n").map((line) => {
    const [, content, shape, equation] = /^(.*?)(?: {2,}(\d+(?:×\d+)*))?(?: +\((\d+)\))?$/.exec(line) ?? [];
    const [name, ...values] = content.split(" = ").map((part) => part.trim());
    return { name, values, shape: shape?.split("×").map(Number), equation };
  });
}

/** What a pencil's arithmetic comes to. */
function evaluated(expression: string): Numbers {
  const script = expression
    .replaceAll("·", "*")
    .replaceAll("−", "-")
    .replaceAll("ln(", "Math.log(")
    .replaceAll("max(", "Math.max(");
  return new Function(`return ${script}`)() as Numbers;
}

const flattened = (value: Numbers): number[] =>
  typeof value === "number" ? [value] : value.flatMap(flattened);

/** What is wrong with an example, computed in a dtype on an engine; nothing when it is right. */
function complaints(derivation: string, engine: Engine, dtype: DType): string[] {
  const [call, ...lines] = linesOf(blockOf(derivation)!);
  const [, operation, given] = /^(\w+)\((.*)\)$/.exec(call.values[0])!;
  const found: string[] = [];
  const expectEqual = (what: string, got: readonly number[], expected: readonly number[]): void => {
    const same =
      got.length === expected.length && got.every((v, i) => Math.abs(v - expected[i]) <= TOLERANCE);
    if (!same) found.push(`${what}: ${got.join(", ")} is not ${expected.join(", ")}`);
  };
  const inputs: Record<string, unknown> = {};
  for (const { name, values, shape, equation } of lines) {
    const numbers = values.map((value) => flattened(evaluated(value)));
    for (const other of numbers.slice(1)) expectEqual(`${name} as it is written`, numbers[0], other);
    if (equation !== undefined && !derivation.includes(`\\tag{${equation}}`)) {
      found.push(`${name}: there is no equation (${equation})`);
    }
    if (shape && sizeOf(shape) !== numbers[0].length) found.push(`${name} is not ${shape.join("×")}`);
    inputs[name] = shape ? tensor(numbers[0], [...shape], dtype) : numbers[0];
  }
  const [, names, options] = /^([\w, ]*?)(?:, (\{.*\}))?$/.exec(given)!;
  const args = names.split(", ").map((name) => inputs[name]);
  if (options) args.push(new Function(`return ${options}`)());
  const on = (kind: string): AnyFunction =>
    engine.of((functions as unknown as Record<string, AnyFunction>)[`${operation}${kind}`]) as AnyFunction;
  const output = on("Forward")(...args) as { y?: Tensor; loss?: number; cache: object };
  const gradients = (
    output.y ? on("Backward")(inputs.dy, output.cache) : on("Backward")(output.cache)
  ) as Record<string, Tensor>;
  const results = new Map<string, readonly number[]>([
    [call.name, output.y ? Array.from(flat(output.y)) : [output.loss!]],
    ...Object.keys(gradients).map((name) => [name, Array.from(flat(gradients[name]))] as const),
  ]);
  if (output.y && dtypeOf(output.y) !== dtype) found.push(`y is ${dtypeOf(output.y)}`);
  for (const [name, numbers] of results) {
    const line = lines.find((one) => one.name === name);
    if (line === undefined) found.push(`${name} is not in the example`);
    else expectEqual(name, numbers, flattened(evaluated(line.values.at(-1)!)));
  }
  return found;
}

describe("the worked examples", () => {
  it("are there for what problem sets and lectures take apart", () => {
    const names = examples.map(([name]) => name);
    expect(required.filter((name) => !names.includes(name))).toEqual([]);
  });

  describe.each(compute.engines.map((engine) => ({ name: engine.name, engine })))(
    "on $name",
    ({ engine }) => {
      it.each(examples)("%s computes the numbers that its derivation says", (_name, derivation) => {
        for (const dtype of ["float64", "float32"] as const) {
          expect(complaints(derivation, engine, dtype)).toEqual([]);
        }
      });
    },
  );

  it.each(examples)("%s: a number that is wrong is found", (_name, derivation) => {
    const block = blockOf(derivation)!;
    const results = linesOf(block).filter(({ equation }) => equation !== undefined);
    for (const { values } of results) {
      const wrong = values.at(-1)!.replace(/[\d.]+(?=\D*$)/, (number) => String(Number(number) + 1));
      const broken = derivation.replace(block, () => block.replace(values.at(-1)!, () => wrong));
      expect(broken).not.toBe(derivation);
      expect(complaints(broken, compute.engine, "float64")).not.toEqual([]);
    }
  });
});
