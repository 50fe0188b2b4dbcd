/**
 * A small residual network for CIFAR-10. Its blocks learn what to add to their input, so that many of them can be stacked
 * (He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition", 2015, section 4.2; lectures A and D mention the
 * idea). With depth 20 it has 269,722 parameters.
 */
import { ValueError } from "../array/errors.js";
import { BatchNorm } from "../layers/normalisation/batch-norm.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { GlobalAveragePool } from "../layers/pooling/global-average-pool.js";
import type { Layer } from "../layers/layer.js";
import { Linear } from "../layers/linear.js";
import { ReLU } from "../layers/activation/relu.js";
import { Graph, type GraphNode } from "../net/graph.js";
import { Add } from "../net/merge.js";
import { Sequential } from "../net/sequential.js";
import type { ModelOptions } from "./options.js";
import { PaddedShortcut } from "../layers/shape/padded-shortcut.js";

/** The depth and width of a `resNet`, its number of classes and its input. */
export interface ResNetOptions extends ModelOptions {
  /** Layers with weights, 6n + 2: 8, 14, 20, 32 …; 20. */
  depth?: number;
  /** Feature maps of the first stage; the second has twice, the third four times as many; 16. */
  width?: number;
  /** How many classes; 10. */
  classes?: number;
  /** The shape of one example; 3×32×32. */
  input?: readonly [channels: number, height: number, width: number];
}

/**
 * Input 3×32×32, scores for softmax cross-entropy. Three stages of (depth − 2)/6 blocks; the second and third stages first
 * halve the image. Convolutions have no biases, because batch normalisation would remove them.
 * @throws ValueError for a depth that is not 6n + 2
 */
export function resNet({
  depth = 20,
  width = 16,
  classes = 10,
  input = [3, 32, 32],
  seed = 1,
  dtype = "float32",
}: ResNetOptions = {}): Sequential {
  const blocks = (depth - 2) / 6;
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new ValueError(`resNet: a depth of ${depth} is not 6n + 2; use 8, 14, 20, 26, 32 or more such.`);
  }
  const conv = (from: number, to: number, stride = 1): Conv2d =>
    // With padding 1 an even image is halved, and no window reads the padding's last row and column.
    new Conv2d({ in: from, out: to, size: 3, stride, pad: 1, bias: false, dtype, round: "floor" });
  const block = (from: number, to: number, stride: number): Graph => {
    const nodes: Record<string, GraphNode> = {
      conv1: { layer: conv(from, to, stride), from: "input" },
      bn1: { layer: new BatchNorm({ size: to, dtype }), from: "conv1" },
      relu1: { layer: new ReLU(), from: "bn1" },
      conv2: { layer: conv(to, to), from: "relu1" },
      bn2: { layer: new BatchNorm({ size: to, dtype }), from: "conv2" },
    };
    const same = from === to && stride === 1;
    if (!same) nodes.shortcut = { layer: new PaddedShortcut({ out: to, stride }), from: "input" };
    nodes.add = { layer: new Add(), from: ["bn2", same ? "input" : "shortcut"] };
    nodes.relu2 = { layer: new ReLU(), from: "add" };
    return new Graph(nodes);
  };
  const layers: Record<string, Layer> = {
    conv1: conv(input[0], width),
    bn1: new BatchNorm({ size: width, dtype }),
    relu1: new ReLU(),
  };
  let from = width;
  for (let stage = 0; stage < 3; stage++) {
    for (let i = 0; i < blocks; i++) {
      const to = width * 2 ** stage;
      layers[`block${stage + 1}_${i + 1}`] = block(from, to, stage > 0 && i === 0 ? 2 : 1);
      from = to;
    }
  }
  layers.pool = new GlobalAveragePool();
  layers.fc = new Linear({ in: from, out: classes, dtype });
  return new Sequential(layers, { input, seed });
}
