/** Long runs: arithmetic and reductions on shapes whose axes are walked as one give what single numbers give. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  clip,
  flat,
  greater,
  max,
  mean,
  min,
  multiply,
  power,
  Random,
  sum,
  variance,
  where,
  zeros,
  type Tensor,
} from "../../../lib/index.js";
import { view } from "../../../lib/array/tensor.js";
import { asLines, runsOf, stretchesOf } from "../../../lib/array/runs.js";

/** Every index of a shape, in row-major order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) return yield [];
  for (let i = 0; i < shape[0]; i++) for (const rest of indices(shape.slice(1))) yield [i, ...rest];
}

const at = (x: Tensor, index: readonly number[]): number =>
  x.get(...x.shape.map((extent, axis) => (extent === 1 ? 0 : index[index.length - x.shape.length + axis])));

/** Shapes with a long axis somewhere, and operands of which some axes are 1, missing, reversed, stepped or transposed. */
const shapes = fc
  .tuple(
    fc.integer({ min: 65, max: 90 }),
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    fc.nat(3),
  )
  .map(([long, others, where]) => [...others.slice(0, where), long, ...others.slice(where)]);
const operand = (shape: readonly number[], random: Random): Tensor => {
  const kept = shape
    .map((extent) => (random.integer(3) === 0 ? 1 : extent))
    .slice(random.integer(3) === 0 ? 1 : 0);
  const layout = random.integer(4);
  if (layout === 0) return random.normal(kept);
  if (layout === 1) return random.normal(kept).step(...kept.map(() => -1));
  if (layout === 2) return random.normal(kept.map((extent) => 2 * extent)).step(...kept.map(() => 2));
  return random.normal([...kept].reverse()).transpose(...kept.map((_, axis) => kept.length - 1 - axis));
};
const cases = fc.tuple(shapes, fc.nat(1e6)).map(([shape, seed]) => {
  const random = new Random(seed);
  const [a, b, c] = [random.normal(shape), operand(shape, random), operand(shape, random)];
  a.data[random.integer(a.data.length)] = NaN;
  return { shape, a, b, c };
});

describe("arithmetic on long runs", () => {
  it("is that of single numbers, whatever the strides", () => {
    fc.assert(
      fc.property(cases, ({ shape, a, b, c }) => {
        const expectAll = (y: Tensor, f: (...values: number[]) => number, ...operands: Tensor[]) => {
          const must = [...indices(shape)].map((index) =>
            Math.fround(f(...operands.map((x) => at(x, index)))),
          );
          expect([...flat(y)]).toEqual(must);
        };
        expectAll(add(a, b), (one, other) => one + other, a, b);
        expectAll(multiply(b, a), (one, other) => one * other, b, a);
        expectAll(greater(a, b), (one, other) => Number(one > other), a, b);
        expectAll(power(a, 2), (one) => one * one, a);
        expectAll(power(a, 3), (one) => one ** 3, a);
        expectAll(where(a, b, c), (one, b, c) => (one !== 0 ? b : c), a, b, c);
        expectAll(clip(a, -0.5, 0.25), (x) => (Number.isNaN(x) ? x : Math.min(Math.max(x, -0.5), 0.25)), a);
        const out = zeros(shape);
        expect(add(a, b, { out })).toBe(out);
        expectAll(out, (one, other) => one + other, a, b);
      }),
      { numRuns: 60 },
    );
  });

  it("joins the axes that follow one another, and no others", () => {
    const x = zeros([4, 3, 5]);
    const row = view(zeros([5]).data, [4, 3, 5], [0, 0, 1]);
    const column = view(zeros([4]).data, [4, 3, 5], [1, 0, 0]);
    const kinds = [[x], [x, row], [x, column], [x, x.step(1, 1, -1)]].map((tensors) => {
      const runs = runsOf(tensors);
      const starts: number[] = [];
      runs.each((first) => starts.push(first[0]));
      return [runs.length, [...runs.steps], starts.length];
    });
    expect(kinds).toEqual([
      [60, [1], 1],
      [5, [1, 1], 12],
      [15, [1, 0], 4],
      [5, [1, -1], 12],
    ]);
    expect(asLines([x], runsOf([x]))[0].shape).toEqual([60]);
  });
});

describe("reductions on long stretches", () => {
  it("give what rows of single numbers give, NaN included", () => {
    const reductions = fc.tuple(shapes, fc.nat(1e6)).map(([shape, seed]) => {
      const random = new Random(seed);
      const x = random.normal(shape, 0, 1, "float64");
      if (random.integer(2) === 0) x.data[random.integer(x.data.length)] = NaN;
      const axes = shape.flatMap((_, axis) => (random.integer(2) === 0 ? [axis] : []));
      return { shape, x, axes: axes.length === 0 ? [0] : axes };
    });
    fc.assert(
      fc.property(reductions, ({ shape, x, axes }) => {
        const groups = new Map<string, number[]>();
        for (const index of indices(shape)) {
          const key = String(index.filter((_, axis) => !axes.includes(axis)));
          groups.set(key, [...(groups.get(key) ?? []), x.get(...index)]);
        }
        const all = [...groups.values()];
        const total = (list: number[]): number => list.reduce((one, other) => one + other, 0);
        const meanOf = (list: number[]): number => total(list) / list.length;
        const varianceOf = (list: number[]): number =>
          meanOf(list.map((value) => (value - meanOf(list)) ** 2));
        const close = (y: Tensor, must: number[]) => {
          expect(y.shape).toEqual(shape.filter((_, axis) => !axes.includes(axis)));
          flat(y).forEach((value, i) =>
            Number.isNaN(must[i]) ? expect(value).toBeNaN() : expect(value).toBeCloseTo(must[i], 10),
          );
        };
        close(sum(x, axes), all.map(total));
        close(mean(x, axes), all.map(meanOf));
        close(variance(x, axes), all.map(varianceOf));
        expect([...flat(max(x, axes))]).toEqual(all.map((list) => Math.max(...list)));
        expect([...flat(min(x, axes))]).toEqual(all.map((list) => Math.min(...list)));
      }),
      { numRuns: 80 },
    );
  });

  it("moves no number of a dense tensor: the stretches are the innermost axes", () => {
    const seen = (shape: number[], along: number[]) => {
      const { length, isOne, each } = stretchesOf(shape, along);
      const places: number[] = [];
      each((start, into) => places.push(start, into));
      return { length, isOne, places };
    };
    expect(seen([2, 3], [0])).toEqual({ length: 3, isOne: false, places: [0, 0, 3, 0] });
    expect(seen([2, 2, 3], [0, 2])).toEqual({ length: 3, isOne: true, places: [0, 0, 3, 1, 6, 0, 9, 1] });
    expect(seen([2, 2, 3], [1])).toEqual({ length: 3, isOne: false, places: [0, 0, 3, 0, 6, 3, 9, 3] });
  });
});
