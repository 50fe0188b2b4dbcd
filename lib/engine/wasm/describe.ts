/** Which kernels the WASM engine computes a layer with, and why. */
import { zeros, type Shape } from "../../array/tensor.js";
import { BatchNorm } from "../../layers/normalisation/batch-norm.js";
import { Conv1d, conv1dGeometry } from "../../layers/convolution/conv1d.js";
import { Conv2d, conv2dGeometry } from "../../layers/convolution/conv2d.js";
import {
  ConvTranspose1d,
  ConvTranspose2d,
  transposed1d,
  transposed2d,
} from "../../layers/convolution/conv-transpose.js";
import type { Layer } from "../../layers/layer.js";
import { Linear } from "../../layers/linear.js";
import { LpPool1d, LpPool2d } from "../../layers/pooling/lp-pool.js";
import { MaxPool1d } from "../../layers/pooling/max-pool1d.js";
import { MaxPool2d, pool2dGeometry } from "../../layers/pooling/max-pool2d.js";
import { PReLU } from "../../layers/activation/prelu.js";
import { ReLU } from "../../layers/activation/relu.js";
import type { Path } from "../report.js";
import { oneRow, whyDirect, type Geometry } from "./convolution.js";
import { isQuarter } from "./elementwise.js";
import { LEAST_SOFTMAX } from "./softmax.js";
import { isNorm } from "./sum-pool.js";

/** @returns undefined for layers that the engine leaves to others */
export function describe(layer: Layer, input: Shape): Path | undefined {
  const custom = (layer as { options?: { backward?: unknown } }).options?.backward;
  if (custom !== undefined) {
    return { path: "reference", why: "it has a backward of its own, which takes the reference's cache" };
  }
  const wide = Object.values(layer.parameters).some(({ value }) => value.dtype === "float64");
  if (
    layer instanceof Conv1d ||
    layer instanceof Conv2d ||
    layer instanceof ConvTranspose1d ||
    layer instanceof ConvTranspose2d
  ) {
    if (wide) {
      const path = layer instanceof Conv1d || layer instanceof Conv2d ? "typescript" : "reference";
      return { path, why: "the kernels compute in float32, and its weights are float64" };
    }
    const w = layer.parameters.w.value;
    const { groups = 1 } = layer.options;
    const why = whyDirect(geometryOf(layer, input), w.shape[1], w.shape[0] / groups);
    return why === undefined
      ? {
          path: "winograd",
          why: `${w.shape[2]}×${w.shape[3]} at stride 1: fewer products than sums of products`,
        }
      : { path: "direct", why };
  }
  if (layer instanceof Linear || layer instanceof BatchNorm) {
    if (wide)
      return { path: "typescript", why: "the kernels compute in float32, and its weights are float64" };
    return {
      path: "vectors",
      why: layer instanceof Linear ? "a blocked matrix product" : "channel by channel",
    };
  }
  if (layer instanceof ReLU) return { path: "vectors", why: "four numbers at a time" };
  if (layer instanceof MaxPool2d) {
    const { rows, columns } = pool2dGeometry("maxPool2d", [1, ...input], layer.options);
    if (isQuarter(rows, columns))
      return { path: "vectors", why: "2×2 in steps of 2: four windows at a time" };
  }
  if (layer instanceof MaxPool1d || layer instanceof MaxPool2d) {
    return { path: "direct", why: "windows other than 2×2 in steps of 2 go one by one" };
  }
  if (layer instanceof LpPool1d || layer instanceof LpPool2d) {
    if (isNorm(layer.options)) return { path: "vectors", why: windows };
    return { path: "reference", why: "powers other than 2 are computed by the loops of its own file" };
  }
  if (layer instanceof PReLU && wide) {
    return { path: "reference", why: "the kernels compute in float32, and its slopes are float64" };
  }
  const why = others[layer.kind];
  return why === undefined ? undefined : { path: "vectors", why };
}

const pointwise = "four numbers at a time";
const softmax = `four numbers at a time, from ${LEAST_SOFTMAX} numbers on`;
const windows = "window by window, sums in double";
/** Layers without parameters, on float32. */
const others: Readonly<Partial<Record<string, string>>> = {
  Sigmoid: pointwise,
  Tanh: pointwise,
  ScaledTanh: pointwise,
  ELU: pointwise,
  LeakyReLU: pointwise,
  Softplus: pointwise,
  GELU: pointwise,
  Dropout: pointwise,
  SpatialDropout: pointwise,
  PReLU: pointwise,
  Softmax: softmax,
  LogSoftmax: softmax,
  SumPool1d: windows,
  SumPool2d: windows,
  AveragePool1d: windows,
  AveragePool2d: windows,
  GlobalAveragePool: windows,
  LocalResponseNorm: "four places at a time",
};

/** A transposed convolution's is that of the convolution back. */
function geometryOf(layer: Conv1d | Conv2d | ConvTranspose1d | ConvTranspose2d, input: Shape): Geometry {
  const x = zeros([0, ...input]);
  const w = layer.parameters.w.value;
  if (layer instanceof ConvTranspose1d || layer instanceof ConvTranspose2d) {
    const plan =
      layer instanceof ConvTranspose1d
        ? transposed1d(x, w, undefined, layer.options)
        : transposed2d(x, w, undefined, layer.options);
    return { rows: plan.rows ?? oneRow, columns: plan.columns, groups: plan.groups, flip: false };
  }
  if (layer instanceof Conv2d) return conv2dGeometry(x, w, undefined, layer.options);
  const { axis, groups, flip } = conv1dGeometry(x, w, undefined, layer.options);
  return { rows: oneRow, columns: axis, groups, flip };
}
