/** The plane coloured by a classifier: the picture agrees with its answers, and misfits are refused. */
import { decode } from "fast-png";
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

  /** Certain at the left, in doubt at the right. */
  const fading: Classify = (x) =>
    tensor(
      Array.from({ length: x.shape[0] }, (_, n) => {
        const part = x.get(n, 0) < 0.5 ? 1 : 0.55;
        return [part, 1 - part];
      }),
    );
  const zeroes = [0, 0, 0, 0];
  const rasters = (svg: string) =>
    [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map(([, data]) =>
      decode(Buffer.from(data!, "base64")),
    );

  it("is pale where a classifier of probabilities is unsure, and says how much of the plane it is sure of", async () => {
    const figure = decisionRegions(
      points,
      zeroes,
      { fading },
      { xRange: [0, 1], yRange: [0, 1], resolution: 4 },
    );
    expect(figure.text).toBe("fading: 0 of 4 points wrong, 90 % sure or more in 50 % of the plane");
    expect(figure.alt).toContain("90 % sure or more in 50 % of the plane");
    const svg = await figure.svg();
    const [plane, bar] = rasters(svg);
    const red = (picture: typeof plane, i: number) => picture!.data[4 * i]!;
    expect(red(plane, 0)).toBeLessThan(red(plane, 3) - 80);
    // The key goes from a guess between two classes to certainty, in the same colours.
    expect(bar!.width).toBe(90);
    expect(red(bar, 89)).toBe(red(plane, 0));
    expect(red(bar, 0)).toBeGreaterThan(red(plane, 3));
    for (const end of ["50 %", "100 %"]) expect(svg).toContain(`>${end}<`);
  });

  it("draws a line where the answer of probabilities changes, and no key without them", async () => {
    const half: Classify = (x) =>
      tensor(Array.from({ length: x.shape[0] }, (_, n) => (x.get(n, 0) > 0.5 ? [0.2, 0.8] : [0.8, 0.2])));
    const options = { xRange: [0, 1], yRange: [0, 1], resolution: 4, side: 40 } as const;
    const drawn = await decisionRegions(points, labels, { half }, options).svg();
    const line = /<path d="([^"]*)"/.exec(drawn)![1]!;
    const xs = [...line.matchAll(/[ML]([\d.]+) /g)].map(([, x]) => Number(x));
    expect(xs).toHaveLength(2 * 4);
    const left = Number(/<image x="([\d.]+)"/.exec(drawn)![1]);
    expect(new Set(xs)).toEqual(new Set([left + 20]));
    const plain = await decisionRegions(points, labels, { right }, options).svg();
    expect(plain).not.toContain("<path");
    expect(plain).not.toContain("100 %");
    expect(rasters(plain)).toHaveLength(1);
  });

  it("tells the classes apart by their marks too", async () => {
    const svg = await decisionRegions(points, [0, 1, 2, 3], { right }).svg();
    expect(svg.match(/<circle /g)).toHaveLength(2); // the point and its key
    expect(svg.match(/<polygon /g)).toHaveLength(6);
  });

  it("refuses scores that are no probabilities", () => {
    const scores: Classify = (x) => tensor(Array.from({ length: x.shape[0] }, () => [2, -1]));
    expect(() => decisionRegions(points, labels, { scores })).toThrow(
      '"scores" answers a point with 2, −1; probabilities are from 0 to 1 and their sum is 1. Of scores, softmaxForward makes them.',
    );
    const column: Classify = (x) => tensor(Array.from({ length: x.shape[0] }, () => [1]));
    expect(() => decisionRegions(points, labels, { column })).toThrow("give 6400×K probabilities");
  });
});
