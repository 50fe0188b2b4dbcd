/** The drawing of activations: what is written at the left of a layer stays in that layer's row. */
import { describe, expect, test } from "vitest";
import { activationMaps, full, tensor, zeros } from "../../../../lib/index.js";

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

  const scores = { name: "fc", activation: tensor([[1, -2, 5]]) };

  test("the classes stand below their scores, and the greatest is bold and in the words", async () => {
    const figure = activationMaps([scores], { classes: ["cat", "dog", "automobile"] });
    expect(figure.text).toContain("fc 3, −2 to 5, greatest for automobile");
    const svg = await figure.svg();
    const named = (name: string) => new RegExp(`<text ([^>]*)>${name}<`).exec(svg)?.[1];
    expect(named("automobile")).toContain("bold");
    expect(named("dog")).not.toContain("bold");
    // They lie in the order of the cells.
    const places = ["cat", "dog", "automobile"].map((name) => Number(/x="([\d.]+)"/.exec(named(name)!)![1]));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test("without names, or with names of another number, the units have their numbers", async () => {
    for (const options of [{}, { classes: ["cat", "dog"] }]) {
      const svg = await activationMaps([scores], options).svg();
      for (const unit of [0, 1, 2]) expect(svg).toMatch(new RegExp(`anchor="middle">${unit}<`));
      expect(svg).not.toContain(">cat<");
    }
  });
});
