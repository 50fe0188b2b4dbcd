/** Tensors: making them, taking their numbers out of any view, and reaching one element without going astray. */
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  at,
  cast,
  copy,
  DTypeError,
  dtypeOf,
  expectFinite,
  flat,
  full,
  Random,
  reshape,
  setAt,
  ShapeError,
  tensor,
  toNested,
  wrap,
  zeros,
  type Nested,
  type Tensor,
} from "../../../lib/index.js";
import { isDense } from "../../../lib/array/tensor.js";
import { laidOut, layoutNames } from "../../support/engines.js";

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
const forAll = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, property), { seed: 3, numRuns: 80 });

describe("tensor", () => {
  it("takes nested and flat numbers and reads them row by row", () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]).shape,
    ).toEqual([2, 3]);
    expect(at(tensor([1, 2, 3, 4, 5, 6], [2, 3]), 1, 0)).toBe(4);
    expect(tensor(7).shape).toEqual([]);
  });
  it.each<[unknown, string]>([
    ["ab", '"ab"'],
    [[1, "2"], '"2"'],
    [[[1], [null]], "null"],
    [undefined, "undefined"],
    [[true], "true"],
    [{ length: 2 }, "an object that is no array"],
    [new Map(), "an object that is no array"],
    [[() => 1], "a function"],
  ])("names what is no number: %j", (values, says) => {
    expect(() => tensor(values as number[])).toThrow(`tensor: ${says} stands among the values`);
  });

  it("is float32 unless said otherwise, and copies", () => {
    const numbers = Float64Array.of(1, 2);
    const x = tensor(numbers);
    expect(dtypeOf(x)).toBe("float64");
    numbers[0] = 9;
    expect(at(x, 0)).toBe(1);
    expect(dtypeOf(tensor([1]))).toBe("float32");
    expect(dtypeOf(tensor([1], undefined, "float64"))).toBe("float64");
  });
  it("gives back what it took, nested", () => {
    const nested: Nested = [[[1, 2]], [[3, 4]], [[5, 6]]];
    expect(toNested(tensor(nested))).toEqual(nested);
  });
  it("wraps without copying", () => {
    const data = new Float32Array(4);
    const x = wrap(data, [2, 2]);
    data[3] = 5;
    expect(at(x, 1, 1)).toBe(5);
  });
  it("refuses shapes that are none", () => {
    const shapes: [unknown, string][] = [
      [[2, -1], "[2, -1]"],
      [[1.5], "[1.5]"],
      [[NaN], "[NaN]"],
      [[2, undefined], "[2, undefined]"],
      [undefined, "undefined"],
      [null, "null"],
      ["2", '"2"'],
      [{}, "an object that is no array"],
      [3, "3"],
    ];
    for (const [shape, told] of shapes) {
      const run = (): Tensor => zeros(shape as number[]);
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(`zeros: ${told} is not a shape; give whole numbers from 0 up, such as [`);
    }
    expect(() => zeros([1e6, 1e7], "float64")).toThrow(
      "a tensor of 1000000×10000000 in float64 takes 8.00e+4 GB",
    );
    expect(() => zeros([2], "int32" as "float32")).toThrow(DTypeError);
    expect(() =>
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        [4, 2],
      ),
    ).toThrow(ShapeError);
  });
});

describe("views", () => {
  it("flat, copy, cast, reshape and toNested read every layout in row-major order", () => {
    forAll(fc.tuple(shapes, fc.constantFrom(...layoutNames), fc.nat(99)), ([shape, layout, seed]) => {
      const x = new Random(seed).normal(shape, 0, 1, "float64");
      const view = laidOut(x, layout);
      const expected = Array.from(x.data);
      expect(Array.from(flat(view))).toEqual(expected);
      expect(Array.from(flat(cast(view, "float32")))).toEqual(Array.from(Float32Array.from(expected)));
      expect(toNested(view)).toEqual(toNested(x));
      expect(Array.from(flat(reshape(view, [x.size])))).toEqual(expected);
      const own = copy(view);
      expect(isDense(own)).toBe(true);
      expect(own.data).not.toBe(view.data);
      expect(Array.from(own.data)).toEqual(expected);
    });
  });
  it("ndarray's own views are legal: lo, hi, step, transpose, pick", () => {
    const x = tensor([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]);
    expect(toNested(x.lo(1, 1).hi(2, 2))).toEqual([
      [6, 7],
      [10, 11],
    ]);
    expect(toNested(x.step(1, -2) as Tensor)).toEqual([
      [4, 2],
      [8, 6],
      [12, 10],
    ]);
    expect(toNested(x.transpose(1, 0).pick(2, null) as Tensor)).toEqual([3, 7, 11]);
    expect(isDense(x.lo(1, 0) as Tensor)).toBe(true);
    expect(isDense(x.transpose(1, 0) as Tensor)).toBe(false);
  });
  it("a dense view gives its own memory, any other a copy", () => {
    const x = full([3, 2], 1);
    expect(flat(x).buffer).toBe(x.data.buffer);
    expect(flat(x.transpose(1, 0) as Tensor).buffer).not.toBe(x.data.buffer);
  });
});

describe("at and setAt", () => {
  it("reach the same element in every layout", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    for (const layout of layoutNames) {
      const view = laidOut(copy(x), layout);
      expect(at(view, 1, 2)).toBe(6);
      setAt(view, [0, 1], 9);
      expect(toNested(view)).toEqual([
        [1, 9, 3],
        [4, 5, 6],
      ]);
    }
  });
  it("refuse what ndarray would read from the next row", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.get(0, 3)).toBe(4); // why `at` exists
    for (const index of [[0, 3], [2, 0], [-1, 0], [0.5, 0], [0], [0, 0, 0]])
      expect(() => at(x, ...index)).toThrow(ShapeError);
  });
});

describe("what is no tensor", () => {
  it("is named", () => {
    const bytes = ndarray(new Uint8Array(4), [4]) as unknown as Tensor;
    expect(() => dtypeOf(bytes, "relu: x")).toThrow("relu: x: an ndarray of uint8 is not a tensor");
  });
  it("expectFinite says where the first bad number is, in any layout", () => {
    const x = zeros([2, 3, 2]);
    setAt(x, [1, 2, 0], NaN);
    setAt(x, [1, 2, 1], Infinity);
    expect(() => expectFinite("net", "x", laidOut(x, "transposed"))).toThrow(
      "net: x[1, 2, 0] is NaN (2 of 12 numbers are not finite)",
    );
    expect(() => expectFinite("net", "x", zeros([3]))).not.toThrow();
  });
});

describe("what somebody who knows NumPy tries first", () => {
  const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);

  it("an extent of −1 is what the others leave", () => {
    expect(reshape(x, [-1, 2]).shape).toEqual([3, 2]);
    expect(reshape(x, [-1]).shape).toEqual([6]);
    expect(reshape(x, [1, -1, 3]).shape).toEqual([1, 2, 3]);
    expect(Array.from(flat(reshape(x.T, [-1])))).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it("a dtype may follow the numbers", () => {
    const y = tensor([[1, 2]], "float64");
    expect([y.dtype, y.shape, Array.from(flat(y))]).toEqual(["float64", [1, 2], [1, 2]]);
    expect(tensor(new Float64Array([1]), "float32").dtype).toBe("float32");
    expect(tensor([1, 2], [2, 1], "float64").shape).toEqual([2, 1]);
  });

  it("x.T and x.transpose() are views with the axes in the opposite order", () => {
    for (const y of [x.T, x.transpose()]) {
      expect(toNested(y)).toEqual([[1, 4], [2, 5], [3, 6]]); // prettier-ignore
      expect(y.data).toBe(x.data);
    }
    expect(zeros([2, 3, 4], "float64").T.shape).toEqual([4, 3, 2]);
    expect(zeros([2, 3, 4]).transpose(0, 2, 1).shape).toEqual([2, 4, 3]);
    expect(tensor(5).T.shape).toEqual([]);
  });
});
