/**
 * Protects forward and reverse mode: that they find the same derivatives, sum over all ways through a graph, and
 * cost what lecture E says: one pass an input, or one way back an output.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  compareModes,
  countOperations,
  Dual,
  forwardMode,
  reverseMode,
  Variable,
  type Scalar,
} from "../../../lib/index.js";

/** A random straight-line program of n inputs: each step names a gate and earlier results. */
const programs = fc.record({
  at: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 4 }),
  steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.nat(), fc.nat()), {
    minLength: 1,
    maxLength: 25,
  }),
  outputs: fc.integer({ min: 1, max: 3 }),
});

function run(
  { steps, outputs }: { steps: [number, number, number][]; outputs: number },
  inputs: readonly Scalar[],
): Scalar[] {
  const values = [...inputs];
  for (const [gate, i, j] of steps) {
    const [a, b] = [values[i % values.length], values[j % values.length]];
    const results = [
      () => a.add(b),
      () => a.sub(b),
      () => a.sigmoid().mul(b), // bounded, so that long programs stay finite
      () => a.sin().mul(b.cos()),
      () => a.tanh().max(b),
      () => a.relu().mul(0.5),
      () => a.tanh().exp(),
      () => b.sigmoid().log().neg(),
    ];
    values.push(results[gate]());
  }
  return values.slice(-outputs);
}

it("agree on random programs", () => {
  fc.assert(
    fc.property(programs, (program) => {
      const f = (x: readonly Scalar[]): Scalar[] => run(program, x);
      const [forward, reverse] = [forwardMode(f, program.at), reverseMode(f, program.at)];
      expect(reverse.values).toEqual(forward.values);
      forward.jacobian.forEach((row, i) =>
        row.forEach((slope, j) => {
          expect(Math.abs(slope - reverse.jacobian[i][j])).toBeLessThan(1e-9 * (1 + Math.abs(slope)));
        }),
      );
      expect(forward.passes).toBe(program.at.length);
      expect(reverse.passes).toBe(forward.values.length);
    }),
    { numRuns: 300, seed: 7 },
  );
});

it("forward mode pays an input's price for each input, reverse mode an output's for each output", () => {
  const sumOfSquares = (x: readonly Scalar[]): Scalar => x.map((v) => v.mul(v)).reduce((a, b) => a.add(b));
  const wide = Array.from({ length: 20 }, (_, i) => i / 10);
  // 20 squares and 19 sums are 39 gates with two inputs each.
  expect(forwardMode(sumOfSquares, wide)).toMatchObject({
    passes: 20,
    operations: { gates: 20 * 39, products: 20 * 78 },
  });
  expect(reverseMode(sumOfSquares, wide)).toMatchObject({
    passes: 1,
    operations: { gates: 39, products: 78 },
    jacobian: [wide.map((v) => 2 * v)],
  });
  const powers = ([x]: readonly Scalar[]): Scalar[] => [x, x.mul(x), x.sin(), x.exp()];
  expect(forwardMode(powers, [2])).toMatchObject({ passes: 1, operations: { gates: 3, products: 4 } });
  expect(reverseMode(powers, [2])).toMatchObject({ passes: 4, operations: { gates: 3, products: 4 } });
  expect(reverseMode(powers, [2]).jacobian).toEqual([[1], [4], [Math.cos(2)], [Math.exp(2)]]);
});

it("counts nest, and end with the run", () => {
  const { result: inner, operations } = countOperations(() => {
    new Dual(1).exp();
    return countOperations(() => new Dual(1).exp().exp()).operations;
  });
  new Dual(1).exp();
  expect(inner).toEqual({ gates: 2, products: 2 });
  expect(operations).toEqual({ gates: 3, products: 3 });
  const broken = (): void => {
    countOperations(() => new Dual(0).log());
  };
  expect(broken).toThrow("log");
});

it("the comparison is a table of both prices", () => {
  const figure = compareModes(([a, b, c]: readonly Scalar[]) => a.mul(b).add(c.sin()), [1, 2, 3]);
  expect(figure.text).toContain("All 3 derivatives of 1 output with respect to 3 inputs");
  expect(figure.text).toMatch(/forward, one pass an input\s+3\s+9\s+15\s+24/);
  expect(figure.text).toMatch(/reverse, one way back an output\s+1\s+3\s+5\s+8/);
  let calls = 0;
  const fickle = ([a]: readonly Scalar[]): Scalar => a.mul(++calls);
  expect(() => compareModes(fickle, [1])).toThrow("the two modes differ by");
});

it("functions that are none of scalars are refused", () => {
  expect(() => forwardMode(() => new Dual(1), [])).toThrow("forwardMode: the function was given no inputs");
  expect(() => reverseMode((() => 3) as never, [1])).toThrow(
    "Variable: the function returned 3 and not a scalar",
  );
  expect(() => reverseMode(() => new Dual(1), [1])).toThrow("returned something else");
});

it("a second backward does not add to the first", () => {
  const x = new Variable(3);
  const y = x.mul(x);
  y.backward();
  y.backward();
  expect(x.gradient).toBe(6);
  const z = y.add(1);
  z.backward(-2);
  expect([x.gradient, y.gradient, z.gradient]).toEqual([-12, -2, -2]);
});

it("a graph of forty thousand gates goes back without recursion", () => {
  const x = new Variable(1);
  let y = x;
  for (let i = 0; i < 20_000; i++) y = y.mul(0.9999).add(0.0001);
  y.backward();
  expect(x.gradient).toBeCloseTo(0.9999 ** 20_000, 12);
  let wide = x;
  for (let i = 0; i < 1000; i++) wide = wide.add(x);
  wide.backward();
  expect(x.gradient).toBe(1001); // each use adds
});

it("a dual number prints as one", () => {
  expect(String(new Dual(6, -2.5))).toBe("6 − 2.5ε");
  expect(String(new Dual(-1, 2).mul(3))).toBe("−3 + 6ε");
});
