/**
 * A network in the manner of the neocognitron (Fukushima, 1980; lecture B): stages of S-cells, which learn features,
 * and C-cells with fixed connections, which forgive where they lie. Simple and complex cells of the visual cortex
 * were the model.
 */
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Linear } from "../layers/linear.js";
import type { Layer } from "../layers/layer.js";
import { ReLU } from "../layers/activation/relu.js";
import { Sequential } from "../net/sequential.js";
import { CCells } from "./c-cells.js";
import type { ModelOptions } from "./options.js";

/** How many planes each stage of the `neocognitron` has, its classes and its input. */
export interface NeocognitronOptions extends ModelOptions {
  /** Planes of each S-layer; [12, 24, 24]. */
  planes?: readonly number[];
  /** 10. */
  classes?: number;
  /** The shape of one example; 1×28×28. */
  input?: readonly [channels: number, height: number, width: number];
}

/**
 * Input 1×28×28, scores for softmax cross-entropy. An S-stage is a 5×5 convolution and a rectifier, where Fukushima's
 * cells divided by an inhibitory cell; all stages learn together from labels by back-propagation, where his
 * learned one after another without any. The C-cells are as fixed as his.
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
