/**
 * Convolution with a table of connections: each feature map sees only some of the input maps. The early networks used this to
 * save connections and to make maps learn different features (LeCun et al., 1989 and 1998). Outside the image is a
 * background, which need not be zero.
 */
import { expectInteger } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { allocate, flat, wrap, zeros, type Shape, type Tensor } from "../array/tensor.js";
import { conv2dGeometry, conv2dBackward, conv2dForward } from "../layers/convolution/conv2d.js";
import {
  biasParameter,
  Layer,
  Parameter,
  settle,
  type LayerPass,
  type ParameterOptions,
} from "../layers/layer.js";
import { describeWindow, pair, type Pair } from "../layers/window.js";
import { lecun1989 } from "./initialisation.js";
import type { ReferenceFunction } from "../layers/rival.js";

export const derivation = String.raw`
### Convolution with a table of connections

$T_f$ is the list of input channels that feature map $f$ sees. All else is the usual convolution (stride $s$, $p$ pixels of border):

$$y_{nfij} = b_f + \sum_{c\in T_f}\sum_{k,l} w_{fckl}\; x_{n,\,c,\,is+k-p,\,js+l-p} \tag{1}$$

Where the window leaves the image, $x$ is a constant background.

**Backward.** The equations of the full convolution hold, with the weights that do not exist set to zero. Their gradients are not asked for, and a sum
over filters reaches only those whose table names the channel:

$$dx_{nchv} = \sum_{f:\,c\in T_f}\ \sum_{\substack{i,k:\,is+k-p=h\\ j,l:\,js+l-p=v}} w_{fckl}\,dy_{nfij},\qquad
dw_{fckl} = \sum_{n,i,j} dy_{nfij}\,x_{n,\,c,\,is+k-p,\,js+l-p}\quad (c\in T_f) \tag{2}$$

The background is a constant: what would flow back to it is dropped.
`;

/** Which input channels each filter of a `TableConv2d` sees, and the filters' size, step and padding. */
export interface TableConv2dOptions extends ParameterOptions {
  /** Input channels. */
  in: number;
  /** For each filter the input channels that it sees, counted from 0. */
  table: readonly (readonly number[])[];
  /** Filter size, or [rows, columns]. */
  size: Pair;
  /** Step between outputs; 1. */
  stride?: Pair;
  /** Pixels of background before the first row and column, and after the last; none. */
  pad?: readonly [before: number, after: number];
  /** The value outside the image; 0. */
  background?: number;
  /** Whether each filter has a bias; true. */
  bias?: boolean;
}

/**
 * Parameters: `w` (one K×L filter for each connection of the table, in its order; LeCun's uniform initialisation) and
 * `b` (zeros).
 */
export class TableConv2d extends Layer {
  static readonly derivation: string = derivation;
  readonly options: TableConv2dOptions;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  /** @throws ValueError for a table with a channel that does not exist, or named twice */
  constructor(options: TableConv2dOptions) {
    super();
    this.options = options;
    checkTable(options);
    const { table, dtype = "float32", seed, init = lecun1989 } = options;
    const [rows, columns] = pair(options.size);
    const random = new Random(seed ?? 0);
    const w = new Parameter((r) => {
      const filters = table.map((seen) => {
        const fan = seen.length * rows * columns;
        return flat(
          init([seen.length, rows, columns], { in: fan, out: table.length * rows * columns }, dtype, r),
        );
      });
      const values = allocate(
        filters.reduce((sum, filter) => sum + filter.length, 0),
        dtype,
      );
      let next = 0;
      for (const filter of filters) {
        values.set(filter, next);
        next += filter.length;
      }
      return wrap(values, [next / (rows * columns), rows, columns]);
    }, random);
    this.parameters = options.bias === false ? { w } : { w, b: biasParameter(table.length, dtype, random) };
    settle(this.parameters, seed);
  }

  override describe(): string {
    const { table, size, stride, pad } = this.options;
    const seen = this.parameters.w.value.shape[0];
    const window = describeWindow({ stride, pad });
    return `TableConv2d, ${table.length} filters of ${pair(size).join("×")} over ${seen} connections${window}`;
  }

  override outputShape(input: Shape): number[] {
    this.#expectChannels(input);
    const [before, after] = this.options.pad ?? [0, 0];
    const [height, width] = input.slice(1).map((extent) => extent + before + after);
    const { table, in: channels, size, stride } = this.options;
    const filters = [table.length, channels, ...pair(size)];
    const geometry = conv2dGeometry([1, input[0], height, width], filters, { stride });
    return [table.length, geometry.rows.output, geometry.columns.output];
  }

  override multiplyAdds(input: Shape): number {
    const [, height, width] = this.outputShape(input);
    return this.parameters.w.value.size * height * width;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [conv2dForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    this.#expectChannels(x.shape.slice(1));
    const [before, after] = this.options.pad ?? [0, 0];
    const framed = surround(x, before, after, this.options.background ?? 0);
    const { b } = this.parameters;
    const { y, cache } = pass.engine.of(conv2dForward)(framed, this.#fullFilters(), b?.value, {
      stride: this.options.stride,
    }); // (1)
    pass.keep(this, { cache, shape: x.shape });
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const { w, b } = this.parameters;
    const { cache, shape } = pass.take(this) as { cache: object; shape: Shape };
    const gradients = pass.engine.of(conv2dBackward)(dy, cache); // (2)
    const all = flat(gradients.dw);
    const dw = allocate(w.value.size, w.value.dtype);
    this.#forEachConnection((own, full, taps) => dw.set(all.subarray(full, full + taps), own));
    pass.addGradient(w, wrap(dw, w.value.shape));
    if (b && gradients.db) pass.addGradient(b, gradients.db);
    return inner(gradients.dx, this.options.pad?.[0] ?? 0, shape);
  }

  /** The filters with zeros where the table has no connection: F×C×K×L. */
  #fullFilters(): Tensor {
    const { table, in: channels, size } = this.options;
    const { value } = this.parameters.w;
    const full = zeros([table.length, channels, ...pair(size)], value.dtype);
    const W = flat(value);
    this.#forEachConnection((own, at, taps) => full.data.set(W.subarray(own, own + taps), at));
    return full;
  }

  /** Visits each connection: the start of its filter in `w`, its start among all F×C filters, and its length. */
  #forEachConnection(visit: (own: number, full: number, taps: number) => void): void {
    const { table, in: channels, size } = this.options;
    const [rows, columns] = pair(size);
    const taps = rows * columns;
    let own = 0;
    table.forEach((seen, f) => {
      for (const c of seen) {
        visit(own, (f * channels + c) * taps, taps);
        own += taps;
      }
    });
  }

  #expectChannels(example: Shape): void {
    if (example.length === 3 && example[0] === this.options.in) return;
    throw new ShapeError(
      `tableConv2d: an example is ${showShape(example)}, but the table is for ${this.options.in}×H×W; give ${this.options.in} channels.`,
    );
  }
}

function checkTable({ in: channels, table, pad = [0, 0] }: TableConv2dOptions): void {
  for (const [side, value] of Object.entries({ before: pad[0], after: pad[1] }))
    expectInteger("tableConv2d", `the padding ${side}`, value, 0);
  table.forEach((seen, f) => {
    const valid = seen.every((c) => Number.isInteger(c) && c >= 0 && c < channels);
    if (seen.length > 0 && valid && new Set(seen).size === seen.length) return;
    throw new ValueError(
      `tableConv2d: filter ${f} sees channels [${seen.join(", ")}] of ${channels}; name one or more from 0 to ${channels - 1}, each once.`,
    );
  });
}

/** x (N×C×H×W) with a border of one number. */
function surround(x: Tensor, before: number, after: number, background: number): Tensor {
  if (before === 0 && after === 0) return x;
  const [batch, channels, height, width] = x.shape;
  const [tall, wide] = [height + before + after, width + before + after];
  const Y = allocate(batch * channels * tall * wide, x.dtype).fill(background);
  const X = flat(x);
  for (let map = 0; map < batch * channels; map++) {
    for (let h = 0; h < height; h++) {
      const row = (map * height + h) * width;
      Y.set(X.subarray(row, row + width), (map * tall + h + before) * wide + before);
    }
  }
  return wrap(Y, [batch, channels, tall, wide]);
}

/** The inverse of `surround`: the part of this shape that starts after `before` rows and columns. */
function inner(framed: Tensor, before: number, shape: Shape): Tensor {
  if (showShape(framed.shape) === showShape(shape)) return framed;
  const [batch, channels, height, width] = shape;
  const [, , tall, wide] = framed.shape;
  const Y = flat(framed);
  const X = allocate(batch * channels * height * width, framed.dtype);
  for (let map = 0; map < batch * channels; map++) {
    for (let h = 0; h < height; h++) {
      const from = (map * tall + h + before) * wide + before;
      X.set(Y.subarray(from, from + width), (map * height + h) * width);
    }
  }
  return wrap(X, shape);
}
