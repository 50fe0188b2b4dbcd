/** A pen with a round tip: what it leaves on a paper of pixels, or takes from it. */

/** The ink after a stroke of the pen from one place to another, [row, column] in pixels. */
export function stroke(
  ink: readonly (readonly number[])[],
  from: readonly [number, number],
  to: readonly [number, number],
  isRubbing: boolean,
): number[][] {
  const [di, dj] = [to[0] - from[0], to[1] - from[1]];
  const length = di * di + dj * dj;
  const radius = isRubbing ? 2.2 : 1.25;
  return ink.map((line, i) =>
    line.map((value, j) => {
      const [y, x] = [i + 0.5 - from[0], j + 0.5 - from[1]];
      const along = length === 0 ? 0 : Math.max(0, Math.min(1, (y * di + x * dj) / length));
      const distance = Math.hypot(y - along * di, x - along * dj);
      const touch = Math.max(0, Math.min(1, radius + 0.5 - distance));
      const next = isRubbing ? Math.min(value, 1 - touch) : Math.max(value, touch);
      return Math.round(next * 100) / 100;
    }),
  );
}
