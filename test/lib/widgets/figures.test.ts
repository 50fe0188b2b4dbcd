/**
 * The figures that answer: that their arithmetic is the library's, what keys and the pointer do, that a drawing fits its
 * canvas in light and dark, and that the modules for pages are made of these very sources.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DARK, LIGHT, type FigureKind } from "../../../lib/widgets/figures/figure-kind.js";
import { figure as stepper, resultsOf, termsOf } from "../../../lib/widgets/figures/convolution-stepper.js";
import { descend, fateOf, figure as descent } from "../../../lib/widgets/figures/descent.js";
import { figure as scores, lossesOf } from "../../../lib/widgets/figures/scores.js";
import { figure as sizes, outputSize } from "../../../lib/widgets/figures/sizes.js";
import {
  convolutionSizes,
  convolutionStepper,
  descentFigure,
  scoresFigure,
  type LiveFigure,
} from "../../../lib/widgets/index.js";
import { projectRoot } from "../../support/shared.js";

/** Every figure with the function that makes it. */
const all: readonly (readonly [FigureKind<never>, () => LiveFigure<never>])[] = [
  [stepper, convolutionStepper],
  [sizes, convolutionSizes],
  [descent, descentFigure],
  [scores, scoresFigure],
] as never;

describe.each(all.map(([kind, make]) => [kind.name, kind, make] as const))("%s", (_, kind, make) => {
  const state = kind.state as never;

  it("draws inside its canvas, on a phone and on a page, in light and dark", () => {
    for (const width of [300, 341, 688, 760])
      for (const palette of [LIGHT, DARK]) {
        const { body, height } = kind.draw(state, { width, palette });
        expect(body).not.toMatch(/NaN|undefined|Infinity/);
        expect(height).toBeGreaterThan(50);
        for (const [, x, w] of body.matchAll(/<rect x="([-\d.]+)"[^>]* width="([-\d.]+)"/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(-1);
          expect(Number(x) + Number(w)).toBeLessThanOrEqual(width + 1);
        }
      }
  });

  it("says what is seen, what to try, and a question with its answer", () => {
    expect(kind.words(state)).toMatch(/\d.*\.$/);
    expect(kind.task).toMatch(/\.$|\?$/);
    expect(kind.question).toMatch(/\?$/);
    expect(kind.answer).toMatch(/\.$/);
  });

  it("answers the arrow keys by a new drawing", () => {
    const canvas = { width: 688, palette: LIGHT };
    const before = kind.draw(state, canvas).body;
    const moved = ["ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"].map((key) => {
      const changes = kind.act!(state, { kind: "key", key }, canvas);
      return kind.draw(Object.assign({}, state, changes) as never, canvas).body !== before;
    });
    expect(moved).toContain(true);
    expect(kind.act!(state, { kind: "key", key: "q" }, canvas)).toBeUndefined();
    expect(kind.keys).toMatch(/\.$/);
  });

  it("stays the same state by any value of its controls", () => {
    for (const control of kind.controls(state)) {
      if (control.kind !== "slider" || control.name.includes(" ")) continue;
      for (const value of [control.min, control.max]) {
        const changed = { ...(state as object), [control.name]: value } as never;
        expect(kind.draw(changed, { width: 341, palette: LIGHT }).body).not.toMatch(/NaN|undefined/);
        expect(kind.words(changed)).not.toMatch(/NaN|undefined/);
      }
    }
  });

  it("is a still picture with words where nothing answers", async () => {
    const figure = make();
    const bundle = await figure.bundle();
    expect(bundle["text/plain"]).toContain(kind.title);
    expect(String(bundle["image/png"])).toMatch(/^iVBOR/);
    const svg = await figure.still().svg();
    expect(svg).toContain(kind.title);
    const make1 = make as unknown as (options: object) => unknown;
    expect(() => make1({ wrong: 1 })).toThrow(`${kind.name}: it has no "wrong"`);
  });
});

describe("the arithmetic", () => {
  it("of the stepper adds up to the library's numbers, at every place of all three results", () => {
    for (const stride of [1, 2])
      for (const pad of [0, 1]) {
        const state = { ...stepper.state, stride, pad };
        const results = resultsOf(state);
        for (const show of ["y", "dx", "dw"] as const)
          results[show].forEach((line, row) =>
            line.forEach((value, column) => {
              const terms = termsOf({ ...state, show, row, column }, results.dy);
              const sum = terms.reduce((total, { factors: [a, b] }) => total + a * b, 0);
              expect(sum).toBeCloseTo(value, 10);
            }),
          );
      }
    const corner = termsOf({ ...stepper.state, show: "dx" }, resultsOf(stepper.state).dy);
    const middle = termsOf({ ...stepper.state, show: "dx", row: 2, column: 2 }, resultsOf(stepper.state).dy);
    expect([corner.length, middle.length]).toEqual([1, 9]);
  });

  it("of the sizes is (N + 2P − F)/S + 1, and says what is left over", () => {
    expect(outputSize({ N: 7, F: 3, S: 2, P: 0 })).toEqual({ count: 3, over: 0 });
    expect(outputSize({ N: 7, F: 3, S: 3, P: 0 })).toEqual({ count: 2, over: 1 });
    expect(outputSize({ N: 7, F: 3, S: 3, P: 1 })).toEqual({ count: 3, over: 0 });
    expect(outputSize({ N: 2, F: 5, S: 1, P: 0 }).count).toBe(0);
    expect(sizes.words({ ...sizes.state, S: 3 })).toContain(
      "is not whole: 2 windows fit and one number is left over",
    );
    for (const [F, P] of [
      [3, 1],
      [5, 2],
      [7, 3],
    ])
      expect(outputSize({ N: 9, F, S: 1, P }).count).toBe(9);
  });

  it("of the descent runs away from 2(1 + momentum)/a on, and not before", () => {
    for (const momentum of [0, 0.5, 0.9])
      for (const curvature of [5, 10, 20]) {
        const border = (2 * (1 + momentum)) / curvature;
        const state = { ...descent.state, momentum, curvature, steps: 400 };
        expect(fateOf({ ...state, rate: border * 1.03 })).toBe("diverges");
        expect(fateOf({ ...state, rate: border * 0.9 })).not.toBe("diverges");
      }
    expect(fateOf({ ...descent.state, rate: 0.005 })).toBe("creeps");
    expect(descend({ ...descent.state, steps: 1, rate: 0.1 })[1]).toEqual([
      expect.closeTo(-3.2 + 0.32, 12),
      expect.closeTo(0, 12),
    ]);
  });

  it("of the scores is the slide's: hinge 2.9 is a sum, and a lead of 3 leaves the hinge at rest", () => {
    const { hinge, crossEntropy } = lossesOf({ scores: [3.2, 5.1, -1.7], label: 0 });
    expect(hinge.loss).toBeCloseTo(2.9, 12);
    expect(crossEntropy.loss).toBeCloseTo(2.0404, 3);
    const leads = lossesOf({ scores: [4, 1, 1], label: 0 });
    expect(leads.hinge).toEqual({ loss: 0, gradient: [expect.closeTo(0), 0, 0] });
    expect(leads.crossEntropy.gradient[1]).toBeGreaterThan(0.04);
  });

  it("a drag sets what is under the pointer", () => {
    const canvas = { width: 688, palette: LIGHT };
    const dragged = scores.act!(scores.state, { kind: "drag", at: "bar 1", x: 0, y: 145 }, canvas);
    expect(dragged).toEqual({ scores: [3.2, 0, -1.7], chosen: 1 });
    expect(descent.act!(descent.state, { kind: "press", at: "plane", x: 344, y: 216 }, canvas)).toEqual({
      x: 0,
      y: 0,
    });
    expect(stepper.act!(stepper.state, { kind: "move", at: "result 2 1", x: 0, y: 0 }, canvas)).toEqual({
      row: 2,
      column: 1,
    });
  });
});

it("the modules for pages are made of these sources, and are small", () => {
  execFileSync(process.execPath, [join(projectRoot, "lib/widgets/front/build.mjs"), "--check"]);
});
