/** The final pass over the training set: every batch norm then normalises the whole set exactly. */
import { expect, test } from "vitest";
import {
  BatchNorm,
  Concat,
  Conv2d,
  Dataset,
  Graph,
  Layer,
  Parallel,
  Pass,
  Random,
  ReLU,
  Residual,
  Sequential,
  flat,
  resNet,
  storeGlobalStatistics,
  walk,
  type Inside,
  type Shape,
  type Tensor,
} from "../../../lib/index.js";
import type { ContainerPass } from "../../../lib/layers/layer.js";

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

/** What the network gives each of its batch norms, evaluating the whole set: mean and variance by layer and channel. */
function given(network: Sequential, set: Tensor): Map<BatchNorm, [number, number][]> {
  const at = new Map<string, BatchNorm>();
  for (const { path, layer } of walk(network)) if (layer instanceof BatchNorm) at.set(path, layer);
  const seen = new Map<BatchNorm, Tensor[]>();
  const tap = (path: string, phase: string, x: Tensor): void => {
    const layer = at.get(path);
    if (layer && phase === "input") seen.set(layer, [...(seen.get(layer) ?? []), x]);
  };
  network.forward(set, new Pass({ backward: false, tap }));
  return new Map(
    [...seen].map(([layer, xs]) => [
      layer,
      Array.from({ length: layer.options.size }, (_, c): [number, number] => {
        const all = xs.map((x) => momentsOf(x, c));
        const mean = all.reduce((sum, [m]) => sum + m, 0) / all.length; // every place is given as many numbers
        return [mean, all.reduce((sum, [m, v]) => sum + v + (m - mean) ** 2, 0) / all.length];
      }),
    ]),
  );
}

/** Every batch norm stores the moments of what it is given. */
function expectExact(network: Sequential, set: Tensor, digits: number): void {
  const moments = given(network, set);
  const layers = [...walk(network)].flatMap(({ layer }) => (layer instanceof BatchNorm ? [layer] : []));
  expect(moments.size).toBe(new Set(layers).size);
  for (const [{ buffers }, channels] of moments) {
    channels.forEach(([mean, variance], c) => {
      expect(buffers.mean.data[c]).toBeCloseTo(mean, digits);
      expect(buffers.variance.data[c]).toBeCloseTo(variance, digits);
    });
  }
}

test("all 19 batch norms of a residual network are set, in the order of the forward", () => {
  const network = resNet({ width: 4, input: [3, 8, 8] });
  const pictures = new Random(2).normal([6, 3, 8, 8], 1, 2);
  const paths = storeGlobalStatistics(network, new Dataset(pictures, new Int32Array(6), ["only"]), {
    batchSize: 4,
  });
  expect(paths).toHaveLength(19);
  expect(paths.slice(0, 5)).toEqual(["bn1", "block1_1.bn1", "block1_1.bn2", "block1_2.bn1", "block1_2.bn2"]);
  expectExact(network, pictures, 4);
});

const norm = (size = 2): BatchNorm => new BatchNorm({ size, dtype });
const conv = (from = 2, to = 2): Conv2d => new Conv2d({ in: from, out: to, size: 3, pad: 1, dtype });

/** A container of somebody's own. */
class Twice extends Layer {
  override readonly children: Readonly<Record<string, Layer>>;
  readonly #shows: boolean;

  constructor(layer: Layer, shows = true) {
    super();
    this.children = { layer };
    this.#shows = shows;
  }

  override inside(input?: Shape): Inside[] {
    return [{ name: "layer", layer: this.children.layer, inputs: input && [input] }];
  }

  override outputShape(input: Shape): number[] {
    return [...input];
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    const once = (value: Tensor): Tensor =>
      pass.within("layer", () => {
        if (this.#shows) pass.tap("input", value);
        return this.children.layer.forward(value, pass);
      });
    return once(once(x));
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    return this.children.layer.backward(this.children.layer.backward(dy, pass), pass);
  }
}

test("inside residual blocks, branches, graphs and containers of one's own, nested", () => {
  const network = new Sequential({
    block: new Residual(
      { bn: norm(), inner: new Residual({ conv: conv(), bn: norm() }), wide: conv() },
      { shortcut: new Sequential({ conv: conv(), bn: norm() }) },
    ),
    branches: new Parallel({ left: norm(), right: new Sequential({ conv: conv(), bn: norm() }) }),
    graph: new Graph({
      a: { layer: norm(4), from: "input" },
      b: { layer: new Sequential({ relu: new ReLU(), bn: norm(4) }), from: "a" },
      both: { layer: new Concat(), from: ["a", "b"] },
    }),
    own: new Twice(new Sequential({ relu: new ReLU() })),
    last: norm(8),
  });
  expect(storeGlobalStatistics(network, train, { batchSize: 10 })).toEqual([
    "block.bn",
    "block.inner.bn",
    "block.shortcut.bn",
    "branches.left",
    "branches.right.bn",
    "graph.a",
    "graph.b.bn",
    "last",
  ]);
  expectExact(network, images, 10);
});

test("a batch norm that stands in several places gets the statistics of all that it is given there", () => {
  const build = (): { network: Sequential; shared: BatchNorm } => {
    const shared = norm();
    return {
      shared,
      network: new Sequential({
        first: shared,
        branches: new Parallel(
          { left: shared, right: new Sequential({ conv: conv(), bn: shared }) },
          { join: "add" },
        ),
        between: norm(),
        own: new Twice(shared),
        block: new Residual({ conv: conv(), again: shared }),
      }),
    };
  };
  const { network, shared } = build();
  const paths = storeGlobalStatistics(network, train);
  expect(paths.toSorted()).toEqual(
    ["first", "branches.left", "branches.right.bn", "between", "own.layer", "block.again"].toSorted(),
  );
  expectExact(network, images, 4);
  const other = build();
  other.shared.buffers.mean.data.fill(50);
  other.shared.buffers.variance.data.fill(1e4);
  storeGlobalStatistics(other.network, train);
  expect([...other.shared.buffers.mean.data]).toEqual([...shared.buffers.mean.data]);
});

test("a container that does not show what it gives its batch norm is refused, not passed over", () => {
  const network = new Sequential({ own: new Twice(norm(), false) });
  expect(() => storeGlobalStatistics(network, train)).toThrow(
    'storeGlobalStatistics: no forward showed what "own.layer" is given',
  );
});
