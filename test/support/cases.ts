/**
 * Random cases for fast-check: shapes and options that fit each other, and the tensors to go with them. Among them
 * are batches of one, filters as large as the padded input, strides beyond the filter, and windows that leave a
 * rest out.
 */
import fc from "fast-check";
import { Random, type DType, type Tensor } from "../../lib/index.js";
import type { BatchNormOptions } from "../../lib/layers/normalisation/batch-norm.js";
import type { Conv1dOptions } from "../../lib/layers/convolution/conv1d.js";
import type { Conv2dOptions } from "../../lib/layers/convolution/conv2d.js";
import type { MaxPool1dOptions, MaxPool2dOptions } from "../../lib/index.js";
import { randomTensor, type Layout } from "./engines.js";

/** Options that fit the tensors that `make` draws, always the same for the same case. */
export interface Case<Options, Inputs> {
  readonly options: Options;
  readonly seed: number;
  make(dtype: DType, layout: Layout): Inputs;
}

interface Weighted {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
  readonly w: Tensor;
  readonly b: Tensor | undefined;
}

const seeds = fc.nat(1_000_000);
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** One axis of a convolution: how long, how many taps, which steps, which padding. */
const axis = fc
  .record({
    filter: upTo(4),
    stride: upTo(5),
    dilation: upTo(3),
    pad: fc.oneof(
      fc.nat(3),
      fc.tuple(fc.nat(3), fc.nat(3)),
      fc.constantFrom("same" as const, "valid" as const),
    ),
    more: fc.nat(6),
  })
  .map(({ filter, stride, dilation, pad, more }) => {
    const span = dilation * (filter - 1) + 1;
    const padded = typeof pad === "number" ? 2 * pad : typeof pad === "string" ? 0 : pad[0] + pad[1];
    return { filter, stride, dilation, pad, input: Math.max(1, (pad === "same" ? 1 : span - padded) + more) };
  });

const channels = fc.record({
  batch: upTo(3),
  groups: upTo(3),
  perGroup: upTo(3),
  filtersPerGroup: upTo(5),
  flip: fc.boolean(),
  bias: fc.boolean(),
  seed: seeds,
});

type Channels = typeof channels extends fc.Arbitrary<infer T> ? T : never;

function weighted(c: Channels, inputs: readonly number[], filters: readonly number[]) {
  return (dtype: DType, layout: Layout): Weighted => {
    const random = new Random(c.seed);
    const outputs = c.groups * c.filtersPerGroup;
    return {
      x: randomTensor(random, [c.batch, c.groups * c.perGroup, ...inputs], dtype, layout),
      w: randomTensor(random, [outputs, c.perGroup, ...filters], dtype, layout),
      b: c.bias ? randomTensor(random, [outputs], dtype, layout) : undefined,
    };
  };
}

export const convolution1d: fc.Arbitrary<Case<Conv1dOptions, Weighted>> = fc
  .tuple(channels, axis)
  .map(([c, { stride, dilation, pad, input, filter }]) => ({
    options: { stride, dilation, pad, groups: c.groups, flip: c.flip, round: "floor" },
    seed: c.seed,
    make: weighted(c, [input], [filter]),
  }));

export const convolution2d: fc.Arbitrary<Case<Conv2dOptions, Weighted>> = fc
  .tuple(channels, axis, axis, fc.boolean())
  .map(([c, rows, columns, square]) => {
    if (square || typeof rows.pad === "string" || typeof columns.pad === "string") columns = rows;
    const sides = ({ pad }: typeof rows) =>
      typeof pad === "number" ? [pad, pad] : (pad as [number, number]);
    const pad =
      typeof rows.pad === "string"
        ? rows.pad
        : square && typeof rows.pad === "number"
          ? rows.pad
          : {
              top: sides(rows)[0],
              bottom: sides(rows)[1],
              left: sides(columns)[0],
              right: sides(columns)[1],
            };
    return {
      options: {
        stride: square ? rows.stride : ([rows.stride, columns.stride] as const),
        dilation: square ? rows.dilation : ([rows.dilation, columns.dilation] as const),
        pad,
        groups: c.groups,
        flip: c.flip,
        round: "floor" as const,
      },
      seed: c.seed,
      make: weighted(c, [rows.input, columns.input], [rows.filter, columns.filter]),
    };
  });

export const linearCase: fc.Arbitrary<Case<object, Weighted>> = fc
  .record({ batch: upTo(9), inputs: upTo(20), outputs: upTo(12), bias: fc.boolean(), seed: seeds })
  .map(({ batch, inputs, outputs, bias, seed }) => ({
    options: {},
    seed,
    make: (dtype, layout) => {
      const random = new Random(seed);
      return {
        x: randomTensor(random, [batch, inputs], dtype, layout),
        w: randomTensor(random, [outputs, inputs], dtype, layout),
        b: bias ? randomTensor(random, [outputs], dtype, layout) : undefined,
      };
    },
  }));

/** One axis of a pooling window: no window lies wholly on padding. */
const poolAxis = fc
  .record({
    size: upTo(4),
    stride: upTo(5),
    dilation: upTo(2),
    before: fc.nat(3),
    after: fc.nat(3),
    more: fc.nat(7),
  })
  .map(({ size, stride, dilation, before, after, more }) => {
    const span = dilation * (size - 1) + 1;
    // A dilated window could have all its few taps on padding; without dilation less than its span always fits.
    const most = dilation === 1 ? span - 1 : 0;
    const pad = [Math.min(before, most), Math.min(after, most)] as const;
    return { size, stride, dilation, pad, input: Math.max(1, span - pad[0] - pad[1]) + more };
  });

const maps = fc.record({ batch: upTo(3), channels: upTo(3), ties: fc.boolean(), seed: seeds });
type Maps = typeof maps extends fc.Arbitrary<infer T> ? T : never;
const rounding = fc.constantFrom("floor" as const, "ceil" as const);

interface Unary {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
}

/** Numbers of which many are equal, when there are to be ties. */
function map(m: Maps, inputs: readonly number[]) {
  return (dtype: DType, layout: Layout): Unary => {
    const x = randomTensor(new Random(m.seed), [m.batch, m.channels, ...inputs], dtype, layout);
    if (m.ties) for (let i = 0; i < x.data.length; i++) x.data[i] = Math.round(x.data[i]);
    return { x };
  };
}

export const pooling1d: fc.Arbitrary<Case<MaxPool1dOptions, Unary>> = fc
  .tuple(maps, poolAxis, rounding)
  .map(([m, { size, stride, dilation, pad, input }, round]) => ({
    options: { size, stride, dilation, pad, round },
    seed: m.seed,
    make: map(m, [input]),
  }));

export const pooling2d: fc.Arbitrary<Case<MaxPool2dOptions, Unary>> = fc
  .tuple(maps, poolAxis, poolAxis, rounding)
  .map(([m, rows, columns, round]) => ({
    options: {
      size: [rows.size, columns.size] as const,
      stride: [rows.stride, columns.stride] as const,
      dilation: [rows.dilation, columns.dilation] as const,
      pad: { top: rows.pad[0], bottom: rows.pad[1], left: columns.pad[0], right: columns.pad[1] },
      round,
    },
    seed: m.seed,
    make: map(m, [rows.input, columns.input]),
  }));

interface Normed {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

export interface NormCase {
  readonly seed: number;
  options(dtype: DType): BatchNormOptions;
  make(dtype: DType, layout: Layout): Normed;
}

export const normCase: fc.Arbitrary<NormCase> = fc
  .record({
    batch: fc.integer({ min: 2, max: 5 }),
    channels: upTo(4),
    places: fc.array(upTo(4), { maxLength: 2 }),
    epsilon: fc.constantFrom(1e-5, 1e-2),
    constant: fc.boolean(),
    seed: seeds,
  })
  .map(({ batch, channels, places, epsilon, constant, seed }) => ({
    seed,
    options: (dtype) => {
      const random = new Random(seed + 1);
      const statistics = {
        mean: random.normal([channels], 0, 1, dtype),
        variance: random.uniform([channels], 0.5, 2, dtype),
      };
      return { epsilon, ...(constant && { statistics }) };
    },
    make: (dtype, layout) => {
      const random = new Random(seed);
      return {
        x: randomTensor(random, [batch, channels, ...places], dtype, layout),
        gamma: randomTensor(random, [channels], dtype, layout),
        beta: randomTensor(random, [channels], dtype, layout),
      };
    },
  }));
