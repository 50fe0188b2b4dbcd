/**
 * Cluttered scenes: one drawn digit at a random position among pieces of other digits, with its position. To name the
 * digit, a network must first find it. After the cluttered translated digits of Mnih, Heess, Graves and Kavukcuoglu,
 * "Recurrent models of visual attention" (2014).
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, wrap } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";
import { drawDigit } from "./digits.js";

/** How many scenes `clutteredDigits` draws, how large, and with how much clutter. */
export interface ClutteredDigitsOptions {
  /** How many training scenes. Default 2,000. */
  readonly train?: number;
  /** How many test scenes. Default 500. */
  readonly test?: number;
  /** Any whole number; the same seed gives the same scenes. Default 1. */
  readonly seed?: number;
  /** Height and width of a scene in pixels. Default 40. */
  readonly size?: number;
  /** Height and width of the square that holds the digit, 8 or more. Default 20. */
  readonly digit?: number;
  /** How many pieces of other digits a scene has. Default 8. */
  readonly pieces?: number;
  /** Height and width of a piece in pixels. Default 7. */
  readonly piece?: number;
}

/** The square that holds a scene's digit, in pixels from the upper left corner. */
export interface Place {
  readonly top: number;
  readonly left: number;
  readonly size: number;
}

/** Scenes, and the positions of their digits, which a network is not given. */
export interface Scenes extends Splits {
  readonly places: { readonly train: readonly Place[]; readonly test: readonly Place[] };
}

const names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * A data set of cluttered scenes, N×1×size×size float32 in [0, 1]; the label is the whole digit. Every ten scenes have each
 * digit once, in random order; a digit's square is equally likely at every position where it fits. Where two things
 * overlap, the brighter pixel is shown.
 * @throws ValueError for a count or size out of range
 */
export function clutteredDigits(options: ClutteredDigitsOptions = {}): Scenes {
  const { train = 2000, test = 500, seed = 1, ...rest } = options;
  const look = settings(rest);
  const random = new Random(seed);
  const [first, second] = [random.fork(), random.fork()];
  const [trainSet, testSet] = [
    drawScenes("train", train, first, look),
    drawScenes("test", test, second, look),
  ];
  return splits({
    name: "cluttered digits",
    train: trainSet.dataset,
    test: testSet.dataset,
    places: { train: trainSet.places, test: testSet.places },
  });
}

type Look = Required<Omit<ClutteredDigitsOptions, "train" | "test" | "seed">>;

function drawScenes(name: string, count: number, random: Random, { size, digit, pieces, piece }: Look) {
  expectInteger("clutteredDigits", name, count, 0);
  const pixels = new Float32Array(count * size * size);
  const draw = (label: number) => flat(drawDigit(label, random, { size: digit, noise: 0 }));
  /** Copies a square out of a drawn digit into a scene. */
  const paste = (scene: Float32Array, ink: ArrayLike<number>, from: Place, to: Place): void => {
    for (let row = 0; row < to.size; row++) {
      for (let column = 0; column < to.size; column++) {
        const at = (to.top + row) * size + to.left + column;
        scene[at] = Math.max(scene[at], ink[(from.top + row) * digit + from.left + column]);
      }
    }
  };
  const somewhere = (side: number, inside: number, margin = 0): Place => ({
    top: margin + random.integer(inside - side - 2 * margin + 1),
    left: margin + random.integer(inside - side - 2 * margin + 1),
    size: side,
  });
  // Pieces are cut from the middle of a digit's square, where the ink is.
  const margin = Math.min(3, Math.floor((digit - piece) / 2));
  const whole = { top: 0, left: 0, size: digit };
  const places: Place[] = [];
  let order = random.permutation(10);
  const labels = Array.from({ length: count }, (_, n) => {
    if (n > 0 && n % 10 === 0) order = random.permutation(10);
    const label = order[n % 10];
    const scene = pixels.subarray(n * size * size, (n + 1) * size * size);
    for (let k = 0; k < pieces; k++) {
      paste(scene, draw(random.integer(10)), somewhere(piece, digit, margin), somewhere(piece, size));
    }
    const place = somewhere(digit, size);
    paste(scene, draw(label), whole, place);
    places.push(place);
    return label;
  });
  return { dataset: new Dataset(wrap(pixels, [count, 1, size, size]), labels, names), places };
}

function settings({ size = 40, digit = 20, pieces = 8, piece = 7 }: Partial<Look>): Look {
  expectInteger("clutteredDigits", "digit", digit, 8);
  expectInteger("clutteredDigits", "pieces", pieces, 0);
  expectInteger("clutteredDigits", "piece", piece, 1);
  expectInteger("clutteredDigits", "size", size, 8);
  if (digit > size || piece > digit) {
    throw new ValueError(
      `clutteredDigits: a scene of ${size}×${size}, a digit of ${digit}×${digit} and pieces of ${piece}×${piece}; the digit ` +
        `must fit into the scene, and a piece into the digit.`,
    );
  }
  return { size, digit, pieces, piece };
}
