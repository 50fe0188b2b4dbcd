/**
 * Boxes around things: how well two agree (intersection over union), and which of many boxes around one thing to keep
 * (non-maximum suppression).
 */
import { ValueError } from "../array/errors.js";

/** A rectangle of an image, in pixels from its upper left corner; fractions are allowed, and it may reach beyond the image. */
export interface Box {
  readonly top: number;
  readonly left: number;
  /** Above 0. */
  readonly height: number;
  /** Above 0. */
  readonly width: number;
}

/** A box that a detector has found, and how sure it is. */
export interface ScoredBox extends Box {
  /** The larger, the surer; any finite number. */
  readonly score: number;
}

/**
 * Intersection over union of two boxes: the area that both cover, divided by the area that one or both cover. 0 when they
 * do not meet, 1 when they are equal; it does not change when both are moved or scaled together. Also called the Jaccard
 * index; the PASCAL visual object classes challenge judges detections by it (Everingham et al., 2010).
 * @throws ValueError for a box with a number that is not finite, or without area
 */
export function iou(a: Box, b: Box): number {
  expectBox("iou", "a", a);
  expectBox("iou", "b", b);
  return overlap(a, b);
}

/** `iou` of two boxes that are known to be boxes. */
export function overlap(a: Box, b: Box): number {
  const rows = shared(a.top, a.height, b.top, b.height);
  const columns = shared(a.left, a.width, b.left, b.width);
  if (rows <= 0 || columns <= 0) return 0;
  // Of sides near 1e200 or 1e-200 the areas would overflow or vanish.
  const [tall, wide] = [magnitude(a.height, b.height), magnitude(a.width, b.width)];
  const area = (height: number, width: number): number => (height / tall) * (width / wide);
  const both = area(rows, columns);
  const either = area(a.height, a.width) + area(b.height, b.width) - both;
  return either === 0 ? 0 : Math.min(1, both / either);
}

/** The largest power of two that is not above the larger number: to divide by it changes no digit. */
function magnitude(a: number, b: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(a, b)));
}

/** The length that two stretches share; not above 0 when they do not meet. */
function shared(start: number, length: number, otherStart: number, otherLength: number): number {
  const end = Math.min(start + length, otherStart + otherLength);
  return Math.min(end - Math.max(start, otherStart), length, otherLength);
}

/** How near two boxes may be for `nonMaximumSuppression` to keep both. */
export interface SuppressionOptions {
  /** Of two boxes whose intersection over union is above this number, from 0 to 1, one goes; 0.5. */
  readonly overlap?: number;
}

/**
 * Greedy non-maximum suppression: keeps the box of the highest score, drops all boxes that overlap it too much, and goes on
 * with those that are left. What drops a box is always a box that is kept. Of equal scores the earlier box is first. Boxes
 * of several classes are given class by class. Felzenszwalb, Girshick, McAllester and Ramanan, 2010.
 *
 *     nonMaximumSuppression(found, { overlap: 0.5 })
 *
 * @returns the boxes that are kept, as they were given, the highest score first; none for none
 * @throws ValueError for a box without area, for a number that is not finite, or an overlap beyond 0 to 1
 */
export function nonMaximumSuppression<T extends ScoredBox>(
  boxes: readonly T[],
  options: SuppressionOptions = {},
): T[] {
  const most = options.overlap ?? 0.5;
  expectOverlap("nonMaximumSuppression", most);
  boxes.forEach((box, i) => expectScored("nonMaximumSuppression", `box ${i}`, box));
  const kept: T[] = [];
  for (const box of [...boxes].sort((a, b) => b.score - a.score))
    if (kept.every((one) => overlap(one, box) <= most)) kept.push(box);
  return kept;
}

/** @throws ValueError naming the box */
export function expectBox(operation: string, name: string, { top, left, height, width }: Box): void {
  if (![top, left, height, width].every(Number.isFinite)) {
    throw new ValueError(
      `${operation}: ${name} has top ${top}, left ${left}, height ${height} and width ${width}; all four must be finite numbers.`,
    );
  }
  if (height > 0 && width > 0) return;
  throw new ValueError(
    `${operation}: ${name} is ${height}×${width} pixels; a box has a height and a width above 0. Give { top, left, height, width }.`,
  );
}

/** @throws ValueError naming the box */
export function expectScored(operation: string, name: string, box: ScoredBox): void {
  expectBox(operation, name, box);
  if (Number.isFinite(box.score)) return;
  throw new ValueError(
    `${operation}: the score of ${name} is ${box.score}; give a finite number, so that boxes can be put in order.`,
  );
}

/** @throws ValueError */
export function expectOverlap(operation: string, overlap: number): void {
  if (overlap >= 0 && overlap <= 1) return;
  throw new ValueError(`${operation}: overlap is ${overlap}; intersection over union goes from 0 to 1.`);
}
