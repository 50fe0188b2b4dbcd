/** A classifier of small images as a fully convolutional network, which reads an image of any size at every place at once. */
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { reshape, type Shape } from "../array/tensor.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Merge, type Layer } from "../layers/layer.js";
import { Linear } from "../layers/linear.js";
import { AveragePool2d } from "../layers/pooling/average-pool.js";
import { Flatten } from "../layers/shape/flatten.js";
import { leaves } from "../layers/walk.js";
import { Sequential } from "../net/sequential.js";

/** The size of the images that the network will read. */
export interface FullyConvolutionalOptions {
  /** C×H×W, of which H and W may be larger than before; the classifier's own input. */
  readonly input?: Shape;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));
/** Layers that treat every number alike and alone. */
const ALONE = words(
  "ReLU LeakyReLU ELU GELU Sigmoid Softplus Tanh ScaledTanh UnitStep Signum Absolute Clip HardSigmoid Softsign Dropout",
);
/** Layers whose output at a place depends on the channels of that place. */
const AT_A_PLACE = words("PReLU BatchNorm SpatialDropout LocalResponseNorm Maxout Softmax LogSoftmax");
/** Layers that slide a window over maps, and merges of maps. */
const OF_MAPS = words(
  "Conv2d MaxPool2d AveragePool2d SumPool2d LpPool2d Add Sum Multiply Masked Concat Maximum Minimum",
);

/**
 * Turns a classifier that ends in linear layers into a network of convolutions that computes the same function: a linear
 * layer that reads maps of C×H×W is a convolution whose filters are as large as the maps, and one that reads a row of numbers
 * is a convolution of 1×1. Flatten goes, global average pooling becomes a pooling of H×W in steps of one. The result reads
 * images of any size and gives maps of scores, K×H'×W': at each place what the classifier would say of the window there. The
 * steps of its convolutions and poolings are the steps from window to window. Without padding the scores are those of the
 * windows cut out; a padding adds zeros around a window that is cut out, and around the whole image here.
 *
 * The layers that stay are those of `net`, and train with it; the convolutions that stand for linear layers hold copies of
 * their weights. Matan, Burges, LeCun and Denker, 1992; Long, Shelhamer and Darrell, 2015.
 *
 *     toFullyConvolutional(net).forward(scenes)
 *
 * @param net  whose input C×H×W is known
 * @throws ShapeError when the input is not known or not C×H×W; ValueError naming a layer that sees where in the image it is
 */
export function toFullyConvolutional(net: Sequential, options: FullyConvolutionalOptions = {}): Sequential {
  const { input } = net;
  if (input === undefined || input.length !== 3) {
    throw new ShapeError(
      `toFullyConvolutional: the network's input is ${input ? showShape(input) : "not known"}, expected C×H×W; make it with { input: [C, H, W] }.`,
    );
  }
  for (const parameter of Object.values(net.parameters)) parameter.fresh = false; // they are not drawn anew
  const { layers } = converted(net, "", input, input);
  return new Sequential(layers, { input: options.input ?? input });
}

interface Converted {
  readonly layers: Record<string, Layer>;
  /** The output for one window, in the classifier and as maps. */
  readonly shape: Shape;
  readonly maps: Shape;
}

/** @param maps  the shape C×H×W of what the classifier has as `shape` */
function converted(net: Sequential, path: string, shape: Shape, maps: Shape): Converted {
  const layers: Record<string, Layer> = {};
  for (const [name, layer] of Object.entries(net.layers)) {
    const output = layer.outputShape(shape);
    const [C, H, W] = maps;
    if (layer instanceof Sequential) {
      const inner = converted(layer, `${path}${name}.`, shape, maps);
      layers[name] = new Sequential(inner.layers);
      maps = inner.maps;
    } else if (layer instanceof Linear) {
      layers[name] = asConvolution(layer, [C, H, W]);
      maps = [output[0], 1, 1];
    } else if (layer.kind === "GlobalAveragePool") {
      layers[name] = new AveragePool2d({ size: [H, W], stride: 1 });
      maps = [C, 1, 1];
    } else if (!(layer instanceof Flatten)) {
      expectLocal(layer, path + name, shape, H * W);
      layers[name] = layer;
      if (output.length === 3) maps = output;
      else if (output[0] !== shape[0]) maps = [output[0], 1, 1]; // Maxout of a row
    }
    shape = output;
  }
  return { layers, shape, maps };
}

function asConvolution(layer: Linear, [C, H, W]: Shape): Conv2d {
  const { out, dtype = "float32" } = layer.options;
  const { w, b } = layer.parameters;
  const convolution = new Conv2d({ in: C, out, size: [H, W], bias: b !== undefined, dtype });
  // Row k of w holds the weights of the maps one after the other, as Flatten puts them.
  convolution.parameters.w.value = reshape(w.value, [out, C, H, W]);
  if (b) convolution.parameters.b!.value = b.value;
  return convolution;
}

/** @param places  how many places of the maps the layer's input has, when it is a row */
function expectLocal(layer: Layer, path: string, shape: Shape, places: number): void {
  const inMaps = shape.length === 3;
  const isLocal = leaves(layer, shape).every(({ layer: leaf }) => {
    const { axis = 1 } = (leaf as { options?: { axis?: number } }).options ?? {};
    if (axis !== 1) return false;
    if (ALONE.has(leaf.kind)) return true;
    if (leaf instanceof Merge || OF_MAPS.has(leaf.kind)) return inMaps && OF_MAPS.has(leaf.kind);
    return AT_A_PLACE.has(leaf.kind) && (inMaps || places === 1);
  });
  if (isLocal) return;
  throw new ValueError(
    `toFullyConvolutional: ${path} (${layer.describe()}) is not known to do the same at every place of an image of another size; ` +
      "convolutions, poolings, linear layers and activations are.",
  );
}
