/**
 * A convolution whose channels are in groups that do not see each other, and its two gradients. With as many groups as channels it
 * is a depthwise convolution.
 *
 * Each group is a small product of its own (`convolution.ts`), often of one row: a tile of 64×64 would be empty but for that row.
 * So these routines take no tiles. An invocation has one output and goes through the channels of its group and the taps:
 *
 *     y[n, f, i, j] = b[f] + Σ_{c,k,l} w[f, c, k, l]·x[n, first + c, i·s + k·d − p, j·s + l·d − p]
 *
 * where a group has D = C/G channels and F/G filters, and first = D·⌊f/(F/G)⌋ is the first channel that filter f sees. Backward
 * it has one pixel, and goes through the filters of its group and the outputs that saw the pixel. The gradient of a weight is a
 * sum over the outputs of all images; a work group has it, and sums as in `channel-sums.ts`.
 */
import { each, eachRow, isNaN, routine, sumOfGroup } from "./routine.js";
import { forEachOutput, forEachTap, tapColumn, tapRow, windows } from "./windows.js";

/** The sizes: channels of x, filters of w, and how a filter's window moves. */
const sizes = `C F GROUPS ${windows}`;
/** Number (k, l) of channel c that filter f sees, of w. */
const weight = `((f * depth + c) * sizes.K + k) * sizes.L + l`;

/** y from w, x and the bias. */
export const convolveGroups = routine("convolveGroups", {
  sizes: `${sizes} BIAS RECTIFY COUNT`,
  read: ["w", "x", "bias"],
  written: ["y"],
  code: `
${isNaN}
${each}
  let depth = sizes.C / sizes.GROUPS;
  let f = (i / (sizes.I * sizes.J)) % sizes.F;
  let image = i / (sizes.I * sizes.J * sizes.F);
  let first = image * sizes.C + f / (sizes.F / sizes.GROUPS) * depth;
  var s = 0.0;
  for (var c = 0u; c < depth; c++) {
    ${forEachTap(`s += w[${weight}] * x[((first + c) * sizes.H + h) * sizes.W + v];`)}
  }
  if (sizes.BIAS != 0u) { s += bias[f]; }
  if (sizes.RECTIFY != 0u && !isNaN(s)) { s = max(s, 0.0); }
  y[i] = s;
}`,
});

/** dx from w and dy; for a transposed convolution with the bias. */
export const convolveGroupsInputs = routine("convolveGroupsInputs", {
  sizes: `${sizes} BIAS COUNT`,
  read: ["w", "dy", "bias"],
  written: ["dx"],
  code: `
${each}
  let depth = sizes.C / sizes.GROUPS;
  let channel = (i / (sizes.H * sizes.W)) % sizes.C;
  let image = i / (sizes.H * sizes.W * sizes.C);
  let c = channel % depth;
  let first = channel / depth * (sizes.F / sizes.GROUPS);
  var s = 0.0;
  for (var f = first; f < first + sizes.F / sizes.GROUPS; f++) {
    ${forEachOutput(`s += w[${weight}] * dy[(image * sizes.F + f) * sizes.I * sizes.J + place];`)}
  }
  if (sizes.BIAS != 0u) { s += bias[channel]; }
  dx[i] = s;
}`,
});

/** dw from dy and x; a weight is a row. */
export const convolveGroupsWeights = routine("convolveGroupsWeights", {
  sizes: `${sizes} EXAMPLES ROWS`,
  read: ["dy", "x"],
  written: ["dw"],
  code: `
${sumOfGroup}
${eachRow}
  let depth = sizes.C / sizes.GROUPS;
  let l = row % sizes.L;
  let k = (row / sizes.L) % sizes.K;
  let c = (row / (sizes.L * sizes.K)) % depth;
  let f = row / (sizes.L * sizes.K * depth);
  let channel = f / (sizes.F / sizes.GROUPS) * depth + c;
  let places = sizes.I * sizes.J;
  var s = 0.0;
  for (var o = own; o < sizes.EXAMPLES * places; o += 256u) {
    let image = o / places;
    let h = ${tapRow("o", "k")};
    let v = ${tapColumn("o", "l")};
    if (h >= sizes.H || v >= sizes.W) { continue; }
    s += dy[(image * sizes.F + f) * places + o % places] * x[((image * sizes.C + channel) * sizes.H + h) * sizes.W + v];
  }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { dw[row] = sum; }
}`,
});
