/** Preparing a long series of numbers for a chart of some hundred pixels: smoothing and thinning. */

/**
 * The running mean with exponentially falling weights, the newest counting most; free of the pull towards
 * zero that a plain recursion starts with. A number that is not finite stays, and is left out of later means.
 * @param window  of about how many numbers the mean is; 1 changes nothing
 */
export function smooth(values: readonly number[], window: number): number[] {
  const keep = 1 - 2 / (Math.max(1, window) + 1);
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}

/** The window that suits a series of this length: a fiftieth, at most 100. */
export function smoothingFor(length: number): number {
  return Math.max(1, Math.min(100, Math.round(length / 50)));
}

/**
 * At most `most` points: each the mean of a run of neighbours. A run with a number that is not finite is NaN,
 * so that a breakdown is never averaged away.
 */
export function thin(points: readonly (readonly [number, number])[], most: number): [number, number][] {
  if (points.length <= most) return points.map(([x, y]) => [x, y]);
  const result: [number, number][] = [];
  for (let i = 0; i < most; i++) {
    const start = Math.floor((i * points.length) / most);
    const end = Math.floor(((i + 1) * points.length) / most);
    let x = 0;
    let y = 0;
    for (let j = start; j < end; j++) {
      x += points[j][0];
      y += Number.isFinite(points[j][1]) ? points[j][1] : NaN;
    }
    result.push([x / (end - start), y / (end - start)]);
  }
  return result;
}
