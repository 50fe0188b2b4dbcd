/** The final pass over the training set: every batch norm then normalises the whole set exactly. */
import { expect, test } from "vitest";
import {
  BatchNorm,
  Conv2d,
  Dataset,
  Pass,
  Random,
  ReLU,
  Sequential,
  flat,
  storeGlobalStatistics,
  type Tensor,
} from "../../../lib/index.js";

const dtype = "float64";
const images = new Random(3).normal([37, 2, 5, 5], 4, 3, dtype);
const train = new Dataset(images, new Int32Array(37), ["only"]);

function net(): Sequential {
  const block = new Sequential({
    conv: new Conv2d({ in: 3, out: 2, size: 3, dtype }),
    bn: new BatchNorm({ size: 2, epsilon: 0, dtype }),
  });
  return new Sequential({
    conv: new Conv2d({ in: 2, out: 3, size: 3, pad: 1, dtype }),
    bn: new BatchNorm({ size: 3, epsilon: 0, dtype }),
    relu: new ReLU(),
    block,
  });
}

function momentsOf(x: Tensor, channel: number): [number, number] {
  const values: number[] = [];
  const [N, C, H, W] = x.shape;
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < H * W; p++) values.push(flat(x)[(n * C + channel) * H * W + p]);
  }
  const mean = values.reduce((a, b) => a + b) / values.length;
  return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
}

test("every layer's output over the whole training set has mean 0 and variance 1, nested layers too", () => {
  const network = net();
  expect(storeGlobalStatistics(network, train, { batchSize: 8 })).toEqual(["bn", "block.bn"]);
  const seen = new Map<string, Tensor>();
  network.forward(images, new Pass({ tap: (path, phase, x) => phase === "forward" && seen.set(path, x) }));
  for (const [path, channels] of [
    ["bn", 3],
    ["block.bn", 2],
  ] as const) {
    for (let c = 0; c < channels; c++) {
      const [mean, variance] = momentsOf(seen.get(path)!, c);
      expect(mean).toBeCloseTo(0, 12);
      expect(variance).toBeCloseTo(1, 12);
    }
  }
});

test("the size of the batches does not matter, also when the last is short", () => {
  const [whole, pieces] = [net(), net()];
  storeGlobalStatistics(whole, train, { batchSize: 37 });
  storeGlobalStatistics(pieces, train, { batchSize: 5 });
  for (const [path, buffer] of Object.entries(whole.buffers)) {
    for (let i = 0; i < buffer.size; i++)
      expect(pieces.buffers[path].data[i]).toBeCloseTo(buffer.data[i], 12);
  }
});
