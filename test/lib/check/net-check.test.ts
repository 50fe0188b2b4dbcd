/** The check of whole networks: it passes right ones on every engine, finds broken ones, and leaves no trace. */
import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  compute,
  Conv2d,
  conv2dBackward,
  flat,
  Flatten,
  gradCheckNet,
  Linear,
  linearBackward,
  Loss,
  MaxPool2d,
  Pass,
  Random,
  ReLU,
  Sequential,
  SoftmaxCrossEntropy,
  wrap,
  type LossPass,
  type Targets,
  type Tensor,
} from "../../../lib/index.js";
import type { Conv2dLayerOptions } from "../../../lib/layers/convolution/conv2d.js";
import type { LinearLayerOptions } from "../../../lib/layers/linear.js";

const dtype = "float64";
const x = new Random(4).normal([4, 2, 6, 6], 0, 1, dtype);
const labels = [0, 2, 1, 1];
const build = (conv: Partial<Conv2dLayerOptions> = {}, fc: Partial<LinearLayerOptions> = {}): Sequential =>
  new Sequential({
    conv1: new Conv2d({ in: 2, out: 4, size: 3, pad: 1, dtype, ...conv }),
    bn1: new BatchNorm({ size: 4, dtype }),
    relu1: new ReLU(),
    pool1: new MaxPool2d({ size: 2 }),
    block: new Sequential({ conv2: new Conv2d({ in: 4, out: 3, size: 2, dtype }), relu2: new ReLU() }),
    flatten: new Flatten(),
    fc: new Linear({ in: 12, out: 3, dtype, ...fc }),
  });

describe.each(compute.engines.map((engine) => [engine.name, engine] as const))("%s", (_name, engine) => {
  it.each([true, false])("passes a network with every kind of layer, training %s", (training) => {
    const report = gradCheckNet(build(), x, labels, new SoftmaxCrossEntropy(), { training, engine });
    report.assert();
    expect(report.gradients.map(({ name }) => name)).toEqual([
      "x",
      "conv1.w",
      "conv1.b",
      "bn1.gamma",
      "bn1.beta",
      "block.conv2.w",
      "block.conv2.b",
      "fc.w",
      "fc.b",
    ]);
    expect(report.of("fc.w").compared).toBeGreaterThan(30);
  });
});

describe("gradCheckNet", () => {
  it("finds the layer that is wrong", () => {
    const wrongBias = build({
      backward: (dy, cache) => {
        const gradients = conv2dBackward(dy, cache);
        return {
          ...gradients,
          dw: wrap(
            flat(gradients.dw).map((v) => 1.01 * v),
            gradients.dw.shape,
          ),
        };
      },
    });
    const report = gradCheckNet(wrongBias, x, labels);
    expect(report.gradients.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(["conv1.w"]);
    expect(() => report.assert()).toThrow(/^gradient check of the network \(Sequential\): dconv1\.w\[/);
  });
  it("finds a gradient that was left out", () => {
    const forgetful = build(
      {},
      { backward: (dy, cache) => ({ ...linearBackward(dy, cache), db: undefined }) },
    );
    expect(gradCheckNet(forgetful, x, labels).of("fc.b").problem).toContain("backward gives no dfc.b");
  });
  it("finds a loss whose gradient has another scale", () => {
    class SumOfLosses extends Loss {
      readonly inner = new SoftmaxCrossEntropy();
      override forward(logits: Tensor, targets: Targets, pass: LossPass): number {
        return logits.shape[0] * this.inner.forward(logits, targets, pass);
      }
      override backward(pass: LossPass): Tensor {
        return this.inner.backward(pass);
      }
    }
    const report = gradCheckNet(build(), x, labels, new SumOfLosses());
    // The batch norm after it takes away what conv1.b adds: its gradient is 0 at any scale.
    expect(report.gradients.filter(({ passed }) => passed).map(({ name }) => name)).toEqual(["conv1.b"]);
  });
  it("counts a layer that stands in two places once, with both its gradients", () => {
    const shared = new Linear({ in: 5, out: 5, dtype });
    const net = new Sequential({ first: shared, relu: new ReLU(), second: shared });
    const report = gradCheckNet(net, new Random(1).normal([3, 5], 0, 1, dtype), [0, 1, 4]);
    report.assert();
    expect(report.gradients.map(({ name }) => name)).toEqual(["x", "first.w", "first.b"]);
  });
  it("leaves parameters, running statistics and the batch as they were", () => {
    const net = build();
    const state = () =>
      [...Object.values(net.parameters).map(({ value }) => value), ...Object.values(net.buffers), x].map(
        (t) => Array.from(flat(t)),
      );
    const before = state();
    gradCheckNet(net, x, labels);
    expect(state()).toEqual(before);
    net.forward(x, new Pass({ training: true }));
    expect(state()).not.toEqual(before);
  });
  it("refuses a float32 network by the parameter's name", () => {
    const net = new Sequential({ fc: new Linear({ in: 72, out: 3 }) });
    expect(() => gradCheckNet(net, x, labels)).toThrow(
      'gradCheckNet: fc.w is float32, whose rounding makes a correct gradient look wrong by a tenth; check in float64, with cast(x, "float64") or layers made with dtype: "float64".',
    );
  });
  it("names the parameters when asked for another", () => {
    expect(() => gradCheckNet(build(), x, labels, undefined, { of: ["conv9.w"] })).toThrow(
      "gradCheckNet: the network has no conv9.w; it has x, conv1.w,",
    );
  });
});
