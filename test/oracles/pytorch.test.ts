/**
 * Every operation against PyTorch, forward and all gradients, in float64, over random shapes and options, on every
 * engine; and a small network trained side by side.
 */
import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  compute,
  Conv2d,
  copy,
  flat,
  Linear,
  MaxPool2d,
  Pass,
  Random,
  ReLU,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  wrap,
  zeros,
  type Engine,
  type Tensor,
} from "../../lib/index.js";
import type { CheckedOperation } from "../../lib/check/check.js";
import { operation, type OperationKinds } from "../../lib/check/operations.js";
import { Parameter } from "../../lib/layers/layer.js";
import type { Padding1d } from "../../lib/layers/window.js";
import type { SGDOptions } from "../../lib/optim/sgd.js";
import { deviation, deviationOf, engines, laidOut, layoutNames } from "../support/engines.js";
import { withTool } from "../support/shared.js";
import { askTorch, python } from "./torch.js";

const EXACT = 1e-10;

/** The first layers; the tests of the others ask PyTorch themselves. */
type FirstOperation = CheckedOperation | "softmaxCrossEntropy";

interface Case<Name extends FirstOperation> {
  readonly name: Name;
  readonly inputs: OperationKinds[Name]["inputs"];
  readonly options: OperationKinds[Name]["options"];
  /** The same in Python. */
  readonly code: string;
}

const random = new Random(20);
const between = (low: number, high: number): number => low + random.integer(high - low + 1);
const oneOf = <T>(...choices: readonly T[]): T => choices[random.integer(choices.length)];
const normal = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** A fresh convolution: every combination of stride, padding, dilation, groups, flip and bias has its turn. */
function convolution(axes: 1 | 2): Case<"conv1d" | "conv2d"> {
  const per = (make: () => number): number[] => times(axes, make);
  const groups = between(1, 3);
  const [size, dilation] = [per(() => between(1, 4)), per(() => between(1, 3))];
  const before = per(() => between(0, 3));
  const after = oneOf(
    before,
    per(() => between(0, 3)),
  );
  const same = random.next() < 0.2;
  const stride = same ? per(() => 1) : per(() => between(1, 4));
  const span = size.map((taps, i) => dilation[i] * (taps - 1) + 1);
  const extent = span.map((s, i) => Math.max(1, s - before[i] - after[i]) + between(0, 6));
  const x = normal(
    between(1, 3),
    groups * between(1, 3),
    ...extent.map((e, i) => (same ? Math.max(e, span[i]) : e)),
  );
  const w = normal(groups * between(1, 3), x.shape[1] / groups, ...size);
  const b = random.next() < 0.7 ? normal(w.shape[0]) : undefined;
  const flip = random.next() < 0.3;
  // PyTorch pads from the last axis backwards: left, right, top, bottom.
  const sides = per(() => 0).flatMap((_, i) => [before[axes - 1 - i], after[axes - 1 - i]]);
  const weights = flip ? `w.flip(${axes === 1 ? "2" : "2, 3"})` : "w";
  const padded = same ? "x" : `F.pad(x, ${python(sides)})`;
  const samePad = same ? `, padding="same"` : "";
  const rest = `stride=${python(stride)}, dilation=${python(dilation)}, groups=${groups}${samePad}`;
  const code = `y = F.conv${axes}d(${padded}, ${weights}, ${b ? "b" : "None"}, ${rest})`;
  const shared = { groups, flip, round: "floor" } as const;
  if (axes === 1) {
    const pad: Padding1d = same ? "same" : [before[0], after[0]];
    const own = { stride: stride[0], dilation: dilation[0], pad };
    return { name: "conv1d", inputs: { x, w, b }, options: { ...shared, ...own }, code };
  }
  const around = { top: before[0], bottom: after[0], left: before[1], right: after[1] };
  return {
    name: "conv2d",
    inputs: { x, w, b },
    options: {
      ...shared,
      stride: [stride[0], stride[1]],
      dilation: [dilation[0], dilation[1]],
      pad: same ? "same" : around,
    },
    code,
  };
}

function maxPooling(axes: 1 | 2): Case<"maxPool1d" | "maxPool2d"> {
  const per = (make: (i: number) => number): number[] => Array.from({ length: axes }, (_, i) => make(i));
  const [size, stride, dilation] = [
    per(() => between(1, 4)),
    per(() => between(1, 4)),
    per(() => between(1, 2)),
  ];
  const pad = oneOf(0, Math.min(...size.map((taps) => Math.floor(taps / 2))));
  const x = normal(between(1, 3), between(1, 3), ...per((i) => dilation[i] * (size[i] - 1) + between(1, 7)));
  // Few different numbers, so that ties are common: the first of equals must win.
  if (random.next() < 0.5) x.data.forEach((value, i) => (x.data[i] = Math.round(value)));
  const round = oneOf("floor", "ceil");
  const window = `${python(size)}, ${python(stride)}, ${pad}, ${python(dilation)}, ${python(round === "ceil")}`;
  const code = `y = F.max_pool${axes}d(x, ${window})`;
  if (axes === 1) {
    return {
      name: "maxPool1d",
      inputs: { x },
      options: { size: size[0], stride: stride[0], dilation: dilation[0], pad, round },
      code,
    };
  }
  return {
    name: "maxPool2d",
    inputs: { x },
    options: {
      size: [size[0], size[1]],
      stride: [stride[0], stride[1]],
      dilation: [dilation[0], dilation[1]],
      pad,
      round,
    },
    code,
  };
}

function batchNormalisation(): Case<"batchNorm"> {
  const shape = [between(2, 5), between(1, 4), ...oneOf([], [between(1, 5)], [between(1, 4), between(1, 4)])];
  const [x, gamma, beta] = [normal(...shape), normal(shape[1]), normal(shape[1])];
  x.data.forEach((value, i) => (x.data[i] = 3 * value + 7));
  const epsilon = oneOf(1e-5, 1e-3, 0.1);
  const evaluating = random.next() < 0.4;
  const mean = normal(shape[1]);
  const variance = random.uniform([shape[1]], 0.5, 2, "float64");
  const constants = [mean, variance]
    .map((x) => `torch.tensor(${JSON.stringify(Array.from(x.data))})`)
    .join(", ");
  return {
    name: "batchNorm",
    inputs: { x, gamma, beta },
    options: { epsilon, ...(evaluating && { statistics: { mean, variance } }) },
    code: evaluating
      ? `y = F.batch_norm(x, ${constants}, gamma, beta, False, 0, ${epsilon})`
      : `y = F.batch_norm(x, None, None, gamma, beta, True, 0, ${epsilon})`,
  };
}

function crossEntropy(): Case<"softmaxCrossEntropy"> {
  const [N, K] = [between(1, 6), between(1, 8)];
  const logits = normal(N, K);
  const scale = oneOf(1, 10, 300);
  logits.data.forEach((value, i) => (logits.data[i] = scale * value));
  if (random.next() < 0.6) {
    const targets = times(N, () => random.integer(K));
    return {
      name: "softmaxCrossEntropy",
      inputs: { logits },
      options: { targets },
      code: `y = F.cross_entropy(logits, torch.tensor(${JSON.stringify(targets)}))`,
    };
  }
  const targets = random.uniform([N, K], 0, 1, "float64");
  for (let n = 0; n < N; n++) {
    let sum = 0;
    for (let k = n * K; k < n * K + K; k++) sum += targets.data[k];
    for (let k = n * K; k < n * K + K; k++) targets.data[k] /= sum;
  }
  return {
    name: "softmaxCrossEntropy",
    inputs: { logits },
    options: { targets },
    code: `y = F.cross_entropy(logits, torch.tensor(${JSON.stringify(Array.from(targets.data))}, dtype=torch.float64).reshape(${N}, ${K}))`,
  };
}

function linear(): Case<"linear"> {
  const [N, D, K] = [between(1, 6), between(1, 9), between(1, 7)];
  const b = random.next() < 0.7 ? normal(K) : undefined;
  const code = `y = F.linear(x, w, ${b ? "b" : "None"})`;
  return { name: "linear", inputs: { x: normal(N, D), w: normal(K, D), b }, options: {}, code };
}

function rectifier(): Case<"relu"> {
  const x = normal(...times(between(1, 4), () => between(1, 5)));
  if (random.next() < 0.5) x.data.forEach((value, i) => (x.data[i] = Math.round(value))); // zeros: the kink
  return { name: "relu", inputs: { x }, options: {}, code: "y = F.relu(x)" };
}

const operations: Record<FirstOperation, Case<FirstOperation>[]> = {
  conv1d: times(80, () => convolution(1)),
  conv2d: times(100, () => convolution(2)),
  maxPool1d: times(60, () => maxPooling(1)),
  maxPool2d: times(60, () => maxPooling(2)),
  linear: times(30, linear),
  relu: times(20, rectifier),
  batchNorm: times(50, batchNormalisation),
  softmaxCrossEntropy: times(50, crossEntropy),
};

/** y or the loss, for the upstream gradient dy, and the gradients; inputs in one memory layout after the other. */
function ours(
  engine: Engine,
  { name, inputs, options }: Case<FirstOperation>,
  dy: Tensor,
  turn: number,
): Record<string, Tensor> {
  const views = Object.fromEntries(
    Object.entries(inputs).map(([key, x], i) => [
      key,
      x && laidOut(x, layoutNames[(turn + i) % layoutNames.length]),
    ]),
  );
  const { forward, backward } = operation(name, options, { engine });
  const output = forward(views as typeof inputs);
  const y = "y" in output ? output.y : wrap(Float64Array.of(output.loss), []);
  return { y, ...(backward(laidOut(dy, layoutNames[turn % layoutNames.length]), output.cache) as object) };
}

/** The shape of the result, which the upstream gradient must have: from the first engine. */
function upstream({ name, inputs, options }: Case<FirstOperation>): Tensor {
  const output = operation(name, options).forward(inputs);
  return "y" in output ? normal(...output.y.shape) : wrap(Float64Array.of(1), []);
}

withTool("python3-torch", "operations against PyTorch", (tool) => {
  const cases = Object.values(operations).flat();
  const dys = cases.map(upstream);
  const answers = askTorch(
    tool,
    cases.map(({ code, inputs }, i) => {
      const given = Object.entries(inputs).filter(
        (entry): entry is [string, Tensor] => entry[1] !== undefined,
      );
      const want = ["y", ...given.map(([name]) => `d${name}`)];
      return { code, inputs: Object.fromEntries(given), dy: dys[i], want };
    }),
  );

  describe.each(engines)("$name", (engine) => {
    it.each(Object.keys(operations) as FirstOperation[])("%s", (name) => {
      cases.forEach((one, i) => {
        if (one.name !== name) return;
        const expected = answers[i];
        const got = ours(engine, one, dys[i], i);
        expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
        for (const [key, tensor] of Object.entries(expected)) {
          // A loss near 0 has no digits of its own in PyTorch, which takes the logarithm of a number near 1.
          const size = key === "y" && tensor.shape.length === 0 ? Math.min(1, Math.abs(tensor.data[0])) : 1;
          const place = `${key} of ${one.code} with x ${Object.values(one.inputs)[0]?.shape}`;
          expect(size * deviation(got[key], tensor), place).toBeLessThan(EXACT);
        }
      });
    });
  });
});

const trainings: SGDOptions[] = [
  { lr: 0.1 },
  { lr: 0.05, momentum: 0.9 },
  { lr: 0.05, momentum: 0.9, nesterov: true },
  { lr: 0.1, weightDecay: 0.01 },
  { lr: 0.02, momentum: 0.8, nesterov: true, weightDecay: 0.1 },
];

withTool("python3-torch", "SGD against PyTorch", (tool) => {
  // Gradients that do not depend on the weights would leave momentum unproved: these are of Σ c·sin(w).
  const w0 = normal(5, 4);
  const c = normal(5, 4);
  const answers = askTorch(
    tool,
    trainings.map(({ lr, momentum = 0, nesterov = false, weightDecay = 0 }) => ({
      code: [
        `y = w.clone().requires_grad_()`,
        `optimizer = torch.optim.SGD([y], lr=${lr}, momentum=${momentum}, nesterov=${python(nesterov)}, weight_decay=${weightDecay})`,
        `for step in range(10):`,
        `    optimizer.zero_grad(); (c * torch.sin(y)).sum().backward(); optimizer.step()`,
      ].join("\n"),
      inputs: { w: w0, c },
      want: ["y"],
    })),
  );
  describe.each(engines)("$name", (engine) => {
    it.each(trainings.map((options, i) => [JSON.stringify(options), options, i] as const))(
      "%s",
      (_title, options, i) => {
        const parameter = new Parameter(() => copy(w0), new Random(0));
        const optimizer = new SGD(options);
        for (let step = 0; step < 10; step++) {
          const gradient = wrap(
            Float64Array.from(flat(parameter.value), (w, k) => c.data[k] * Math.cos(w)),
            [5, 4],
          );
          optimizer.step(new Map([[parameter, gradient]]), engine);
        }
        expect(deviation(parameter.value, answers[i].y)).toBeLessThan(EXACT);
      },
    );
  });
});

withTool("python3-torch", "a training run against PyTorch", (tool) => {
  const steps = 20;
  const images = normal(steps, 8, 2, 9, 9);
  const labels = times(steps, () => times(8, () => random.integer(4)));
  const shapes = { cw: [6, 2, 3, 3], cb: [6], gamma: [6], beta: [6], fw: [4, 6 * 4 * 4], fb: [4] };
  const initial = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, random.normal(shape, 0, 0.3, "float64")]),
  );
  const code = `
w = [t.clone().requires_grad_() for t in (cw, cb, gamma, beta, fw, fb)]
decayed = [w[0], w[4]]
others = [w[1], w[2], w[3], w[5]]
optimizer = torch.optim.SGD([{"params": decayed, "weight_decay": 1e-3}, {"params": others}], lr=0.05, momentum=0.9)
mean, variance = torch.zeros(6), torch.ones(6)
def net(x, training):
    x = F.conv2d(x, w[0], w[1], padding=1)
    x = F.batch_norm(x, mean, variance, w[2], w[3], training, 0.1, 1e-5)
    x = F.max_pool2d(F.relu(x), 3, 2)
    return F.linear(x.reshape(x.shape[0], -1), w[4], w[5])
losses = []
for x, t in zip(images, labels):
    loss = F.cross_entropy(net(x, True), torch.tensor(t))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    losses.append(loss.item())
conv, scores = w[0], net(images[0], False)
`;
  const want = ["losses", "conv", "scores", "mean", "variance"];
  const [expected] = askTorch(tool, [{ code, inputs: { images, ...initial }, values: { labels }, want }]);

  it.each(compute.engines)("$name: losses, weights, running statistics and test outputs", (engine) => {
    const dtype = "float64";
    const net = new Sequential({
      conv: new Conv2d({ in: 2, out: 6, size: 3, pad: 1, dtype }),
      bn: new BatchNorm({ size: 6, dtype }),
      relu: new ReLU(),
      pool: new MaxPool2d({ size: 3, stride: 2 }),
      fc: new Linear({ in: 6 * 4 * 4, out: 4, dtype }),
    });
    const paths = { cw: "conv.w", cb: "conv.b", gamma: "bn.gamma", beta: "bn.beta", fw: "fc.w", fb: "fc.b" };
    for (const [name, path] of Object.entries(paths)) net.parameters[path].value = initial[name];
    const loss = new SoftmaxCrossEntropy();
    const optimizer = new SGD({ lr: 0.05, momentum: 0.9, weightDecay: 1e-3 });
    const example = 8 * 2 * 9 * 9;
    const batch = (step: number): Tensor =>
      wrap(flat(images).slice(step * example, (step + 1) * example), [8, 2, 9, 9]);
    const losses = labels.map((targets, step) => {
      const pass = new Pass({ training: true, engine });
      const value = loss.forward(net.forward(batch(step), pass), targets, pass);
      net.backward(loss.backward(pass), pass);
      optimizer.step(pass.gradients, engine);
      return value;
    });
    expect(losses[0]).toBeGreaterThan(1);
    expect(deviationOf(losses, expected.losses.data)).toBeLessThan(1e-6);
    expect(deviation(net.parameters["conv.w"].value, expected.conv)).toBeLessThan(1e-6);
    expect(deviation(net.buffers["bn.mean"], expected.mean)).toBeLessThan(1e-6);
    expect(deviation(net.buffers["bn.variance"], expected.variance)).toBeLessThan(1e-6);
    const scores = net.forward(batch(0), new Pass({ engine }));
    expect(deviation(scores, expected.scores)).toBeLessThan(1e-6);
    expect(deviation(zeros(scores.shape, dtype), expected.scores)).toBeGreaterThan(0.5);
  });
});
