/**
 * Protects AlexNet: every shape of lecture B, the parameter counts of both forms, and a forward and backward of
 * one picture of 227×227.
 */
import { beforeAll, describe, expect, it } from "vitest";
import {
  alexNet,
  Conv2d,
  countParameters,
  flat,
  Linear,
  Pass,
  Random,
  Sequential,
  SoftmaxCrossEntropy,
  summary,
  type LayerRow,
  type Tensor,
} from "../../../lib/index.js";

/** Lecture B's list, written C×H×W. */
const lectureB: Record<string, string> = {
  conv1: "96×55×55",
  pool1: "96×27×27",
  norm1: "96×27×27",
  conv2: "256×27×27",
  pool2: "256×13×13",
  norm2: "256×13×13",
  conv3: "384×13×13",
  conv4: "384×13×13",
  conv5: "256×13×13",
  pool5: "256×6×6",
  fc6: "4096",
  fc7: "4096",
  fc8: "1000",
};

/** Parameters of each layer by hand: filters · (inputs of one filter + 1). */
const parameters = {
  conv1: 96 * (11 * 11 * 3 + 1),
  conv2: 256 * (5 * 5 * 48 + 1),
  conv3: 384 * (3 * 3 * 256 + 1),
  conv4: 384 * (3 * 3 * 192 + 1),
  conv5: 256 * (3 * 3 * 192 + 1),
  fc6: 4096 * (9216 + 1),
  fc7: 4096 * (4096 + 1),
  fc8: 1000 * (4096 + 1),
};

describe("AlexNet", () => {
  let net: Sequential;
  let rows: LayerRow[];
  beforeAll(() => {
    net = alexNet();
    rows = summary(net);
  });

  it("has every shape of lecture B", () => {
    const shapes = Object.fromEntries(rows.map(({ name, outputShape }) => [name, outputShape!.join("×")]));
    expect(shapes).toMatchObject(lectureB);
    expect(net.input).toEqual([3, 227, 227]);
  });

  it("has 60,965,224 parameters, layer by layer", () => {
    const counts = Object.fromEntries(
      rows.filter((row) => row.parameters > 0).map((row) => [row.name, row.parameters]),
    );
    expect(counts).toEqual(parameters);
    expect(countParameters(net)).toBe(60_965_224);
  });

  it("computes 724 million multiply-adds a picture", () => {
    expect(rows.find(({ name }) => name === "conv1")!.multiplyAdds).toBe(96 * 363 * 55 * 55);
    expect(net.multiplyAdds([3, 227, 227])).toBe(724_406_816);
  });

  it("begins as the paper says: deviation 0.01, biases 1 where it helps the rectifiers", () => {
    const biases = Object.entries(net.layers).flatMap(([name, layer]) =>
      layer instanceof Conv2d || layer instanceof Linear ? [[name, flat(layer.parameters.b!.value)[0]]] : [],
    );
    expect(Object.fromEntries(biases)).toEqual({
      conv1: 0,
      conv2: 1,
      conv3: 0,
      conv4: 1,
      conv5: 1,
      fc6: 1,
      fc7: 1,
      fc8: 0,
    });
    const w = flat((net.get("fc7") as Linear).parameters.w.value);
    let square = 0;
    for (const value of w) square += value * value;
    const deviation = Math.sqrt(square / w.length);
    expect(deviation).toBeCloseTo(0.01, 4);
  });

  it("goes forward and backward with one picture of 227×227", () => {
    const picture = new Random(9).normal([1, 3, 227, 227]);
    const seen: Record<string, string> = {};
    const tap = (name: string, phase: string, value: Tensor): void => {
      if (phase === "forward") seen[name] = value.shape.slice(1).join("×");
    };
    const pass = new Pass({ training: true, random: new Random(1), tap });
    const loss = new SoftmaxCrossEntropy();
    const scores = net.forward(picture, pass);
    expect(seen).toMatchObject(lectureB);
    // Nothing is known yet: near ln 1000 = 6.91.
    expect(Math.abs(loss.forward(scores, [42], pass) - Math.log(1000))).toBeLessThan(1.5);
    const dx = net.backward(loss.backward(pass), pass);
    expect(dx.shape).toEqual([1, 3, 227, 227]);
    expect(pass.gradients.size).toBe(16);
    for (const [path, parameter] of Object.entries(net.parameters)) {
      const gradient = flat(pass.gradients.get(parameter)!);
      expect(gradient.length, path).toBe(parameter.value.size);
      let [largest, finite] = [0, true];
      for (const value of gradient) {
        largest = Math.max(largest, Math.abs(value));
        finite &&= Number.isFinite(value);
      }
      expect(finite, path).toBe(true);
      expect(largest, path).toBeGreaterThan(0);
    }
    // A step against the gradient makes the loss smaller: its direction is right through all layers.
    const evaluate = (): number => {
      const again = new Pass({ training: true, random: new Random(1) });
      return loss.forward(net.forward(picture, again), [42], again);
    };
    const before = evaluate();
    let square = 0;
    for (const gradient of pass.gradients.values())
      for (const value of flat(gradient)) square += value * value;
    const fraction = 0.05;
    for (const [parameter, gradient] of pass.gradients) {
      const [W, dW] = [parameter.value.data, flat(gradient)];
      for (let i = 0; i < W.length; i++) W[i] -= ((fraction * before) / square) * dW[i];
    }
    expect(evaluate()).toBeLessThan(before * (1 - fraction / 2));
  });
});

it("without groups it has 62,378,344 parameters: conv2, conv4 and conv5 see twice as many maps", () => {
  const net = alexNet({ groups: 1 });
  expect(countParameters(net)).toBe(62_378_344);
  expect(countParameters(net) - 60_965_224).toBe(25 * 48 * 256 + 9 * 192 * 384 + 9 * 192 * 256);
  expect(countParameters(net.get("conv2"))).toBe(256 * (25 * 96 + 1));
});
