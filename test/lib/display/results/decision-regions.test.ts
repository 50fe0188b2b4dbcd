/** The plane coloured by a classifier: the picture agrees with its answers, and misfits are refused. */
import { describe, expect, it } from "vitest";
import { decisionRegions, tensor, type Classify } from "../../../../lib/index.js";

const points = tensor([
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
]);
const labels = [0, 1, 0, 1];
const right: Classify = (x) => Array.from({ length: x.shape[0] }, (_, n) => (x.get(n, 0) > 0.5 ? 1 : 0));
const top: Classify = (x) => Array.from({ length: x.shape[0] }, (_, n) => (x.get(n, 1) > 0.5 ? 1 : 0));

describe("decisionRegions", () => {
  it("counts the points that each classifier gets wrong", () => {
    const figure = decisionRegions(points, labels, { right, top }, { title: "Halves" });
    expect(figure.text).toBe("Halves\nright: 0 of 4 points wrong\ntop: 2 of 4 points wrong");
  });

  it("rims the wrong points and no others", async () => {
    const rims = async (classify: Classify) =>
      (await decisionRegions(points, labels, { classify }).svg()).match(/stroke-width="1.6"/g)?.length ?? 0;
    expect(await rims(right)).toBe(0);
    expect(await rims(top)).toBe(2);
  });

  it("asks about the grid with y upwards", () => {
    const seen: number[][] = [];
    const spy: Classify = (x) => {
      if (x.shape[0] === 9) for (let n = 0; n < 9; n++) seen.push([x.get(n, 0), x.get(n, 1)]);
      return right(x);
    };
    decisionRegions(points, labels, { spy }, { xRange: [0, 3], yRange: [0, 3], resolution: 3 });
    expect(seen.slice(0, 3)).toEqual([
      [0.5, 2.5],
      [1.5, 2.5],
      [2.5, 2.5],
    ]);
    expect(seen[8]).toEqual([2.5, 0.5]);
  });

  it("refuses points, labels and answers that do not fit", () => {
    expect(() => decisionRegions(points, [0, 1], { right })).toThrow("4×2 for 2 labels");
    expect(() => decisionRegions(points, labels, {})).toThrow("no classifier");
    expect(() => decisionRegions(points, labels, { short: () => [0] })).toThrow('"short" answers');
    expect(() =>
      decisionRegions(points, labels, { odd: (x) => new Float64Array(x.shape[0]).fill(NaN) }),
    ).toThrow("NaN");
  });
});
