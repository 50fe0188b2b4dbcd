/** A chart's title stays within the picture: it goes over several lines where it is wider than the drawing. */
import { decode } from "fast-png";
import { expect, it } from "vitest";
import { chart, type ChartSpec } from "../../../../lib/display/index.js";

const words = "Four measurements, the guess μ ± s, the truth (dashed), and where to look next";
const panel = (width?: number) => ({
  ...(width !== undefined && { width }),
  ...{ height: 60, mark: "point", encoding: { x: { field: "x", type: "quantitative" } } },
});
const data = { values: [{ x: 1 }, { x: 2 }] };
const titleOf = (spec: ChartSpec) => chart({ data, ...spec }).spec.title;

/** How many columns at the right of a chart's picture show nothing, in pixels of the page. */
async function emptyAtTheRight(spec: ChartSpec): Promise<number> {
  const { "image/png": png } = await chart({ data, ...spec }).bundle();
  const picture = decode(Buffer.from(String(png), "base64"));
  const { width, height, channels } = picture;
  const isEmpty = (column: number) =>
    Array.from({ length: height }, (_, row) => row).every((row) => {
      const at = (row * width + column) * channels;
      return picture.data.slice(at, at + channels).every((value, i) => value === picture.data[i]);
    });
  let count = 0;
  while (count < width && isEmpty(width - 1 - count)) count++;
  return count / 2;
}

it.each([
  ["one panel", panel(240)],
  ["panels above each other", { vconcat: [panel(240), panel(200)] }],
  ["panels side by side", { hconcat: [panel(110), panel(110)] }],
])("a title that is wider than the drawing is wrapped: %s", async (_, spec) => {
  const lines = titleOf({ ...spec, title: words });
  expect(lines).toHaveLength(3);
  expect((lines as string[]).join(" ")).toBe(words);
  expect(titleOf({ ...spec, title: { text: words, offset: 16 } })).toEqual({ text: lines, offset: 16 });
  expect(await emptyAtTheRight({ ...spec, title: words })).toBeGreaterThanOrEqual(10);
});

it("the right margin is free where the title is the widest part", async () => {
  // Without a width the drawing's is not known, and the title is in one line.
  expect(titleOf({ ...panel(), title: words })).toBe(words);
  expect(await emptyAtTheRight({ ...panel(), title: words })).toBeGreaterThanOrEqual(10);
});

it("leaves a title alone that fits, or has lines or a size of its own", () => {
  expect(titleOf({ ...panel(480), title: "A short one" })).toBe("A short one");
  expect(titleOf({ ...panel(240), title: [words] })).toEqual([words]);
  const large = { text: words, fontSize: 9 };
  expect(titleOf({ ...panel(240), title: large })).toEqual(large);
  expect(chart({ data, ...panel(240), title: words }).alt).toBe(words);
});
