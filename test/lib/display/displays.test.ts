/** Protects what each display says and how it bears odd input: nothing, one, too many, NaN, wrong sizes. */
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { full, tensor, zeros } from "../../../lib/array/tensor.js";
import { Dataset } from "../../../lib/data/dataset.js";
import {
  activationMaps,
  confusionMatrix,
  filters,
  imageGrid,
  layerTable,
  livePanel,
  lossCurve,
  table,
  tensorView,
  type LivePanelState,
  chart,
} from "../../../lib/display/index.js";
import { countConfusions } from "../../../lib/display/results/confusion-matrix.js";
import { rasterize } from "../../../lib/display/figure/rasterize.js";
import { gratings, someHistory } from "./gallery.js";

describe("filters", () => {
  test("ten thousand are cut with a word about it, and stay small", async () => {
    const figure = filters(zeros([10_000, 1, 3, 3]));
    expect(figure.text).toContain("10,000 filters of 3×3");
    expect(figure.text).toContain("The first 256 are drawn; 9,744 are not.");
    expect((await figure.svg()).length).toBeLessThan(100_000);
  });

  test.each([
    ["1×1 filters", zeros([4, 1, 1, 1])],
    ["constant filters", full([4, 3, 5, 5], 0.5)],
    ["no filters", zeros([0, 1, 3, 3])],
    ["NaN alone", full([2, 1, 3, 3], NaN)],
    ["seven channels", gratings(3, 7, 5)],
    ["512 channels", zeros([4, 512, 3, 3])],
    ["signals", zeros([4, 2, 9])],
    ["64-bit numbers", gratings(2, 1, 3, "float64")],
  ])("%s can be drawn", async (_, weights) => {
    expect((await rasterize(await filters(weights).svg())).length).toBeGreaterThan(100);
  });

  test("reads a layer's weights, as a tensor or as a parameter", async () => {
    const w = gratings(2, 1, 3);
    const plain = await filters(w).svg();
    expect(await filters({ parameters: { w } }).svg()).toBe(plain);
    expect(await filters({ parameters: { w: { value: w } } }).svg()).toBe(plain);
    expect(() => filters({ parameters: { gamma: w } })).toThrow(/no weights named w, only gamma/);
    expect(() => filters(zeros([3]))).toThrow(/a 3 tensor is no stack of filters/);
  });

  test("a shared scale shows which filter is weak, a scale each does not", async () => {
    const weights = zeros([2, 1, 1, 1]);
    weights.set(0, 0, 0, 0, 1);
    weights.set(1, 0, 0, 0, 0.1);
    const doubled = full([2, 1, 1, 1], 1);
    const picture = async (w: typeof weights, scale: "shared" | "each") =>
      /href="([^"]*)"/.exec(await filters(w, { scale }).svg())![1];
    expect(await picture(weights, "shared")).not.toBe(await picture(doubled, "shared"));
    expect(await picture(weights, "each")).toBe(await picture(doubled, "each"));
  });

  test("the rows of a matrix are pictures when their shape is given", () => {
    expect(filters(zeros([10, 784]), { imageShape: [1, 28, 28] }).text).toContain("10 filters of 28×28");
  });
});

describe("imageGrid", () => {
  const images = full([3, 1, 4, 4], 0.5);

  test("marks a wrong prediction and names the true class", async () => {
    const figure = imageGrid(images, { labels: [0, 1, 1], predictions: [0, 0, 1], classes: ["cat", "dog"] });
    expect(figure.text).toContain("1 predicted wrongly");
    const svg = await figure.svg();
    expect(svg.match(/✗ cat/g)).toHaveLength(1);
    expect(svg.match(/is dog/g)).toHaveLength(1);
    expect(svg).toContain("✓ cat");
  });

  test("takes the likeliest class where only probabilities are given", () => {
    const probabilities = tensor([
      [0.9, 0.1],
      [0.2, 0.8],
      [0.3, 0.7],
    ]);
    expect(imageGrid(images, { labels: [0, 0, 1], probabilities }).text).toContain("1 predicted wrongly");
  });

  test("draws a data set with its class names", async () => {
    const svg = await imageGrid(new Dataset(images, [0, 1, 0], ["zero", "one"])).svg();
    expect(svg.match(/zero<\/text>/g)).toHaveLength(2);
  });

  test.each([
    ["no images", zeros([0, 1, 4, 4]), "No images."],
    ["a hundred images", zeros([100, 1, 4, 4]), "40 of 100 images"],
    ["seven channels", zeros([2, 7, 4, 4]), "the mean over the channels is drawn"],
    ["negative numbers", full([2, 1, 4, 4], -1), "blue is negative"],
    ["NaN", full([1, 3, 2, 2], NaN), "12 NaN, in magenta"],
    ["one plane", zeros([4, 4]), "1 image, 1×4×4"],
  ])("%s", async (_, x, words) => {
    const figure = imageGrid(x);
    expect(figure.text).toContain(words);
    expect((await figure.png()).length).toBeGreaterThan(100);
  });

  test("names its rows, draws each on its own scale, and wants one name a row", async () => {
    const values = [0, 1, 0.5, 1, -2, 2, 1, 0].flatMap((value) => [value, value, value, value]);
    const pictures = tensor(values, [8, 1, 2, 2]);
    const figure = imageGrid(pictures, { columns: 4, rows: ["before", "added"] });
    expect(figure.text).toContain("Each row has its own scale.");
    const svg = await figure.svg();
    for (const name of [">before<", ">added<"]) expect(svg).toContain(name);
    // The first row has no negative number, so it is grey, as it is alone.
    const images = (text: string) =>
      text.match(/<image[^>]*href="[^"]*"/g)!.map((one) => /href="([^"]*)"/.exec(one)![1]);
    const alone = await imageGrid(tensor(values.slice(0, 16), [4, 1, 2, 2]), { columns: 4 }).svg();
    expect(images(svg).slice(0, 4)).toEqual(images(alone));
    expect(() => imageGrid(pictures, { columns: 4, rows: ["before"] })).toThrow(
      "imageGrid: 1 name for 2 rows of 4; give one a row.",
    );
    expect(() => imageGrid(pictures, { rows: ["before"] })).toThrow(/Give columns/);
  });

  test("names its columns, each above the middle of its images, whatever stands below them", async () => {
    const columns = ["zero", "a long one", "two"];
    const captions = ["a", "much longer than b", "c", "d", "e", "f"];
    const figure = imageGrid(full([6, 1, 4, 4], 0.5), { columns, rows: ["before", "after"], captions });
    const svg = await figure.svg();
    const middles = (one: RegExp) => [...svg.matchAll(one)].map(([, x, width = 0]) => +x! + +width / 2);
    const pictures = middles(/<image x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g);
    expect(pictures.slice(3)).toEqual(pictures.slice(0, 3));
    columns.forEach((name, i) => {
      const [middle] = middles(new RegExp(`<text x="([\\d.]+)"[^>]*>${name}<`, "g"));
      expect(Math.abs(middle! - pictures[i]!)).toBeLessThanOrEqual(1);
    });
    expect(figure.text).toContain("after a long one e");
    expect(() => imageGrid(full([2, 1, 4, 4], 0.5), { columns })).toThrow(
      "imageGrid: 3 names of columns for 2 images; give one for each image of a row.",
    );
    expect(() => imageGrid(images, { columns: [] })).toThrow("0 names of columns");
  });

  test("draws maps over its images on one scale, each number on its block of pixels, with a bar", async () => {
    const heat = tensor([0, 0, 0, 4, 0, 0, 0, 2], [2, 2, 2]);
    const figure = imageGrid(zeros([2, 1, 4, 4]), { heat, side: 4, columns: 2 });
    expect(figure.text).toContain("orange: a map from 0 to 4.");
    const svg = await figure.svg();
    const [first, second, bar] = [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map(([, data]) =>
      decode(Buffer.from(data!, "base64")),
    );
    const pixel = (picture: typeof first, i: number) => [...picture!.data.subarray(4 * i, 4 * i + 3)];
    // The corner of four pixels is coloured, and less in the image whose number is half as large.
    const grey = pixel(first, 0);
    expect(new Set(grey).size).toBe(1);
    for (const i of [0, 1, 9, 6]) expect(pixel(first, i)).toEqual(grey);
    for (const i of [10, 11, 14, 15]) expect(pixel(first, i)).toEqual(pixel(first, 15));
    const strength = (picture: typeof first) => grey[1]! - pixel(picture, 15)[1]!;
    expect(strength(first)).toBeGreaterThan(strength(second) + 20);
    expect(bar!.width).toBe(180);
    expect(svg).toMatch(/>0<\/text><text[^>]*>4</);
    const signed = imageGrid(zeros([2, 1, 4, 4]), { heat: tensor([-1, 1], [2, 1, 1]) });
    expect(signed.text).toContain("orange is above zero, blue below: a map from −1 to 1.");
    expect(() => imageGrid(images, { heat: zeros([3, 3, 3]) })).toThrow(
      "imageGrid: heat is 3×3×3 for 3 images of 4×4; give 3×4×4, or maps whose sides divide these.",
    );
    expect(() => imageGrid(images, { heat: zeros([2, 4, 4]) })).toThrow(/heat is 2×4×4 for 3 images/);
  });

  test("labels, predictions and probabilities must fit", () => {
    expect(() => imageGrid(images, { labels: [1] })).toThrow("1 labels for 3 images; give one an image.");
    expect(() => imageGrid(images, { probabilities: zeros([2, 10]) })).toThrow(
      /probabilities are 2×10 .* N = 3/,
    );
  });

  test("a class name with angle brackets stays text", async () => {
    const svg = await imageGrid(images, { captions: ["<b>&", "", ""] }).svg();
    expect(svg).toContain("&lt;b&gt;&amp;");
    await rasterize(svg);
  });
});

test("activationMaps counts channels that are zero everywhere, and bears every rank", async () => {
  const activation = full([1, 3, 4, 4], 1);
  for (let i = 0; i < 16; i++) activation.set(0, 1, i >> 2, i & 3, 0);
  const figure = activationMaps([
    { name: "relu1", activation },
    { name: "sound", activation: new Random(1).normal([2, 4, 30]) },
    { name: "fc", activation: zeros([1, 300]) },
    { name: "wide", activation: new Random(1).normal([1, 200, 1, 1]) },
  ]);
  expect(figure.text).toContain("relu1 3×4×4, 0 to 1, 1 of 3 channels zero");
  expect(figure.text).toContain("300 of 300 units zero");
  expect(await figure.svg()).toContain("first 24 of 200 drawn");
  expect((await figure.png()).length).toBeGreaterThan(100);
  expect((await activationMaps([]).png()).length).toBeGreaterThan(100);
  expect(() => activationMaps([{ name: "x", activation: zeros([3]) }])).toThrow(/the activation of x is 3/);
});

describe("confusionMatrix", () => {
  test("counts rows of true classes and columns of predicted ones", () => {
    expect(countConfusions([0, 0, 1, 2], [0, 1, 1, 0], 3)).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  test("says what is right, and what is most often confused", () => {
    const { text } = confusionMatrix([0, 0, 0, 1], [0, 1, 1, 1], ["cat", "dog"]);
    expect(text).toContain("2 of 4 examples right (50.0 %); most often, cat was taken for dog (2 times)");
    expect(text).toMatch(/cat +1 +2 +33\.3 %/);
  });

  test("bears no examples, many classes, and a class without examples", async () => {
    expect(confusionMatrix([], [], 3).text).toContain("No examples.");
    expect((await confusionMatrix([0, 99], [0, 0], 100).png()).length).toBeGreaterThan(100);
    expect(confusionMatrix([0], [0], 2).text).toMatch(/1 +· +· +–/);
  });

  test("refuses labels that do not fit", () => {
    expect(() => confusionMatrix([0], [0, 1], 2)).toThrow("1 true classes but 2 predicted ones");
    expect(() => confusionMatrix([2], [0], 2)).toThrow("2 at place 0 is no class");
  });
});

describe("tables", () => {
  test("a network's table sums up", async () => {
    const figure = layerTable(
      [
        { name: "conv1", layer: "Conv2d", outputShape: [8, 28, 28], parameters: 208, multiplyAdds: 156_800 },
        { name: "relu1", layer: "ReLU", outputShape: [8, 28, 28], parameters: 0, multiplyAdds: 0 },
      ],
      { inputShape: [1, 28, 28] },
    );
    expect(figure.text).toMatch(/conv1 +Conv2d +8×28×28 +208 +156,800/);
    expect(figure.text).toMatch(/total +2 layers +208 +156,800/);
    const bundle = await figure.bundle();
    expect(bundle["text/markdown"]).toContain("| conv1 | Conv2d | 8×28×28 | 208 | 156,800 |");
    expect(bundle["text/html"]).not.toContain("<script");
  });

  test("memory and receptive fields stand there when they are asked for", () => {
    const conv1 = { name: "conv1", layer: "Conv2d", outputShape: [8, 28, 28], parameters: 208 };
    const fc = { name: "fc", layer: "Linear", outputShape: [10], parameters: 7850 };
    const rows = [{ ...conv1, receptiveField: { height: 5, width: 5 } }, fc];
    const { text } = layerTable(rows, { inputShape: [1, 28, 28], memory: true });
    expect(text).toMatch(/name .*multiply-adds +memory +receptive field$/m);
    expect(text).toMatch(/input +1×28×28 +3\.1 kB$/m);
    expect(text).toMatch(/conv1 .*25\.1 kB +5×5$/m);
    expect(text).toMatch(/fc .* 40 B$/m);
    expect(text).toMatch(/total .*28\.3 kB$/m);
    expect(layerTable([conv1]).text).not.toMatch(/memory|receptive/);
  });

  test("an unknown shape is a dash, in the sum too", () => {
    const { text } = layerTable([{ name: "fc", layer: "Linear", parameters: 10 }]);
    expect(text).toMatch(/fc +Linear +– +10 +–/);
    expect(text).toMatch(/total .*–$/);
    expect(() => layerTable([{ name: "fc", layer: "Linear", parameters: -1 }])).toThrow(/fc counts −?-?1/);
  });

  test("cells are text in every form", async () => {
    const bundle = await table(["a|b", "<i>"], [["*x*", "<script>"]]).bundle();
    expect(bundle["text/html"]).toContain("&lt;script&gt;");
    expect(bundle["text/markdown"]).toContain("\\*x\\*");
    expect(bundle["text/markdown"]).toContain("a\\|b");
  });
});

describe("tensorView", () => {
  test("a small matrix whole", () => {
    expect(
      tensorView(
        tensor([
          [1, 2],
          [3, -4.5],
        ]),
      ).text,
    ).toBe("2×2 float32 · −4.5 to 3 · mean 0.375 · deviation 2.9\n1.000   2.000\n3.000  −4.500");
  });

  test("points stand under each other, and nothing small passes for zero", () => {
    expect(
      tensorView(
        tensor([
          [10.5, -0.25],
          [3e-9, 0],
        ]),
      )
        .text.split("\n")
        .slice(1),
    ).toEqual(["10.50  −0.25", " 3e−9      0"]);
    expect(
      tensorView(
        tensor([
          [1, -20],
          [300, 0],
        ]),
      )
        .text.split("\n")
        .slice(1),
    ).toEqual(["  1  −20", "300    0"]);
  });

  test("a large one by its corners", () => {
    const { text } = tensorView(zeros([64, 3, 100, 100], "float64"));
    expect(text).toContain("64×3×100×100 float64 · all 0");
    expect(text).toContain("[0, 1, :, :]");
    expect(text).toContain("… 190 more of 100×100");
    expect(text.split("\n").length).toBeLessThan(25);
  });

  test("scalars, nothing, views and NaN", () => {
    expect(tensorView(tensor(5)).text).toBe("scalar float32\n5");
    expect(tensorView(zeros([0, 3])).text).toBe("0×3 float32 · empty");
    expect(
      tensorView(
        tensor([
          [1, 2],
          [3, 4],
        ]).transpose(1, 0),
      ).text,
    ).toContain("\n1  3\n2  4");
    expect(tensorView(tensor([NaN, 1, Infinity])).text).toContain("1 NaN and 1 infinite");
    expect(tensorView(full([3], NaN)).text).toContain("3 NaN");
  });
});

describe("lossCurve", () => {
  const history = someHistory(2, 50);

  test("one run, several, and several by name", async () => {
    expect(lossCurve(history).text).toContain("100 steps, 2 epochs");
    expect(lossCurve({ history, name: "mine" }).text).toMatch(/^mine: |100 steps/);
    const two = lossCurve([
      { history, name: "same" },
      { history, name: "same" },
    ]).text;
    expect(two).toContain("same (1)");
    expect(two).toContain("same (2)");
    expect(lossCurve({ a: history, b: { history } }).text).toContain("b: 100 steps");
  });

  test("draws a hundred thousand steps with few points, and says when the loss broke", async () => {
    const steps = Array.from({ length: 100_000 }, (_, i) => ({ step: i + 1, loss: i === 70_000 ? NaN : 1 }));
    const figure = lossCurve({ steps, epochs: [] });
    expect(figure.text).toContain("The loss is NaN at step 70001.");
    const spec = JSON.stringify((await figure.bundle())["application/vnd.vegalite.v5+json"]);
    expect(spec.length).toBeLessThan(100_000);
  });

  test("no steps at all", async () => {
    expect((await lossCurve({ steps: [], epochs: [] }).png()).length).toBeGreaterThan(100);
    expect(() => lossCurve(history, { smoothing: 0 })).toThrow(/a smoothing over 0 steps/);
  });
});

describe("livePanel", () => {
  const state: LivePanelState = {
    history: someHistory(4, 5000),
    status: "running",
    epoch: 4,
    epochs: 5,
    step: 20_000,
    steps: 25_000,
    elapsed: 100,
    examplesPerSecond: 3000,
    filters: gratings(64, 3, 7),
  };

  test("a frame after twenty thousand steps takes a few milliseconds", async () => {
    // Processor time, and the best of several rounds: a machine shared with others may take long over any one.
    const times: number[] = [];
    for (let round = 0; round < 6; round++) {
      const start = process.cpuUsage();
      for (let frame = 0; frame < 5; frame++) await livePanel(state).bundle();
      const { user, system } = process.cpuUsage(start);
      times.push((user + system) / 5 / 1000);
    }
    expect(Math.min(...times)).toBeLessThan(15);
  });

  test("is SVG while running; at the end a chart, and a PNG", async () => {
    expect(Object.keys(await livePanel(state).bundle())).toEqual(["image/svg+xml", "text/plain"]);
    const bundle = await livePanel({ ...state, status: "finished" }).bundle();
    expect(Object.keys(bundle)).toEqual(["application/vnd.vegalite.v5+json", "image/png", "text/plain"]);
    const spec = bundle["application/vnd.vegalite.v5+json"] as Record<string, unknown>;
    const drawn = await chart(spec).svg();
    expect(drawn).toContain("data:image/svg+xml"); // the filters
    for (const name of ["view_loss", "view_accuracy", "chosen"]) expect(JSON.stringify(spec)).toContain(name);
    expect(JSON.stringify(spec).length).toBeLessThan(150_000);
  });

  test("says in words how far it is and what is left", async () => {
    expect(livePanel(state).text).toContain("epoch 4 of 5, 80 % after 1:40.");
    expect(await livePanel(state).svg()).toContain("1:40 so far, 25 s left");
  });

  test("gives a message that has no room beside the facts lines of its own, and cuts nothing off", async () => {
    const short = await livePanel({ ...state, message: "Paused." }).svg();
    expect(short).toContain("25 s left  ·  Paused.");
    const parts = ["learning rate", "momentum", "rate factor"];
    const message = `By hand: ${parts.map((name) => `${name} from 0.9 to 0.09, last at step 12,345`).join("; ")}.`;
    const long = await livePanel({ ...state, message }).svg();
    const written = [...long.matchAll(/>([^<>]+)<\/text>/g)].map(([, words]) => words).join(" ");
    expect(written).toContain(message);
    const height = (svg: string): number => Number(/height="(\d+)/.exec(svg)![1]);
    expect(height(long) - height(short)).toBe(32);
  });

  test("shows learning rate, length of the gradients and mistakes where the run has them", async () => {
    const steps = [1, 2, 3].map((step) => ({ step, loss: 1, learningRate: 0.03, gradientNorm: 2.5 }));
    const images = zeros([9, 1, 28, 28]);
    const [labels, predictions] = [Array<number>(9).fill(7), Array<number>(9).fill(1)];
    const mistakes = { images, labels, predictions, count: 31, of: 400 };
    const figure = livePanel({ ...state, history: { steps, epochs: [] }, mistakes });
    expect(figure.text).toContain(
      "Learning rate 0.03, length of the gradients 2.5, 31 of 400 validation examples wrong.",
    );
    const svg = await figure.svg();
    for (const words of ["learning rate: 0.03", "length of the gradients: 2.5", "mistakes: 31 of 400"])
      expect(svg).toContain(words);
    // Two rows of four fit; the ninth does not.
    expect(svg.split("1, is 7")).toHaveLength(9);
  });

  test("bears a beginning without steps, and filters of any shape", async () => {
    const start = { ...state, history: { steps: [], epochs: [] }, step: 0, steps: 0, elapsed: 0 };
    for (const weights of [
      undefined,
      zeros([4, 2, 5]),
      zeros([10, 20]),
      zeros([0, 1, 3, 3]),
      zeros([96, 48, 5, 5]),
    ]) {
      const svg = await livePanel({ ...start, filters: weights }).svg();
      expect(svg).not.toMatch(/(NaN|undefined|Infinity)/);
      await rasterize(svg);
    }
  });
});
