/**
 * Protects the local slopes of the gates, on which both modes of automatic differentiation stand: each against
 * central differences and in both modes, and the refusal of points where a gate has no value or no slope.
 */
import katex from "katex";
import { describe, expect, it } from "vitest";
import { Dual, explain, gates, Random, Variable, type GateName, type Scalar } from "../../../lib/index.js";

/** Each gate as a method, and points away from kinks and poles. */
const binary: Record<string, { run: (a: Scalar, b: Scalar) => Scalar; points: [number, number][] }> = {
  add: { run: (a, b) => a.add(b), points: [[1.5, -2]] },
  sub: { run: (a, b) => a.sub(b), points: [[1.5, -2]] },
  mul: { run: (a, b) => a.mul(b), points: [[1.5, -2]] },
  div: {
    run: (a, b) => a.div(b),
    points: [
      [1.5, -2],
      [-3, 0.7],
    ],
  },
  max: {
    run: (a, b) => a.max(b),
    points: [
      [1.5, -2],
      [-3, 0.7],
    ],
  },
  pow: {
    run: (a, b) => a.pow(b),
    points: [
      [1.5, -2],
      [0.3, 2.5],
    ],
  },
};
const unary: Record<string, { run: (a: Scalar) => Scalar; points: number[] }> = {
  neg: { run: (a) => a.neg(), points: [1.2] },
  reciprocal: { run: (a) => a.reciprocal(), points: [1.7, -0.4] },
  exp: { run: (a) => a.exp(), points: [-1.1, 2] },
  log: { run: (a) => a.log(), points: [0.3, 7] },
  sin: { run: (a) => a.sin(), points: [0.4, 3] },
  cos: { run: (a) => a.cos(), points: [0.4, 3] },
  tanh: { run: (a) => a.tanh(), points: [-0.8, 0.3] },
  sigmoid: { run: (a) => a.sigmoid(), points: [-3, 0.2, 4] },
  relu: { run: (a) => a.relu(), points: [-0.5, 0.5] },
};

const cases = [
  ...Object.entries(binary).flatMap(([name, { run, points }]) =>
    points.map((at) => ({ name, at: at as number[], run: (x: readonly Scalar[]) => run(x[0], x[1]) })),
  ),
  ...Object.entries(unary).flatMap(([name, { run, points }]) =>
    points.map((a) => ({ name, at: [a], run: (x: readonly Scalar[]) => run(x[0]) })),
  ),
];

it("every gate is tested and has its derivation", () => {
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(gates)));
  for (const name of Object.keys(gates) as GateName[]) {
    const { text } = explain(gates[name]);
    expect(text).toMatch(/^### .*\n/);
    const formulas = [...text.matchAll(/\$([^$]+)\$/g)].map(([, formula]) => formula);
    expect(formulas.length).toBeGreaterThan(0);
    for (const formula of formulas) katex.renderToString(formula, { strict: "error" });
    expect(gates[name].name).toBe(name);
  }
});

describe.each(cases)("$name at $at", ({ at, run }) => {
  const value = (x: readonly number[]): number => run(x.map((v) => new Dual(v))).value;
  const differences = at.map((_, i) => {
    const [up, down] = [1e-6, -1e-6].map((h) => value(at.map((v, j) => (j === i ? v + h : v))));
    return (up - down) / 2e-6;
  });

  it("has the slope that differences show, in both modes, with any upstream gradient", () => {
    const upstream = new Random(3).gaussian();
    const inputs = at.map((v) => new Variable(v));
    const y = run(inputs) as Variable;
    y.backward(upstream);
    differences.forEach((slope, i) => {
      expect(Math.abs(inputs[i].gradient - upstream * slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)));
      const dual = run(at.map((v, j) => new Dual(v, j === i ? 1 : 0))) as Dual;
      expect(dual.tangent).toBeCloseTo(slope, 6);
      expect(dual.value).toBe(y.value);
    });
  });
});

it("a constant takes part in the value and gets no gradient", () => {
  const x = new Variable(3);
  const y = x.mul(2).sub(1).div(4).max(-9).pow(2).add(0.5);
  y.backward();
  expect(y.value).toBeCloseTo(((3 * 2 - 1) / 4) ** 2 + 0.5, 14);
  expect(x.gradient).toBeCloseTo(2 * (5 / 4) * (2 / 4), 14);
  const d = new Dual(3, 1).mul(2).sub(1).div(4).max(-9).pow(2).add(0.5);
  expect(d.tangent).toBeCloseTo(x.gradient, 14);
});

it("at its kink a gate's choice is the layers' own: the first of equals wins, a rectifier is off at 0", () => {
  const [a, b, c] = [new Variable(2), new Variable(2), new Variable(0)];
  a.max(b).add(c.relu()).backward();
  expect([a.gradient, b.gradient, c.gradient]).toEqual([1, 0, 0]);
});

it("the sigmoid does not overflow", () => {
  expect(new Dual(-1000, 1).sigmoid()).toMatchObject({ value: 0, tangent: 0 });
  expect(new Dual(1000, 1).sigmoid()).toMatchObject({ value: 1, tangent: 0 });
});

it("a gate refuses what it has no value or no slope for, in a sentence", () => {
  const zero = new Variable(0);
  expect(() => zero.log()).toThrow("log: log(0) is −∞; keep the inputs where the function is defined");
  expect(() => new Variable(-1).log()).toThrow("log: log(−1) is NaN");
  expect(() => new Variable(1).div(zero)).toThrow("div: 1 / 0 is ∞");
  expect(() => new Dual(1000).exp()).toThrow("exp: exp(1000) is ∞");
  expect(() => zero.pow(0.5).backward()).toThrow("pow: 0 ^ 0.5 has no finite slope for its first input");
  expect(() => new Variable(-2).pow(new Variable(2)).backward()).toThrow(
    "pow: (−2) ^ 2 has no finite slope for its second input",
  );
  expect(() => new Variable(NaN)).toThrow("Variable: NaN is not a finite number");
  expect(() => new Variable(1).add(Infinity)).toThrow("add: Infinity is not a finite number");
  expect(() => new Variable(1).backward(NaN)).toThrow("backward: NaN");
});

it("a dual number and a variable do not mix", () => {
  const mix = (x: Scalar, y: Scalar): Scalar => x.mul(y);
  expect(() => mix(new Dual(1), new Variable(2))).toThrow(
    "mul: a Dual met a Variable; combine a Dual with another Dual or with a number.",
  );
  expect(() => mix(new Variable(1), "2" as never)).toThrow("mul: a Variable met 2");
});
