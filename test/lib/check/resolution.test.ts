/**
 * A difference beside an output of 1e12 resolves no gradient of 1, so no gradient is judged by it: not the wrong, which
 * passed, nor the right, which failed. What is judged is judged beside such numbers as without them, and an input that is
 * not finite is called by its name and place.
 */
import { describe, expect, it } from "vitest";
import {
  adjointCheck,
  BatchNorm,
  conv2dBackward,
  conv2dForward,
  copy,
  diagnose,
  gradCheck,
  gradCheckNet,
  Linear,
  multiply,
  Random,
  ReLU,
  Sequential,
  Sigmoid,
  tensor,
  tensorTrial,
  wrap,
  type GradientReport,
  type Tensor,
} from "../../../lib/index.js";

const random = new Random(1);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const [x, w, b] = [draw(2, 2, 6, 6), draw(2, 2, 3, 3), draw(2)];

/** Sets one number of a gradient to zero; the pixel is not seen by the dx and the dw that are spoiled. */
type Fault = "none" | "db" | "dw" | "dx";

/** The check of a convolution, one pixel of whose first image has this value. */
function check(
  pixel: number,
  fault: Fault,
  options: { of?: string[]; samples?: number } = {},
): GradientReport {
  const given = copy(x);
  given.set(0, 0, 3, 3, pixel);
  const operation = {
    name: "conv2d",
    forward: (inputs: { x: Tensor; w: Tensor; b: Tensor }) => conv2dForward(inputs.x, inputs.w, inputs.b),
    backward: (dy: Tensor, cache: ReturnType<typeof conv2dForward>["cache"]) => {
      const gradients = conv2dBackward(dy, cache);
      if (fault === "db") gradients.db!.set(0, 0);
      if (fault === "dw") gradients.dw.set(1, 1, 0, 0, 0);
      if (fault === "dx") gradients.dx.set(1, 1, 0, 0, 0);
      return gradients;
    },
  };
  return gradCheck(operation, { x: given, w, b }, options);
}

const isFoundWrong = (report: GradientReport): string[] =>
  report.gradients.filter(({ wrong }) => wrong > 0).map(({ name }) => `d${name}`);

describe("one huge pixel", () => {
  const pixels = [1e8, 1e10, 1e12, -1e12, 1e16, 1e100, 1e300];
  const faults: Fault[] = ["none", "db", "dw", "dx"];
  const ways = [{}, { samples: 40 }, { of: ["b"] }, { of: ["w"] }, { of: ["x"] }];
  const table = pixels.flatMap((pixel) =>
    faults.flatMap((fault) => ways.map((way) => [pixel, fault, way] as const)),
  );

  it.each(table)(
    "of %d, with %s wrong and %j: nothing wrong passes, nothing right is accused",
    (pixel, fault, way) => {
      const report = check(pixel, fault, way);
      const isAsked = !("of" in way) || fault === `d${way.of![0]}`;
      expect(isFoundWrong(report).filter((name) => name !== fault)).toEqual([]);
      if (fault !== "none" && isAsked) expect(report.passed).toBe(false);
      // The second image does not see the pixel, so its gradients are judged beside any.
      if (fault === "dx" && isAsked) {
        expect(isFoundWrong(report)).toEqual(["dx"]);
        expect(report.of("x")).toMatchObject({ index: [1, 1, 0, 0], wrong: 1 });
        expect(report.complaint).toContain("1 of ");
      }
    },
  );

  it("is said, with its place, what it hides, how much, and what to do", () => {
    const report = check(1e12, "none");
    expect(report.passed).toBe(false);
    expect(report.text).toMatch(
      /^gradient check of conv2d: NOT JUDGED\n {2}\? dx cannot be judged at \d+ of 144 numbers/,
    );
    expect(report.of("b").unjudged).toMatch(
      /^db cannot be judged: x\[0, 0, 3, 3\] is 1e12 and y reaches 1\.\d+e12, so a difference resolves only \d+ and the gradients there are smaller; scale the inputs or the weights to numbers around 1\.$/,
    );
    expect(report.of("w").unresolved.every(([, channel]) => channel === 1)).toBe(true);
    expect(() => report.assert()).toThrow("dx cannot be judged at");
    expect(report.of("x").compared + report.of("x").unresolved.length).toBe(144);
  });

  it("is no matter where it hides nothing", () => {
    expect(check(1e8, "none").text).toMatch(/passed/);
    const all = { x: multiply(x, 1e-12), w, b: multiply(b, 1e-12) };
    const conv = { forward: (i: typeof all) => conv2dForward(i.x, i.w, i.b), backward: conv2dBackward };
    expect(gradCheck(conv, all).text).toMatch(/passed/);
    expect(gradCheck(conv, { ...all, x: multiply(x, 1e12) }).of("x").passed).toBe(true);
  });

  it("leaves the sentence of what is wrong to what is wrong", async () => {
    const report = check(1e12, "dx");
    expect(report.complaint).toMatch(/^dx\[1, 1, 0, 0\] is 0, but central differences give −1.79/);
    expect(String((await report.bundle())["text/markdown"])).toContain(
      "| db  | ? | db cannot be judged: x[0, 0, 3, 3]",
    );
  });
});

describe("a loss", () => {
  const net = (scale: number): Sequential => {
    const one = new Sequential(
      {
        fc: new Linear({ in: 4, out: 8, dtype: "float64" }),
        relu: new ReLU(),
        out: new Linear({ in: 8, out: 3, dtype: "float64" }),
      },
      { seed: 2 },
    );
    one.parameters["out.w"].value.data.forEach((_, i, data) => (data[i] *= scale));
    return one;
  };
  it("of 1e14 hides gradients of 1", () => {
    const report = gradCheckNet(net(1e14), draw(3, 4), [0, 1, 2]);
    expect(report.passed).toBe(false);
    expect(report.of("out.b").unjudged).toMatch(
      /^dout\.b cannot be judged.* the loss is \S+, so a difference resolves only/,
    );
    expect(isFoundWrong(report)).toEqual([]);
  });
  it("of usual size hides those that vanished, and not a bias before a batch norm", () => {
    const layers = Object.fromEntries(
      Array.from(
        { length: 9 },
        (_, i) =>
          [
            [`fc${i}`, new Linear({ in: 4, out: 4, dtype: "float64" as const })],
            [`s${i}`, new Sigmoid()],
          ] as const,
      ).flat(),
    );
    const deep = new Sequential(layers, { seed: 2 });
    for (const [path, { value }] of Object.entries(deep.parameters))
      if (path.endsWith(".w")) value.data.forEach((_, i, data) => (data[i] *= 0.05));
    const report = gradCheckNet(deep, draw(3, 4), [0, 1, 2]);
    expect(report.of("fc0.w").unjudged).toContain("so a difference resolves only");
    expect(report.of("fc8.w").passed).toBe(true);
    expect(isFoundWrong(report)).toEqual([]);
    const normed = new Sequential(
      {
        fc: new Linear({ in: 4, out: 5, dtype: "float64" }),
        bn: new BatchNorm({ size: 5, dtype: "float64" }),
        out: new Linear({ in: 5, out: 3, dtype: "float64" }),
      },
      { seed: 2 },
    );
    expect(gradCheckNet(normed, draw(6, 4), [0, 1, 2, 0, 1, 2]).complaint).toBeUndefined();
  });
  it("that is constant has gradients of zero, which are judged", () => {
    const constant = (loss: number, slope: number) => ({
      forward: (_: { x: Tensor }) => ({ loss, cache: undefined }),
      backward: () => ({ dx: wrap(new Float64Array(4).fill(slope), [4]) }),
    });
    expect(gradCheck(constant(7, 0), { x: draw(4) }).passed).toBe(true);
    expect(gradCheck(constant(7, 1), { x: draw(4) }).of("x")).toMatchObject({
      wrong: 4,
      unjudged: undefined,
    });
    for (const slope of [0, 1, -1e-3])
      expect(gradCheck(constant(7e12, slope), { x: draw(4) }).complaint).toContain(
        "the loss is 7e12, so a difference",
      );
    expect(gradCheck(constant(7e12, 1e3), { x: draw(4) }).of("x")).toMatchObject({ wrong: 4 });
  });
});

describe("an input that is not finite", () => {
  it.each([
    [NaN, "NaN"],
    [Infinity, "∞"],
    [-Infinity, "−∞"],
  ])("%d is told by name and place, and not as a kink", (value, words) => {
    for (const options of [{}, { samples: 40 }]) {
      const report = check(value, "none", options);
      expect(report.passed).toBe(false);
      expect(report.of("w")).toMatchObject({ kinks: [], wrong: 0 });
      expect(report.of("w").undefinedAt).toHaveLength(18);
      expect(report.complaint).toBe(
        `dw cannot be judged at 18 of 36 numbers, first at [0, 0, 0, 0]: x[0, 0, 3, 3] is ${words}, and so is what comes of it: put a finite number there.`,
      );
      expect(report.text).toContain(`an input is not finite: x[0, 0, 3, 3] is ${words}`);
      expect([report.of("x").passed, report.of("b").passed]).toEqual([true, true]);
    }
  });
  it("does not hide what is wrong elsewhere", () => {
    expect(isFoundWrong(check(NaN, "db"))).toEqual(["db"]);
    expect(isFoundWrong(check(NaN, "dx", { samples: 40 }))).toEqual(["dx"]);
  });
  it("that reaches everything is told too", () => {
    const sum = {
      forward: ({ x: given }: { x: Tensor }) => ({ loss: given.data[0] + given.data[1], cache: given }),
      backward: () => ({ dx: tensor([1, 1], [2], "float64") }),
    };
    const report = gradCheck(sum, { x: tensor([1, NaN], [2], "float64") });
    expect(report.complaint).toBe(
      "dx cannot be measured: the loss is NaN before anything is moved, for x[1] is NaN: put a finite number there.",
    );
  });
});

describe("numbers near zero", () => {
  const log = (factor: number) => ({
    forward: ({ x: given }: { x: Tensor }) => ({
      y: wrap(Float64Array.from(given.data, Math.log), [...given.shape]),
      cache: given,
    }),
    backward: (dy: Tensor, given: Tensor) => ({
      dx: wrap(
        Float64Array.from(dy.data, (d, i) => (factor * d) / given.data[i]),
        [...given.shape],
      ),
    }),
  });
  it.each([1e-3, 1e-6, 1e-12, 1e-100, 1e-300])(
    "log %d is measured over a step that stays above 0",
    (value) => {
      const given = { x: tensor([value, value], [2], "float64") };
      expect(gradCheck(log(1), given).complaint).toBeUndefined();
      expect(gradCheck(log(1.001), given).of("x")).toMatchObject({ wrong: 2 });
    },
  );
  it("denormal ones have no step, and that is said", () => {
    expect(gradCheck(log(1), { x: tensor([5e-324], [1], "float64") }).passed).toBe(false);
  });
});

describe("an adjoint", () => {
  it("of a given x is held against numbers of one size too", () => {
    const given = draw(10);
    given.set(2, 1e14);
    const wrong = (y: Tensor): Tensor =>
      wrap(
        Float64Array.from(y.data, (v, i) => (i === 7 ? 0 : v)),
        [10],
      );
    expect(
      adjointCheck(
        (v) => v,
        (y) => y,
        given,
      ),
    ).toMatchObject({ passed: true });
    expect(adjointCheck((v) => v, wrong, given).passed).toBe(false);
  });
  it("is not blamed for an x that is not finite", () => {
    for (const value of [NaN, Infinity])
      expect(() =>
        adjointCheck(
          (v) => v,
          (y) => y,
          tensor([1, value], [2], "float64"),
        ),
      ).toThrow(/adjointCheck: x\[1\] is/);
  });
});

describe("a tensor's trial", () => {
  const right = tensor([1e12, 3, -4, 5, 0], [5], "float64");
  const mine = (at: number, value: number): Tensor => {
    const other = copy(right);
    other.data[at] = value;
    return other;
  };
  it.each([
    [1, 0],
    [2, 4],
    [3, 5.1],
    [4, 1],
    [0, 1e12 + 1e4],
    [0, NaN],
  ])("finds what is wrong beside a far larger number: [%d] is %d", (at, value) => {
    const { passed, complaint } = tensorTrial("y", mine(at, value), right);
    expect(passed).toBe(false);
    expect(complaint).toMatch(new RegExp(`^y\\[${at}\\] is .*1 of 5 numbers are wrong`));
  });
  it("forgives the larger number its rounding", () => {
    expect(tensorTrial("y", mine(4, 1e-4), right).passed).toBe(true);
    expect(tensorTrial("y", mine(0, 1e12 * (1 + 1e-10)), right).passed).toBe(true);
  });
});

it("a drawing counts what the check found wrong beside far larger numbers, and no factor explains it", () => {
  const measured = tensor([1e12, 2e12, 3, 4], [4], "float64");
  const derived = tensor([1e12, 2e12, 0, 4], [4], "float64");
  const error = tensor([0, 0, 1, 0], [4], "float64");
  expect(diagnose({ derived, measured, error })).toBe(
    "1 of 4 numbers disagree; the farthest apart, at [2], are 0 derived and 3 measured.",
  );
});
