/**
 * Windows that move over maps, for an invocation that has one number: all inputs of an output (`forEachTap`), or all outputs of an
 * input (`forEachOutput`). Tap (k, l) of output (i, j) lies at (i·s + k·d − p, j·s + l·d − p), s being the step, d the distance
 * between taps and p the padding.
 *
 * The numbers are unsigned. What lies before the map is below zero, which is a very large number then: above any height, as what
 * lies behind the map is. So one comparison is enough. The distance d may be negative too, for a filter that is flipped.
 */

/** The sizes of the windows: the map, the window, the outputs, step, distance between taps and padding. */
export const windows = "H W K L I J ROW_STEP COLUMN_STEP ROW_GAP COLUMN_GAP TOP LEFT";

/** The row and the column of the map where tap (k, l) of output o lies. */
export const tapRow = (o: string, k: string): string =>
  `((${o} / sizes.J) % sizes.I) * sizes.ROW_STEP + ${k} * sizes.ROW_GAP - sizes.TOP`;
export const tapColumn = (o: string, l: string): string =>
  `(${o} % sizes.J) * sizes.COLUMN_STEP + ${l} * sizes.COLUMN_GAP - sizes.LEFT`;

/** Statements with the place (h, v) of every tap (k, l) that lies in the map, for output i; `map` says which of the maps. */
export const forEachTap = (statements: string): string => `{
  let map = i / (sizes.I * sizes.J);
  for (var k = 0u; k < sizes.K; k++) {
    let h = ${tapRow("i", "k")};
    if (h >= sizes.H) { continue; }
    for (var l = 0u; l < sizes.L; l++) {
      let v = ${tapColumn("i", "l")};
      if (v >= sizes.W) { continue; }
      ${statements}
    }
  }
  }`;

/** Statements with the `place` in its map of every output whose tap (k, l) lies on pixel i; `map` says which of the maps. */
export const forEachOutput = (statements: string): string => `{
  let map = i / (sizes.H * sizes.W);
  for (var k = 0u; k < sizes.K; k++) {
    let down = (i / sizes.W) % sizes.H + sizes.TOP - k * sizes.ROW_GAP;
    if (down % sizes.ROW_STEP != 0u || down / sizes.ROW_STEP >= sizes.I) { continue; }
    for (var l = 0u; l < sizes.L; l++) {
      let right = i % sizes.W + sizes.LEFT - l * sizes.COLUMN_GAP;
      if (right % sizes.COLUMN_STEP != 0u || right / sizes.COLUMN_STEP >= sizes.J) { continue; }
      let place = down / sizes.ROW_STEP * sizes.J + right / sizes.COLUMN_STEP;
      ${statements}
    }
  }
  }`;
