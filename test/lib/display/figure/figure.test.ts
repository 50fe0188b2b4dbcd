/** Protects what a figure promises a notebook: which forms it has, which it never has, and that they are fixed. */
import { decode } from "fast-png";
import { expect, test } from "vitest";
import { full } from "../../../../lib/array/tensor.js";
import {
  derivationView,
  displaySymbol,
  Figure,
  filters,
  layerTable,
  lossCurve,
  metadataSymbol,
  tensorView,
} from "../../../../lib/display/index.js";

const bytesOf = (base64: unknown) => Uint8Array.from(Buffer.from(String(base64), "base64"));

test("the symbols are the registered ones, which need no import", () => {
  expect(displaySymbol).toBe(Symbol.for("Jupyter.display"));
  expect(metadataSymbol).toBe(Symbol.for("Jupyter.displayMetadata"));
});

test("the metadata give the PNG's size in CSS pixels, of which it has two to each", async () => {
  const figure = filters(full([2, 1, 3, 3], 1));
  const { width, height } = decode(bytesOf((await figure.bundle())["image/png"]));
  const metadata = (await figure[metadataSymbol]())["image/png"];
  expect(metadata).toEqual({ width: width / 2, height: height / 2, alt: figure.alt });
});

test("a chart has Vega-Lite under the version 5 type and schema, a PNG and words", async () => {
  const bundle = await lossCurve({ steps: [{ step: 1, loss: 2 }], epochs: [] }).bundle();
  expect(Object.keys(bundle).sort()).toEqual(["application/vnd.vegalite.v5+json", "image/png", "text/plain"]);
  expect(bundle["application/vnd.vegalite.v5+json"]).toHaveProperty(
    "$schema",
    "https://vega.github.io/schema/vega-lite/v5.json",
  );
});

test("a figure shows the numbers as they were when it was made", async () => {
  const weights = full([1, 1, 2, 2], 1);
  const before = filters(weights);
  const untouched = await filters(full([1, 1, 2, 2], 1)).svg();
  weights.set(0, 0, 0, 0, -5);
  expect(await before.svg()).toBe(untouched);
});

test("tables are HTML, Markdown and words; derivations Markdown and words", async () => {
  const table = await layerTable([
    { name: "fc", layer: "Linear", outputShape: [10], parameters: 7850 },
  ]).bundle();
  expect(Object.keys(table).sort()).toEqual(["text/html", "text/markdown", "text/plain"]);
  expect(Object.keys(await derivationView("# Convolution\n$$y = w * x$$").bundle()).sort()).toEqual([
    "text/markdown",
    "text/plain",
  ]);
  expect(Object.keys(await tensorView(full([2], 1)).bundle()).sort()).toEqual(["text/html", "text/plain"]);
});

test("a figure of text says that it has no picture", async () => {
  await expect(derivationView("$x$").png()).rejects.toThrow(/is text and has no picture/);
});

test("an SVG without a size is refused with the way out", async () => {
  const figure = new Figure({ alt: "a", text: "a", svg: "<svg></svg>" });
  await expect(figure.metadata()).rejects.toThrow(/give its root a width and a height/);
});
