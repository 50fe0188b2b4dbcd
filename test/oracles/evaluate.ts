/** Asks PyTorch for the value and the gradients of an expression, many at once, in float64. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { flat, wrap, type Tensor } from "../../lib/array/tensor.js";
import { projectRoot, type Tool } from "../support/shared.js";
import { remembered } from "./remember.js";

export interface Question {
  /** A Python expression over the tensors' names, `torch` and `F`; or statements that set `y`. */
  readonly python: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** The upstream gradient; ones when absent. */
  readonly dy?: Tensor;
  /** The tensors whose gradients are wanted; all. */
  readonly of?: readonly string[];
}

export interface Answer {
  readonly y: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
}

interface Plain {
  shape: number[];
  data: number[];
}

/** Runs one Python process for all questions, unless it has answered them before. */
export function askTorch(tool: Tool, questions: readonly Question[]): Answer[] {
  const cases = questions.map(({ python, tensors, dy, of }) => ({
    python,
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, plain(x)])),
    dy: dy && plain(dy),
    of: of ?? Object.keys(tensors),
  }));
  const input = JSON.stringify(cases);
  const script = join(projectRoot, "test/oracles/evaluate.py");
  const text = remembered([tool.version, readFileSync(script, "utf8"), input], () => {
    const { status, stdout, stderr } = spawnSync(tool.command, [...tool.args, script], {
      input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`PyTorch failed: ${stderr}`);
    return stdout;
  });
  const answers = JSON.parse(text) as { y: Plain; gradients: Record<string, Plain> }[];
  return answers.map(({ y, gradients }) => ({
    y: revive(y),
    gradients: Object.fromEntries(Object.entries(gradients).map(([name, x]) => [name, revive(x)])),
  }));
}

/** Every number within `tolerance`, relative to the larger of 1 and the expected one; and the same shape. */
export function expectClose(actual: Tensor, expected: Tensor, tolerance = 1e-10, what = ""): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const [A, E] = [flat(actual), flat(expected)];
  for (let i = 0; i < E.length; i++) {
    if (Object.is(A[i], E[i]) || Math.abs(A[i] - E[i]) <= tolerance * Math.max(1, Math.abs(E[i]))) continue;
    expect.fail(`${what}[${i}] is ${A[i]}, expected ${E[i]}`);
  }
}

function plain(x: Tensor): Plain {
  return { shape: [...x.shape], data: Array.from(flat(x)) };
}

function revive({ shape, data }: Plain): Tensor {
  return wrap(Float64Array.from(data), shape);
}
