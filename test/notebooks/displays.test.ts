/** Protects the gallery's promise: notebooks/experiments/displays.ipynb shows every display that the door offers. */
import { expect, it } from "vitest";
import { readNotebook, runnableCells } from "./support.js";
import * as displays from "../../lib/display/index.js";
import * as door from "../../lib/index.js";

/** Values beside the displays: what they are made of, and what they compute. */
const others = [
  ...["Figure", "Chart", "meanBand", "displaySymbol", "metadataSymbol", "QUANTILES", "quantilesOf"],
  ...["calibrationBins", "diagnose", "gainMatrix"],
];

/** Displays that the gallery shows through values that show themselves by them, or within another. */
const through: Readonly<Record<string, RegExp>> = {
  activationMaps: /^featureMaps\(/m,
  derivationView: /^explain\(/m,
  distributions: /watchDistributions\(.*onStep: watch\.onStep/s,
  gradientMap: /^gradCheck\(/m,
  learningRatePlot: /^findLearningRate\(/m,
  slidingWindow: /^animation\(.*slidingWindow\(/ms,
  livePanel: /^const run = await fit\((?!.*live: false)/m,
};

const code = runnableCells(readNotebook("notebooks/experiments/displays.ipynb"))
  .map(({ source }) => source)
  .join("\n");

it.each([...Object.keys(displays).filter((name) => !others.includes(name)), "computationGraph"])(
  "shows %s",
  (name) => {
    expect(door).toHaveProperty(name);
    expect(code).toMatch(through[name] ?? new RegExp(`^${name}\\(`, "m"));
  },
);

it("leaves out nothing that has been renamed or removed", () => {
  for (const name of [...others, ...Object.keys(through)]) expect(displays).toHaveProperty(name);
});
