/** One figure of each kind, from generated numbers: what the pictures of test/lib/display/output show. */
import { Random } from "../../../lib/array/random.js";
import { tensor, wrap, zeros, type Tensor } from "../../../lib/array/tensor.js";
import { computationGraph } from "../../../lib/ad/computation-graph.js";
import { Variable } from "../../../lib/ad/variable.js";
import {
  activationMaps,
  animation,
  decisionRegions,
  parallelCoordinates,
  barPlot,
  contourPlot,
  heatmap,
  histogram,
  linePlot,
  matrices,
  meanBand,
  scatterPlot,
  smallMultiples,
  architecture,
  calibration,
  classBalance,
  gainMatrixView,
  gradientFlow,
  gradientMap,
  histograms,
  mistakes,
  slidingWindow,
  chart,
  confusionMatrix,
  filters,
  activationMatrix,
  correlationMatrix,
  gaborFigure,
  heatOverlay,
  imageGrid,
  landscapeView,
  learningRatePlot,
  outlined,
  patchGrid,
  spectrogram,
  livePanel,
  distributions,
  quantilesOf,
  type Spreads,
  lossCurve,
  orientationPlot,
  spectra,
  type Figure,
  type LayerRow,
  type History,
  type LivePanelState,
} from "../../../lib/display/index.js";

import { LearningRateTrial } from "../../../lib/train/find-learning-rate.js";
import { choice, logUniform } from "../../../lib/train/search/space.js";
import { fitGabors, gabor } from "../../../lib/vision/gabor.js";
import { unitCorrelations } from "../../../lib/vision/units.js";

const classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** A run whose losses fall as they commonly do, with the noise of small batches. */
export function someHistory(epochs: number, stepsPerEpoch: number, seed = 1, speed = 1): History {
  const random = new Random(seed);
  const total = 5 * stepsPerEpoch;
  const lossAt = (step: number) => 0.15 + 2.15 * Math.exp((-3.2 * speed * step) / total);
  const accuracyAt = (step: number) => 1 - 0.9 * Math.exp((-3.4 * speed * step) / total) - 0.02;
  const steps = Array.from({ length: epochs * stepsPerEpoch }, (_, i) => ({
    step: i + 1,
    loss: Math.max(0.01, lossAt(i) * (1 + 0.25 * random.gaussian())),
    accuracy: Math.min(1, Math.max(0, accuracyAt(i) + 0.05 * random.gaussian())),
  }));
  return {
    steps,
    epochs: Array.from({ length: epochs }, (_, i) => {
      const step = (i + 1) * stepsPerEpoch;
      return {
        epoch: i + 1,
        step,
        trainLoss: lossAt(step - stepsPerEpoch / 2),
        trainAccuracy: accuracyAt(step - stepsPerEpoch / 2),
        validationLoss: lossAt(step) + 0.04 * (i + 1),
        validationAccuracy: accuracyAt(step) - 0.02,
      };
    }),
  };
}

/** Gratings of all orientations under a Gaussian, in `channels` channels of different phase. */
export function gratings(count: number, channels: number, size: number, dtype?: "float64"): Tensor {
  const result = zeros([count, channels, size, size], dtype);
  const middle = (size - 1) / 2;
  for (let f = 0; f < count; f++) {
    const angle = (Math.PI * f) / count;
    const strength = 0.35 + (0.65 * ((f * 7) % count)) / count;
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const [u, v] = [j - middle, i - middle];
          const along = u * Math.cos(angle) + v * Math.sin(angle);
          const envelope = Math.exp(-(u * u + v * v) / (size * size * 0.09));
          const wave = Math.cos((2 * Math.PI * along) / (size * 0.55) + (f % 3 === 0 ? 1.9 * c : 0.2 * c));
          result.set(f, c, i, j, 0.4 * strength * envelope * wave);
        }
      }
    }
  }
  return result;
}

/** Rings and strokes of 28×28, somewhat like written digits. */
export function glyphs(count: number): Tensor {
  const random = new Random(5);
  const size = 28;
  const images = zeros([count, 1, size, size]);
  for (let n = 0; n < count; n++) {
    const [cx, cy] = [14 + random.gaussian(), 14 + random.gaussian()];
    const [rx, ry] = [4 + 4 * random.next(), 6 + 4 * random.next()];
    const stroke = n % 3 === 1;
    const slope = random.gaussian() * 0.4;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const [u, v] = [(j - cx) / rx, (i - cy) / ry];
        const distance = stroke
          ? Math.abs(u - slope * v) * rx
          : Math.abs(Math.hypot(u, v) - 1) * Math.min(rx, ry);
        const inside = stroke ? (Math.abs(v) < 1 ? 1 : 0) : 1;
        images.set(n, 0, i, j, inside * Math.min(1, Math.max(0, 2.2 - distance)));
      }
    }
  }
  return images;
}

/** Gratings in three channels with noise, in no order. */
function shuffledGratings(): Tensor {
  const [made, noise] = [gratings(24, 3, 9), new Random(8).normal([24, 3, 9, 9], 0, 0.02)];
  const order = new Random(9).permutation(24);
  const result = zeros([24, 3, 9, 9]);
  order.forEach((from, f) => {
    for (let i = 0; i < 243; i++)
      result.data[f * 243 + i] = made.data[from * 243 + i] + noise.data[f * 243 + i];
  });
  return result;
}

/** Units×examples: sparse ones that each answer to a class of their own, or ones that all follow one signal. */
function units(alike: boolean): Tensor {
  const random = new Random(10);
  const result = zeros([24, 120]);
  for (let n = 0; n < 120; n++) {
    const common = random.gaussian();
    for (let u = 0; u < 24; u++) {
      const own = (n + u) % 8 === 0 ? 1.5 : -0.5;
      const value = alike ? 1 + 0.5 * common + 0.15 * random.gaussian() : own + 0.4 * random.gaussian();
      result.set(u, n, u === 5 ? 0 : Math.max(0, value));
    }
  }
  return result;
}

/** A hill and a hollow. */
function bumps(size: number): Tensor {
  const bump = (i: number, j: number, y: number, x: number) => Math.exp(-((i - y) ** 2 + (j - x) ** 2) / 12);
  return tensor(
    Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => bump(i, j, 8, 18) - 0.5 * bump(i, j, 20, 9)),
    ),
  );
}

/** Photographs of nothing: smooth fields of colour. */
function colours(count: number, size: number): Tensor {
  const random = new Random(9);
  const images = zeros([count, 3, size, size]);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < 3; c++) {
      const [a, b, p] = [random.gaussian(), random.gaussian(), 6 * random.next()];
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          images.set(n, c, i, j, 0.5 + 0.45 * Math.sin((a * 3 * i) / size + (b * 3 * j) / size + p));
        }
      }
    }
  }
  return images;
}

function someProbabilities(labels: readonly number[], count: number): Tensor {
  const random = new Random(3);
  const rows = labels.map((label, i) => {
    const logits = Array.from({ length: count }, () => random.gaussian());
    logits[label] += i % 5 === 4 ? 0 : 3.4;
    const powers = logits.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  });
  return tensor(rows);
}

/** A history with learning rates, which fall to zero, and lengths of gradients. */
function measuredHistory(): History {
  const history = someHistory(3, 156);
  const random = new Random(9);
  const steps = history.steps.map((step, i) => ({
    ...step,
    learningRate: 0.015 * (1 + Math.cos((Math.PI * i) / history.steps.length)),
    gradientNorm: step.loss * (1 + 0.4 * random.next()),
  }));
  return { ...history, steps };
}

function runningState(): LivePanelState {
  const history = measuredHistory();
  const partial = { steps: history.steps.slice(0, 396), epochs: history.epochs.slice(0, 2) };
  return {
    title: "digits: 10,000 training images, batches of 64",
    history: partial,
    status: "running",
    epoch: 3,
    epochs: 3,
    step: 396,
    steps: 468,
    elapsed: 14.2,
    examplesPerSecond: 1785,
    filters: gratings(8, 1, 5),
    filtersName: "conv1",
    mistakes: {
      images: glyphs(7),
      labels: [0, 1, 0, 1, 0, 1, 0],
      predictions: [1, 0, 1, 0, 1, 0, 1],
      classes: ["ring", "stroke"],
      count: 158,
      of: 1000,
    },
  };
}

function activations() {
  const image = glyphs(1);
  const random = new Random(2);
  const convolved = random.normal([1, 8, 28, 28], 0, 0.2);
  const rectified = zeros([1, 8, 28, 28]);
  for (let c = 0; c < 8; c++) {
    for (let i = 0; i < 28; i++) {
      for (let j = 0; j < 28; j++) {
        const edge =
          image.get(0, 0, i, j) - image.get(0, 0, Math.max(0, i - (c % 3)), Math.max(0, j - (c >> 1)));
        const y = 1.7 * edge + 0.15 * convolved.get(0, c, i, j) - (c === 5 ? 3 : 0.1);
        convolved.set(0, c, i, j, y);
        rectified.set(0, c, i, j, Math.max(0, y));
      }
    }
  }
  const pooled = zeros([1, 40, 7, 7]);
  for (let c = 0; c < 40; c++) {
    for (let i = 0; i < 49; i++) {
      pooled.set(0, c, Math.floor(i / 7), i % 7, Math.max(0, random.gaussian() + Math.sin(i * c)));
    }
  }
  return [
    { name: "input", activation: image },
    { name: "conv1", activation: convolved },
    { name: "relu1", activation: rectified },
    { name: "pool2", activation: pooled },
    { name: "fc", activation: random.normal([1, 10], 0, 3) },
  ];
}

function confusions(classCount: number, count: number): [number[], number[]] {
  const random = new Random(11);
  const truth = Array.from({ length: count }, () => random.integer(classCount));
  const confused: Record<number, number> = { 3: 5, 5: 3, 9: 1, 2: 6 };
  const predicted = truth.map((label) => {
    const draw = random.next();
    if (draw < 0.75) return label;
    return draw < 0.87 && label in confused ? confused[label] : random.integer(classCount);
  });
  return [truth, predicted];
}

function broken(): Tensor {
  const weights = gratings(6, 1, 7);
  weights.set(1, 0, 3, 3, NaN);
  weights.set(4, 0, 0, 0, Infinity);
  return weights;
}

function bordersForgotten() {
  const measured = new Random(12).normal([1, 2, 6, 6], 0, 1, "float64");
  const derived = zeros([1, 2, 6, 6], "float64");
  for (let c = 0; c < 2; c++) {
    for (let i = 0; i < 36; i++) {
      const [row, column] = [Math.floor(i / 6), i % 6];
      const inner = row > 0 && column > 0 && row < 5 && column < 5;
      derived.set(0, c, row, column, measured.get(0, c, row, column) * (inner ? 1 : 0.6));
    }
  }
  return { derived, measured };
}

const layerRows = [
  ["conv1", "Conv2d 8 filters of 5×5, pad 2", [8, 28, 28], 208],
  ["relu1", "ReLU", [8, 28, 28], 0],
  ["pool1", "MaxPool2d 2×2", [8, 14, 14], 0],
  ["conv2", "Conv2d 16 filters of 5×5, pad 2", [16, 14, 14], 3216],
  ["relu2", "ReLU", [16, 14, 14], 0],
  ["pool2", "MaxPool2d 2×2", [16, 7, 7], 0],
  ["fc", "Linear 784 → 10", [10], 7850],
].map(([name, layer, outputShape, parameters]) => ({ name, layer, outputShape, parameters }) as LayerRow);

/** The first layers of AlexNet, with a long name. */
const deepRows = [
  ["conv1", "Conv2d", [96, 55, 55], 34944],
  ["relu1", "ReLU", [96, 55, 55], 0],
  ["pool1", "MaxPool2d", [96, 27, 27], 0],
  ["norm1", "LocalResponseNorm", [96, 27, 27], 0],
  ["conv2", "Conv2d", [256, 27, 27], 307456],
  ["pool2", "MaxPool2d", [256, 13, 13], 0],
  ["conv3", "Conv2d", [384, 13, 13], 885120],
  ["conv4", "Conv2d", [384, 13, 13], 663936],
  ["conv5", "Conv2d", [256, 13, 13], 442624],
  ["pool5", "MaxPool2d", [256, 6, 6], 0],
  ["fc6", "Linear", [4096], 37752832],
  ["fc8", "Linear", [1000], 4097000],
].map(([name, layer, outputShape, parameters]) => ({ name, layer, outputShape, parameters }) as LayerRow);

const labels20 = Array.from({ length: 15 }, (_, i) => (i * 7) % 10);
const [truth, predicted] = confusions(10, 2000);

const gaussian = tensor([
  [1, 2, 1],
  [2, 4, 2],
  [1, 2, 1],
]);

/** File name → how to make the figure. */
export const gallery: Readonly<Record<string, () => Figure>> = {
  chart: () =>
    chart({
      title: "Accuracy by width",
      width: 300,
      height: 160,
      data: { values: [4, 8, 16, 32].map((width) => ({ width: String(width), accuracy: 1 - 0.3 / width })) },
      mark: "bar",
      encoding: {
        x: {
          field: "width",
          type: "ordinal",
          sort: null,
          title: "filters in the first layer",
          axis: { labelAngle: 0 },
        },
        y: { field: "accuracy", type: "quantitative", axis: { format: ".0%" } },
      },
    }),
  "loss-curve": () => lossCurve(someHistory(5, 156), { title: "digits" }),
  "loss-curves": () =>
    lossCurve(
      { "lr 0.1": someHistory(5, 100, 1, 1.5), "lr 0.01": someHistory(5, 100, 2, 0.4) },
      { scale: "log", title: "Two learning rates" },
    ),
  "loss-curves-stopped": () => {
    const stopped = someHistory(6, 60, 3, 2);
    return lossCurve(
      { stopped: { ...stopped, stoppedAt: 360 }, whole: someHistory(9, 60, 2, 0.8) },
      { title: "One run stopped" },
    );
  },
  "filters-grey": () => filters(gratings(16, 1, 7), { title: "conv1" }),
  "filters-colour": () => filters(gratings(32, 3, 11), { title: "First layer, in colour" }),
  "filters-before-after": () =>
    filters(
      {
        "before training": new Random(4).normal([16, 1, 7, 7], 0, 0.1),
        "after training": gratings(16, 1, 7),
      },
      { title: "What training did to conv1" },
    ),
  "filters-seven-channels": () => filters(gratings(6, 7, 5), { title: "conv2" }),
  "filters-one-dimension": () =>
    filters(new Random(6).normal([8, 1, 15], 0, 1), { title: "Filters of a signal" }),
  "filters-sorted": () =>
    filters(shuffledGratings(), { sort: "orientation", title: "Sorted by orientation" }),
  "gabor-figure": () => gaborFigure(fitGabors(shuffledGratings()), { limit: 8 }),
  "orientation-plot": () => orientationPlot(fitGabors(shuffledGratings())),
  spectra: () => spectra(shuffledGratings(), { limit: 8 }),
  "spectra-gabor-pairs": () =>
    spectra(
      Object.fromEntries(
        [90, 30].flatMap((orientation) =>
          [0, -90].map((phase) => [
            `${phase === 0 ? "ψc" : "ψs"} at ${orientation}°`,
            gabor(31, { orientation, frequency: 0.12, phase }),
          ]),
        ),
      ),
      { title: "Gabor functions and their spectra" },
    ),
  "activation-matrix": () => activationMatrix({ sparse: units(false), "always on": units(true) }),
  "correlation-matrix": () =>
    correlationMatrix({ good: unitCorrelations(units(false)), bad: unitCorrelations(units(true)) }),
  "heat-overlay": () => heatOverlay(glyphs(1), { saliency: bumps(28) }),
  outlined: () =>
    outlined(glyphs(1), {
      conv1: { top: 11, left: 11, height: 5, width: 5 },
      conv2: { top: 18, left: -4, height: 14, width: 14 },
    }),
  "patch-grid": () =>
    patchGrid({
      layer: "conv2",
      unit: 3,
      patches: glyphs(6),
      activations: [4.7, 4.4, 4.3, 4.2, 4.2, 4.1],
      places: [],
      labels: [0, 1, 0, 0, 1, 0],
      classes: ["ring", "stroke"],
    }),
  "learning-rate": () => {
    const noise = new Random(12);
    const rates = Array.from({ length: 90 }, (_, i) => 10 ** (-5 + i / 15));
    const losses = rates.map(
      (rate) => 0.6 + 1.7 / (1 + (rate / 0.02) ** 1.5) + rate ** 2 + 0.08 * noise.gaussian(),
    );
    return learningRatePlot(new LearningRateTrial(rates, losses));
  },
  landscape: () => {
    const positions = Array.from({ length: 13 }, (_, i) => i / 6 - 1);
    const losses = positions.map((y) => positions.map((x) => 0.1 + (x - 0.1) ** 2 + 2 * (y + x / 3) ** 2));
    return landscapeView({ positions, losses: tensor(losses) });
  },
  spectrogram: () => {
    const sweep = Array.from({ length: 20 }, (_, band) =>
      Array.from({ length: 60 }, (_, t) => -8 + 9 * Math.exp(-((band - 3 - t / 5) ** 2) / 3)),
    );
    return spectrogram(tensor([sweep, [...sweep].reverse()]), {
      captions: ["rising", "falling"],
      range: [80, 4000],
    });
  },
  "filters-not-finite": () => filters(broken(), { title: "After a learning rate too large" }),
  "image-grid": () =>
    imageGrid(glyphs(20), { labels: Array.from({ length: 20 }, (_, i) => (i % 3 === 1 ? 1 : 0)) }),
  "image-grid-predictions": () =>
    imageGrid(colours(15, 32), {
      title: "Test images",
      labels: labels20,
      probabilities: someProbabilities(labels20, 10),
      classes,
    }),
  "image-grid-boxes": () =>
    imageGrid(glyphs(2), {
      title: "Found and true boxes",
      columns: 2,
      side: 168,
      boxes: {
        true: [[{ top: 4, left: 4, height: 20, width: 20 }], [{ top: 2, left: 10, height: 24, width: 8 }]],
        found: [[{ top: 5, left: 6, height: 18, width: 19, caption: "ring: 98 %" }], []],
      },
    }),
  "image-grid-names": () => {
    const signed = new Random(4).normal([3, 28, 28], 0, 0.3);
    const both = wrap(Float32Array.from([...glyphs(3).data, ...signed.data]), [6, 1, 28, 28]);
    return imageGrid(both, {
      title: "Rows and columns with names",
      rows: ["before", "added"],
      columns: ["ring", "stroke", "a long name"],
    });
  },
  "image-grid-heat": () => {
    const heat = zeros([6, 7, 7]);
    for (let i = 0; i < 6 * 49; i++) heat.data[i] = Math.max(0, Math.cos(i / 5)) ** 3;
    return imageGrid(glyphs(6), { title: "Where it looks", columns: 6, side: 84, heat });
  },
  "activation-maps": () => activationMaps(activations()),
  "activation-maps-classes": () => activationMaps(activations().slice(-2), { channels: 8, classes }),
  "confusion-matrix": () => confusionMatrix(truth, predicted, classes),
  "confusion-matrix-digits": () => confusionMatrix(...confusions(10, 500), 10),
  architecture: () => architecture(layerRows, { inputShape: [1, 28, 28] }),
  "architecture-lines": () =>
    architecture(deepRows, { title: "More than a line", inputShape: [3, 227, 227] }),
  calibration: () => {
    const labels = Array.from({ length: 500 }, (_, i) => (i * 7) % 10);
    return calibration(someProbabilities(labels, 10), labels);
  },
  "class-balance": () =>
    classBalance({
      train: { labels: truth, classes },
      test: { labels: confusions(10, 300)[1], classes },
    }),
  "gain-matrix": () =>
    gainMatrixView(
      tensor([
        [1, 0, -1],
        [2, 0, -2],
        [1, 0, -1],
      ]),
      [4, 4],
      { pad: 1 },
    ),
  "gain-matrix-signal": () => gainMatrixView(tensor([0.25, 0.5, 0.25]), [8]),
  "gradient-map": () => gradientMap(bordersForgotten(), { name: "dx" }),
  "gradient-map-agrees": () => {
    const { measured } = bordersForgotten();
    return gradientMap({ derived: measured, measured }, { name: "dx" });
  },
  "gradient-flow": () =>
    gradientFlow(
      ["conv1", "conv2", "conv3", "fc"].map((name, i) => ({
        name,
        gradient: new Random(i).normal([500], 0, 10 ** (i * 0.8 - 4)),
      })),
    ),
  histograms: () =>
    histograms(
      Object.fromEntries(
        ["start", "epoch 1", "epoch 2", "epoch 3", "epoch 4"].map((name, i) => [
          name,
          new Random(i + 1).normal([4000], 0.02 * i, 0.05 + 0.03 * i),
        ]),
      ),
      { title: "Weights of conv1 in the course of training" },
    ),
  distributions: () => distributions(spreads()),
  mistakes: () =>
    mistakes({ images: colours(15, 32), labels: labels20, classes }, someProbabilities(labels20, 10)),
  "sliding-window": () =>
    slidingWindow(
      tensor([
        [0, 1, 2, 3, 0],
        [1, 2, 0, 1, 2],
        [3, 0, 1, 2, 1],
        [0, 2, 1, 0, 3],
        [1, 1, 2, 0, 1],
      ]),
      tensor([
        [1, 0, -1],
        [1, 0, -1],
        [1, 0, -1],
      ]),
      { pad: 1, at: [1, 2] },
    ),
  animation: () => {
    const ramp = tensor([0, 1, 2, 3].map((i) => [0, 1, 2, 3, 4].map((j) => i * j)));
    return animation(
      [0, 1, 2].map((q) => slidingWindow(ramp, gaussian, { at: [0, q] })),
      { still: 1 },
    );
  },
  "decision-regions": () => {
    const points = new Random(3).normal([60, 2]);
    const rule = (bent: boolean) => (p: Tensor) =>
      Array.from({ length: p.shape[0] }, (_, n) =>
        (bent ? p.get(n, 0) ** 2 : 0) + p.get(n, 1) > 0.5 ? 1 : 0,
      );
    return decisionRegions(points, rule(true)(points), {
      "y > ½": rule(false),
      "x² + y > ½": rule(true),
    });
  },
  "decision-regions-confidence": () => {
    const points = new Random(3).normal([60, 2]);
    const shares = (steep: number) => (p: Tensor) => {
      const rows = Array.from({ length: p.shape[0] }, (_, n) => {
        const powers = [-p.get(n, 0) - 0.3, p.get(n, 0) - 0.3, p.get(n, 1)].map((z) => Math.exp(steep * z));
        return powers.map((power) => power / powers.reduce((a, b) => a + b));
      });
      return tensor(rows);
    };
    const labels = Array.from({ length: 60 }, (_, n) => {
      const [x, y] = [points.get(n, 0), points.get(n, 1)];
      return y > Math.abs(x) - 0.5 ? 2 : x > 0 ? 1 : 0;
    });
    return decisionRegions(points, labels, { doubting: shares(0.8), sure: shares(5) }, { title: "How sure" });
  },
  "line-plot": () => {
    const steps = Array.from({ length: 33 }, (_, i) => 10 ** (-i / 2));
    const error = (order: number) => steps.map((h): [number, number] => [h, h ** order / 6 + 1e-16 / h]);
    return linePlot(
      { "one-sided": error(1), central: error(2) },
      { title: "Error of a numerical gradient", x: "step h", y: "error", xScale: "log", yScale: "log" },
    );
  },
  "line-plot-names": () => {
    const loss = (rate: number) => Array.from({ length: 20 }, (_, i) => 2 * Math.exp(-rate * i));
    return linePlot(
      { "rate 0.01": loss(0.03), "rate 0.03": loss(0.08), "rate 0.1": loss(0.2), "rate 0.3": loss(0.4) },
      { title: "Four learning rates", x: "epoch", y: "loss", yScale: "log", dots: true },
    );
  },
  "line-plot-band": () => {
    const random = new Random(4);
    const seeds = (rate: number) =>
      Array.from({ length: 5 }, () =>
        Array.from({ length: 20 }, (_, i) => 2 * Math.exp(-rate * i) + 0.1 + 0.15 * random.next()),
      );
    return linePlot(
      { Adam: meanBand(seeds(0.4)), SGD: meanBand(seeds(0.15)) },
      { title: "Five seeds, mean and standard deviation", x: "epoch", y: "loss" },
    );
  },
  "scatter-plot": () => {
    const random = new Random(2);
    const cloud = (x: number, y: number) =>
      Array.from({ length: 40 }, (): [number, number] => [x + random.next(), y + random.next()]);
    return scatterPlot(
      { cats: cloud(0, 0), dogs: cloud(0.8, 0.5), mice: cloud(-0.4, 0.9) },
      { title: "Two features", x: "weight", y: "size" },
    );
  },
  "bar-plot": () =>
    barPlot(
      { train: { ship: 0.97, truck: 0.93, cat: 0.81 }, test: { ship: 0.91, truck: 0.88, cat: 0.64 } },
      { title: "Accuracy by class", x: "class", y: "accuracy" },
    ),
  "bar-plot-horizontal": () =>
    barPlot(Object.fromEntries(classes.map((name, i) => [name, 40 + ((i * 37) % 23)])), { y: "images" }),
  histogram: () => {
    const random = new Random(8);
    return histogram(
      { "first layer": random.normal([800], 0, 0.5), "last layer": random.normal([300], 0.3, 0.2) },
      { title: "Weights of two layers", x: "weight" },
    );
  },
  heatmap: () =>
    heatmap(
      classes
        .slice(0, 5)
        .map((_, i) => classes.slice(0, 5).map((__, j) => (i === j ? 40 + i : (i * 7 + j * 3) % 11))),
      {
        title: "Confusions",
        x: "predicted",
        y: "true",
        columns: classes.slice(0, 5),
        rows: classes.slice(0, 5),
      },
    ),
  "heatmap-signed": () =>
    heatmap(new Random(3).normal([12, 20]), { title: "A weight matrix", x: "input", y: "unit" }),
  "contour-plot": () => {
    const slope = [1, 25];
    const walk = (rate: number, momentum: number) => {
      const [place, speed] = [
        [-4, 1],
        [0, 0],
      ];
      return Array.from({ length: 25 }, (): [number, number] => {
        const before: [number, number] = [place[0], place[1]];
        for (const i of [0, 1]) {
          speed[i] = momentum * speed[i] + slope[i] * place[i];
          place[i] -= rate * speed[i];
        }
        return before;
      });
    };
    return contourPlot((x, y) => (x * x + 25 * y * y) / 2, {
      ...{ title: "A ravine", xRange: [-4.5, 4.5], yRange: [-1.5, 1.5], value: "loss" },
      paths: { "plain, rate 0.07": walk(0.07, 0), "momentum 0.8, rate 0.04": walk(0.04, 0.8) },
    });
  },
  "contour-plot-bare": () =>
    contourPlot((x, y) => Math.log(x) + Math.sin(3 * y), {
      ...{ xRange: [-0.5, 2], yRange: [-2, 2], levels: [-2, -1, 0, 1] },
    }),
  matrices: () =>
    matrices(
      {
        x: [
          [1, 1, 2, 4],
          [5, 6, 7, 8],
          [3, 2, 1, 0],
          [1, 2, 3, 4],
        ],
        max: [
          [6, 8],
          [3, 4],
        ],
        "its gradient": tensor([[10, -20.25, NaN, 1e-7]]),
      },
      { title: "What becomes of a matrix" },
    ),
  "small-multiples": () =>
    smallMultiples(
      Object.fromEntries(
        [0.1, 0.3, 1].map((rate) => [
          `rate ${rate}`,
          linePlot(
            {
              train: Array.from({ length: 12 }, (_, i) => Math.exp(-rate * i)),
              test: Array.from({ length: 12 }, (_, i) => 0.2 + Math.exp(-rate * i)),
            },
            { x: "epoch", y: "loss", width: 220, height: 140 },
          ),
        ]),
      ),
      { title: "Three learning rates", columns: 2, share: "y" },
    ),
  "parallel-coordinates": () => {
    const random = new Random(5);
    const trials = Array.from({ length: 12 }, (_, number) => {
      const configuration = { lr: 10 ** (-3 + 2 * random.next()), filters: [8, 16, 32][number % 3] };
      const score = 0.9 - 0.1 * Math.abs(Math.log10(configuration.lr) + 1.6);
      return { number, configuration, budget: 1, status: "done" as const, score };
    });
    const space = { lr: logUniform(1e-3, 1e-1), filters: choice([8, 16, 32]) };
    return parallelCoordinates({ space, strategy: "random", trials, status: "finished", seconds: 42 });
  },
  "computation-graph": () => {
    const [x, y] = [new Variable(2, "x"), new Variable(-3, "y")];
    const f = x.mul(y).add(x.mul(x)).named("f");
    f.backward();
    return computationGraph(f);
  },
  "live-panel-running": () => livePanel(runningState()),
  "live-panel-finished": () =>
    livePanel({
      ...runningState(),
      history: measuredHistory(),
      status: "finished",
      step: 468,
      elapsed: 17.1,
      filters: gratings(32, 3, 11),
    }),
  "live-panel-stopped": () => {
    const history = someHistory(8, 156, 1, 1.3);
    return livePanel({
      ...runningState(),
      history,
      status: "stopped",
      message: "Stopped by hand.",
      epoch: 8,
      epochs: 10,
      step: history.steps.length,
      steps: 1560,
      elapsed: 43,
      mistakes: undefined,
    });
  },
  "live-panel-failed": () =>
    livePanel({
      ...runningState(),
      history: {
        steps: [2.31, 2.6, 9.1, 4e3, NaN].map((loss, i) => ({ step: i + 1, loss })),
        epochs: [],
      },
      status: "failed",
      message: "The loss is NaN at step 5; try a smaller learning rate.",
      epoch: 1,
      step: 5,
      elapsed: 0.4,
      filters: undefined,
      mistakes: undefined,
    }),
};

/** Weights that spread, activations that die, gradients that fall, in three layers. */
function spreads(): Spreads {
  const random = new Random(4);
  const sample = (mean: number, deviation: number) =>
    Array.from({ length: 30 }, (_, i) => ({
      step: 1 + 16 * i,
      quantiles: quantilesOf(random.normal([400], mean * i, deviation * (1 + i / 10))),
    }));
  return Object.fromEntries(
    ["conv1", "conv2", "fc"].map((layer, l) => [
      layer,
      {
        weights: sample(0, 0.1 / (l + 1)),
        activations: sample(-0.02, 0.5),
        gradients: sample(0, 0.01 * 0.3 ** l),
      },
    ]),
  );
}

/** A plain image for tests of single functions. */
export const ramp: Tensor = wrap(
  Float32Array.from({ length: 16 }, (_, i) => i),
  [1, 1, 4, 4],
);
