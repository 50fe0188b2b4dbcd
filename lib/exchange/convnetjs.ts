/**
 * Reads networks that ConvNetJS saved with `net.toJSON()`: a list of layers. The numbers of a volume are in the order row,
 * column, channel; the filters follow one another. Source: ConvNetJS's own layers (Karpathy, 2014).
 */
import { FormatError, ValueError } from "../array/errors.js";
import { tensor, type DType, type Tensor } from "../array/tensor.js";
import { isObject, parseJsonObject } from "../formats/json.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Dropout } from "../layers/normalisation/dropout.js";
import type { Layer } from "../layers/layer.js";
import { Linear } from "../layers/linear.js";
import { LocalResponseNorm } from "../layers/normalisation/local-response-norm.js";
import { Maxout } from "../layers/activation/maxout.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { ReLU } from "../layers/activation/relu.js";
import { Sigmoid } from "../layers/activation/sigmoid.js";
import { Tanh } from "../layers/activation/tanh.js";
import { Sequential } from "../net/sequential.js";

/** The dtype of the weights that `importConvNetJs` reads. */
export interface ConvNetJsOptions {
  /** The dtype of the weights, which are decimal numbers in the file; "float32". */
  dtype?: DType;
}

type Fields = Record<string, unknown>;

/** The columns, rows and channels of a layer's output. */
interface Volume {
  readonly sx: number;
  readonly sy: number;
  readonly depth: number;
}

/**
 * A network that ConvNetJS saved with `net.toJSON()`, as a Sequential of this library's layers with its weights.
 * @param json  the file's bytes or text, or the value it parses to
 * @returns a network whose outputs are the scores before ConvNetJS's last layer, which is a loss (softmax, svm, regression).
 *   Images are N×C×H×W here. ConvNetJS scales activations of a dropout at test time, this library during training; so the
 *   weights after a dropout are multiplied by 1 − p
 * @throws FormatError for a damaged file, ValueError for a layer that the library does not have
 */
export function importConvNetJs(
  json: Uint8Array | string | object,
  { dtype = "float32" }: ConvNetJsOptions = {},
): Sequential {
  const bytes = typeof json === "string" ? new TextEncoder().encode(json) : json;
  const value = bytes instanceof Uint8Array ? parseJsonObject("convnetjs", bytes) : bytes;
  const list = (value as Fields).layers;
  if (!Array.isArray(list) || !list.every(isObject) || list[0]?.layer_type !== "input") {
    throw new FormatError(
      `convnetjs: this is not a network; one is { layers: [{ layer_type: "input", … }, …] }.`,
    );
  }
  const [input, ...rest] = list as Fields[];
  let before: Volume = {
    sx: size(input, "out_sx"),
    sy: size(input, "out_sy"),
    depth: size(input, "out_depth"),
  };
  const shape = [before.depth, before.sy, before.sx];
  const counts = new Map<string, number>();
  const layers: [string, Layer][] = [];
  let factor = 1;
  for (const fields of rest) {
    const type = String(fields.layer_type);
    if (losses.has(type)) break;
    const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
    if (make === undefined) {
      throw new ValueError(
        `convnetjs: the library has no layer "${type}"; there are ${Object.keys(makers).join(", ")}.`,
      );
    }
    const { layer, depth = before.depth } = make(fields, before, { dtype, factor });
    const number = (counts.get(type) ?? 0) + 1;
    counts.set(type, number);
    layers.push([`${type}${number}`, layer]);
    if (type === "dropout") factor *= 1 - (layer as Dropout).options.rate!;
    else if (type === "conv" || type === "fc") factor = 1;
    else if (factor !== 1 && !homogeneous.has(type)) {
      throw new ValueError(`convnetjs: a ${type} between a dropout and the weights behind it is not read.`);
    }
    const [, rows = 1, columns = 1] = layer.outputShape([before.depth, before.sy, before.sx]);
    before = { sx: columns, sy: rows, depth };
  }
  if (factor !== 1) throw new ValueError(`convnetjs: there are no weights behind the last dropout.`);
  return new Sequential(Object.fromEntries(layers), { input: shape });
}

const losses = new Set(["softmax", "svm", "regression"]);
/** Layers that commute with a positive factor. */
const homogeneous = new Set(["relu", "pool", "maxout"]);

interface Context {
  readonly dtype: DType;
  /** The factor of the weights. */
  readonly factor: number;
}

type Maker = (fields: Fields, before: Volume, context: Context) => { layer: Layer; depth?: number };

const makers: Readonly<Record<string, Maker>> = {
  conv: (fields, before, context) => {
    const [sx, sy, stride] = [size(fields, "sx"), size(fields, "sy"), size(fields, "stride")];
    const filters = weights(fields, sx * sy * before.depth);
    const options = {
      in: before.depth,
      out: filters.length,
      stride,
      pad: whole(fields, "pad", 0),
      dtype: context.dtype,
    };
    const layer = new Conv2d({ ...options, size: [sy, sx], round: "floor" });
    const order = channelsFirst({ sx, sy, depth: before.depth });
    fill(layer, filters, order, biases(fields, filters.length), context);
    return { layer, depth: filters.length };
  },
  fc: (fields, before, context) => {
    const inputs = before.sx * before.sy * before.depth;
    const filters = weights(fields, inputs);
    const layer = new Linear({ in: inputs, out: filters.length, dtype: context.dtype });
    fill(layer, filters, channelsFirst(before), biases(fields, filters.length), context);
    return { layer, depth: filters.length };
  },
  pool: (fields) => {
    const [sx, sy, stride] = [size(fields, "sx"), size(fields, "sy"), size(fields, "stride")];
    return { layer: new MaxPool2d({ size: [sy, sx], stride, pad: whole(fields, "pad", 0), round: "floor" }) };
  },
  relu: () => ({ layer: new ReLU() }),
  sigmoid: () => ({ layer: new Sigmoid() }),
  tanh: () => ({ layer: new Tanh() }),
  maxout: (fields, before) => {
    const group = size(fields, "group_size");
    return { layer: new Maxout({ group }), depth: before.depth / group };
  },
  dropout: (fields) => ({ layer: new Dropout({ rate: number(fields.drop_prob, "drop_prob") }) }),
  lrn: (fields) => {
    const [k, alpha, beta] = ["k", "alpha", "beta"].map((name) => number(fields[name], name));
    return { layer: new LocalResponseNorm({ size: size(fields, "n"), k, alpha, beta }) };
  },
};

/** For every index in our order (channel, row, column), the index in ConvNetJS's order (row, column, channel). */
function channelsFirst({ sx, sy, depth }: Volume): Int32Array {
  const order = new Int32Array(sx * sy * depth);
  let to = 0;
  for (let c = 0; c < depth; c++) {
    for (let y = 0; y < sy; y++) for (let x = 0; x < sx; x++) order[to++] = (y * sx + x) * depth + c;
  }
  return order;
}

function fill(
  layer: Conv2d | Linear,
  filters: readonly (readonly number[])[],
  order: Int32Array,
  b: Tensor,
  { dtype, factor }: Context,
): void {
  const numbers = filters.flatMap((filter) => Array.from(order, (from) => filter[from] * factor));
  layer.parameters.w.value = tensor(numbers, layer.parameters.w.value.shape, dtype);
  if (layer.parameters.b) layer.parameters.b.value = tensor([...b.data], b.shape, dtype);
}

/** The filters, each of `length` numbers. */
function weights(fields: Fields, length: number): number[][] {
  const filters = fields.filters;
  if (!Array.isArray(filters) || filters.length === 0) {
    throw new FormatError(`convnetjs: a ${String(fields.layer_type)} layer has no filters.`);
  }
  return filters.map((filter) => volume(filter, length));
}

function biases(fields: Fields, length: number): Tensor {
  return tensor(volume(fields.biases, length), [length], "float64");
}

/** The numbers of a saved volume; a typed array was saved as an object whose keys are the indices. */
function volume(value: unknown, length: number): number[] {
  const w = isObject(value) ? value.w : undefined;
  const numbers = Array.isArray(w) ? (w as unknown[]) : isObject(w) ? Object.values(w) : [];
  if (numbers.length !== length || !numbers.every((x) => typeof x === "number")) {
    throw new FormatError(`convnetjs: a volume has ${numbers.length} numbers where ${length} are expected.`);
  }
  return numbers as number[];
}

function size(fields: Fields, name: string): number {
  return whole(fields, name, 1);
}

function whole(fields: Fields, name: string, least: number): number {
  const value = fields[name] ?? (least === 0 ? 0 : undefined);
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) < 2 ** 16)
    return value as number;
  throw new FormatError(
    `convnetjs: ${name} of a ${String(fields.layer_type)} layer is ${JSON.stringify(value)}, expected a whole number from ${least}.`,
  );
}

function number(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new FormatError(`convnetjs: ${name} is ${JSON.stringify(value)}, expected a number.`);
}
