/**
 * The axes in another order. An invocation has one number of the output; from its position it computes, from the last axis to
 * the first, the indices along the output's axes, and each goes a distance of its own in the input. Six axes are enough for
 * a pixel shuffle; fewer have axes of 1 before them.
 *
 * Neighbours in the output may be far apart in the input, and then read slowly. A routine that moves whole tiles would be faster.
 */
import { each, routine } from "./routine.js";

export const AXES = 6;
const axes = Array.from({ length: AXES }, (_, axis) => axis);

/** EXTENT0 … are the output's; STEP0 … say how far apart in the input its neighbours along each axis are. */
export const permute = routine("permute", {
  sizes: [...axes.map((axis) => `EXTENT${axis}`), ...axes.map((axis) => `STEP${axis}`), "COUNT"].join(" "),
  read: ["x"],
  written: ["y"],
  code: `
${each}
  var rest = i;
  var at = 0u;
  ${axes
    .toReversed()
    .map((axis) => `at += rest % sizes.EXTENT${axis} * sizes.STEP${axis};\n  rest /= sizes.EXTENT${axis};`)
    .join("\n  ")}
  y[i] = x[at];
}`,
});
