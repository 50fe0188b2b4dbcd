/** The drawing of activations: what is written at the left of a layer stays in that layer's row. */
import { describe, expect, test } from "vitest";
import { activationMaps, full, zeros } from "../../../../lib/index.js";

describe("activationMaps", () => {
  // 21 above a name is the line that parts it from the row before.
  test("a row is high enough for all its lines of words", async () => {
    const activation = full([1, 30, 4, 4], 1);
    for (let c = 0; c < 3; c++) for (let i = 0; i < 16; i++) activation.data[16 * c + i] = 0;
    const entries = [
      { name: "first", activation },
      { name: "second", activation: zeros([1, 2, 4, 4]) },
    ];
    const svg = await activationMaps(entries, { channels: 10, side: 20 }).svg();
    const heightOf = (words: RegExp) => {
      const found = [...svg.matchAll(/<text[^>]*\by="([\d.]+)"[^>]*>([^<]*)</g)].find(([, , t]) =>
        words.test(t),
      );
      return Number(found?.[1]);
    };
    expect(heightOf(/of 30 drawn/)).toBeLessThan(heightOf(/^second$/) - 21);
  });
});
