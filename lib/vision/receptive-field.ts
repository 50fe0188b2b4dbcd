/** The part of the image that a unit can see through all layers before it. */
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import type { Shape } from "../array/tensor.js";
import { Merge, type Layer } from "../layers/layer.js";
import { walk } from "../layers/walk.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { AveragePool2d } from "../layers/pooling/average-pool.js";
import { SumPool2d } from "../layers/pooling/sum-pool.js";
import { LpPool2d } from "../layers/pooling/lp-pool.js";
import { padding2d, pair, resolveAxis, type Padding2d, type Pair } from "../layers/window.js";
import { Container, type Source } from "../net/container.js";
import { Concat } from "../net/merge.js";
import type { Sequential } from "../net/sequential.js";

/** A rectangle of pixels; it may reach beyond the image, into the padding. */
export interface Field {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Layers whose output at a position depends only on the input at the same position. */
const POINTWISE = new Set(
  (
    "ReLU LeakyReLU PReLU ELU GELU Sigmoid Softplus Tanh ScaledTanh UnitStep Signum BatchNorm Dropout SpatialDropout " +
    "LocalResponseNorm Maxout PlaceBias PositionalEncoding"
  ).split(" "),
);

/** Merges whose output at a position depends only on their inputs at the same position, if these have the output's size. */
const PLACEWISE = new Set(["Add", "Sum", "Multiply", "Masked", "Concat"]);

/** The first and last row, and the first and last column, that a unit depends on; undefined: the whole. */
type Reach = readonly [rows: readonly [number, number], columns: readonly [number, number]] | undefined;

/**
 * The receptive field of a unit: the rectangle of input pixels that can influence the unit; pixels outside cannot, whatever
 * the weights. Convolutions and pooling widen it by their windows; where branches meet, it covers all of them. Layers that
 * see the whole image, and layers of unknown classes, make it the whole image.
 *
 * @param layer  the layer's name: "conv2", or "block2.conv1" when nested
 * @param place  the unit's row and column in the layer's output
 * @throws ValueError when the layer or the position does not exist; ShapeError when the input's shape is unknown
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
  const output = outputAt(net, layer, input);
  const whole: Field = { top: 0, left: 0, height: input[1], width: input[2] };
  if (output.length !== 3) return whole;
  place.forEach((at, axis) => {
    if (Number.isInteger(at) && at >= 0 && at < output[axis + 1]) return;
    throw new ValueError(
      `receptiveField: place ${place.join(", ")} is not in ${layer}'s output of ${showShape(output)}; rows run to ${output[1] - 1}, columns to ${output[2] - 1}.`,
    );
  });
  const reach = fromWithin(net, layer.split("."), [pairOf(place[0]), pairOf(place[1])], input);
  if (reach === undefined) return whole;
  const [[top, bottom], [left, right]] = reach;
  return { top, left, height: bottom - top + 1, width: right - left + 1 };
}

const pairOf = (at: number): readonly [number, number] => [at, at];

/** The output shape of the layer or merge at a path. @throws ValueError when it does not exist */
function outputAt(net: Container, path: string, input: Shape): Shape {
  for (const place of walk(net, input)) {
    if (place.path === path && place.layer !== net) return place.output as Shape;
  }
  return net.get(path).outputShape(input); // its error lists the layers
}

/**
 * Goes back through a container, from the part of its output that is reached to the part of its input that is reached.
 * @param path  the part's path; empty for the part whose output is the container's output
 */
function fromWithin(layer: Layer | Merge, path: readonly string[], reach: Reach, input: Shape): Reach {
  if (!(layer instanceof Container)) return undefined; // the connections of its parts are unknown
  const [name, ...rest] = path;
  const first = path.length === 0 ? layer.last : layer.parts.find((part) => part.name === name);
  const shapes = layer.shapesOf(input);
  const reached = new Map<Source, Reach>([[first, reach]]);
  for (const part of [...layer.parts].reverse()) {
    if (!reached.has(part)) continue;
    const at = reached.get(part);
    for (const source of part.from) {
      const shape = shapes.get(source) as Shape;
      let before: Reach;
      if (part.layer instanceof Merge)
        before = throughMerge(part.layer, at, shape, shapes.get(part) as Shape);
      else if (part === first && rest.length > 0) before = fromWithin(part.layer, rest, at, shape);
      else before = through(part.layer, at, shape);
      reached.set(source, reached.has(source) ? union(reached.get(source), before) : before);
    }
  }
  return reached.get(undefined);
}

/** Goes back through one layer. @param input  the shape of its input */
function through(layer: Layer, reach: Reach, input: Shape): Reach {
  if (reach === undefined) return undefined;
  if (layer instanceof Container) return fromWithin(layer, [], reach, input);
  if (POINTWISE.has(layer.kind)) return reach;
  const window = windowOf(layer, input);
  if (window === undefined) return undefined;
  const back = ([first, last]: readonly [number, number], axis: (typeof window)[number]) =>
    [
      first * axis.stride - axis.before,
      last * axis.stride - axis.before + axis.dilation * (axis.filter - 1),
    ] as const;
  return [back(reach[0], window[0]), back(reach[1], window[1])];
}

function throughMerge(merge: Merge, reach: Reach, input: Shape, output: Shape): Reach {
  const stacked = !(merge instanceof Concat) || merge.axis === 1;
  const alike = input.length === 3 && input[1] === output[1] && input[2] === output[2];
  return PLACEWISE.has(merge.kind) && stacked && alike ? reach : undefined;
}

function union(a: Reach, b: Reach): Reach {
  if (a === undefined || b === undefined) return undefined;
  const hull = (axis: 0 | 1) => [Math.min(a[axis][0], b[axis][0]), Math.max(a[axis][1], b[axis][1])] as const;
  return [hull(0), hull(1)];
}

function windowOf(layer: Layer, [, height, width]: Shape) {
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
