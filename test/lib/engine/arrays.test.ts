/** Tensor arithmetic on the routines against the plain loops: long stretches, both precisions, odd numbers, broadcasts. */
import { afterEach, describe, expect, it } from "vitest";
import {
  abs,
  add,
  argmax,
  argmin,
  cast,
  ceil,
  clip,
  compute,
  copy,
  divide,
  dot,
  equal,
  exp,
  flat,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  max,
  maximum,
  mean,
  min,
  minimum,
  multiply,
  negate,
  norm,
  notEqual,
  power,
  Random,
  reshape,
  round,
  sign,
  sqrt,
  standardDeviation,
  subtract,
  sum,
  tanh,
  transpose,
  variance,
  where,
  zeros,
  type DType,
  type Tensor,
} from "../../../lib/index.js";
import { routines } from "../../../lib/array/routines.js";
import { Arrays } from "../../../lib/engine/wasm/arrays.js";

const dtypes = ["float32", "float64"] as const;
afterEach(() => void compute.use("wasm"));

/** The answers of the routines and of the loops. */
function both<T>(run: () => T): [ours: T, theirs: T] {
  compute.use("wasm");
  const ours = run();
  compute.use("reference");
  return [ours, run()];
}

/** More numbers than a piece, with some left over, and odd ones among them. */
function numbers(seed: number, dtype: DType, shape: readonly number[] = [4099]): Tensor {
  const random = new Random(seed);
  const x = random.normal(shape, 0, 3, dtype);
  const odd = [0, -0, NaN, Infinity, -Infinity, 1, -1, 2.5, -3.5, 1e-40, -1e-40, 3e38];
  for (let i = 0; i < x.data.length; i += 37) x.data[i] = odd[random.integer(odd.length)];
  return x;
}

/** How many numbers differ; 0 and −0 count as equal where `zeros` says so. */
function different(a: Tensor, b: Tensor, zeros = false): number {
  const B = flat(b);
  return flat(a).reduce(
    (count: number, value, i) => count + (Object.is(value, B[i]) || (zeros && value === B[i]) ? 0 : 1),
    0,
  );
}

/** The largest difference, as a part of the second number or of `least`, whichever is larger. */
function farthest(a: Tensor, b: Tensor, least: number): number {
  const B = flat(b);
  return flat(a).reduce(
    (most: number, value, i) =>
      Math.max(most, Math.abs(value - B[i]!) / Math.max(least, Math.abs(B[i]!), Number.MIN_VALUE)),
    0,
  );
}

describe.each(dtypes)("elementwise, %s", (dtype) => {
  const [x, y, z] = [1, 2, 3].map((seed) => numbers(seed, dtype));
  const pairs = { add, subtract, multiply, divide, equal, notEqual, greater, greaterEqual, less, lessEqual };
  const singles = { negate, sqrt, abs, sign, floor, ceil, square: (one: Tensor) => power(one, 2) };

  it.each(Object.entries(pairs))("%s has the loops' bits, with tensors and with numbers", (_, run) => {
    for (const [a, b] of [
      [x, y],
      [x, 0.3],
      [0.3, x],
      [x, 0],
      [x, NaN],
    ] as const) {
      expect(different(...both(() => run(a, b)))).toBe(0);
    }
  });

  it.each(Object.entries({ maximum, minimum }))("%s is the loops' number, NaN where either is", (_, run) => {
    expect(different(...both(() => run(x, y)), true)).toBe(0);
    expect(different(...both(() => run(x, 0)), true)).toBe(0);
  });

  it.each(Object.entries(singles))("%s has the loops' bits", (_, run) => {
    expect(different(...both(() => run(x)))).toBe(0);
  });

  it("rounds halves to the even number", () => {
    expect(different(...both(() => round(x)), true)).toBe(0);
  });

  it("clips and chooses with the loops' bits", () => {
    expect(different(...both(() => clip(x, -1, 1)))).toBe(0);
    expect(different(...both(() => clip(x, y, z)))).toBe(0);
    expect(different(...both(() => clip(x, -1, z)))).toBe(0);
    expect(different(...both(() => where(x, y, z)))).toBe(0);
    expect(different(...both(() => where(greater(x, 0), 1, y)))).toBe(0);
  });

  it.each(Object.entries({ exp, log, tanh }))(
    "%s is right in (almost) the last place, everywhere",
    (name, run) => {
      const places = dtype === "float32" ? 2 ** -23 : 2 ** -52;
      const range = { exp: dtype === "float32" ? 106 : 750, log: 1, tanh: 12 }[name] ?? 1;
      const random = new Random(5);
      const all = [x, random.uniform([6001], -range, range, dtype), random.normal([6001], 0, 1e-3, dtype)];
      const tiny = dtype === "float32" ? 2 ** -149 : 2 ** -1074;
      const largest = dtype === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
      if (name === "log") all.push(...[tiny, 1e-39, 1, largest].map((scale) => multiply(abs(all[1]), scale)));
      const exact = Math[name as "exp" | "log" | "tanh"];
      for (const given of all) {
        const [values, answers] = [flat(given), flat(run(given))];
        answers.forEach((answer, i) => {
          const expected = exact(values[i]);
          if (!Number.isFinite(expected) || Math.abs(expected) > largest) {
            const rounded = expected > largest ? Infinity : expected;
            expect(answer, `${name}(${values[i]})`).toBe(rounded);
            return;
          }
          const off = Math.abs(answer - expected);
          // The last place of numbers with fewer digits than usual is `tiny`.
          if (off > 2.5 * places * Math.abs(expected) + tiny)
            expect.fail(`${name}(${values[i]}) is ${answer}, expected ${expected}`);
          if (name === "tanh" && values[i] === 0) expect(Object.is(answer, values[i])).toBe(true);
        });
      }
    },
  );

  it("repeats rows, columns and single numbers", () => {
    const table = numbers(4, dtype, [5, 7, 300]);
    const others = [[300], [1], [7, 300], [7, 1], [5, 1, 300], [5, 1, 1]].map((shape, i) =>
      numbers(i, dtype, shape),
    );
    for (const other of others) {
      expect(different(...both(() => add(table, other)))).toBe(0);
      expect(different(...both(() => subtract(other, table)))).toBe(0);
      expect(different(...both(() => clip(table, -1, other)))).toBe(0);
    }
  });

  it("repeats rows and columns of lengths around a piece", () => {
    for (const length of [256, 300, 4096, 4097, 8191, 8192, 8193, 16385]) {
      const table = numbers(length, dtype, [35, length]);
      const [row, column] = [numbers(1, dtype, [length]), numbers(2, dtype, [35, 1])];
      for (const other of [row, column, 3]) expect(different(...both(() => subtract(table, other)))).toBe(0);
      const part = table.hi(35, 256); // rows that do not follow one another
      expect(different(...both(() => where(greater(part, column), part, row.hi(256))))).toBe(0);
      const changed = copy(table);
      expect(different(multiply(changed, column, { out: changed }), multiply(table, column))).toBe(0);
    }
  });

  it("takes views of any strides", () => {
    const table = numbers(4, dtype, [300, 301]);
    const square = numbers(5, dtype, [301, 301]).hi(300, 301);
    const views = [table.transpose(1, 0), table.step(-1, -1), table.step(1, 2), table.lo(3, 5), square];
    for (const one of views) {
      expect(different(...both(() => multiply(one, 3)))).toBe(0);
      expect(different(...both(() => add(one, copy(one))))).toBe(0);
    }
  });

  it("writes into a tensor that is there, also one of the operands", () => {
    const there = zeros(x.shape, dtype);
    expect(add(x, y, { out: there })).toBe(there);
    expect(different(there, add(x, y))).toBe(0);
    const changed = copy(x);
    multiply(changed, changed, { out: changed });
    expect(different(changed, multiply(x, x))).toBe(0);
  });
});

describe.each(dtypes)("reductions, %s", (dtype) => {
  const x = new Random(6).normal([4, 33, 301], 0.5, 2, dtype);
  const axes = [undefined, 0, 1, 2, [0, 1], [0, 2], [1, 2], -1];

  it.each(Object.entries({ sum, mean, variance, standardDeviation, norm }))(
    "%s is the loops' to rounding",
    (_, run) => {
      const bound = dtype === "float32" ? 1e-6 : 1e-12;
      for (const one of axes) {
        for (const shape of [x.shape, [4 * 33 * 301], [2, 2 * 33 * 301], [33 * 301, 4]]) {
          if (Math.max(...[one ?? 0].flat()) >= shape.length) continue;
          const given = reshape(x, shape);
          const [ours, theirs] = both(() => run(given, one as number, { keep: true }) as Tensor);
          expect(ours.shape).toEqual(theirs.shape);
          const least = run === sum || run === mean ? 100 : 0;
          expect(farthest(ours, theirs, least)).toBeLessThan(bound);
          expect(different(ours, both(() => run(given, one as number, { keep: true }) as Tensor)[0])).toBe(0); // the same bits every time
        }
      }
    },
  );

  it.each(Object.entries({ max, min, argmax, argmin }))(
    "%s is the loops' number, with NaN and equals",
    (name, run) => {
      const random = new Random(8);
      for (const kind of ["numbers", "equals", "NaN", "infinities"]) {
        const given = kind === "equals" ? round(x) : copy(x);
        if (kind === "NaN") for (let i = 0; i < 60; i++) given.data[random.integer(given.size)] = NaN;
        if (kind === "infinities")
          for (let i = 0; i < 500; i++) given.data[random.integer(given.size)] = i % 2 ? Infinity : -Infinity;
        for (const one of name.startsWith("arg") ? [undefined, 0, 1, 2] : axes) {
          for (const view of [given, given.transpose(2, 0, 1), given.step(1, 2, -1)]) {
            const [ours, theirs] = both(() => run(view, one as number, { keep: true }) as Tensor);
            expect(different(ours, theirs, true)).toBe(0);
          }
        }
      }
    },
  );

  it("multiplies and sums in double precision", () => {
    const [a, b] = [x, new Random(9).normal(x.shape, 0, 1, dtype)];
    const exact = flat(a).reduce((total, value, i) => total + value * flat(b)[i], 0);
    expect(Math.abs(dot(a, b) - exact)).toBeLessThan(1e-9);
  });

  it("sums rows of different lengths around a piece", () => {
    for (const length of [255, 256, 257, 4095, 4096, 4097, 16384, 16385, 40001]) {
      const line = new Random(length).normal([3, length], 1, 1, dtype);
      const [ours, theirs] = both(() => [sum(line, 1), sum(line, 0), max(line, 1), max(line, 0)]);
      const bound = dtype === "float32" ? 1e-6 : 1e-12;
      ours.forEach((one, i) => expect(farthest(one, theirs[i]!, 10)).toBeLessThan(bound));
      expect(different(...both(() => argmax(line, 1)))).toBe(0);
      expect(different(...both(() => argmin(line, -1, { keep: true })))).toBe(0);
    }
  });
});

it("has nothing to do for empty tensors", () => {
  expect(add(zeros([0, 300]), zeros([1, 300])).shape).toEqual([0, 300]);
  expect(sum(zeros([0]))).toBe(0);
  expect(flat(sum(zeros([0, 300]), 0))).toEqual(new Float32Array(300));
  expect(() => max(zeros([0, 300]), 0)).toThrow("max needs 1 or more");
});

it("copies a transposed tensor of any rank", () => {
  const x = numbers(3, "float64", [3, 40, 5, 70]);
  const y = transpose(x, [3, 1, 0, 2]);
  for (let i = 0; i < 500; i++) {
    const [a, b, c, d] = x.shape.map((extent, axis) => (i * (2 * axis + 7)) % extent);
    expect(y.get(d, b, a, c)).toEqual(x.get(a, b, c, d));
  }
  expect(different(transpose(y, [2, 1, 3, 0]), x)).toBe(0);
});

it("leaves it to the engine in use", () => {
  const one = new Random(1).normal([1000]);
  const [ours, theirs] = both(() => routines.arithmetic?.());
  expect(ours).toBeInstanceOf(Arrays);
  expect(theirs).toBeUndefined();
  // The loops round e^x from doubles, so that they are right in the last place; the routines need not be.
  const loops = both(() => exp(one))[1];
  const exact = cast(exp(cast(one, "float64")), "float32");
  expect(different(loops, exact)).toBe(0);
});
