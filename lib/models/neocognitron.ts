/**
 * A network like the neocognitron (Fukushima, 1980; lecture B): stages of S-cells, which learn features, and of C-cells with
 * fixed connections, which make it tolerant to the features' positions. The model were simple and complex cells of the
 * visual cortex.
 */
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Linear } from "../layers/linear.js";
import type { Layer } from "../layers/layer.js";
import { ReLU } from "../layers/activation/relu.js";
import { Sequential } from "../net/sequential.js";
import { CCells } from "./c-cells.js";
import type { ModelOptions } from "./options.js";

/** The number of planes in each stage of the `neocognitron`, its number of classes and its input. */
export interface NeocognitronOptions extends ModelOptions {
  /** Planes of each S-layer; [12, 24, 24]. */
  planes?: readonly number[];
  /** How many classes; 10. */
  classes?: number;
  /** The shape of one example; 1×28×28. */
  input?: readonly [channels: number, height: number, width: number];
}

/**
 * Input 1×28×28, scores for softmax cross-entropy. An S-stage is a 5×5 convolution and a rectifier; Fukushima's cells
 * divided by an inhibitory cell instead. All stages learn together from labels by back-propagation; his learned one after
 * the other, without labels. The C-cells are fixed, as in his network.
 */
export function neocognitron({
  planes = [12, 24, 24],
  classes = 10,
  input = [1, 28, 28],
  seed = 1,
  dtype = "float32",
}: NeocognitronOptions = {}): Sequential {
  const layers: Record<string, Layer> = {};
  let [channels, height, width]: readonly number[] = input;
  planes.forEach((out, i) => {
    const stage = i + 1;
    const cCells = new CCells();
    layers[`s${stage}`] = new Conv2d({ in: channels, out, size: 5, pad: 2, dtype });
    layers[`s${stage}relu`] = new ReLU();
    layers[`c${stage}`] = cCells;
    [channels, height, width] = cCells.outputShape([out, height, width]);
  });
  layers.output = new Linear({ in: channels * height * width, out: classes, dtype });
  return new Sequential(layers, { input, seed });
}
