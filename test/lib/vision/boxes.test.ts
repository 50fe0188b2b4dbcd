/**
 * Protects what is said of boxes: intersection over union against cases by hand and a count of small squares, suppression
 * against its definition, average precision against a published table and a second formula.
 */
import { describe, expect, it } from "vitest";
import {
  averagePrecision,
  iou,
  nonMaximumSuppression,
  Random,
  type Box,
  type ScoredBox,
} from "../../../lib/index.js";

const box = (top: number, left: number, height: number, width: number): Box => ({ top, left, height, width });
const scored = (one: Box, score: number): ScoredBox => ({ ...one, score });

/** A box whose corners are whole numbers from 0 to 12. */
function anyBox(random: Random): Box {
  const [top, left] = [random.integer(8), random.integer(8)];
  return box(top, left, 1 + random.integer(5), 1 + random.integer(5));
}

/** Intersection over union by the unit squares that each box covers. */
function counted(a: Box, b: Box): number {
  let [both, either] = [0, 0];
  const covers = (one: Box, row: number, column: number) =>
    row >= one.top && row < one.top + one.height && column >= one.left && column < one.left + one.width;
  for (let row = -5; row < 20; row++)
    for (let column = -5; column < 20; column++) {
      both += Number(covers(a, row, column) && covers(b, row, column));
      either += Number(covers(a, row, column) || covers(b, row, column));
    }
  return both / either;
}

const notBoxes: readonly (readonly [string, Box, RegExp])[] = [
  ["NaN", box(NaN, 0, 1, 1), /top NaN.*must be finite/],
  ["an infinity", box(0, 0, Infinity, 1), /height Infinity.*must be finite/],
  ["no area", box(0, 0, 0, 3), /0×3 pixels; a box has a height and a width above 0/],
  ["a negative width", box(0, 0, 2, -3), /2×-3 pixels/],
];

describe("iou", () => {
  it("is the part of two boxes together that both cover", () => {
    const a = box(0, 0, 4, 4);
    expect(iou(a, a)).toBe(1);
    expect(iou(a, box(0, 2, 4, 4))).toBeCloseTo(8 / 24, 15); // half of each
    expect(iou(a, box(2, 2, 4, 4))).toBeCloseTo(4 / 28, 15); // a quarter of each
    expect(iou(a, box(1, 1, 2, 2))).toBeCloseTo(4 / 16, 15); // one in the other
    expect(iou(a, box(0, 4, 4, 4))).toBe(0); // they touch
    expect(iou(a, box(9, 9, 1, 1))).toBe(0);
    expect(iou(box(-1, -1, 2, 2), box(-0.5, -1, 2, 2))).toBeCloseTo(3 / 5, 15);
  });

  it("is a number for boxes as large and as small as numbers can be", () => {
    for (const side of [1e308, 1e200, 1e-200, 5e-324]) {
      expect(iou(box(0, 0, side, side), box(0, 0, side, side)), `side ${side}`).toBe(1);
      expect(iou(box(0, 0, side, 4), box(0, 2, side, 4)), `height ${side}`).toBeCloseTo(2 / 6, 15);
      expect(iou(box(0, 0, 4, side), box(1, 0, 4, side)), `width ${side}`).toBeCloseTo(3 / 5, 15);
    }
    expect(iou(box(0, 0, 1e300, 1e300), box(0, 0, 1, 1))).toBe(0);
    expect(iou(box(0, 0, 1e200, 1e-200), box(0, 0, 1e-200, 1e200))).toBe(0);
    expect(iou(box(1e308, 0, 1e308, 1), box(1.5e308, 0, 1e308, 1))).toBeGreaterThan(0);
  });

  it("is what counting squares gives, in either order, and stays when both boxes are moved or scaled", () => {
    const random = new Random(1);
    const changed = (one: Box) => box(3 * one.top - 7, 3 * one.left + 0.5, 3 * one.height, 3 * one.width);
    for (let trial = 0; trial < 200; trial++) {
      const [a, b] = [anyBox(random), anyBox(random)];
      expect(iou(a, b)).toBeCloseTo(counted(a, b), 14);
      expect(iou(b, a)).toBe(iou(a, b));
      expect(iou(changed(a), changed(b))).toBeCloseTo(iou(a, b), 12);
    }
  });

  it("is never above 1, whatever is rounded", () => {
    const random = new Random(2);
    for (let trial = 0; trial < 500; trial++) {
      const one = box(random.next(), random.next(), random.next() + 0.1, random.next() + 0.1);
      expect(iou(one, { ...one })).toBeLessThanOrEqual(1);
      expect(iou(one, { ...one })).toBeCloseTo(1, 12);
    }
  });

  it.each(notBoxes)("refuses %s and says which box", (_, wrong, message) => {
    expect(() => iou(wrong, box(0, 0, 1, 1))).toThrow(/^iou: a /);
    expect(() => iou(box(0, 0, 1, 1), wrong)).toThrow(message);
    expect(() => iou(box(0, 0, 1, 1), wrong)).toThrow(/^iou: b /);
  });
});

describe("nonMaximumSuppression", () => {
  it("keeps the highest, and what does not overlap what is kept", () => {
    const boxes = [
      scored(box(0, 0, 4, 4), 0.6),
      scored(box(0, 1, 4, 4), 0.9), // 12/20 with the first
      scored(box(0, 9, 4, 4), 0.3),
    ];
    expect(nonMaximumSuppression(boxes)).toEqual([boxes[1], boxes[2]]);
    expect(nonMaximumSuppression(boxes, { overlap: 0.6 })).toEqual([boxes[1], boxes[0], boxes[2]]);
    expect(nonMaximumSuppression(boxes, { overlap: 0.59 })).toEqual([boxes[1], boxes[2]]);
  });

  it("lets only kept boxes drop others: a chain keeps both its ends", () => {
    const chain = [0, 2, 4].map((left, i) => scored(box(0, left, 4, 6), [0.9, 0.8, 0.7][i])); // neighbours: 16/32
    expect(nonMaximumSuppression(chain, { overlap: 0.4 })).toEqual([chain[0], chain[2]]);
  });

  it("takes the earlier of equal scores, gives back what it was given, and changes no list", () => {
    const boxes = [0, 1, 2].map((left) => ({ ...scored(box(0, left, 4, 4), 0.5), name: `box ${left}` }));
    const before = [...boxes];
    expect(nonMaximumSuppression(boxes, { overlap: 0.2 })[0]).toBe(boxes[0]);
    expect(boxes).toEqual(before);
  });

  it("keeps its promises for random boxes", () => {
    const random = new Random(3);
    for (let trial = 0; trial < 30; trial++) {
      const boxes = Array.from({ length: 12 }, () => scored(anyBox(random), random.next()));
      const kept = nonMaximumSuppression(boxes, { overlap: 0.3 });
      for (const one of boxes) {
        const betterAndNear = kept.some((k) => k !== one && k.score >= one.score && iou(k, one) > 0.3);
        expect(kept.includes(one)).toBe(!betterAndNear);
      }
    }
  });

  it("gives none for none", () => {
    expect(nonMaximumSuppression([])).toEqual([]);
  });

  it("refuses scores that have no order, boxes that are none, and overlaps out of range", () => {
    expect(() => nonMaximumSuppression([scored(box(0, 0, 1, 1), NaN)])).toThrow(/the score of box 0 is NaN/);
    expect(() => nonMaximumSuppression([scored(box(0, 0, 0, 1), 1)])).toThrow(
      /^nonMaximumSuppression: box 0/,
    );
    for (const overlap of [-0.1, 1.1, NaN])
      expect(() => nonMaximumSuppression([], { overlap })).toThrow(/goes from 0 to 1/);
  });
});

describe("averagePrecision", () => {
  /** True boxes far from each other, and found boxes that lie on one of them, or nowhere. */
  const truthOf = (total: number): Box[] => Array.from({ length: total }, (_, i) => box(0, 10 * i, 4, 4));
  const foundOf = (hits: readonly (number | undefined)[]): ScoredBox[] =>
    hits.map((hit, i) => scored(hit === undefined ? box(50, 10 * i, 4, 4) : box(0, 10 * hit, 4, 4), -i));

  it("is the published value: Padilla, Netto and da Silva's example of 24 boxes and 15 things, 24.56 %", () => {
    const right = [1, 3, 10, 12, 13, 14, 23];
    const hits = Array.from({ length: 24 }, (_, i) =>
      right.includes(i + 1) ? right.indexOf(i + 1) : undefined,
    );
    const result = averagePrecision([foundOf(hits)], [truthOf(15)]);
    expect(result.averagePrecision).toBeCloseTo(0.2456, 3);
    expect(result.precision[22]).toBeCloseTo(7 / 23, 14);
    expect(result.recall[22]).toBeCloseTo(7 / 15, 14);
  });

  it("is the mean, over all things, of the best precision at that recall or beyond", () => {
    const random = new Random(4);
    for (let trial = 0; trial < 30; trial++) {
      const total = 1 + random.integer(6);
      const order = random.permutation(total);
      let next = 0;
      const hits = Array.from({ length: 10 }, () =>
        random.next() < 0.5 && next < total ? order[next++] : undefined,
      );
      const {
        averagePrecision: area,
        precision,
        recall,
      } = averagePrecision([foundOf(hits)], [truthOf(total)]);
      let sum = 0;
      for (let k = 1; k <= total; k++)
        sum += Math.max(0, ...precision.filter((_, i) => recall[i] >= k / total - 1e-9));
      expect(area).toBeCloseTo(sum / total, 12);
    }
  });

  it("counts a second box around one thing as wrong, and orders boxes over all images", () => {
    const truth = [[box(0, 0, 4, 4)], [box(0, 0, 4, 4)], []];
    const found = [
      [scored(box(0, 0, 4, 4), 0.9), scored(box(0, 1, 4, 4), 0.8)],
      [scored(box(0, 0, 4, 3), 0.7)],
      [scored(box(0, 0, 4, 4), 0.95)],
    ];
    const { judged, precision, recall, averagePrecision: area } = averagePrecision(found, truth);
    expect(judged.map(({ image, found, truth }) => [image, found, truth])).toEqual([
      [2, 0, undefined],
      [0, 0, 0],
      [0, 1, undefined],
      [1, 0, 0],
    ]);
    expect(precision).toEqual([0, 1 / 2, 1 / 3, 2 / 4]);
    expect(recall).toEqual([0, 1 / 2, 1 / 2, 1]);
    expect(area).toBe(0.5);
  });

  it("looks only at the true box that is overlapped most, which may be taken", () => {
    const truth = [[box(0, 0, 4, 4), box(0, 1, 4, 4)]];
    const found = [[scored(box(0, 0, 4, 4), 2), scored(box(0, 0, 4, 4), 1)]];
    expect(averagePrecision(found, truth).precision).toEqual([1, 1 / 2]);
  });

  it("counts a box from the asked overlap on, that overlap with it", () => {
    const at = (overlap: number) =>
      averagePrecision([[scored(box(0, 0, 4, 2), 1)]], [[box(0, 0, 4, 4)]], { overlap }).averagePrecision;
    expect(at(0.5)).toBe(1);
    expect(at(0.51)).toBe(0);
  });

  it("is 0 where nothing is found", () => {
    const result = averagePrecision([[]], [[box(0, 0, 1, 1)]]);
    expect(result).toEqual({ averagePrecision: 0, judged: [], precision: [], recall: [] });
  });

  it("refuses what cannot be judged", () => {
    expect(() => averagePrecision([[]], [[]])).toThrow(/no true box in any image.*0\/0/);
    expect(() => averagePrecision([[]], [])).toThrow(/found boxes of 1 images and true boxes of 0/);
    expect(() => averagePrecision([[]], [[box(0, 0, 1, NaN)]])).toThrow(/true box 0 of image 0 .*NaN/);
    expect(() => averagePrecision([[scored(box(0, 0, 1, 1), NaN)]], [[box(0, 0, 1, 1)]])).toThrow(
      /the score of found box 0 of image 0 is NaN/,
    );
    for (const overlap of [0, 2, NaN])
      expect(() => averagePrecision([], [], { overlap })).toThrow(/^averagePrecision: overlap is/);
  });
});
