/** Marks for exercises: what passes, what is said of what does not, and that doing nothing earns nothing. */
import { expect, it } from "vitest";
import {
  copy,
  full,
  gradientTrial,
  marks,
  tensor,
  tensorTrial,
  untouchedTrial,
  zeros,
  type Tensor,
} from "../../../lib/index.js";

const x = tensor([1, 2, -3], [3], "float64");
const times = (a: Tensor, factor: number): Tensor =>
  tensor(
    Array.from(a.data, (v) => factor * v),
    [3],
    "float64",
  );
const square = ({ x }: { x: Tensor }): Tensor =>
  tensor(
    Array.from(x.data, (v) => v * v),
    [3],
    "float64",
  );
const slope = (dy: Tensor, at: Tensor, factor = 2): Tensor =>
  tensor(
    Array.from(dy.data, (v, i) => factor * v * at.data[i]),
    [3],
    "float64",
  );

it("gives each trial the same part of the points", () => {
  const result = marks("y", 3, {
    a: () => ({ passed: true }),
    b: () => ({ passed: false, complaint: "no" }),
  });
  expect(result.points).toBe(1.5);
  expect(result.passed).toBe(false);
  expect(result.text).toContain("1 of 2 trials passed, 1.5 of 3 points");
});

it("throws instead of giving 0, naming the first complaint", () => {
  const result = marks("y", 3, { a: () => ({ passed: false, complaint: "it is upside down" }) });
  expect(() => result.points).toThrow("y: 0 of 3 points; a: it is upside down");
});

it("takes a trial that throws for one that failed, and refuses to have none", () => {
  const thrown = marks("y", 1, {
    a: () => {
      throw new RangeError("too far");
    },
  });
  expect(thrown.trials[0]).toMatchObject({ passed: false, complaint: "it threw RangeError: too far" });
  expect(() => marks("y", 1, {})).toThrow("has no trials");
});

it("says a complaint once", () => {
  const fail = () => ({ passed: false, complaint: "no" });
  expect(marks("y", 1, { a: fail, b: fail }).text).toContain("✗ b: the same as in “a”");
});

it("measures a gradient, and names a known mistake", async () => {
  const trial = (mine: (dy: Tensor, inputs: { x: Tensor }) => Tensor) =>
    gradientTrial("x", {
      ...{ forward: square, inputs: { x }, mine },
      mistakes: { "The exponent is forgotten.": (dy: Tensor) => slope(dy, x, 1) },
    });
  expect(trial((dy, { x }) => slope(dy, x)).passed).toBe(true);
  const wrong = trial((dy, { x }) => slope(dy, x, 1));
  expect(wrong).toMatchObject({ passed: false, mistake: "The exponent is forgotten." });
  expect(wrong.complaint).toMatch(/^The exponent is forgotten\. \(dx\[/);
  const bundle = await marks("dx", 1, { a: () => wrong }).bundle();
  expect(bundle["text/markdown"]).toContain("data:image/png;base64,");
  expect(trial((dy, { x }) => slope(dy, x, 3)).complaint).toContain("1.5 times the measured one");
});

it("notices that dy was written into", () => {
  const trial = gradientTrial("x", {
    ...{ forward: square, inputs: { x } },
    mine: (dy, { x }) => {
      const gradient = slope(dy, x);
      dy.data.fill(0);
      return gradient;
    },
  });
  expect(trial).toMatchObject({ passed: false });
  expect(trial.complaint).toContain("writes into its input dy");
});

it("compares tensors by shape, precision and number", () => {
  expect(tensorTrial("y", copy(x), x).passed).toBe(true);
  expect(tensorTrial("y", tensor([1, 2 + 1e-12, -3], [3], "float64"), x).passed).toBe(true);
  expect(tensorTrial("y", tensor([1, 2 + 1e-7, -3], [3], "float64"), x).complaint).toContain(
    "y[1] is 2.0000001, but",
  );
  expect(tensorTrial("y", zeros([2], "float64"), x).complaint).toContain("y is 2, but it must be 3");
  expect(tensorTrial("y", zeros([3]), x).complaint).toContain("float32");
  expect(tensorTrial("y", undefined as unknown as Tensor, x).complaint).toContain("not a tensor");
  expect(tensorTrial("y", full([3], NaN, "float64"), x).complaint).toContain("NaN comes from");
});

it("does not take every answer for a mistake whose answer is infinite", () => {
  const mistakes = { "It starts at infinity.": () => full([3], -Infinity, "float64") };
  expect(tensorTrial("y", times(x, 2), x, { mistakes }).mistake).toBeUndefined();
});

it("fails a function that writes into its input, and one that only leaves it alone", () => {
  const own = copy(x);
  const write = () => {
    own.data[0] = 9;
    return { passed: true };
  };
  expect(untouchedTrial({ own }, write).complaint).toContain("writes into its input own");
  expect(untouchedTrial({ x }, () => ({ passed: false, complaint: "zero" })).complaint).toBe("zero");
});
