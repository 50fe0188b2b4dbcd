/** Marks for exercises: what passes, what is said of what does not, and that doing nothing earns nothing. */
import { expect, it } from "vitest";
import {
  copy,
  flat,
  full,
  gradientTrial,
  marks,
  Random,
  smallestFailing,
  tensor,
  tensorTrial,
  untouchedTrial,
  wholeNumbers,
  zeros,
  type Tensor,
} from "../../../lib/index.js";
import type { TrialExample } from "../../../lib/check/index.js";

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

it("calls a wrong answer that comes of writing into an input by that name, with the numbers that went in", () => {
  const own = copy(x);
  const double = (): Tensor => {
    own.data.forEach((value, i) => (own.data[i] = 2 * value));
    return own;
  };
  const trial = tensorTrial("y", double, copy(x), { example: { own } });
  expect(trial.complaint).toContain("it writes into its input own, which others still need");
  expect(trial.complaint).toContain("y[0] is 2, but it must be 1");
  expect(marks("y", 1, { a: () => trial, b: () => ({ passed: true }) }).text).toMatch(/own 3 +1 +2 +-?−?3/);
  // A right answer is right: whether the input stays is asked by a trial of its own.
  const tidy = copy(x);
  const clear = (): Tensor => {
    const result = copy(tidy);
    tidy.data.fill(0);
    return result;
  };
  const cleared = () => tensorTrial("y", clear, copy(x), { example: { tidy } });
  expect(cleared().passed).toBe(true);
  expect(untouchedTrial({ tidy }, cleared).complaint).toContain("writes into its input tidy");
  // The next trial gets what this one got.
  expect([own, tidy].map((one) => Array.from(one.data))).toEqual([Array.from(x.data), Array.from(x.data)]);
});

it("calls a gradient that is wrong for having changed another input by that name", () => {
  const w = copy(x);
  const trial = gradientTrial("x", {
    forward: (inputs: { x: Tensor }) => times(inputs.x, 3),
    inputs: { x },
    example: { w },
    mine: (dy) => {
      w.data.fill(0);
      return times(dy, 2);
    },
  });
  expect(trial.complaint).toContain("writes into its input w");
});

it("says of a mistake without a name what its numbers have in common", () => {
  expect(tensorTrial("y", times(x, 1 / 3), x).complaint).toContain(
    "is this a mean over 3, in place of a sum?",
  );
  const third = gradientTrial("x", {
    forward: (inputs: { x: Tensor }) => times(inputs.x, 3),
    inputs: { x },
    mine: (dy) => times(dy, 1),
  });
  expect(third.complaint).toContain("is this a mean over 3, in place of a sum?");
});

const single = (value: number): Tensor => tensor([value], [1], "float64");

it("chooses of the mistakes that fit a small case the one that fits the others too", () => {
  const mistakes = {
    "It is doubled.": () => single(2),
    "One is added.": () => single(2),
  };
  const one = single(1);
  const small = () => tensorTrial("y", single(2), one, { mistakes });
  const large = () =>
    tensorTrial("y", single(4), single(3), {
      mistakes: {
        "It is doubled.": () => single(6),
        "One is added.": () => single(4),
      },
    });
  expect(marks("y", 1, { small }).text).toContain("✗ small: It is doubled. (");
  const both = marks("y", 1, { small, large }).text;
  expect(both).toContain("✗ small: One is added. (y[0] is 2, but it must be 1");
  expect(both).toContain("✗ large: the same as in “small”");
});

it("says that a name is only likely when another trial speaks against it", () => {
  const one = single(1);
  const name = "It is doubled.";
  const doubled = () => tensorTrial("y", single(2), one, { mistakes: { [name]: () => single(2) } });
  const other = () => tensorTrial("y", single(5), one, { mistakes: { [name]: () => single(2) } });
  const stranger = () => tensorTrial("y", single(5), one);
  expect(marks("y", 1, { doubled, other }).text).toContain("✗ doubled: Perhaps: It is doubled. (");
  expect(marks("y", 1, { doubled, stranger }).text).toContain("✗ doubled: It is doubled. (");
});

it("draws whole numbers of which no two are alike, and whose sum is not zero", () => {
  for (let seed = 0; seed < 50; seed++) {
    for (const n of [1, 3, 4, 7]) {
      const numbers = Array.from(flat(wholeNumbers([n], new Random(seed))));
      expect(numbers.map(Math.abs).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i + 1));
      expect(numbers.reduce((sum, value) => sum + value)).not.toBe(0);
    }
  }
});

it("shows the numbers of a small gradient that is wrong, dy in whole numbers", async () => {
  const trial = (mine: number, example?: object) =>
    gradientTrial("x", {
      ...{ forward: square, inputs: { x }, mine: (dy: Tensor, { x }: { x: Tensor }) => slope(dy, x, mine) },
      ...(example && { example: { x } }),
    });
  const wrong = marks("dx", 1, { "one row": () => trial(1, {}) });
  const dy = Array.from(flat(wrong.trials[0].example!.inputs.dy as Tensor));
  expect(dy.map(Math.abs).sort((a, b) => a - b)).toEqual([1, 2, 3]);
  const shown = (factor: number) => dy.map((d, i) => factor * d * [1, 2, -3][i]);
  const numbersOf = (label: string) =>
    new RegExp(`^ +${label} +(.*)$`, "m")
      .exec(wrong.text)![1]
      .replaceAll("−", "-")
      .trim()
      .split(/ +/)
      .map(Number);
  expect(wrong.text).toContain("To follow with a pencil, “one row”:");
  const example = { ...wrong.trials[0].example!, isSmaller: true };
  const smaller = marks("dx", 1, { "ten rows": () => ({ ...trial(1, {}), example }) });
  expect(smaller.text).toContain("To follow with a pencil, a smaller case of “ten rows”:");
  expect(numbersOf("x 3")).toEqual([1, 2, -3]);
  expect(numbersOf("dy 3")).toEqual(dy);
  expect(numbersOf("dx must be")).toEqual(shown(2));
  expect(numbersOf("but is")).toEqual(shown(1));
  expect((await wrong.bundle())["text/markdown"]).toContain("```text\nx 3 ");
  // Nothing to show: it passes, it is not asked for, or it is more than a pencil can follow.
  expect(marks("dx", 1, { a: () => trial(2, {}) }).text).not.toContain("pencil");
  expect(marks("dx", 1, { a: () => trial(1) }).text).not.toContain("pencil");
  const long = zeros([40], "float64");
  const large = () => tensorTrial("y", full([40], 1, "float64"), long, { example: { long } });
  expect(marks("y", 1, { a: large }).text).not.toContain("pencil");
});

it("shows the numbers of a small answer that is wrong, rows under rows, maps apart", () => {
  const maps = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2], "float64");
  const wrong = () => tensorTrial("y", copy(x), times(x, 0.5), { example: { maps, stride: 2 } });
  expect(marks("y", 1, { a: wrong }).text.split("\n").slice(-8)).toEqual([
    "    maps 2×2×2     1     2",
    "                   3     4",
    "",
    "                   5     6",
    "                   7     8",
    "    stride         2",
    "    y must be    0.5     1  −1.5",
    "    but is         1     2    −3",
  ]);
});

it("looks for the smallest sizes that fail by the same mistake, within what fits", () => {
  const tried: string[] = [];
  const search = (N: number, L: number) =>
    smallestFailing(
      { N, L },
      (sizes) => {
        tried.push(`${sizes.N}×${sizes.L}`);
        const right = zeros([sizes.N, sizes.L, 5], "float64");
        if (sizes.L === 3) throw new Error("three");
        // Wrong from two examples and from four samples on; with one example by another mistake.
        if (sizes.L < 4) return { passed: true };
        return {
          passed: false,
          mistake: sizes.N < 2 ? "another" : "this",
          example: { inputs: { N: sizes.N, L: sizes.L }, name: "y", expected: right, got: right },
        };
      },
      ({ L }) => L !== 2,
    );
  expect(search(3, 6)).toMatchObject({
    mistake: "this",
    example: { inputs: { N: 2, L: 4 }, isSmaller: true },
  });
  expect(tried.some((sizes) => sizes.endsWith("×2"))).toBe(false);
  const small: TrialExample = search(2, 4).example!; // 40 numbers: too many, and nothing smaller fails
  expect(small.inputs).toEqual({ N: 2, L: 4 });
  expect(small.isSmaller).toBeUndefined();
});
