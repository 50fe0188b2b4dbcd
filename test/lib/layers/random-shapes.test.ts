/** Windows of all kinds: random sizes, strides, paddings and groups, forward and backward as PyTorch has them. */
import { expect, it } from "vitest";
import {
  compute,
  Random,
  type Tensor,
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
  groupNormBackward,
  groupNormForward,
  localResponseNormBackward,
  localResponseNormForward,
} from "../../../lib/index.js";
import { askTorch, expectClose, type Question } from "../../oracles/evaluate.js";
import { withTool } from "../../support/shared.js";

const random = new Random(91);
const from = (low: number, high: number): number => low + random.integer(high - low + 1);
const draw = (shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const engine = compute.engine;

/** One computation of ours and PyTorch's words for it. */
interface Pair {
  readonly what: string;
  readonly python: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly y: Tensor;
  readonly dy: Tensor;
  readonly gradients: Readonly<Record<string, Tensor>>;
}

function averagePool(): Pair {
  const two = random.integer(2) === 1;
  const axes = two ? 2 : 1;
  const size = Array.from({ length: axes }, () => from(1, 4));
  const stride = size.map(() => from(1, 4));
  const pad = size.map((k) => from(0, Math.floor(k / 2)));
  const x = draw([from(1, 3), from(1, 3), ...size.map((k) => from(k, k + 7))]);
  const round = random.integer(2) === 1 ? "ceil" : "floor";
  const countPadding = random.integer(2) === 1;
  const common = { round, countPadding } as const;
  const { y, cache } = two
    ? engine.of(averagePool2dForward)(x, {
        size: [size[0], size[1]],
        stride: [stride[0], stride[1]],
        pad: { top: pad[0], bottom: pad[0], left: pad[1], right: pad[1] },
        ...common,
      })
    : engine.of(averagePool1dForward)(x, { size: size[0], stride: stride[0], pad: pad[0], ...common });
  const dy = draw([...y.shape]);
  const backward = two ? engine.of(averagePool2dBackward) : engine.of(averagePool1dBackward);
  const settings = `ceil_mode=${round === "ceil" ? "True" : "False"}, count_include_pad=${countPadding ? "True" : "False"}`;
  const python = `F.avg_pool${axes}d(x, (${size},), (${stride},), (${pad},), ${settings})`;
  const { dx } = backward(dy, cache);
  return { what: `${python} of ${x.shape.join("×")}`, python, tensors: { x }, y, dy, gradients: { x: dx } };
}

function convTranspose(): Pair {
  const two = random.integer(2) === 1;
  const axes = two ? 2 : 1;
  const size = Array.from({ length: axes }, () => from(1, 4));
  const stride = size.map(() => from(1, 3));
  const dilation = size.map(() => from(1, 2));
  const extra = size.map((_, i) => from(0, Math.max(stride[i], dilation[i]) - 1));
  const pad = size.map((k, i) => from(0, Math.floor((dilation[i] * (k - 1)) / 2)));
  const groups = from(1, 3);
  const x = draw([from(1, 3), groups * from(1, 2), ...size.map(() => from(1, 5))]);
  const w = draw([x.shape[1], from(1, 3), ...size]);
  const b = draw([w.shape[1] * groups]);
  const { y, cache } = two
    ? engine.of(convTranspose2dForward)(x, w, b, {
        stride: [stride[0], stride[1]],
        dilation: [dilation[0], dilation[1]],
        extra: [extra[0], extra[1]],
        pad: { top: pad[0], bottom: pad[0], left: pad[1], right: pad[1] },
        groups,
      })
    : engine.of(convTranspose1dForward)(x, w, b, {
        stride: stride[0],
        dilation: dilation[0],
        extra: extra[0],
        pad: pad[0],
        groups,
      });
  const dy = draw([...y.shape]);
  const backward = two ? engine.of(convTranspose2dBackward) : engine.of(convTranspose1dBackward);
  const { dx, dw, db } = backward(dy, cache);
  const python = `F.conv_transpose${axes}d(x, w, b, (${stride},), (${pad},), (${extra},), ${groups}, (${dilation},))`;
  const what = `${python} of ${x.shape.join("×")} by ${w.shape.join("×")}`;
  return { what, python, tensors: { x, w, b }, y, dy, gradients: { x: dx, w: dw, b: db! } };
}

function responseNorm(): Pair {
  const x = draw([from(1, 2), from(1, 8), ...Array.from({ length: from(1, 2) }, () => from(1, 4))]);
  const size = 2 * from(0, 3) + 1;
  const { y, cache } = engine.of(localResponseNormForward)(x, { size, alpha: 0.6, beta: 0.9, k: 1.2 });
  const dy = draw([...y.shape]);
  const python = `F.local_response_norm(x, ${size}, 0.6, 0.9, 1.2)`;
  const { dx } = engine.of(localResponseNormBackward)(dy, cache);
  return { what: `${python} of ${x.shape.join("×")}`, python, tensors: { x }, y, dy, gradients: { x: dx } };
}

function groupNorm(): Pair {
  const groups = from(1, 4);
  const x = draw([from(1, 3), groups * from(1, 3), ...Array.from({ length: from(1, 2) }, () => from(2, 4))]);
  const [gamma, beta] = [draw([x.shape[1]]), draw([x.shape[1]])];
  const { y, cache } = engine.of(groupNormForward)(x, gamma, beta, { groups });
  const dy = draw([...y.shape]);
  const { dx, dgamma, dbeta } = engine.of(groupNormBackward)(dy, cache);
  const python = `F.group_norm(x, ${groups}, gamma, beta)`;
  const gradients = { x: dx, gamma: dgamma, beta: dbeta };
  return { what: `${python} of ${x.shape.join("×")}`, python, tensors: { x, gamma, beta }, y, dy, gradients };
}

withTool("python3-torch", "PyTorch", (tool) => {
  it.each([
    ["average pooling", averagePool, 150],
    ["transposed convolution", convTranspose, 150],
    ["local response normalisation", responseNorm, 40],
    ["group normalisation", groupNorm, 40],
  ] as const)("%s", (_name, make, count) => {
    const pairs = Array.from({ length: count }, make);
    const questions = pairs.map(({ python, tensors, dy }): Question => ({ python, tensors, dy }));
    askTorch(tool, questions).forEach(({ y, gradients }, i) => {
      const ours = pairs[i];
      expectClose(ours.y, y, 1e-10, `${ours.what}: y`);
      expect(Object.keys(ours.gradients)).toEqual(Object.keys(gradients));
      for (const [key, gradient] of Object.entries(gradients)) {
        expectClose(ours.gradients[key], gradient, 1e-10, `${ours.what}: d${key}`);
      }
    });
  });
});
