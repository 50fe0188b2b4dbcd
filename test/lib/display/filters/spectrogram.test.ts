/** Pictures of sound: the lowest band is below, and words say how much there is. */
import { decode } from "fast-png";
import { expect, it } from "vitest";
import { spectrogram, tensor, zeros } from "../../../../lib/index.js";

it("draws the lowest band below", async () => {
  // A loud lowest band, and silence above.
  const svg = await spectrogram(
    tensor([
      [5, 5, 5],
      [0, 0, 0],
    ]),
  ).svg();
  const png = decode(Buffer.from(/base64,([^"]+)/.exec(svg)![1], "base64"));
  expect([png.width, png.height]).toEqual([3, 2]);
  expect(png.data[0]).toBe(255);
  expect(png.data[3 * png.channels]).toBeLessThan(60);
});

it("says how much there is and refuses what is no sound", () => {
  const figure = spectrogram(zeros([14, 4, 6]), {
    captions: Array.from({ length: 14 }, (_, i) => `word ${i}`),
  });
  expect(figure.alt).toContain("12 of 14 sounds, 4 bands by 6 frames");
  expect(figure.text).toContain("word 3");
  expect(() => spectrogram(zeros([3]))).toThrow("expected bands×frames");
  expect(() => spectrogram(zeros([2, 3, 4]), { captions: ["one"] })).toThrow("1 captions for 2 sounds");
  expect(spectrogram(tensor([[NaN, 1]])).alt).toContain("1 NaN, in magenta");
});
