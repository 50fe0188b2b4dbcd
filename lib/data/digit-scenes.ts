/**
 * Scenes for detection: several drawn digits of different sizes among pieces of other digits, with each digit's class and the
 * box around its ink.
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import { drawDigit } from "./digits.js";

/** How many scenes `digitScenes` draws, how large, and with what in them. */
export interface DigitScenesOptions {
  /** How many scenes. Default 100. */
  readonly count?: number;
  /** Any whole number; the same seed gives the same scenes. Default 1. */
  readonly seed?: number;
  /** Height of a scene in pixels. Default 84. */
  readonly height?: number;
  /** Width of a scene in pixels. Default 116. */
  readonly width?: number;
  /** The least and the largest number of digits. Default 2 to 5. */
  readonly digits?: readonly [least: number, most: number];
  /** The least and the largest side of the square in which a digit is drawn, in pixels, 8 or more. Default 22 to 30. */
  readonly sides?: readonly [least: number, most: number];
  /** How many pieces of other digits a scene has. Default 6. */
  readonly pieces?: number;
}

/** A digit of a scene: its class, and the smallest box around its ink, in pixels from the scene's upper left corner. */
export interface SceneObject {
  readonly label: number;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Scenes, and what is in them. */
export interface DigitScenes {
  /** N×1×height×width, float32 in [0, 1]: ink 1 on paper 0. */
  readonly images: Tensor;
  /** For each scene its digits, in the order in which they were drawn. */
  readonly objects: readonly (readonly SceneObject[])[];
  /** The classes' names, "0" to "9". */
  readonly classes: readonly string[];
}

/** Ink above this counts for a digit's box. */
const INK = 0.3;
/** The side of a piece of a digit, in pixels. */
const PIECE = 7;
/** Pixels between the boxes of two digits, at least. */
const GAP = 2;

/**
 * Scenes of drawn digits for detection. The digits do not touch each other; a piece may lie over anything but a digit. A
 * scene has fewer digits than were drawn for it when no free place is found for one in fifty trials, and at least one.
 * @throws ValueError for a count or size out of range, or a digit that is larger than the scene
 */
export function digitScenes(options: DigitScenesOptions = {}): DigitScenes {
  const { count = 100, seed = 1, height = 84, width = 116, pieces = 6 } = options;
  const { digits = [2, 5], sides = [22, 30] } = options;
  expectInteger("digitScenes", "count", count, 0);
  expectInteger("digitScenes", "pieces", pieces, 0);
  expectRange("digits", digits, 1);
  expectRange("sides", sides, 8);
  for (const [name, extent] of Object.entries({ height, width })) {
    expectInteger("digitScenes", name, extent, 8);
    if (extent >= sides[1]) continue;
    throw new ValueError(
      `digitScenes: a digit's square has up to ${sides[1]} pixels and the scene's ${name} is ${extent}; the scene must be as large.`,
    );
  }
  const random = new Random(seed);
  const between = ([least, most]: readonly [number, number]): number =>
    least + random.integer(most - least + 1);
  const images = new Float32Array(count * height * width);
  const objects = Array.from({ length: count }, (_, n) => {
    const scene = images.subarray(n * height * width, (n + 1) * height * width);
    const placed: SceneObject[] = [];
    for (let left = between(digits); left > 0; left--) {
      const [label, side] = [random.integer(10), between(sides)];
      const ink = flat(drawDigit(label, random, { size: side, noise: 0 }));
      const inner = boxOf(ink, side);
      for (let trial = 0; trial < 50; trial++) {
        const [down, across] = [random.integer(height - side + 1), random.integer(width - side + 1)];
        const box = { ...inner, top: inner.top + down, left: inner.left + across };
        if (placed.some((one) => isNear(one, box))) continue;
        paste(scene, width, ink, { size: side, side, row: 0, column: 0 }, [down, across]);
        placed.push({ label, ...box });
        break;
      }
    }
    for (let k = 0; k < pieces; k++) {
      const ink = flat(drawDigit(random.integer(10), random, { size: 22, noise: 0 }));
      const from = { size: 22, side: PIECE, row: 3 + random.integer(10), column: 3 + random.integer(10) };
      const at: [number, number] = [random.integer(height - PIECE + 1), random.integer(width - PIECE + 1)];
      const box = { top: at[0], left: at[1], height: PIECE, width: PIECE };
      if (!placed.some((one) => isNear(one, box))) paste(scene, width, ink, from, at);
    }
    return placed;
  });
  const classes = Array.from({ length: 10 }, (_, k) => String(k));
  return { images: wrap(images, [count, 1, height, width]), objects, classes };
}

type Rectangle = Omit<SceneObject, "label">;

/** The smallest box around the ink of a square. */
function boxOf(ink: ArrayLike<number>, side: number): Rectangle {
  let [top, bottom, left, right] = [side, -1, side, -1];
  for (let i = 0; i < side * side; i++) {
    if (ink[i] <= INK) continue;
    const [row, column] = [Math.floor(i / side), i % side];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
  }
  return { top, left, height: bottom - top + 1, width: right - left + 1 };
}

function isNear(a: Rectangle, b: Rectangle): boolean {
  return (
    a.top < b.top + b.height + GAP &&
    b.top < a.top + a.height + GAP &&
    a.left < b.left + b.width + GAP &&
    b.left < a.left + a.width + GAP
  );
}

/** Copies a square out of a drawn digit into a scene; the brighter pixel is shown. */
function paste(
  scene: Float32Array,
  width: number,
  ink: ArrayLike<number>,
  from: { readonly size: number; readonly side: number; readonly row: number; readonly column: number },
  [down, across]: readonly [number, number],
): void {
  for (let row = 0; row < from.side; row++) {
    for (let column = 0; column < from.side; column++) {
      const at = (down + row) * width + across + column;
      scene[at] = Math.max(scene[at], ink[(from.row + row) * from.size + from.column + column]);
    }
  }
}

function expectRange(name: string, [least, most]: readonly [number, number], smallest: number): void {
  expectInteger("digitScenes", name, least, smallest);
  expectInteger("digitScenes", name, most, smallest);
  if (least <= most) return;
  throw new ValueError(
    `digitScenes: ${name} is [${least}, ${most}]; the least comes first, and is not above the largest.`,
  );
}
