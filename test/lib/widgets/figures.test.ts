/**
 * The figures that answer: that their arithmetic is the library's, what keys and the pointer do, that a drawing fits its
 * canvas in light and dark, and that the modules for pages are made of these very sources.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DARK, LIGHT, type FigureKind } from "../../../lib/widgets/figures/figure-kind.js";
import { figure as stepper, resultsOf, termsOf } from "../../../lib/widgets/figures/convolution-stepper.js";
import { descend, fateOf, figure as descent } from "../../../lib/widgets/figures/descent.js";
import { correlationOf, figure as gabor, gaborAt, spectrumOf } from "../../../lib/widgets/figures/gabor.js";
import { answer, figure as drawDigit, seen } from "../../../lib/widgets/figures/draw-digit.js";
import { stroke } from "../../../lib/widgets/figures/pen.js";
import { figure as fooling, pushed, scoresOf } from "../../../lib/widgets/figures/fooling.js";
import { CIRCUITS, compute, figure as gates } from "../../../lib/widgets/figures/gates.js";
import { figure as matrix, outputAt, weightAt } from "../../../lib/widgets/figures/matrix-image.js";
import { figure as overlapping, overlapOf } from "../../../lib/widgets/figures/overlap.js";
import { figure as playing, tick } from "../../../lib/widgets/figures/playground.js";
import {
  firstWeights,
  lossAndGradient,
  scoreAt,
  trained,
} from "../../../lib/widgets/figures/playground-net.js";
import { pointsOf } from "../../../lib/widgets/figures/playground-points.js";
import { figure as scores, lossesOf } from "../../../lib/widgets/figures/scores.js";
import { figure as sizes, outputSize } from "../../../lib/widgets/figures/sizes.js";
import {
  convolutionSizes,
  convolutionStepper,
  descentFigure,
  drawDigitFigure,
  foolingFigure,
  gaborByHand,
  gatesFigure,
  matrixFigure,
  overlapFigure,
  playground,
  scoresFigure,
  type LiveFigure,
} from "../../../lib/widgets/index.js";
import { Variable } from "../../../lib/ad/index.js";
import { flat, tensor, toNested } from "../../../lib/array/index.js";
import { gainMatrix } from "../../../lib/display/index.js";
import { sgdStep } from "../../../lib/optim/index.js";
import { conv2dForward, linearForward, reluForward } from "../../../lib/layers/index.js";
import { digits } from "../../../lib/data/index.js";
import { weights as linearWeights } from "../../../lib/widgets/figures/weights/linear-digits.js";
import { iou } from "../../../lib/vision/index.js";
import { unpack } from "../../../lib/widgets/figures/weights/unpack.js";
import { projectRoot } from "../../support/shared.js";

/** Every figure with the function that makes it. */
const all: readonly (readonly [FigureKind<never>, () => LiveFigure<never>])[] = [
  [stepper, convolutionStepper],
  [sizes, convolutionSizes],
  [descent, descentFigure],
  [scores, scoresFigure],
  [gates, gatesFigure],
  [matrix, matrixFigure],
  [gabor, gaborByHand],
  [fooling, foolingFigure],
  [drawDigit, drawDigitFigure],
  [playing, playground],
  [overlapping, overlapFigure],
] as never;

describe.each(all.map(([kind, make]) => [kind.name, kind, make] as const))("%s", (_, kind, make) => {
  const state = kind.state as never;

  it("draws inside its canvas, on a phone and on a page, in light and dark", () => {
    for (const width of [300, 341, 688, 760])
      for (const palette of [LIGHT, DARK]) {
        const { body, height } = kind.draw(state, { width, palette });
        expect(body).not.toMatch(/NaN|undefined|Infinity/);
        expect(height).toBeGreaterThan(50);
        for (const [, x, w] of body.matchAll(/<rect x="([-\d.]+)"[^>]* width="([-\d.]+)"/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(-1);
          expect(Number(x) + Number(w)).toBeLessThanOrEqual(width + 1);
        }
      }
  });

  it("says what is seen, what to try, and a question with its answer", () => {
    expect(kind.words(state)).toMatch(/\d.*\.$/);
    expect(kind.task).toMatch(/\.$|\?$/);
    expect(kind.question).toMatch(/\?$/);
    expect(kind.answer).toMatch(/\.$/);
  });

  it("answers the arrow keys by a new drawing", () => {
    const canvas = { width: 688, palette: LIGHT };
    const before = kind.draw(state, canvas).body;
    const moved = ["ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"].map((key) => {
      const changes = kind.act!(state, { kind: "key", key }, canvas);
      return kind.draw(Object.assign({}, state, changes) as never, canvas).body !== before;
    });
    expect(moved).toContain(true);
    expect(kind.act!(state, { kind: "key", key: "q" }, canvas)).toBeUndefined();
    expect(kind.keys).toMatch(/\.$/);
  });

  it("stays the same state by any value of its controls", () => {
    for (const control of kind.controls(state)) {
      if (control.kind !== "slider" || control.name.includes(" ")) continue;
      for (const value of [control.min, control.max]) {
        const changed = { ...(state as object), [control.name]: value } as never;
        expect(kind.draw(changed, { width: 341, palette: LIGHT }).body).not.toMatch(/NaN|undefined/);
        expect(kind.words(changed)).not.toMatch(/NaN|undefined/);
      }
    }
  });

  it("is a still picture with words where nothing answers", async () => {
    const figure = make();
    const bundle = await figure.bundle();
    expect(bundle["text/plain"]).toContain(kind.title);
    expect(String(bundle["image/png"])).toMatch(/^iVBOR/);
    const svg = await figure.still().svg();
    expect(svg).toContain(kind.title);
    const make1 = make as unknown as (options: object) => unknown;
    expect(() => make1({ wrong: 1 })).toThrow(`${kind.name}: it has no "wrong"`);
  });
});

it("hands the page every value of its state by its own name", () => {
  for (const [kind, make] of all) {
    const sent = make().wireState();
    for (const [name, value] of Object.entries(kind.state))
      expect(sent[name], `${kind.name}.${name}`).toEqual(value);
  }
  const figure = convolutionSizes({ N: 9 });
  figure.set({ F: 5 });
  expect(figure.wireState()).toMatchObject({ N: 9, F: 5 });
});

describe("the arithmetic", () => {
  it("of the stepper adds up to the library's numbers, at every place of all three results", () => {
    for (const stride of [1, 2])
      for (const pad of [0, 1]) {
        const state = { ...stepper.state, stride, pad };
        const results = resultsOf(state);
        for (const show of ["y", "dx", "dw"] as const)
          results[show].forEach((line, row) =>
            line.forEach((value, column) => {
              const terms = termsOf({ ...state, show, row, column }, results.dy);
              const sum = terms.reduce((total, { factors: [a, b] }) => total + a * b, 0);
              expect(sum).toBeCloseTo(value, 10);
            }),
          );
      }
    const corner = termsOf({ ...stepper.state, show: "dx" }, resultsOf(stepper.state).dy);
    const middle = termsOf({ ...stepper.state, show: "dx", row: 2, column: 2 }, resultsOf(stepper.state).dy);
    expect([corner.length, middle.length]).toEqual([1, 9]);
  });

  it("of the sizes is (N + 2P − F)/S + 1, and says what is left over", () => {
    expect(outputSize({ N: 7, F: 3, S: 2, P: 0 })).toEqual({ count: 3, over: 0 });
    expect(outputSize({ N: 7, F: 3, S: 3, P: 0 })).toEqual({ count: 2, over: 1 });
    expect(outputSize({ N: 7, F: 3, S: 3, P: 1 })).toEqual({ count: 3, over: 0 });
    expect(outputSize({ N: 2, F: 5, S: 1, P: 0 }).count).toBe(0);
    expect(sizes.words({ ...sizes.state, S: 3 })).toContain(
      "is not whole: 2 windows fit and one number is left over",
    );
    for (const [F, P] of [
      [3, 1],
      [5, 2],
      [7, 3],
    ])
      expect(outputSize({ N: 9, F, S: 1, P }).count).toBe(9);
  });

  it("of the descent runs away from 2(1 + momentum)/a on, and not before", () => {
    for (const momentum of [0, 0.5, 0.9])
      for (const curvature of [5, 10, 20]) {
        const border = (2 * (1 + momentum)) / curvature;
        const state = { ...descent.state, momentum, curvature, steps: 400 };
        expect(fateOf({ ...state, rate: border * 1.03 })).toBe("diverges");
        expect(fateOf({ ...state, rate: border * 0.9 })).not.toBe("diverges");
      }
    expect(fateOf({ ...descent.state, rate: 0.005 })).toBe("creeps");
    // The steps are the library's.
    const place = tensor([-3.2, 1.8], "float64");
    const velocity = tensor([0, 0], "float64");
    for (const expected of descend({ ...descent.state, momentum: 0.8, steps: 20 })) {
      expect([...flat(place)]).toEqual(expected.map((value) => expect.closeTo(value, 12)));
      const [x, y] = flat(place);
      sgdStep(place, tensor([x, 10 * y], "float64"), velocity, { lr: 0.08, momentum: 0.8 });
    }
    expect(descend({ ...descent.state, steps: 1, rate: 0.1 })[1]).toEqual([
      expect.closeTo(-3.2 + 0.32, 12),
      expect.closeTo(0, 12),
    ]);
  });

  it("of the scores is the slide's: hinge 2.9 is a sum, and a lead of 3 leaves the hinge at rest", () => {
    const { hinge, crossEntropy } = lossesOf({ scores: [3.2, 5.1, -1.7], label: 0 });
    expect(hinge.loss).toBeCloseTo(2.9, 12);
    expect(crossEntropy.loss).toBeCloseTo(2.0404, 3);
    const leads = lossesOf({ scores: [4, 1, 1], label: 0 });
    expect(leads.hinge).toEqual({ loss: 0, gradient: [expect.closeTo(0), 0, 0] });
    expect(leads.crossEntropy.gradient[1]).toBeGreaterThan(0.04);
  });

  it("of the gates is that of the library's variables, for every circuit", () => {
    const values = [1.5, -2, 0.75];
    const [x, y, z] = values.map((value) => new Variable(value));
    const by: Record<string, () => Variable> = {
      "(x + y)·z": () => x.add(y).mul(z),
      "x·y + max(x, z)": () => x.mul(y).add(x.max(z)),
      "σ(w·x + b)": () => x.mul(y).add(z).sigmoid(),
    };
    expect(Object.keys(by)).toEqual(Object.keys(CIRCUITS));
    for (const [circuit, make] of Object.entries(by)) {
      for (const one of [x, y, z]) one.gradient = 0;
      const output = make();
      output.backward();
      const all = CIRCUITS[circuit].filter(({ operation }) => operation !== "input").map(({ id }) => id);
      const computed = compute({ circuit, values, sent: all });
      expect(computed.values.get(all.at(-1)!)).toBeCloseTo(output.value, 12);
      const inputs = CIRCUITS[circuit].filter(({ operation }) => operation === "input");
      inputs.forEach(({ id }, i) =>
        expect(computed.gradients.get(id)).toBeCloseTo([x, y, z][i].gradient, 12),
      );
    }
  });

  it("of the gates waits: a gate sends when all above it have sent, and a key sends the next", () => {
    const canvas = { width: 688, palette: LIGHT };
    const early = gates.act!(gates.state, { kind: "press", at: "gate sum", x: 0, y: 0 }, canvas);
    expect(early).toBeUndefined();
    const first = gates.act!(gates.state, { kind: "key", key: "ArrowRight" }, canvas);
    expect(first).toEqual({ sent: ["product"] });
    const after = { ...gates.state, ...first };
    expect(gates.words(after)).toContain("got 1 from above and sends 2 to the gate + and 2 to z");
    expect(gates.act!(after, { kind: "press", at: "gate sum", x: 0, y: 0 }, canvas)).toEqual({
      sent: ["product", "sum"],
    });
    // What was sent follows the values.
    expect(compute({ ...after, values: [3, -1, 5] }).messages.get("sum→product")).toBe(5);
  });

  it("of the matrix is the library's matrix, and its rows times the image the convolution", () => {
    const { x, w } = matrix.state;
    const image = tensor([[x.map((row) => [...row])]], "float64");
    const filter = tensor([[w.map((row) => [...row])]], "float64");
    const expected = toNested(
      gainMatrix(
        tensor(
          w.map((row) => [...row]),
          "float64",
        ),
        [4, 4],
      ),
    ) as number[][];
    const ours = Array.from({ length: 9 }, (_, row) =>
      Array.from({ length: 16 }, (_, column) => {
        const weight = weightAt(matrix.state, row, column);
        return weight ? w[weight[0]][weight[1]] : 0;
      }),
    );
    expect(ours).toEqual(expected);
    const { y } = conv2dForward(image, filter, undefined);
    expect(ours.map((_, row) => outputAt(matrix.state, row))).toEqual(
      (toNested(y) as number[][][][]).flat(3),
    );
  });

  it("of the Gabor filter: the spectrum stands where the wave runs, and R is 1 for the filter itself", () => {
    const wave = { sigma: 3, length: 1, angle: 45, frequency: 0.25, phase: 0 };
    const spectrum = spectrumOf(gaborAt(wave, 15));
    const peak = Math.max(...spectrum.flat());
    const at = spectrum.flatMap((row, i) =>
      row.flatMap((value, j) => (value > 0.999 * peak ? [[i, j]] : [])),
    );
    // 0.25 waves a pixel at 45 degrees are 0.177 to the right and up, and the same to the left and down: 4.2 of 24 steps.
    expect(at).toEqual([
      [8, 16],
      [16, 8],
    ]);
    expect(correlationOf(gaborAt(wave, 15), gaborAt(wave, 15))).toBeCloseTo(1, 12);
    expect(correlationOf(gaborAt(wave, 15), gaborAt({ ...wave, angle: 135 }, 15))).toBeLessThan(0.3);
    const found = {
      sigma: 2.2,
      length: 1.5,
      angle: 55,
      frequency: 0.16,
      phase: 60,
      target: gabor.state.target,
    };
    expect(gabor.words(found)).toContain("R = 1.00");
  });

  it("of the push is the linear layer's, and its signs are those of the gradient of one score against the other", () => {
    const image = digits({ train: 0, test: 1 }).test.images;
    const [w, b] = [unpack(linearWeights["fc.w"]), unpack(linearWeights["fc.b"])];
    const expected = flat(linearForward(tensor([[...flat(image)]], "float32"), w, b).y);
    scoresOf([...flat(image)]).forEach((score, k) => expect(score).toBeCloseTo(expected[k], 4));
    // In the box the rise is ε·Σ|d| where no pixel is cut at paper or ink.
    const grey = Array.from({ length: 28 }, () => Array.from({ length: 28 }, () => 0.5));
    const state = { ...fooling.state, image: grey, epsilon: 0.1 };
    const W = flat(w);
    const d = Array.from({ length: 784 }, (_, i) => W[3 * 784 + i] - W[7 * 784 + i]);
    const most = 0.1 * d.reduce((sum, one) => sum + Math.abs(one), 0);
    expect(pushed(state).rise).toBeCloseTo(most, 3);
    // Random signs are a sum of so many coins: nearly always within three standard deviations.
    const deviation = 0.1 * Math.hypot(...d);
    const rises = Array.from({ length: 40 }, (_, seed) => pushed({ ...state, signs: "random", seed }).rise);
    expect(Math.max(...rises.map(Math.abs))).toBeLessThan(4 * deviation);
    expect(Math.hypot(...rises) / Math.sqrt(40)).toBeGreaterThan(0.5 * deviation);
    expect(4 * deviation).toBeLessThan(most);
  });

  it("of the push: each digit is read at first, and fooled within the slider's range", () => {
    let isRead = 0;
    for (let digit = 0; digit < 10; digit++) {
      const at = (epsilon: number, signs = "gradient") =>
        pushed({ ...fooling.state, digit, target: (digit + 3) % 10, epsilon, signs }).after;
      const first = (scores: number[]) => scores.indexOf(Math.max(...scores));
      if (first(at(0)) === digit) isRead++;
      expect(first(at(0.5))).not.toBe(digit);
    }
    expect(isRead).toBeGreaterThanOrEqual(8);
    const again = fooling.act!(
      fooling.state,
      { kind: "button", name: "random" },
      { width: 688, palette: LIGHT },
    );
    expect(again).toEqual({ signs: "random", seed: 1 });
    expect(fooling.words({ ...fooling.state, ...again })).toContain(
      "with random signs: the classifier still says 7",
    );
  });

  it("of the drawn digit is a network that reads the library's digits", () => {
    const { test } = digits({ train: 0, test: 40, seed: 9 });
    const values = flat(test.images);
    const read = Array.from(test.labels, (label, n) => {
      const row = (i: number) => [...values.subarray(n * 784 + i * 28, n * 784 + (i + 1) * 28)];
      const { scores } = answer(Array.from({ length: 28 }, (_, i) => row(i)));
      return scores.indexOf(Math.max(...scores)) === label;
    });
    expect(read.filter(Boolean).length).toBeGreaterThanOrEqual(38);
  });

  it("of the drawn digit: the answers to its question are what it shows", () => {
    const at = (row: number, column: number) =>
      drawDigit.words({ ...drawDigit.state, tool: "cover", row, column });
    expect(drawDigit.words(drawDigit.state)).toContain("It reads 8 with 100 %");
    expect(at(14, 10)).toContain("it reads 3");
    expect(at(14, 14)).toMatch(/it reads 2 with .* then 5/);
    expect(at(2, 2)).toContain("it reads 8 with 100 %");
  });

  it("of the drawn digit: pen, rubber and cover change what they touch, by mouse and by keys", () => {
    const canvas = { width: 688, palette: LIGHT };
    const act = (state: typeof drawDigit.state, what: Parameters<NonNullable<typeof drawDigit.act>>[1]) => ({
      ...state,
      ...drawDigit.act!(state, what, canvas),
    });
    const blank = act(drawDigit.state, { kind: "button", name: "clear" });
    expect(blank.ink.flat().every((value) => value === 0)).toBe(true);
    // The paper is where it is drawn: 260 pixels wide, its corner in the drawing.
    const corner = /data-at="paper"[^>]*translate\(([\d.]+) ([\d.]+)\)/.exec(
      drawDigit.draw(blank, canvas).body,
    )!;
    const at = (row: number, column: number) => ({
      at: "paper",
      x: Number(corner[1]) + (column * 260) / 28,
      y: Number(corner[2]) + (row * 260) / 28,
    });
    const pressed = act(blank, { kind: "press", ...at(5, 6) });
    const drawn = act(pressed, { kind: "drag", ...at(5, 20) });
    expect(drawn.ink[5].slice(6, 20).every((value) => value > 0.9)).toBe(true);
    expect(drawn.ink[9].every((value) => value === 0)).toBe(true);
    const rubber = act({ ...drawn, tool: "rub out" }, { kind: "press", ...at(5, 12) });
    expect(rubber.ink[5][12]).toBe(0);
    expect(rubber.ink[5][18]).toBeGreaterThan(0.9);
    const covered = { ...drawn, tool: "cover", row: 5, column: 12 };
    expect(seen(covered)[5][12]).toBe(0);
    expect(seen(covered)[5][18]).toBeGreaterThan(0.9);
    expect(act(covered, { kind: "press", ...at(20, 20) })).toMatchObject({
      row: 20,
      column: 20,
      ink: drawn.ink,
    });
    const dotted = act({ ...blank, row: 14, column: 14 }, { kind: "key", key: " " });
    expect(dotted.ink).toEqual(stroke(blank.ink, [14, 14], [14, 14], false));
    expect(dotted.ink[14][14]).toBe(1);
  });

  it("of the playground: the gradient is that of the loss and its penalty, by finite differences", () => {
    for (const activation of ["ReLU", "tanh", "sigmoid", "none"])
      for (const data of ["moons", "ring", "four corners", "spirals"]) {
        const weights = firstWeights(3, 4);
        const state = { weights, activation, data, lambda: 0.03 };
        const { gradient } = lossAndGradient(state);
        const whole = (changed: number[][]) => {
          const penalty = changed
            .slice(0, -1)
            .flatMap(([a, b, , out]) => [a, b, out])
            .reduce((sum, w) => sum + (0.03 * w * w) / 2, 0);
          return lossAndGradient({ ...state, weights: changed }).loss + penalty;
        };
        weights.forEach((row, k) =>
          row.forEach((_, j) => {
            const moved = (h: number) =>
              whole(weights.map((one, r) => one.map((w, c) => (r === k && c === j ? w + h : w))));
            expect(gradient[k][j]).toBeCloseTo((moved(1e-6) - moved(-1e-6)) / 2e-6, 4);
          }),
        );
      }
  });

  it("of the playground is a linear layer, the nonlinearity, a linear layer, as the library's", () => {
    const weights = firstWeights(3, 2);
    const points = pointsOf("moons").map(([x, y]) => [x, y]);
    const hidden = linearForward(
      tensor(points, "float64"),
      tensor(
        weights.slice(0, 3).map(([a, b]) => [a, b]),
        "float64",
      ),
      tensor(
        weights.slice(0, 3).map(([, , c]) => c),
        "float64",
      ),
    ).y;
    const { y } = linearForward(
      reluForward(hidden).y,
      tensor([weights.slice(0, 3).map((row) => row[3])], "float64"),
      tensor(weights[3], "float64"),
    );
    const expected = flat(y);
    points.forEach(([px, py], n) =>
      expect(scoreAt({ weights, activation: "ReLU" }, px, py)).toBeCloseTo(expected[n], 10),
    );
  });

  it("of the playground: three folds close a ring, two do not, and no nonlinearity is one straight line", () => {
    const wrong = (units: number, activation: string, seed: number) => {
      const begun = { ...playing.state, units, activation, seed, weights: firstWeights(units, seed) };
      const state = trained(begun, 1000);
      return pointsOf("ring").filter(([x, y, label]) => label * scoreAt(state, x, y) <= 0).length;
    };
    const least = (units: number, activation: string) =>
      Math.min(...[1, 2, 3, 4].map((seed) => wrong(units, activation, seed)));
    expect(least(3, "ReLU")).toBe(0);
    expect(least(2, "ReLU")).toBeGreaterThan(5);
    expect(least(8, "none")).toBeGreaterThan(20);
  });

  it("of the playground: a run makes steps while it runs, ends by itself, and other units begin anew", () => {
    expect(tick(playing.state)).toBeUndefined();
    const running = { ...playing.state, running: true };
    const next = tick(running)!;
    expect(next).toMatchObject({ steps: 5, weights: trained(running, 5).weights });
    expect(next.losses).toHaveLength(1);
    expect(tick({ ...running, steps: 4995 })).toMatchObject({ steps: 5000, running: false });
    const more = playing.act!(
      next as typeof running,
      { kind: "key", key: " " },
      { width: 688, palette: LIGHT },
    );
    expect(more).toEqual({ running: true });
    const others = { ...running, ...next, units: 6 };
    expect(playing.words(others)).toContain("6 units of ReLU, 0 steps");
    expect(tick(others)!.weights).toHaveLength(7);
    // A rate that throws the weights away leaves numbers on the page.
    const thrown = trained({ ...running, rate: 1e200 }, 50);
    expect(tick({ ...running, rate: 1e200 })).toMatchObject({ running: false });
    expect(playing.draw(thrown, { width: 688, palette: LIGHT }).body).not.toContain("NaN");
  });

  it("a drag sets what is under the pointer", () => {
    const canvas = { width: 688, palette: LIGHT };
    const dragged = scores.act!(scores.state, { kind: "drag", at: "bar 1", x: 0, y: 145 }, canvas);
    expect(dragged).toEqual({ scores: [3.2, 0, -1.7], chosen: 1 });
    expect(descent.act!(descent.state, { kind: "press", at: "plane", x: 344, y: 216 }, canvas)).toEqual({
      x: 0,
      y: 0,
    });
    expect(stepper.act!(stepper.state, { kind: "move", at: "result 2 1", x: 0, y: 0 }, canvas)).toEqual({
      row: 2,
      column: 1,
    });
  });

  it("of overlap is that of iou, and says right or wrong by it", () => {
    const { state } = overlapping;
    for (const [top, left, height, width] of [
      [4, 9, 10, 7],
      [6, 12, 9, 9],
      [0, 0, 3, 3],
      [5, 10, 2, 2],
      [0, 0, 18, 28],
    ]) {
      const now = { ...state, top, left, height, width };
      const [t, l, h, w] = state.truth;
      const expected = iou({ top, left, height, width }, { top: t, left: l, height: h, width: w });
      expect(overlapOf(now).iou).toBeCloseTo(expected, 14);
      expect(overlapping.words(now)).toContain(
        expected >= 0.5 ? "so the box is right" : "so the box is wrong",
      );
    }
  });

  it("of overlap keeps the box on the paper, wherever it is dragged, and hides the true one when asked to", () => {
    const canvas = { width: 688, palette: LIGHT };
    const to = (x: number, y: number) => {
      const changes = overlapping.act!(overlapping.state, { kind: "drag", at: "plane", x, y }, canvas);
      return { ...overlapping.state, ...changes };
    };
    expect(to(9999, 9999)).toMatchObject({ top: 9, left: 19 });
    expect(to(-9999, -9999)).toMatchObject({ top: 0, left: 0 });
    expect(overlapping.draw(overlapping.state, canvas).body).toContain('stroke-dasharray="6 3"');
    expect(overlapping.draw({ ...overlapping.state, open: false }, canvas).body).not.toContain(
      'stroke-dasharray="6 3"',
    );
    const hidden = { ...overlapping.state, open: false };
    for (const told of [overlapping.draw(hidden, canvas).body, overlapping.words(hidden)])
      expect(told).not.toMatch(/overlap|0\.27|right|wrong/);
  });
});

it("the modules for pages are made of these sources, and are small", () => {
  execFileSync(process.execPath, [join(projectRoot, "lib/widgets/front/build.mjs"), "--check"]);
  for (const [kind, make] of all) {
    const code = String(make().wireState()._esm);
    expect(code.length, kind.name).toBeLessThan(40_000);
    // A page's content policy forbids to make code of text.
    expect(code, kind.name).not.toMatch(/\beval\(|\bFunction\(/);
  }
});
