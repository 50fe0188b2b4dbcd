/** The gradient check itself: it passes right backward passes, and says where and how wrong ones are wrong. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  assertGradients,
  cast,
  conv2dBackward,
  conv2dForward,
  flat,
  gradCheck,
  operation,
  Random,
  tensor,
  wrap,
  type Tensor,
} from "../../../lib/index.js";
import { slope } from "../../../lib/check/differences.js";
import { laidOut, layoutNames } from "../../support/engines.js";

const random = new Random(3);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const inputs = { x: draw(2, 3, 5, 5), w: draw(4, 3, 3, 3), b: draw(4) };

/** A function of every number by itself, with the derivative it claims. */
const elementwise = (f: (x: number) => number, slopeOf: (x: number) => number) => ({
  forward: ({ x }: { x: Tensor }) => ({ y: wrap(flat(x).map(f), x.shape), cache: x }),
  backward: (dy: Tensor, x: Tensor) => ({
    dx: wrap(
      flat(dy).map((d, i) => d * slopeOf(flat(x)[i])),
      x.shape,
    ),
  }),
});

describe("slope", () => {
  const at = (f: (x: number) => number, x: number) =>
    slope((step) => ({ value: f(x + step) - f(x), mass: Math.abs(f(x)) }), {
      step: 2 ** -10,
      accuracy: 1e-7,
      floor: 1e-3,
    });

  it("measures smooth functions to ten digits", () => {
    expect(at(Math.exp, 1).value / Math.E).toBeCloseTo(1, 10);
    expect(at(Math.sin, 2).value / Math.cos(2)).toBeCloseTo(1, 10);
    expect(at((x) => Math.sin(100 * x), 0.3).value / (100 * Math.cos(30))).toBeCloseTo(1, 8);
  });
  it("steps closer when a kink is near", () => {
    const relu = (x: number) => Math.max(0, x);
    for (const distance of [1e-1, 1e-3, 3e-4, 1e-4, 1e-5]) {
      expect(at(relu, distance), `${distance} above`).toEqual({ value: expect.closeTo(1, 9), smooth: true });
      expect(at(relu, -distance), `${distance} below`).toEqual({ value: expect.closeTo(0, 9), smooth: true });
    }
  });
  it("says when there is no derivative", () => {
    expect(at(Math.abs, 0).smooth).toBe(false);
    expect(at((x) => Math.max(0, x), 0).smooth).toBe(false);
    expect(at((x) => Math.max(0, x), 1e-8).smooth).toBe(false);
    expect(at(Math.sign, 0).smooth).toBe(false);
    expect(at(Math.sqrt, 0).smooth).toBe(false);
  });
  it("is not alarmed by curvature", () => {
    expect(at((x) => x * x, 0)).toEqual({ value: expect.closeTo(0, 12), smooth: true });
    expect(at((x) => x ** 4, 1e-4).smooth).toBe(true);
    expect(at((x) => Math.exp(5 * x), 2).smooth).toBe(true);
  });
});

describe("gradCheck", () => {
  it("passes the library's own", () => {
    const report = gradCheck(
      { forward: ({ x, w, b }) => conv2dForward(x, w, b, { pad: 1 }), backward: conv2dBackward },
      inputs,
    );
    expect(report.passed).toBe(true);
    expect(report.error).toBeLessThan(1e-8);
    expect(report.gradients.map(({ name, compared }) => [name, compared])).toEqual([
      ["x", 150],
      ["w", 108],
      ["b", 4],
    ]);
  });

  it("names the argument, the place and both numbers of one wrong number", () => {
    const broken = {
      name: "my conv2d",
      forward: ({ x, w, b }: typeof inputs) => conv2dForward(x, w, b),
      backward: (dy: Tensor, cache: ReturnType<typeof conv2dForward>["cache"]) => {
        const gradients = conv2dBackward(dy, cache);
        gradients.dw.data[2 * 27 + 9 + 5] += 0.5; // dw[2, 1, 1, 2]
        return gradients;
      },
    };
    const report = gradCheck(broken, inputs);
    expect(report.passed).toBe(false);
    const { x, w, b } = Object.fromEntries(report.gradients.map((gradient) => [gradient.name, gradient]));
    expect([x.passed, w.passed, b.passed]).toEqual([true, false, true]);
    expect(w.index).toEqual([2, 1, 1, 2]);
    expect(w.derived - w.measured).toBeCloseTo(0.5, 8);
    expect(w.wrong).toBe(1);
    expect(Array.from(flat(w.map!.error)).findIndex((error) => error > 1e-6)).toBe(2 * 27 + 9 + 5);
    expect(report.of("w")).toBe(w);
    expect(() => report.of("v")).toThrow('there is no argument "v"; it checked x, w, b');
    expect(() => assertGradients(broken, inputs)).toThrow(
      /^gradient check of my conv2d: dw\[2, 1, 1, 2\] is \S+, but central differences give \S+ \(relative error \S+, allowed 1e−6\); 1 of 108 numbers disagree.*\.$/,
    );
  });

  it("uses an upstream gradient that ones cannot replace", () => {
    // Reading dy backwards is right for an upstream gradient of ones.
    const mirrored = {
      forward: ({ x, w }: { x: Tensor; w: Tensor }) => conv2dForward(x, w, undefined),
      backward: (dy: Tensor, cache: ReturnType<typeof conv2dForward>["cache"]) => ({
        ...conv2dBackward(dy, cache),
        dw: conv2dBackward(wrap(flat(dy).slice().reverse(), dy.shape), cache).dw,
      }),
    };
    expect(gradCheck(mirrored, { x: inputs.x, w: inputs.w }).of("w").passed).toBe(false);
  });

  it.each(layoutNames)("takes %s inputs and leaves them alone", (layout) => {
    const views = { x: laidOut(inputs.x, layout), w: laidOut(inputs.w, layout) };
    const before = views.x.data.slice();
    expect(gradCheck(operation("conv2d", { stride: 2 }), views).passed).toBe(true);
    expect(views.x.data).toEqual(before);
  });

  it("refuses float32 and says what to do", () => {
    expect(() => gradCheck(operation("relu", {}), { x: tensor([1, 2]) })).toThrow(
      'gradCheck: x of relu is float32, whose rounding makes a correct gradient look wrong by a tenth; check in float64, with cast(x, "float64")',
    );
  });

  it("reports a gradient that is missing, of another shape, of another kind", () => {
    const returning = (gradients: object) =>
      gradCheck({ ...operation("relu", {}), backward: () => gradients }, { x: draw(2, 3) }).of("x");
    expect(returning({})).toMatchObject({
      passed: false,
      problem: expect.stringContaining("backward gives no dx"),
    });
    expect(returning({ dx: draw(3, 2) }).problem).toContain("dx is 3×2, but x is 2×3");
    expect(returning({ dx: [1, 2] }).problem).toContain("dx is not a tensor");
    expect(returning({ dx: cast(draw(2, 3), "float32") }).problem).toContain("dx is not float64");
  });

  it("fails NaN, zeros and infinities", () => {
    for (const value of [NaN, 0, Infinity]) {
      const constant = {
        ...operation("relu", {}),
        backward: () => ({ dx: wrap(new Float64Array(6).fill(value), [2, 3]) }),
      };
      expect(gradCheck(constant, { x: draw(2, 3) }).passed, `${value}`).toBe(false);
    }
  });

  it("leaves kinks out, counts them, and does not pass on kinks alone", () => {
    const some = gradCheck(operation("relu", {}), { x: tensor([-1, 0, 2], [3], "float64") }).of("x");
    expect(some).toMatchObject({ passed: true, compared: 2, kinks: [[1]] });
    expect(Number.isNaN(flat(some.map!.error)[1])).toBe(true);
    const all = gradCheck(operation("relu", {}), { x: tensor([0, 0], [2], "float64") });
    expect(all.passed).toBe(false);
    expect(all.text).toContain("a kink, a tie or a NaN at every number tried");
    const ties = gradCheck(operation("maxPool1d", { size: 2 }), {
      x: tensor([1, 1, 2, 3], [1, 1, 4], "float64"),
    });
    expect(ties.of("x")).toMatchObject({
      passed: true,
      kinks: [
        [0, 0, 0],
        [0, 0, 1],
      ],
    });
  });

  it("holds small gradients to the scale of the largest", () => {
    const tiny = elementwise(
      (x) => (x > 5 ? 1e4 * x : 1e-4 * x),
      (x) => (x > 5 ? 1e4 : 2e-4),
    );
    // A wrong slope of 1e-4 beside a right one of 1e4 is still seen …
    expect(gradCheck(tiny, { x: tensor([1, 10], [2], "float64") }).passed).toBe(false);
    // … and numbers of rounding size beside it are not held against anybody.
    const dust = elementwise(
      (x) => (x > 5 ? x : 0),
      (x) => (x > 5 ? 1 : 1e-17),
    );
    expect(gradCheck(dust, { x: tensor([1, 10], [2], "float64") }).passed).toBe(true);
  });

  it("compares a sample of a large argument, the same for the same seed", () => {
    const x = draw(40, 50);
    const first = gradCheck(operation("relu", {}), { x }, { samples: 30, seed: 5 }).of("x");
    expect(first.compared + first.kinks.length).toBe(30);
    expect(gradCheck(operation("relu", {}), { x }, { samples: 30, seed: 5 }).of("x").index).toEqual(
      first.index,
    );
  });

  it("checks only what is asked", () => {
    const report = gradCheck(operation("conv2d", {}), inputs, { of: ["b"] });
    expect(report.gradients.map(({ name }) => name)).toEqual(["b"]);
    expect(() => gradCheck(operation("conv2d", {}), inputs, { of: ["bias"] })).toThrow(
      "gradCheck: conv2d has no argument bias; it has x, w, b.",
    );
  });

  it("catches a function that writes into its input", () => {
    const rude = {
      ...operation("relu", {}),
      backward: (dy: Tensor, cache: unknown) => {
        (cache as { x: Tensor }).x.data[0] = 0;
        return { dx: dy };
      },
    };
    expect(() => gradCheck(rude, { x: draw(2, 2) })).toThrow("changes its input x");
  });

  it("names the operations that there are", () => {
    expect(() => operation("conv3d" as "conv2d", {})).toThrow(
      'operation: there is none called "conv3d"; there are conv1d,',
    );
  });
});

describe("GradientReport", () => {
  const report = gradCheck(
    { ...operation("linear", {}), backward: () => ({ dx: draw(2, 3), dw: undefined }) },
    { x: draw(2, 3), w: draw(4, 3) },
  );
  it("prints and shows itself", async () => {
    expect(inspect(report)).toBe(report.text);
    expect(report.text).toMatch(/^gradient check of linear: FAILED\n {2}✗ dx\[/);
    expect(report.text).toContain("✗ backward gives no dw; return it by that name");
    const bundle = await report.bundle();
    expect(bundle["text/plain"]).toBe(report.text);
    expect(bundle["text/markdown"]).toContain("| dx 2×3 | ✗ |");
    expect(bundle["text/markdown"]).toMatch(/!\[dx: .* numbers disagree.*\]\(data:image\/png;base64,iVBOR/);
    expect(report.draw("x").alt).toMatch(/^dx: /);
    expect(() => report.draw("w")).toThrow("there is nothing to draw: backward gives no dw");
  });
});
