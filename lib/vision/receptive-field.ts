/** The part of the image that a unit can see, through all the layers between. */
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import type { Shape } from "../array/tensor.js";
import { Layer } from "../layers/layer.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { AveragePool2d } from "../layers/pooling/average-pool.js";
import { SumPool2d } from "../layers/pooling/sum-pool.js";
import { LpPool2d } from "../layers/pooling/lp-pool.js";
import { padding2d, pair, resolveAxis, type Padding2d, type Pair } from "../layers/window.js";
import { Graph } from "../net/graph.js";
import { Concat, type Merge } from "../net/merge.js";
import { Sequential } from "../net/sequential.js";

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

/** Merges whose output at a place hangs on their inputs at that place alone, where these have its size. */
const PLACEWISE = new Set(["Add", "Sum", "Multiply", "Masked", "Concat"]);

/** The first and last row and the first and last column that a unit hangs on; undefined: the whole. */
type Reach = readonly [rows: readonly [number, number], columns: readonly [number, number]] | undefined;

/**
 * The receptive field of a unit: the rectangle of input pixels outside of which nothing changes the unit, whatever the
 * weights. Convolutions and pooling widen it by their windows, branches that meet by the widest of them; layers that look
 * at the whole image, and those of which nothing is known, make it the whole image.
 *
 * @param layer  the layer's name: "conv2", or "block2.conv1" when nested
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
  const path = layer.split(".");
  const output = outputAt(net, path, input);
  const whole: Field = { top: 0, left: 0, height: input[1], width: input[2] };
  if (output.length !== 3) return whole;
  place.forEach((at, axis) => {
    if (Number.isInteger(at) && at >= 0 && at < output[axis + 1]) return;
    throw new ValueError(
      `receptiveField: place ${place.join(", ")} is not in ${layer}'s output of ${showShape(output)}; rows run to ${output[1] - 1}, columns to ${output[2] - 1}.`,
    );
  });
  const reach = fromWithin(net, path, [pairOf(place[0]), pairOf(place[1])], input);
  if (reach === undefined) return whole;
  const [[top, bottom], [left, right]] = reach;
  return { top, left, height: bottom - top + 1, width: right - left + 1 };
}

const pairOf = (at: number): readonly [number, number] => [at, at];

/** The shape of what the layer or merge at a path gives. @throws ValueError when it is not there */
function outputAt(container: Sequential | Graph, [name, ...rest]: readonly string[], input: Shape): Shape {
  const merged = container instanceof Graph && rest.length === 0 && Object.hasOwn(container.nodes, name);
  const part = merged ? undefined : container.get(name);
  // get says which layers there are, and that this one has none inside.
  if (rest.length > 0 && !(part instanceof Sequential || part instanceof Graph))
    container.get([name, ...rest].join("."));
  const inputs = inputsOf(container, input);
  if (rest.length > 0) return outputAt(container.get(name) as Sequential | Graph, rest, inputs(name));
  return container instanceof Graph
    ? (container.shapes(input).get(name) as Shape)
    : container.layers[name].outputShape(inputs(name));
}

/** The shape that each part of a container is given, by the part's name. */
function inputsOf(container: Sequential | Graph, input: Shape): (name: string) => Shape {
  if (container instanceof Graph) {
    const shapes = container.shapes(input);
    return (name) => shapes.get([container.nodes[name].from].flat()[0]) as Shape;
  }
  const shapes = new Map<string, Shape>();
  let shape = input;
  for (const [name, layer] of Object.entries(container.layers)) {
    shapes.set(name, shape);
    shape = layer.outputShape(shape);
  }
  return (name) => shapes.get(name) as Shape;
}

/** Back from what is reached of a part's output to what is reached of the container's input. */
function fromWithin(
  container: Sequential | Graph,
  [name, ...rest]: readonly string[],
  reach: Reach,
  input: Shape,
): Reach {
  const inputs = inputsOf(container, input);
  const back = (part: string, layer: Layer, at: Reach): Reach =>
    part === name && rest.length > 0
      ? fromWithin(layer as Sequential | Graph, rest, at, inputs(part))
      : through(layer, at, inputs(part));
  if (!(container instanceof Graph)) {
    const names = Object.keys(container.layers);
    return names
      .slice(0, names.indexOf(name) + 1)
      .reduceRight<Reach>((at, part) => back(part, container.layers[part], at), reach);
  }
  const shapes = container.shapes(input);
  const reached = new Map<string, Reach>([[name, reach]]);
  for (const [part, { layer, from }] of Object.entries(container.nodes).reverse()) {
    if (!reached.has(part)) continue;
    const at = reached.get(part);
    for (const source of [from].flat()) {
      const before =
        layer instanceof Layer
          ? back(part, layer, at)
          : throughMerge(layer, at, shapes.get(source) as Shape, shapes.get(part) as Shape);
      reached.set(source, reached.has(source) ? union(reached.get(source), before) : before);
    }
  }
  return reached.get("input");
}

/** Back through one layer. @param input  the shape that it is given */
function through(layer: Layer, reach: Reach, input: Shape): Reach {
  if (reach === undefined) return undefined;
  if (layer instanceof Graph) return fromWithin(layer, [layer.output], reach, input);
  if (layer instanceof Sequential) {
    const last = Object.keys(layer.layers).at(-1);
    return last === undefined ? reach : fromWithin(layer, [last], reach, input);
  }
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
