/** The median rule: who is ended, who is not, and what counts as the others. */
import { expect, it } from "vitest";
import { Pruner } from "../../../../lib/train/search/pruner.js";

/** Reports one value a trial at a step. */
const at = (pruner: Pruner, step: number, values: readonly number[]): boolean[] =>
  values.map((value, trial) => pruner.reported(trial, step, value));

it("ends a trial whose best is below the median of the others at the step, once enough have reported it", () => {
  const pruner = new Pruner({ trials: 3 });
  // Values of the others at the last one: 1, 2, 3, 4 (median 2.5).
  expect(at(pruner, 0, [1, 2, 3, 4, 2.4])).toEqual([false, false, false, false, true]);
  expect(pruner.reported(5, 0, 2.4)).toBe(false); // the median of 1, 2, 2.4, 3, 4
  expect(at(pruner, 1, [9, 9, 9, 9])).toEqual([false, false, false, false]);
  // Its best counts, not its last: 4 at step 0 is below 9, a trial that once had 10 is not.
  expect(pruner.reported(5, 1, 2)).toBe(true);
  pruner.reported(6, 0, 10);
  expect(pruner.reported(6, 1, 0)).toBe(false);
});

it("counts a value that is no number below all others", () => {
  const pruner = new Pruner(true);
  expect(at(pruner, 3, [NaN, NaN, NaN, 0, 0, NaN])).toEqual([false, false, false, false, false, false]);
  expect(pruner.reported(6, 3, 1)).toBe(false);
  expect(at(pruner, 4, [1, 1, 1, 1, 1])).toEqual([false, false, false, false, false]);
  expect(pruner.reported(5, 4, NaN)).toBe(true);
});

it("leaves the first steps alone, forgets a trial that begins again, and does nothing unless it is asked to", () => {
  const late = new Pruner({ trials: 1, step: 2 });
  expect([0, 1, 2].map((step) => [late.reported(0, step, 5), late.reported(1, step, 1)][1])).toEqual([false, false, true]); // prettier-ignore
  late.forget(0);
  expect(late.reported(1, 2, 1)).toBe(false);
  const none = new Pruner(false);
  expect(none.options).toBeUndefined();
  expect(at(none, 0, [9, 9, 9, 9, 9, 9, 0]).some(Boolean)).toBe(false);
});

it("refuses counts that are none", () => {
  expect(() => new Pruner({ trials: 0 })).toThrow(/prune\.trials/);
  expect(() => new Pruner({ step: -1 })).toThrow(/prune\.step/);
});
