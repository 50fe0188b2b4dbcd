/**
 * Digits that look handwritten, drawn rather than downloaded: any number of them, the same for the same seed, with no file
 * and no network.
 *
 * A digit starts from one of several styles of writing it (strokes.ts). Its points are moved, sheared, rotated, scaled and
 * bent at random. It is drawn with a pen of random width and placed as in MNIST: about 20 pixels high, the centre of mass
 * near the middle of 28×28, ink 1 on paper 0, edges grey.
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { wrap, type Tensor } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";
import { digitStyles, type Stroke, type StrokePoint } from "./strokes.js";

/** How a digit is drawn. */
export interface DrawDigitOptions {
  /** Height and width of the image in pixels, 8 or more. Default 28, as in MNIST. */
  readonly size?: number;
  /** How much the writing varies: 0 draws all digits of a style alike, 1 (the default) like many people, at most 2. */
  readonly variation?: number;
  /** Standard deviation of the noise added to every pixel, before clamping to [0, 1]. Default 0.03. */
  readonly noise?: number;
}

/** The data set to draw. */
export interface DigitsOptions extends DrawDigitOptions {
  /** How many training images. Default 2,000. */
  readonly train?: number;
  /** How many validation images. Default 0: no validation set. */
  readonly validation?: number;
  /** How many test images. Default 500. */
  readonly test?: number;
  /** Any whole number; the same seed gives the same images to the last bit. Default 1. */
  readonly seed?: number;
}

const names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * A data set of drawn digits, N×1×size×size float32 in [0, 1].
 *
 * Every ten successive images have each digit once, in random order. A larger set begins with the images of a smaller one:
 * the first 100 of 2,000 are the same as a set of 100. The test images do not depend on the numbers of the other images.
 *
 *     const { train, test } = digits({ train: 5000, seed: 7 });
 *
 * @throws ValueError for a count, size, variation or noise out of range
 */
export function digits(options: DigitsOptions = {}): Splits {
  const { train = 2000, validation = 0, test = 500, seed = 1, ...draw } = options;
  const random = new Random(seed);
  const [trainHand, validationHand, testHand] = [random.fork(), random.fork(), random.fork()];
  return splits({
    name: "digits",
    train: drawSet("train", train, trainHand, draw),
    ...(validation > 0 && { validation: drawSet("validation", validation, validationHand, draw) }),
    test: drawSet("test", test, testHand, draw),
  });
}

/**
 * One drawn digit, size×size float32 in [0, 1].
 * @param digit   0 … 9
 * @param random  decides the style and everything that varies
 * @throws ValueError for a number that is not a digit, and as `digits`
 */
export function drawDigit(digit: number, random: Random, options: DrawDigitOptions = {}): Tensor {
  if (!Number.isInteger(digit) || digit < 0 || digit > 9) {
    throw new ValueError(`drawDigit: ${digit} is not a digit; give a whole number from 0 to 9.`);
  }
  const pen = settings(options);
  const pixels = new Float32Array(pen.size * pen.size);
  draw(digit, random, pen, pixels);
  return wrap(pixels, [pen.size, pen.size]);
}

function drawSet(name: string, count: number, random: Random, options: DrawDigitOptions): Dataset {
  expectInteger("digits", name, count, 0);
  const pen = settings(options);
  const area = pen.size * pen.size;
  const pixels = new Float32Array(count * area);
  const labels = new Int32Array(count);
  let order = random.permutation(10);
  for (let i = 0; i < count; i++) {
    if (i > 0 && i % 10 === 0) order = random.permutation(10);
    labels[i] = order[i % 10];
    draw(labels[i], random, pen, pixels.subarray(i * area, (i + 1) * area));
  }
  return new Dataset(wrap(pixels, [count, 1, pen.size, pen.size]), labels, names);
}

function settings({ size = 28, variation = 1, noise = 0.03 }: DrawDigitOptions): Required<DrawDigitOptions> {
  expectInteger("digits", "size", size, 8);
  if (!(variation >= 0 && variation <= 2)) {
    throw new ValueError(`digits: variation is ${variation}; it must be from 0 (all alike) to 2 (wild).`);
  }
  if (!(noise >= 0 && noise <= 1)) {
    throw new ValueError(`digits: noise is ${noise}; it must be from 0 (none) to 1.`);
  }
  return { size, variation, noise };
}

// From here on only + − × ÷ and square roots, which round equally on every machine: no sine, no logarithm.

/** Draws one digit into zeroed pixels. */
function draw(
  digit: number,
  random: Random,
  options: Required<DrawDigitOptions>,
  pixels: Float32Array,
): void {
  const { size, variation, noise } = options;
  const vary = (deviation: number) => bell(random) * deviation * variation;
  const styles = digitStyles[digit];
  const strokes = styles[random.integer(styles.length)];

  const shake = 0.028;
  const slant = 0.12 * variation + vary(0.22);
  const bend = { x: vary(0.22), y: vary(0.16) };
  const squeeze = 1 + vary(0.15);
  const height = (20 / 28) * size * (0.86 + vary(0.07));
  const turn = vary(0.08);
  const cosine = (1 - turn * turn) / (1 + turn * turn);
  const sine = (2 * turn) / (1 + turn * turn);
  const radius = (size / 28) * Math.max(0.7, 1.2 + vary(0.3));

  const place = ({ x, y, corner }: StrokePoint): StrokePoint => {
    const u = x - 0.35 + vary(shake);
    const v = y - 0.5 + vary(shake);
    const across = (u - slant * v + bend.x * (v * v - 0.1)) * squeeze;
    const down = v + bend.y * (u * u - 0.05);
    return {
      x: height * (cosine * across - sine * down),
      y: height * (sine * across + cosine * down),
      corner,
    };
  };
  const lines = strokes.map((stroke) => spline(stroke.map(place)));

  const middle = centreOfMass(lines);
  const shift = {
    x: inside(size / 2 - middle.x + vary(size / 30), lines, 0, radius, size),
    y: inside(size / 2 - middle.y + vary(size / 30), lines, 1, radius, size),
  };
  for (const line of lines) {
    const [from, to] = [radius * (1 + vary(0.1)), radius * (1 + vary(0.1))];
    for (let i = 0; i + 2 < line.length; i += 2) {
      const r = from + ((to - from) * i) / line.length;
      ink(
        pixels,
        size,
        line[i] + shift.x,
        line[i + 1] + shift.y,
        line[i + 2] + shift.x,
        line[i + 3] + shift.y,
        r,
      );
    }
  }
  if (noise > 0) {
    // A uniform number on [−1, 1) has the standard deviation 1/√3.
    const amplitude = noise * Math.sqrt(3);
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = Math.min(1, Math.max(0, pixels[i] + amplitude * (2 * random.next() - 1)));
    }
  }
}

/** A nearly normal number of mean 0 and standard deviation 1, within ±3: the sum of three uniform numbers on [−1, 1). */
function bell(random: Random): number {
  return 2 * (random.next() + random.next() + random.next()) - 3;
}

const steps = 6;

/** The stroke as a fine polyline x₀ y₀ x₁ y₁ …: a Catmull–Rom spline, broken at corners. */
function spline(stroke: Stroke): number[] {
  const line = [stroke[0].x, stroke[0].y];
  for (let i = 0; i + 1 < stroke.length; i++) {
    const [p, q] = [stroke[i], stroke[i + 1]];
    const before = i === 0 || p.corner ? p : stroke[i - 1];
    const after = i + 2 === stroke.length || q.corner ? q : stroke[i + 2];
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      line.push(catmullRom(before.x, p.x, q.x, after.x, t), catmullRom(before.y, p.y, q.y, after.y, t));
    }
  }
  return line;
}

/** The cubic from p at t = 0 to q at t = 1, with the slopes (q − before)/2 and (after − p)/2 there. */
function catmullRom(before: number, p: number, q: number, after: number, t: number): number {
  const a = -before + 3 * p - 3 * q + after;
  const b = 2 * before - 5 * p + 4 * q - after;
  return p + (((a * t + b) * t + (q - before)) * t) / 2;
}

/** The ink's centre of mass: segments weighted by their lengths. */
function centreOfMass(lines: readonly number[][]): { x: number; y: number } {
  let [x, y, mass] = [0, 0, 0];
  for (const line of lines) {
    for (let i = 0; i + 2 < line.length; i += 2) {
      const [dx, dy] = [line[i + 2] - line[i], line[i + 3] - line[i + 1]];
      const length = Math.sqrt(dx * dx + dy * dy);
      x += length * (line[i] + dx / 2);
      y += length * (line[i + 1] + dy / 2);
      mass += length;
    }
  }
  return { x: x / mass, y: y / mass };
}

/** The shift, corrected so that the ink stays within the image; ink that is too wide is centred. */
function inside(
  shift: number,
  lines: readonly number[][],
  axis: 0 | 1,
  radius: number,
  size: number,
): number {
  let [low, high] = [Infinity, -Infinity];
  for (const line of lines) {
    for (let i = axis; i < line.length; i += 2) {
      low = Math.min(low, line[i] - radius);
      high = Math.max(high, line[i] + radius);
    }
  }
  if (high - low > size) return (size - low - high) / 2;
  return Math.min(size - high, Math.max(-low, shift));
}

/** Half the width of the grey edge, in pixels of a 28×28 image. */
const softness = 0.75;

/** Inks the pixels near the segment from (x1, y1) to (x2, y2): full within the radius, fading out at its edge. */
function ink(
  pixels: Float32Array,
  size: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  radius: number,
): void {
  const edge = (softness * size) / 28;
  const reach = radius + edge;
  const [dx, dy] = [x2 - x1, y2 - y1];
  const square = dx * dx + dy * dy;
  const top = Math.max(0, Math.floor(Math.min(y1, y2) - reach));
  const bottom = Math.min(size - 1, Math.floor(Math.max(y1, y2) + reach));
  const left = Math.max(0, Math.floor(Math.min(x1, x2) - reach));
  const right = Math.min(size - 1, Math.floor(Math.max(x1, x2) + reach));
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const [px, py] = [column + 0.5 - x1, row + 0.5 - y1];
      const along = square === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / square));
      const [ex, ey] = [px - along * dx, py - along * dy];
      const distance = Math.sqrt(ex * ex + ey * ey);
      const cover = (reach - distance) / (2 * edge);
      const pixel = row * size + column;
      if (cover > pixels[pixel]) pixels[pixel] = Math.min(1, cover);
    }
  }
}
