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

it("writes hertz at their places in mel, the bands' numbers without a range, and the scale", async () => {
  const words = async (options: object) => [
    ...(await spectrogram(zeros([24, 100]), options).svg()).matchAll(
      /<text x="[\d.]+" y="([\d.]+)"[^>]*>([^<]*)</g,
    ),
  ];
  const ticks = (await words({ range: [0, 4000] })).filter(([, , word]) => word.endsWith("Hz"));
  expect(ticks.map(([, , word]) => word)).toEqual([
    "0 Hz",
    "250 Hz",
    "500 Hz",
    "1,000 Hz",
    "2,000 Hz",
    "4,000 Hz",
  ]);
  // 1,000 Hz are 1,000 mel, and 4,000 Hz are 2,146: 0.466 of the picture's 170 pixels from its lower edge.
  const yOf = (word: string) => Number(ticks.find(([, , own]) => own === word)![1]);
  expect(yOf("500 Hz") - yOf("1,000 Hz")).toBeCloseTo((170 * (1000 - 607.4)) / 2146.1, 0);
  expect(yOf("1,000 Hz") - yOf("2,000 Hz")).toBeCloseTo((170 * (1521.4 - 1000)) / 2146.1, 0);
  const plain = (await words({})).map(([, , word]) => word);
  expect(plain).toEqual(expect.arrayContaining(["band 0", "23", "0", "0.5 s", "1 s"]));
  const narrow = (await words({ range: [1100, 1900] })).map(([, , word]) => word);
  expect(narrow).toEqual(expect.arrayContaining(["1100 Hz", "1900 Hz"]));
});

it("says how much there is and refuses what is no sound", () => {
  const figure = spectrogram(zeros([14, 4, 6]), {
    captions: Array.from({ length: 14 }, (_, i) => `word ${i}`),
  });
  expect(figure.alt).toContain("12 of 14 sounds, 4 bands by 6 frames");
  expect(figure.text).toContain("word 3");
  expect(() => spectrogram(zeros([3]))).toThrow("expected bands×frames");
  expect(() => spectrogram(zeros([2, 3, 4]), { captions: ["one"] })).toThrow("1 captions for 2 sounds");
  expect(() => spectrogram(zeros([3, 4]), { range: [4000, 80] })).toThrow(
    "range is [4000, 80] Hz; give where the lowest band begins and the highest ends.",
  );
  expect(spectrogram(tensor([[NaN, 1]])).alt).toContain("1 NaN, in magenta");
});
