/** How good a detector is: precision, recall and average precision of its boxes. */
import { ValueError } from "../array/errors.js";
import { expectBox, expectOverlap, expectScored, overlap, type Box, type ScoredBox } from "./boxes.js";

/** When a found box counts as right. */
export interface AveragePrecisionOptions {
  /** The least intersection over union with a true box, above 0 to 1; 0.5. */
  readonly overlap?: number;
}

/** A found box and what became of it. */
export interface JudgedBox {
  /** The number of the image. */
  readonly image: number;
  /** The place in that image's list of found boxes. */
  readonly found: number;
  readonly score: number;
  /** The place of its true box in the image's list; absent for a false positive. */
  readonly truth?: number;
}

/** The result of `averagePrecision`. */
export interface AveragePrecision {
  /** The area under the envelope of precision over recall, from 0 to 1. */
  readonly averagePrecision: number;
  /** All found boxes, the highest score first. */
  readonly judged: readonly JudgedBox[];
  /** After each of them: the part of the boxes so far that is right, from 0 to 1. */
  readonly precision: readonly number[];
  /** After each of them: the part of all true boxes that is found, from 0 to 1. */
  readonly recall: readonly number[];
}

/**
 * Precision, recall and average precision of boxes of one class, as in the PASCAL challenge since 2010 (Everingham et al.,
 * 2010 and 2015). The found boxes of all images are taken from the highest score down. Each looks for the true box of its
 * image that it overlaps most; it is right if the overlap is enough and no earlier box has taken that true box, and else a
 * false positive: a second box around one thing is wrong. The envelope makes each precision the highest one at that recall
 * or any larger; average precision is the area under it. Of equal scores the earlier box is first.
 * @param found  for each image, the found boxes
 * @param truth  for each image, the true boxes
 * @throws ValueError when the lists do not fit each other, when no image has a true box, for a box without area or a number
 *         that is not finite, or an overlap out of range
 */
export function averagePrecision(
  found: readonly (readonly ScoredBox[])[],
  truth: readonly (readonly Box[])[],
  options: AveragePrecisionOptions = {},
): AveragePrecision {
  const least = options.overlap ?? 0.5;
  expectOverlap("averagePrecision", least);
  if (least === 0)
    throw new ValueError("averagePrecision: overlap is 0; boxes that do not meet would be right.");
  if (found.length !== truth.length) {
    throw new ValueError(
      `averagePrecision: found boxes of ${found.length} images and true boxes of ${truth.length}; give a list for each image, [] where there is nothing.`,
    );
  }
  truth.forEach((boxes, n) =>
    boxes.forEach((box, i) => expectBox("averagePrecision", `true box ${i} of image ${n}`, box)),
  );
  found.forEach((boxes, n) =>
    boxes.forEach((box, i) => expectScored("averagePrecision", `found box ${i} of image ${n}`, box)),
  );
  const total = truth.reduce((sum, boxes) => sum + boxes.length, 0);
  if (total === 0) {
    throw new ValueError(
      "averagePrecision: there is no true box in any image, so that recall would be 0/0; leave this class out.",
    );
  }
  const order = found
    .flatMap((boxes, image) => boxes.map((box, i) => ({ image, found: i, box })))
    .sort((a, b) => b.box.score - a.box.score);
  const taken = truth.map(() => new Set<number>());
  let right = 0;
  const judged: JudgedBox[] = [];
  const precision: number[] = [];
  const recall: number[] = [];
  for (const { image, found: place, box } of order) {
    let [best, at] = [0, -1];
    truth[image].forEach((one, i) => {
      const here = overlap(one, box);
      if (here > best) [best, at] = [here, i];
    });
    const isRight = at >= 0 && best >= least && !taken[image].has(at);
    if (isRight) {
      taken[image].add(at);
      right++;
    }
    judged.push({ image, found: place, score: box.score, ...(isRight && { truth: at }) });
    precision.push(right / judged.length);
    recall.push(right / total);
  }
  let [area, highest] = [0, 0];
  for (let i = judged.length - 1; i >= 0; i--) {
    highest = Math.max(highest, precision[i]);
    area += (recall[i] - (i > 0 ? recall[i - 1] : 0)) * highest;
  }
  return { averagePrecision: area, judged, precision, recall };
}
