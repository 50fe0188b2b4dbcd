/** Pretrained weights: other people's networks, loaded into ours, say what their authors' programs say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { decode as decodePng } from "fast-png";
import { describe, expect, test } from "vitest";
import {
  Random,
  countParameters,
  evaluate,
  flat,
  importOnnx,
  loadState,
  readPack,
  squeezeNet,
  squeezeNetState,
  stateOf,
  tensor,
  tinyVgg,
  tinyVggState,
  wrap,
  zeros,
  Dataset,
  type PackEntry,
  type Tensor,
} from "../../../lib/index.js";
import { readIdx } from "../../../lib/formats/idx.js";
import { withData } from "../../support/shared.js";

const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

withData("mnist", "MNIST's CNN from its ONNX file", (mnist) => {
  const folder = join(mnist, "../weights/mnist-cnn");
  const net = importOnnx(readFileSync(join(folder, "model.onnx")));
  const images = readIdx(gunzipSync(readFileSync(join(mnist, "t10k-images-idx3-ubyte.gz"))), "images");
  const labels = readIdx(gunzipSync(readFileSync(join(mnist, "t10k-labels-idx1-ubyte.gz"))), "labels");
  const names = Array.from({ length: 10 }, (_, digit) => String(digit));
  const pixels = wrap(Float32Array.from(images.data), [images.shape[0], 1, 28, 28]);

  test("gives the published scores to 1e-3", () => {
    const { logits, indices } = json(join(folder, "expected.json")) as {
      logits: number[][];
      indices: number[];
    };
    const scores = flat(
      net.forward(new Dataset(pixels, Int32Array.from(labels.data), names).subset(indices).images),
    );
    logits.flat().forEach((expected, i) => {
      expect(Math.abs(scores[i] - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-3);
    });
  });

  test("names 98.5 % of the test images or more", () => {
    const { accuracy } = evaluate(net, new Dataset(pixels, Int32Array.from(labels.data), names));
    expect(accuracy).toBeGreaterThanOrEqual(0.985);
  });
});

withData("weights/squeezenet", "SqueezeNet's published weights", (folder) => {
  const { tensors } = json(join(folder, "weights.json")) as { tensors: PackEntry[] };
  const bytes = gunzipSync(readFileSync(join(folder, "weights.f32.bin.gz")));
  const net = squeezeNet();
  loadState(net, squeezeNetState(readPack(tensors, bytes)));
  const { images } = json(join(folder, "expected.json")) as {
    images: { image: string; top5: { index: number; label: string }[]; scores: number[] }[];
  };
  const synset = readFileSync(join(folder, "synset.txt"), "utf8").split("\n");

  test.each(images.map((image) => [image.image, image] as const))(
    "scores %s as its authors' net",
    (file, { top5, scores }) => {
      const y = flat(net.forward(blueGreenRed(join(folder, file))));
      expect(y.length).toBe(1000);
      scores.forEach((expected, i) => expect(Math.abs(y[i] - expected)).toBeLessThan(1e-3));
      const best = [...y.keys()].sort((a, b) => y[b] - y[a]).slice(0, 5);
      expect(best).toEqual(top5.map(({ index }) => index));
      expect(synset[best[0]]).toBe(top5[0].label);
    },
  );
});

/** A PNG as 1×3×H×W, channels blue, green, red, less their means. */
function blueGreenRed(path: string): Tensor {
  const { data, width, height, channels } = decodePng(readFileSync(path));
  const x = zeros([1, 3, height, width]);
  const means = [104, 117, 123];
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++)
      x.data[c * width * height + pixel] = data[pixel * channels + 2 - c] - means[c];
  }
  return x;
}

withData("weights/tiny-vgg", "Tiny VGG's weights", (folder) => {
  const { weightsManifest } = json(join(folder, "model.json")) as {
    weightsManifest: { weights: PackEntry[] }[];
  };
  const published = readPack(weightsManifest[0].weights, readFileSync(join(folder, "weights.f32.bin")));

  test("become the network's state", () => {
    const net = tinyVgg();
    loadState(net, tinyVggState(published));
    expect(countParameters(net)).toBe(19_920);
    const scores = net.forward(new Random(1).uniform([1, 3, 64, 64]));
    expect(scores.shape).toEqual([1, 10]);
  });

  test("stand where a walk through pixels-first layout finds them", () => {
    const state = tinyVggState(published);
    const [kernel, w] = [published["conv_1_2/kernel"], state["conv_1_2.w"]];
    const [dense, v] = [published["output/kernel"], state["output.w"]];
    for (let trial = 0, r = new Random(1); trial < 200; trial++) {
      const [h, x, c, f, row, column, k] = [3, 3, 10, 10, 13, 13, 10].map((n) => r.integer(n));
      expect(w.get(f, c, h, x)).toBe(kernel.get(h, x, c, f));
      expect(v.get(k, c * 169 + row * 13 + column)).toBe(dense.get((row * 13 + column) * 10 + c, k));
    }
  });
});

describe("without weights", () => {
  test("SqueezeNet has the published size, and its state goes out and in", () => {
    const net = squeezeNet();
    expect(countParameters(net)).toBe(1_248_424);
    expect(net.outputShape([3, 227, 227])).toEqual([1000]);
    loadState(squeezeNet({ seed: 2 }), stateOf(net));
    expect(() => squeezeNetState({ "conv1.gamma": tensor(1) })).toThrow("is not a name");
  });

  test("packs are checked", () => {
    const entry = { name: "a", shape: [2], dtype: "float32" };
    expect(flat(readPack([entry, { ...entry, name: "b" }], new Uint8Array(16)).b)).toEqual(
      new Float32Array(2),
    );
    expect(() => readPack([{ ...entry, byteOffset: 12 }], new Uint8Array(16))).toThrow("bytes 12 to 20");
    expect(() => readPack([{ ...entry, byteOffset: -8 }], new Uint8Array(16))).toThrow("bytes -8 to 0");
    expect(() => readPack([entry, entry], new Uint8Array(16))).toThrow("twice");
    expect(() => readPack([{ ...entry, dtype: "int32" }], new Uint8Array(16))).toThrow("only float32");
  });
});
