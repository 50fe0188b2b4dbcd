/** Grading a student's backward pass: the right one passes everything, each wrong one fails where its mistake is. */
import { describe, expect, it } from "vitest";
import {
  batchNormBackward,
  check,
  conv1dBackward,
  conv2dBackward,
  flat,
  linearBackward,
  maxPool1dBackward,
  maxPool2dBackward,
  reluBackward,
  wrap,
  type Tensor,
} from "../../../lib/index.js";
import type { Conv1dCache } from "../../../lib/layers/convolution/conv1d.js";

/** A student's conv1d, right for stride 1 without padding, dilation, flip or groups; with a sum over the batch or not. */
function mine(dy: Tensor, { x, w, hasBias }: Conv1dCache, overBatch = true) {
  const [N, C, L] = x.shape;
  const [F, , M] = w.shape;
  const [dx, dw, db] = [new Float64Array(x.size), new Float64Array(w.size), new Float64Array(F)];
  const T = dy.shape[2];
  for (let n = 0; n < N; n++) {
    for (let f = 0; f < F; f++) {
      for (let t = 0; t < T; t++) {
        const g = dy.get(n, f, t);
        if (overBatch || n === 0) db[f] += g;
        for (let c = 0; c < C; c++) {
          for (let m = 0; m < M; m++) {
            if (t + m >= L) continue;
            dx[(n * C + c) * L + t + m] += w.get(f, c, m) * g;
            dw[(f * C + c) * M + m] += x.get(n, c, t + m) * g;
          }
        }
      }
    }
  }
  return { dx: wrap(dx, x.shape), dw: wrap(dw, w.shape), ...(hasBias && { db: wrap(db, [F]) }) };
}

describe("check", () => {
  it("passes the library's own in every trial", () => {
    expect(check("conv1d", conv1dBackward).text).toMatch(/^your conv1d backward: 10 of 10 trials passed/);
    expect(check("conv2d", conv2dBackward).passed).toBe(true);
    expect(check("linear", linearBackward).passed).toBe(true);
    expect(check("maxPool1d", maxPool1dBackward).passed).toBe(true);
    expect(check("maxPool2d", maxPool2dBackward).passed).toBe(true);
    expect(check("relu", reluBackward).passed).toBe(true);
    expect(check("batchNorm", batchNormBackward).score).toBe(1);
  });

  it("says which ideas are missing", () => {
    const grade = check("conv1d", (dy, cache) => mine(dy, cache));
    const passed = grade.trials.filter((trial) => trial.passed).map(({ about }) => about);
    expect(passed).toEqual(["one signal, one filter", "a batch, channels and filters", "no bias"]);
    expect(grade.score).toBeCloseTo(0.3);
    expect(grade.text).toContain("✗ flip: dx[");
    expect(check("conv1d", (dy, cache) => mine(dy, cache), { only: passed }).passed).toBe(true);
  });

  it("finds a sum that is missing", () => {
    const grade = check("conv1d", (dy, cache) => mine(dy, cache, false));
    const [one, batch] = grade.trials;
    expect(one.passed).toBe(true);
    expect(batch.complaint).toMatch(/^db\[\d\] is \S+, but central differences give/);
  });

  it("shows the first failure with its table and drawing", async () => {
    const negative = check("linear", (dy, cache) => {
      const { dx, dw, db } = linearBackward(dy, cache);
      return {
        dx: wrap(
          flat(dx).map((v) => -v),
          dx.shape,
        ),
        dw,
        db,
      };
    });
    const markdown = String((await negative.bundle())["text/markdown"]);
    expect(markdown).toContain("First, one example:");
    expect(markdown).toContain("every sign is wrong");
    expect(markdown).toContain("data:image/png;base64,");
  });

  it("survives a backward that throws or returns nothing", () => {
    const throwing = check("relu", () => {
      throw new TypeError("dy.foo is not a function");
    });
    expect(throwing.text).toContain("✗ a row of numbers (8): it threw TypeError: dy.foo is not a function");
    expect(check("relu", () => ({})).text).toContain("backward gives no dx");
    expect(check("relu", () => undefined as never).text).toContain("backward gives no dx");
  });

  it("takes trials of one's own, and names those that there are", () => {
    const trials = [{ about: "mine", shapes: { x: [2, 3], w: [1, 3] }, options: {} }];
    expect(check("linear", linearBackward, { trials }).text).toContain("✓ mine");
    expect(() => check("linear", linearBackward, { only: ["stride"] })).toThrow(
      'check: linear has no trial "stride"; it has "one example", "a batch", "no bias".',
    );
    expect(() => check("conv9d" as "conv1d", conv1dBackward)).toThrow(
      'check: there are no trials for "conv9d"; there are for conv1d,',
    );
  });

  it("shows the first small example in whole numbers, dy too", () => {
    const { text, trials } = check("conv1d", (dy, cache) => {
      const right = conv1dBackward(dy, cache);
      return { ...right, dw: wrap(flat(right.dw).slice().reverse(), right.dw.shape) };
    });
    expect(text).toContain("To follow with a pencil, “one signal, one filter”:");
    expect(text).toMatch(/^ +dy 1×1×4( +−?\d+){4}$/m);
    expect(text).toMatch(/^ +dw must be( +−?\d+){3}$/m);
    const { expected, got } = trials[0].example!;
    expect([...flat(got)].reverse()).toEqual([...flat(expected)].map((value) => expect.closeTo(value, 6)));
    expect(check("conv1d", conv1dBackward).text).not.toContain("pencil");
  });

  it("notices a batch norm that forgets its ε", () => {
    const grade = check("batchNorm", (dy, cache) => {
      const scale = cache.scale.map((r) => 1 / Math.sqrt(1 / r ** 2 - 0.5));
      return batchNormBackward(dy, { ...cache, scale });
    });
    expect(grade.trials.map(({ passed }) => passed)).toEqual([false, false, false, false]);
  });
});
