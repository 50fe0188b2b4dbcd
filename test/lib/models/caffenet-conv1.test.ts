/** The filters in the package are those of the published picture, and are what lecture 18 says of them. */
import { describe, expect, it } from "vitest";
import { caffeNetConv1, fitGabors, flat } from "../../../lib/index.js";
import { withData } from "../../support/shared.js";
import { caffeNetFilters } from "../../support/pretrained.js";

describe("CaffeNet's first layer", () => {
  it("is 96 filters of 3 × 11 × 11, most of whose weights are near zero", async () => {
    const w = await caffeNetConv1();
    expect(w.shape).toEqual([96, 3, 11, 11]);
    const values = Array.from(flat(w)).sort((a, b) => a - b);
    expect(values[0]).toBeCloseTo(-122.5 / 127.5, 6);
    expect(values.at(-1)).toBeCloseTo(132.5 / 127.5, 6);
    expect(Math.abs(values[values.length / 2])).toBeLessThan(0.01);
  });

  it("has 52 grey filters, 47 of them among the first 48: what one group learned, and the other did not", async () => {
    const grey = fitGabors(await caffeNetConv1()).flatMap(({ greyness }, i) => (greyness > 0.9 ? [i] : []));
    expect(grey).toHaveLength(52);
    expect(grey.filter((i) => i < 48)).toHaveLength(47);
  });

  withData("weights/caffenet-conv1", "the picture", (folder) => {
    it("agrees with the bytes of the published picture, which has blue first", async () => {
      const [ours, picture] = [await caffeNetConv1(), caffeNetFilters(folder)];
      for (const [channel, there] of [2, 1, 0].entries())
        expect(flat(ours.pick(null, channel))).toEqual(flat(picture.pick(null, there)));
    });
  });
});
