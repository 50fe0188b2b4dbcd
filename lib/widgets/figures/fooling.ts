/** A classifier is fooled by a small push: image, push, sum and scores follow ε, along the gradient or with random signs. Lecture 24. */
import { flat } from "../../array/tensor.js";
import type { FigureKind } from "./figure-kind.js";
import { flow, shown, signedColour } from "./paint.js";
import { inkColour, pixels, shareBars, softmaxOf } from "./pixels.js";
import { weights } from "./weights/linear-digits.js";
import { tenDigits } from "./weights/ten-digits.js";
import { digitOf, SIDE, unpack } from "./weights/unpack.js";

/** The state of the figure of the small push. */
export interface FoolingState {
  /** The digit in the image, from 0 to 9: the class that the push leads away from. */
  digit: number;
  /** The class that the push leads to. */
  target: number;
  /** What each pixel is changed by, of the range from paper to ink. */
  epsilon: number;
  /** Where the signs of the push come from: "gradient" or "random". */
  signs: string;
  /** Which random signs. */
  seed: number;
  /** An image of one's own, 28 × 28 from 0 to 1; null: a drawn digit. */
  image: readonly (readonly number[])[] | null;
}

const [W, B] = [unpack(weights["fc.w"]), unpack(weights["fc.b"])];
const PIXELS = SIDE * SIDE;
const CLASSES = Array.from({ length: 10 }, (_, k) => String(k));

/** The image of a state, row by row. */
const imageOf = ({ image, digit }: FoolingState): number[] => (image ?? digitOf(tenDigits[digit])).flat();

/** The ten scores of an image: a weighted sum of its pixels for each class. */
export const scoresOf = (image: readonly number[]): number[] => {
  const [w, b] = [flat(W), flat(B)];
  return Array.from(b, (bias, k) => image.reduce((sum, value, i) => sum + w[k * PIXELS + i] * value, bias));
};

/** A sign for a pixel that looks as if it were tossed, and is the same each time for a seed. */
function tossed(pixel: number, seed: number): number {
  let bits = Math.imul(pixel + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) & 1 ? 1 : -1;
}

/** The push, the image with it, and what both do to the scores. */
export function pushed(state: FoolingState): {
  /** A sign for each pixel, or 0 where both classes weigh the pixel alike. */
  signs: number[];
  before: number[];
  /** The image and the push together, kept between 0 and 1. */
  sum: number[];
  after: number[];
  /** By how much the push raises the target's score above the digit's. */
  rise: number;
} {
  const { digit, target, epsilon, signs: kind, seed } = state;
  const image = imageOf(state);
  const w = flat(W);
  const signs = image.map((_, i) =>
    kind === "random" ? tossed(i, seed) : Math.sign(w[target * PIXELS + i] - w[digit * PIXELS + i]),
  );
  const sum = image.map((value, i) => Math.max(0, Math.min(1, value + epsilon * signs[i])));
  const [before, after] = [scoresOf(image), scoresOf(sum)];
  const rise = after[target] - after[digit] - (before[target] - before[digit]);
  return { signs, before, sum, after, rise };
}

const rowsOf = (values: readonly number[]): number[][] =>
  Array.from({ length: SIDE }, (_, i) => values.slice(i * SIDE, (i + 1) * SIDE));
const highest = (values: readonly number[]): number => values.indexOf(Math.max(...values));
const hundredth = (value: number): number => Math.round(Math.max(0, Math.min(0.5, value)) * 200) / 200;

/** The figure of the small push. */
export const figure: FigureKind<FoolingState> = {
  name: "fooling",
  title: "How small a push fools a classifier?",
  task: "Raise ε slowly until the classifier names another digit; you still read the old one. Then press “Random signs” at the same ε, again and again. A press on a bar pushes towards its digit.",
  question:
    "Both pushes change every pixel by ε. Why does one fool the classifier and the other hardly move it?",
  answer:
    "Along the gradient each of the 784 small changes moves the scores the same way, and they add up to ε·Σ|dᵢ|. With random signs they nearly cancel: about ε·√Σdᵢ² is left.",
  keys: "Left and right change ε, up and down choose the digit.",
  state: { digit: 7, target: 3, epsilon: 0.05, signs: "gradient", seed: 0, image: null },
  controls: () => [
    { kind: "slider", name: "epsilon", label: "ε", min: 0, max: 0.5, step: 0.005 },
    { kind: "button", name: "gradient", label: "Signs of the gradient" },
    { kind: "button", name: "random", label: "Random signs" },
    { kind: "choice", name: "digit", label: "image of a", options: CLASSES },
    { kind: "choice", name: "target", label: "push towards a", options: CLASSES },
  ],
  draw(state, canvas) {
    const { palette, width } = canvas;
    const { digit, target, epsilon } = state;
    const { signs, before, sum, after } = pushed(state);
    const side = Math.min(140, (width - 44) / 3);
    const delta = signs.map((sign) => (epsilon === 0 ? 0 : sign * Math.min(1, 0.15 + 1.7 * epsilon)));
    const bars = Math.min(width, width >= 640 ? width - 3 * side - 72 : 420);
    return flow(
      [
        pixels({ values: rowsOf(imageOf(state)), side, title: "image", colour: inkColour }, palette),
        pixels(
          {
            values: rowsOf(delta),
            side,
            title: `δ, each ±${shown(epsilon)}`,
            colour: (value) => signedColour(value, palette),
          },
          palette,
        ),
        pixels({ values: rowsOf(sum), side, title: "image + δ", colour: inkColour }, palette),
        shareBars(
          {
            title: "probabilities (outline: before)",
            shares: softmaxOf(after),
            before: softmaxOf(before),
            width: bars,
            row: 18,
            at: "class",
            ink: (k) => (k === digit ? palette.good : k === target ? palette.bad : palette.first),
          },
          palette,
        ),
      ],
      canvas,
      20,
    );
  },
  words(state) {
    const { digit, target, epsilon, signs } = state;
    const { before, after, rise } = pushed(state);
    const says = (scores: number[]): string =>
      `${highest(scores)} with ${Math.round(100 * Math.max(...softmaxOf(scores)))} %`;
    const how = signs === "random" ? "random signs" : "the signs of the gradient";
    const change =
      digit === target
        ? ""
        : ` The score of ${target} ${rise < 0 ? "fell" : "rose"} by ${shown(Math.abs(rise))} against that of ${digit}.`;
    const end =
      highest(after) === highest(before)
        ? `still says ${says(after)} (before: ${Math.round(100 * Math.max(...softmaxOf(before)))} %)`
        : `says ${says(after)}; before, ${says(before)}`;
    return `ε = ${shown(epsilon)} with ${how}: the classifier ${end}.${change}`;
  },
  act(state, act) {
    if (act.kind === "key") {
      const step = { ArrowLeft: -0.005, ArrowRight: 0.005 }[act.key];
      if (step) return { epsilon: hundredth(state.epsilon + step) };
      const next = { ArrowUp: 1, ArrowDown: 9 }[act.key];
      return next === undefined ? undefined : { digit: (state.digit + next) % 10, image: null };
    }
    if (act.kind === "press" && act.at.startsWith("class ")) return { target: Number(act.at.slice(6)) };
    if (act.kind !== "button") return undefined;
    if (act.name === "gradient") return { signs: "gradient" };
    return act.name === "random" ? { signs: "random", seed: state.seed + 1 } : undefined;
  },
};
