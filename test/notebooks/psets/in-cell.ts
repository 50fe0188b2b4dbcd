/** A mistake that students make, and a list of those in one cell. */

export interface Mistake {
  /** What a student would say that went wrong. */
  readonly name: string;
  /** The solution cell, what stands in the key, and what the student wrote. */
  readonly change: readonly [cell: string, from: string, to: string];
  /** The graded cell. */
  readonly part: string;
  readonly points: number;
  /** Words of the feedback. */
  readonly says: string;
}

interface InCell extends Pick<Mistake, "name" | "says"> {
  /** What stands in the key, and what the student wrote. */
  readonly change: readonly [from: string, to: string];
  /** Default: 0. */
  readonly points?: number;
}

/** @param part the graded cell; default: the test that goes with the solution */
export function inCell(cell: string, mistakes: readonly InCell[], part = `${cell}-test`): Mistake[] {
  return mistakes.map(({ change, points = 0, ...rest }) => ({
    ...rest,
    ...{ part, points, change: [cell, ...change] },
  }));
}
