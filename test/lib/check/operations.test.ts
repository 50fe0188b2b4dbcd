/** Every operation by its name: `operation` gives what differences confirm, and a wrong backward is noticed. */
import { describe, expect, it } from "vitest";
import {
  Random,
  flat,
  gradCheck,
  operation,
  wrap,
  type OperationKinds,
  type OperationName,
  type Tensor,
} from "../../../lib/index.js";

const random = new Random(3);
const draw = (...shape: number[]) => random.normal(shape, 0, 1, "float64");
const series = () => ({ x: draw(2, 2, 7) });
const images = () => ({ x: draw(2, 2, 5, 6) });
const normed = () => ({ ...images(), gamma: draw(2), beta: draw(2) });

/** Inputs and options of every operation; the type notices one that is left out. */
const cases: {
  readonly [Name in OperationName]: readonly [
    OperationKinds[Name]["inputs"],
    OperationKinds[Name]["options"],
  ];
} = {
  conv1d: [{ ...series(), w: draw(3, 2, 3), b: draw(3) }, { pad: 1 }],
  conv2d: [{ ...images(), w: draw(3, 2, 3, 2), b: draw(3) }, { pad: 1 }],
  convTranspose1d: [{ ...series(), w: draw(2, 3, 3), b: draw(3) }, { stride: 2 }],
  convTranspose2d: [{ ...images(), w: draw(2, 3, 3, 2), b: draw(3) }, { stride: 2 }],
  localConv1d: [{ ...series(), w: draw(3, 5, 2, 3) }, {}],
  localConv2d: [{ ...images(), w: draw(3, 3, 5, 2, 3, 2) }, {}],
  linear: [{ x: draw(4, 3), w: draw(2, 3), b: draw(2) }, {}],
  maxPool1d: [series(), { size: 3, stride: 2 }],
  maxPool2d: [images(), { size: 2, stride: 1 }],
  averagePool1d: [series(), { size: 3, stride: 2 }],
  averagePool2d: [images(), { size: 2, stride: 1 }],
  sumPool1d: [series(), { size: 3, stride: 2 }],
  sumPool2d: [images(), { size: 2, stride: 1 }],
  lpPool1d: [series(), { size: 3, stride: 2, power: 3 }],
  lpPool2d: [images(), { size: 2, stride: 1, power: 2 }],
  globalAveragePool: [images(), {}],
  relu: [images(), {}],
  leakyRelu: [images(), { slope: 0.2 }],
  prelu: [{ ...images(), a: draw(2) }, {}],
  elu: [images(), { alpha: 0.7 }],
  gelu: [images(), { form: "tanh" }],
  sigmoid: [images(), {}],
  tanh: [images(), { amplitude: 1.7159, rate: 2 / 3 }],
  softplus: [images(), { sharpness: 2 }],
  softmax: [images(), { axis: 1 }],
  logSoftmax: [images(), { axis: 2 }],
  batchNorm: [normed(), {}],
  groupNorm: [normed(), { groups: 2 }],
  layerNorm: [{ ...images(), gamma: draw(2, 5, 6), beta: draw(2, 5, 6) }, {}],
  localResponseNorm: [images(), { size: 3, alpha: 0.5 }],
  localContrastNorm: [images(), { size: 3 }],
  attention: [{ ...images(), mask: draw(2, 1, 5, 6) }, {}],
  dotProductAttention: [{ q: draw(2, 3, 4), k: draw(2, 5, 4), v: draw(2, 5, 2) }, {}],
  positionalEncoding: [{ x: draw(2, 4, 3, 2) }, { base: 20 }],
  softmaxCrossEntropy: [{ logits: draw(4, 3) }, { targets: [0, 2, 1, 1] }],
};

describe.each(Object.keys(cases) as OperationName[])("%s", (name) => {
  const run = <Name extends OperationName>(key: Name, double: boolean) => {
    const [inputs, options] = cases[key];
    const right = operation(key, options);
    const backward: typeof right.backward = (dy, cache) => {
      // A copy: an engine may compute a gradient only when it is read.
      const gradients = { ...right.backward(dy, cache) } as Record<string, Tensor>;
      const [first] = Object.keys(gradients);
      if (double)
        gradients[first] = wrap(
          flat(gradients[first]).map((v) => 2 * v),
          gradients[first].shape,
        );
      return gradients;
    };
    return gradCheck({ ...right, backward }, inputs, { samples: 40 });
  };

  it("has the gradient that differences give, for every input", () => {
    const report = run(name, false);
    report.assert();
    const inputs = Object.keys(cases[name][0]);
    expect(report.gradients.map((gradient) => gradient.name).sort()).toEqual(inputs.sort());
    expect(report.gradients.every(({ compared }) => compared > 0)).toBe(true);
  });

  it("is noticed when its gradient is twice as large", () => {
    expect(run(name, true).passed).toBe(false);
  });
});
