/** The harness itself: it must notice an engine that does what it watches for. */
import { describe, expect, it } from "vitest";
import { Random, toNested, zeros, type Tensor, reluForward, reluBackward } from "../../lib/index.js";
import { Engine, rivals } from "../../lib/engine/index.js";
import type { Rival } from "../../lib/layers/index.js";
import { flat, isDense } from "../../lib/array/tensor.js";
import { reference } from "../../lib/engine/reference.js";
import { agreement, deviationOf, guarded, laidOut, layoutNames, Recorded } from "./engines.js";

describe("layouts", () => {
  const x = new Random(1).normal([2, 3, 4], 0, 1, "float64");
  it.each(layoutNames)("%s holds the same numbers", (layout) => {
    const view = laidOut(x, layout);
    expect(toNested(view)).toEqual(toNested(x));
    expect(isDense(view)).toBe(layout === "dense" || layout === "offset");
  });
  it("fills the rest of the buffer with NaN", () => {
    const { data } = laidOut(x, "sliced");
    expect(Array.from(data).filter((v) => !Number.isNaN(v)).length).toBe(24);
    expect(data.length).toBeGreaterThan(48);
  });
});

describe("guarded", () => {
  const x = new Random(1).normal([2, 3]);
  const broken = (own: Rival<typeof reluForward>): Engine =>
    guarded(new Engine("broken", { rivals: [[reluForward, own]] }));
  it("notices an argument that was changed", () => {
    const engine = broken((input) => {
      input.data[0] = 7;
      return reluForward(input);
    });
    expect(() => engine.of(reluForward)(zeros([2]))).toThrow(
      "broken: an argument of reluForward was changed",
    );
  });
  it("notices a result that a later call overwrites", () => {
    const shared = zeros([2, 3]);
    const engine = broken((input) => {
      shared.data.set(flat(reluForward(input).y));
      return { y: shared, cache: { x: input } };
    });
    engine.of(reluForward)(x);
    expect(() => engine.of(reluForward)(zeros([2, 3]))).toThrow(
      "broken: a result of reluForward was changed by a later",
    );
  });
  it("poisons reusable memory before each call", () => {
    const memory = new Float32Array(6);
    const own = (input: Tensor) => {
      for (let i = 1; i < 6; i++) memory[i] = Math.max(0, flat(input)[i]); // forgets the first
      return { ...reluForward(input), y: { ...input, data: memory.slice() } as Tensor };
    };
    class Reusing extends Engine {
      poison(value: number): void {
        memory.fill(value);
      }
    }
    const engine = guarded(new Reusing("reusing", { rivals: [[reluForward, own]] }));
    expect(engine.of(reluForward)(x).y.data[0]).toBeCloseTo(666.666, 3);
  });
});

describe("Recorded", () => {
  it("names the rivals that no test has run", () => {
    const double = new Engine("double", {
      rivals: rivals(reluForward, reluForward, reluBackward, reluBackward),
    });
    const engine = new Recorded("double", double);
    expect(engine.unasked).toEqual(["reluForward", "reluBackward"]);
    engine.of(reluForward)(zeros([2]));
    expect(engine.unasked).toEqual(["reluBackward"]);
  });
});

describe("agreement", () => {
  it("is zero for the reference and not for another answer", () => {
    const x = new Random(1).normal([2, 3], 0, 1, "float64");
    expect(agreement(reference, "relu", { x }, {})).toEqual({ y: 0, dx: 0 });
    const leaky = new Engine("leaky", {
      rivals: rivals(reluForward, reluForward, reluBackward, (dy) => ({ dx: dy })),
    });
    expect(agreement(leaky, "relu", { x }, {}).dx).toBeGreaterThan(0.1);
  });
  it("counts NaN as infinitely far from a number", () => {
    expect(deviationOf([NaN], [1])).toBe(Infinity);
    expect(deviationOf([NaN], [NaN])).toBe(0);
  });
});
