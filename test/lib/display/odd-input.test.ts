/**
 * Protects students with odd data, in all displays at once: a NaN or infinite number is drawn in its own colour and
 * counted in words; what is constant, tiny, huge, of many channels or badly named is drawn; what cannot be drawn is an
 * error that says so.
 */
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { DTypeError, ShapeError, ValueError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { full, tensor, zeros, type Tensor } from "../../../lib/array/tensor.js";
import * as displays from "../../../lib/display/index.js";
import { ODD_COLOR } from "../../../lib/display/figure/pixels.js";
import { rasterize, sizeOfSvg } from "../../../lib/display/figure/rasterize.js";
import { unitCorrelations } from "../../../lib/vision/units.js";
import { someHistory } from "./gallery.js";
import { layoutFaults } from "./layout.js";

type Make = (tensor: Tensor) => displays.Figure;

/** Displays of stacks of pictures, given N×C×H×W. */
const ofStacks: Record<string, Make> = {
  activationMaps: (x) => displays.activationMaps([{ name: "conv1", activation: x }]),
  filters: (x) => displays.filters(x),
  imageGrid: (x) => displays.imageGrid(x),
  spectra: (x) => displays.spectra(x),
  patchGrid: (x) =>
    displays.patchGrid({
      ...{ layer: "conv1", unit: 0, patches: x, places: [], classes: ["one"] },
      activations: new Array<number>(x.shape[0]).fill(1),
      labels: new Array<number>(x.shape[0]).fill(0),
    }),
  mistakes: (x) =>
    displays.mistakes(
      { images: x, labels: new Array<number>(x.shape[0]).fill(0) },
      full([x.shape[0], 2], 0.5),
      { wrongOnly: false },
    ),
  livePanel: (x) =>
    displays.livePanel({
      ...{ history: someHistory(1, 9), status: "finished", filters: x },
      ...{ epoch: 1, epochs: 1, step: 9, steps: 9, elapsed: 1 },
    }),
  tensorView: (x) => displays.tensorView(x),
  histograms: (x) => displays.histograms({ conv1: x }),
  gradientFlow: (x) => displays.gradientFlow([{ name: "conv1", gradient: x }]),
};

/** Displays of one plane, given H×W. */
const ofPlanes: Record<string, Make> = {
  heatOverlay: (x) => displays.heatOverlay(full(x.shape, 0.5), { map: x }),
  outlined: (x) => displays.outlined(x, { conv1: { top: 0, left: 0, height: 1, width: 1 } }),
  spectrogram: (x) => displays.spectrogram(x),
  activationMatrix: (x) => displays.activationMatrix({ units: x }),
  gradientMap: (x) => displays.gradientMap({ derived: x, measured: full(x.shape, 1) }),
  landscapeView: (x) =>
    displays.landscapeView({ positions: Array.from({ length: x.shape[0] }, (_, i) => i), losses: x }),
  slidingWindow: (x) => displays.slidingWindow(x, full([1, 1], 1), { at: x.shape[0] > 1 ? [1, 2] : [0, 0] }),
  gainMatrixView: (x) => displays.gainMatrixView(x, [...x.shape]),
  correlationMatrix: (x) => displays.correlationMatrix({ units: unitCorrelations(x) }),
};

const ours = [DTypeError, ShapeError, ValueError];

/** Draws it and holds it to what every figure must be; or it is an error of the library that says where. */
async function drawn(make: () => displays.Figure): Promise<displays.Figure | undefined> {
  let figure: displays.Figure;
  try {
    figure = make();
  } catch (error) {
    if (!ours.some((kind) => error instanceof kind)) throw error;
    expect((error as Error).message).toMatch(/^\w+: .{20,}/);
    return undefined;
  }
  expect(figure.text.length).toBeGreaterThanOrEqual(10);
  expect(figure.text + figure.alt).not.toMatch(/undefined|\[object/);
  const bundle = await figure.bundle();
  if ("text/html" in bundle) return figure;
  const svg = await figure.svg();
  expect(svg).not.toMatch(/ (x|y|width|height|d|cx|cy|r|transform)="[^"]*(NaN|undefined|Infinity)/);
  if (!("application/vnd.vegalite.v5+json" in bundle)) expect(layoutFaults(svg)).toEqual([]);
  const { width, height } = sizeOfSvg(svg);
  expect(width).toBeLessThan(1200);
  expect(height).toBeLessThan(4000);
  if (!("image/png" in bundle)) expect((await rasterize(svg)).length).toBeGreaterThan(100);
  return figure;
}

function hasMarkedColour(png: Uint8Array): boolean {
  const { data, channels, palette } = decode(png);
  const [red, green, blue] = ODD_COLOR;
  if (palette) return palette.some((color) => color[0] === red && color[1] === green && color[2] === blue);
  for (let i = 0; i < data.length; i += channels)
    if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) return true;
  return false;
}

const stack = (shape: number[]) => new Random(3).normal(shape, 0, 1);
const all = [...Object.entries(ofStacks), ...Object.entries(ofPlanes)];

describe.each([
  ["NaN", NaN, /1 NaN|not finite|no number|NaN/],
  ["an infinite number", Infinity, /1 infinite|not finite|∞/],
])("%s", (_, odd, words) => {
  /** Where no pixel stands for the number: words alone say so. */
  const wordsAlone = ["tensorView", "histograms", "gradientFlow", "slidingWindow", "gainMatrixView"];

  test.each(all)("in %s", async (name, make) => {
    const x = name in ofStacks ? stack([2, 1, 5, 5]) : stack([5, 5]);
    x.data[7] = odd;
    const figure = await drawn(() => make(x));
    expect(figure, `${name} draws it`).toBeDefined();
    expect(figure!.text).toMatch(words);
    if (!wordsAlone.includes(name)) expect(hasMarkedColour(await figure!.png())).toBe(true);
  });
});

describe.each([
  ["constant", [2, 1, 5, 5], [5, 5]],
  ["1×1", [2, 1, 1, 1], [1, 1]],
  ["seven channels", [2, 7, 5, 5], [7, 5]],
  ["512 channels", [2, 512, 3, 3], [9, 12]],
  ["nothing at all", [0, 1, 5, 5], [0, 0]],
  ["no channel", [2, 0, 5, 5], [0, 5]],
  ["no pixel", [2, 1, 0, 0], [5, 0]],
  ["one row of 300", [2, 1, 1, 300], [1, 300]],
])("%s", (kind, stackShape, planeShape) => {
  test.each(all)("in %s", async (name, make) => {
    const shape = name in ofStacks ? stackShape : planeShape;
    await drawn(() => make(kind === "constant" ? full(shape, 0.5) : stack(shape)));
  });
});

test.each(Object.entries(ofStacks))("ten thousand in %s", async (_, make) => {
  const figure = await drawn(() => make(zeros([10_000, 1, 3, 3])));
  const bundle = JSON.stringify(await figure!.bundle());
  expect(bundle.length).toBeLessThan(400_000);
});

const long = "a name that somebody forgot to shorten ".repeat(8).trim();
const longer = (i: number) => `${i} ${long}`;
const labelled: Record<string, () => displays.Figure> = {
  activationMaps: () =>
    displays.activationMaps([{ name: long, activation: stack([1, 2, 5, 5]) }], { title: long }),
  architecture: () =>
    displays.architecture([{ name: long, layer: long, outputShape: [8, 28, 28], parameters: 1 }], {
      inputShape: [1, 28, 28],
      title: long,
    }),
  filters: () =>
    displays.filters({ [longer(1)]: stack([2, 1, 5, 5]), [longer(2)]: stack([2, 1, 5, 5]) }, { title: long }),
  imageGrid: () =>
    displays.imageGrid(stack([3, 1, 8, 8]), {
      ...{ title: long, labels: [0, 1, 1], classes: [longer(1), longer(2)] },
      probabilities: full([3, 2], 0.5),
    }),
  imageGridNames: () =>
    displays.imageGrid(stack([4, 1, 8, 8]), {
      ...{ title: long, columns: [longer(1), longer(2)], rows: [longer(3), longer(4)] },
    }),
  scores: () =>
    displays.activationMaps([{ name: long, activation: stack([1, 2]) }], { classes: [longer(1), longer(2)] }),
  imageGridCaptions: () => displays.imageGrid(stack([2, 1, 8, 8]), { captions: [long, long] }),
  confusionMatrix: () => displays.confusionMatrix([0, 1], [1, 1], [longer(1), longer(2)], { title: long }),
  classBalance: () =>
    displays.classBalance({ [longer(1)]: { labels: [0, 1], classes: [longer(1), longer(2)] } }),
  lossCurve: () =>
    displays.lossCurve({ [longer(1)]: someHistory(2, 20), [longer(2)]: someHistory(2, 20) }, { title: long }),
  linePlot: () =>
    displays.linePlot(
      {
        [longer(1)]: [
          [0, 1],
          [1, 2],
        ],
        [longer(2)]: [
          [0, 2],
          [1, 1],
        ],
      },
      { title: long, x: long, y: long },
    ),
  gradientFlow: () => displays.gradientFlow([{ name: long, gradient: stack([9]) }], { title: long }),
  histograms: () => displays.histograms({ [long]: stack([99]) }, { title: long }),
  heatOverlay: () => displays.heatOverlay(stack([8, 8]), { [long]: stack([8, 8]) }, { title: long }),
  outlined: () =>
    displays.outlined(stack([8, 8]), { [long]: { top: 0, left: 0, height: 2, width: 2 } }, { title: long }),
  activationMatrix: () =>
    displays.activationMatrix({ [longer(1)]: stack([4, 9]), [longer(2)]: stack([4, 9]) }, { title: long }),
  correlationMatrix: () => displays.correlationMatrix({ [long]: full([2, 2], 1) }, { title: long }),
  spectra: () => displays.spectra({ [long]: stack([9, 9]) }, { title: long }),
  spectrogram: () => displays.spectrogram(stack([2, 9, 9]), { captions: [long, long], title: long }),
  distributions: () =>
    displays.distributions(
      { [long]: { [long]: [{ step: 1, quantiles: [1, 2, 3, 4, 5] }] } },
      { title: long },
    ),
  decisionRegions: () =>
    displays.decisionRegions(
      stack([9, 2]),
      new Array<number>(9).fill(0),
      {
        [longer(1)]: (p) => new Array<number>(p.shape[0]).fill(0),
        [longer(2)]: (p) => new Array<number>(p.shape[0]).fill(0),
      },
      { classes: [long] },
    ),
  decisionRegionsOfProbabilities: () =>
    displays.decisionRegions(
      stack([9, 2]),
      [0, 1, 2, 0, 1, 2, 0, 1, 2],
      { [long]: (p) => full([p.shape[0], 3], 1 / 3) },
      { classes: [longer(1), longer(2), longer(3)] },
    ),
  calibration: () => displays.calibration(full([4, 2], 0.5), [0, 1, 0, 1], { title: long }),
  slidingWindow: () =>
    displays.slidingWindow(stack([4, 4]), stack([2, 2]), { names: { x: long, w: long, y: long } }),
  gradientMap: () =>
    displays.gradientMap({ derived: stack([3, 3]), measured: stack([3, 3]) }, { name: long }),
  livePanel: () =>
    displays.livePanel({
      ...{
        title: long,
        message: long,
        history: someHistory(2, 9),
        status: "failed",
        filters: stack([2, 1, 3, 3]),
      },
      ...{ filtersName: long, epoch: 1, epochs: 2, step: 9, steps: 18, elapsed: 1 },
    }),
};

test.each(Object.entries(labelled))("very long names in %s", async (name, make) => {
  const figure = await drawn(make);
  expect(figure, `${name} draws it`).toBeDefined();
});

test("lists without anything are an error or an empty figure that says so", async () => {
  const empties: Record<string, () => displays.Figure> = {
    activationMaps: () => displays.activationMaps([]),
    architecture: () => displays.architecture([]),
    classBalance: () => displays.classBalance({}),
    confusionMatrix: () => displays.confusionMatrix([], [], 0),
    calibration: () => displays.calibration(zeros([0, 3]), []),
    filters: () => displays.filters({}),
    spectra: () => displays.spectra({}),
    gaborFigure: () => displays.gaborFigure([]),
    orientationPlot: () => displays.orientationPlot([]),
    histograms: () => displays.histograms({}),
    gradientFlow: () => displays.gradientFlow([]),
    distributions: () => displays.distributions({}),
    heatOverlay: () => displays.heatOverlay(stack([4, 4]), {}),
    outlined: () => displays.outlined(stack([4, 4]), {}),
    activationMatrix: () => displays.activationMatrix({}),
    correlationMatrix: () => displays.correlationMatrix({}),
    lossCurve: () => displays.lossCurve([]),
    linePlot: () => displays.linePlot({}),
    learningRatePlot: () =>
      displays.learningRatePlot({ rates: [], losses: [], smoothed: [], suggestion: NaN }),
    landscapeView: () => displays.landscapeView({ positions: [], losses: zeros([0]) }),
    animation: () => displays.animation([]),
    mistakes: () => displays.mistakes({ images: zeros([0, 1, 4, 4]), labels: [] }, zeros([0, 2])),
    decisionRegions: () => displays.decisionRegions(zeros([0, 2]), [], {}),
    layerTable: () => displays.layerTable([]),
  };
  for (const make of Object.values(empties)) await drawn(make);
});

test("losses and gradients that are not finite leave a gap in the curve, and are told", async () => {
  const history = {
    steps: [1, NaN, Infinity, 2].map((loss, i) => ({
      step: i + 1,
      loss,
      learningRate: NaN,
      gradientNorm: Infinity,
    })),
    epochs: [
      { epoch: 1, step: 4, trainLoss: NaN, trainAccuracy: 0.5, validationLoss: NaN, validationAccuracy: NaN },
    ],
  };
  const curve = await drawn(() => displays.lossCurve(history));
  expect(curve!.text).toContain("The loss is NaN at step 2.");
  const panel = await drawn(() =>
    displays.livePanel({
      ...{ history, status: "failed", epoch: 1, epochs: 1, step: 4, steps: 4, elapsed: 1 },
    }),
  );
  expect(panel!.text).toContain("validation loss NaN");
  const trial = {
    rates: [0.1, 1, 10],
    losses: [2, NaN, Infinity],
    smoothed: [2, NaN, Infinity],
    suggestion: 0.1,
  };
  const plot = await drawn(() => displays.learningRatePlot(trial));
  expect(plot!.text).not.toContain("NaN");
  const spread = { step: 1, quantiles: [NaN, NaN, NaN, NaN, NaN] };
  const spreads = await drawn(() => displays.distributions({ conv1: { weights: [spread] } }));
  expect(spreads!.text).toContain("not finite");
  const probabilities = tensor([
    [NaN, NaN],
    [0.5, 0.5],
  ]);
  await drawn(() => displays.calibration(probabilities, [0, 1]));
  await drawn(() => displays.mistakes({ images: stack([2, 1, 4, 4]), labels: [0, 1] }, probabilities));
});
