/** The part of the image that a unit can see, through all the layers between. */
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import type { Layer } from "../layers/layer.js";
import { Conv2d } from "../layers/conv2d.js";
import { MaxPool2d } from "../layers/maxpool2d.js";
import { AveragePool2d } from "../layers/averagepool.js";
import { SumPool2d } from "../layers/sumpool.js";
import { LpPool2d } from "../layers/lppool.js";
import { padding2d, pair, resolveAxis, type Padding2d, type Pair } from "../layers/window.js";
import type { Sequential } from "../net/sequential.js";

/** A rectangle of pixels; it may reach beyond the image, into the padding. */
export interface Field {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Layers whose output at a place hangs on the input at that place alone. */
const POINTWISE = new Set(
  (
    "ReLU LeakyReLU PReLU ELU GELU Sigmoid Softplus Tanh ScaledTanh UnitStep Signum BatchNorm Dropout SpatialDropout " +
    "LocalResponseNorm Maxout PlaceBias"
  ).split(" "),
);

/**
 * The receptive field of a unit: the rectangle of input pixels outside of which nothing changes the unit, whatever the
 * weights. Convolutions and pooling widen it by their windows; layers that look at the whole image, and those
 * of which nothing is known, make it the whole image.
 *
 * @param layer  the layer's name: "conv2"
 * @param place  the unit's row and column in the layer's output
 * @throws ValueError when the layer or place is not there; ShapeError when the network does not know its input's shape
 */
export function receptiveField(
  net: Sequential,
  layer: string,
  place: readonly [row: number, column: number] = [0, 0],
): Field {
  const { input } = net;
  if (input === undefined || input.length !== 3) {
    throw new ShapeError(
      `receptiveField: the network's input is ${input ? showShape(input) : "not known"}, expected C×H×W; make it with { input: [C, H, W] }.`,
    );
  }
  net.get(layer);
  const names = Object.keys(net.layers);
  const passed = names.slice(0, names.indexOf(layer) + 1);
  if (passed.length === 0) {
    throw new ValueError(
      `receptiveField: "${layer}" is inside another layer; the field is known for ${names.join(", ")}.`,
    );
  }
  const shapes = [[...input]];
  for (const name of passed) shapes.push(net.layers[name].outputShape(shapes[shapes.length - 1]));
  const whole: Field = { top: 0, left: 0, height: input[1], width: input[2] };
  const output = shapes[shapes.length - 1];
  if (output.length !== 3) return whole;
  place.forEach((at, axis) => {
    if (Number.isInteger(at) && at >= 0 && at < output[axis + 1]) return;
    throw new ValueError(
      `receptiveField: place ${place.join(", ")} is not in ${layer}'s output of ${showShape(output)}; rows run to ${output[1] - 1}, columns to ${output[2] - 1}.`,
    );
  });
  // From the unit back to the image: the first and last row and column that it hangs on.
  let [rows, columns] = place.map((at): [number, number] => [at, at]);
  for (let i = passed.length - 1; i >= 0; i--) {
    const one = net.layers[passed[i]];
    if (POINTWISE.has(one.kind)) continue;
    const window = windowOf(one, shapes[i]);
    if (window === undefined) return whole;
    const back = ([first, last]: [number, number], axis: (typeof window)[number]): [number, number] => [
      first * axis.stride - axis.before,
      last * axis.stride - axis.before + axis.dilation * (axis.filter - 1),
    ];
    [rows, columns] = [back(rows, window[0]), back(columns, window[1])];
  }
  return {
    top: rows[0],
    left: columns[0],
    height: rows[1] - rows[0] + 1,
    width: columns[1] - columns[0] + 1,
  };
}

function windowOf(layer: Layer, [, height, width]: readonly number[]) {
  const pools = layer instanceof MaxPool2d || layer instanceof AveragePool2d;
  if (!(layer instanceof Conv2d || pools || layer instanceof SumPool2d || layer instanceof LpPool2d))
    return undefined;
  const options = layer.options as {
    size: Pair;
    stride?: Pair;
    pad?: Padding2d;
    dilation?: Pair;
    round?: "exact" | "floor" | "ceil";
  };
  const size = pair(options.size);
  const stride = pair(options.stride ?? (layer instanceof Conv2d ? 1 : options.size));
  const pad = padding2d(options.pad ?? 0);
  const dilation = pair(options.dilation ?? 1);
  const { round = "exact" } = options;
  return ([0, 1] as const).map((axis) =>
    resolveAxis("receptiveField", ["rows", "columns"][axis], [height, width][axis], size[axis], {
      stride: stride[axis],
      pad: pad[axis],
      dilation: dilation[axis],
      round,
    }),
  );
}
