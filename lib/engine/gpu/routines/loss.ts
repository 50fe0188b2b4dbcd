/**
 * The end of every loss: COUNT numbers become one, L = Σ/DIVISOR, by one work group, which sums as in `channel-sums.ts`.
 *
 * If L is not finite, the flag is set. From then on the routines that change weights do nothing, although JavaScript has sent them
 * without waiting for L. A loss may also refuse some of its inputs: `bad` then has a number other than 0 for each refused row, and the
 * first one is told, its place (COUNT if there is none) and its number.
 */
import { eachGroup, isFinite, routine, sumOfGroup } from "./routine.js";

/** @param CHECKED  whether there are marks in `bad` @param report  L, and the two numbers about the first refused row */
export const totalLoss = routine("totalLoss", {
  sizes: "COUNT CHECKED DIVISOR:f32",
  read: ["losses", "bad"],
  written: ["report", "flag"],
  code: `
${isFinite}
${sumOfGroup}
var<workgroup> before: atomic<u32>; // how many rows lie from the first refused one to the end
${eachGroup}
  var s = 0.0;
  for (var i = own; i < sizes.COUNT; i += 256u) {
    s += losses[i];
    if (sizes.CHECKED != 0u && bad[i] != 0.0) { atomicMax(&before, sizes.COUNT - i); }
  }
  let loss = sumOfGroup(s, own) / sizes.DIVISOR;
  if (own != 0u) { return; }
  let first = sizes.COUNT - atomicLoad(&before);
  report[0] = loss;
  report[1] = f32(first);
  report[2] = 0.0;
  if (first < sizes.COUNT) { report[2] = bad[first]; }
  if (first < sizes.COUNT || !isFinite(loss)) { flag[0] = 1.0; }
}`,
});

/**
 * How many of COUNT rows have their largest number, of equal ones the first, at the place of their label. A label that is no class
 * is −1.
 */
export const countRight = routine("countRight", {
  sizes: "COUNT CLASSES",
  read: ["y", "labels"],
  written: ["right"],
  code: `
${sumOfGroup}
${eachGroup}
  var s = 0.0;
  for (var n = own; n < sizes.COUNT; n += 256u) {
    let row = n * sizes.CLASSES;
    var best = 0u;
    for (var k = 1u; k < sizes.CLASSES; k++) { if (y[row + k] > y[row + best]) { best = k; } }
    if (f32(best) == labels[n]) { s += 1.0; }
  }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { right[0] = sum; }
}`,
});
