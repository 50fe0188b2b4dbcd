/**
 * Average pooling: y[n, c, i, j] is the mean of its window, and every pixel of the window gets its share of dy. Sum pooling is
 * the same without a division, and decimation the sum of windows of one pixel.
 *
 * A window at the border may hang over it. How many numbers then count (those inside, or the padding too) is the layer's
 * choice, so the engine gives one factor 1/m for each place of an output, the same for all maps: I·J numbers, which are 1 for sums.
 *
 * Backward is a gather, like max-pooling's: an invocation has one pixel and adds dy/m of all windows that saw it, in the order
 * of the taps.
 */
import { each, routine } from "./routine.js";
import { forEachOutput, forEachTap, windows } from "./windows.js";

export const averagePool = routine("averagePool", {
  sizes: `${windows} COUNT`,
  read: ["x", "factors"],
  written: ["y"],
  code: `
${each}
  var s = 0.0;
  ${forEachTap(`s += x[(map * sizes.H + h) * sizes.W + v];`)}
  y[i] = s * factors[i % (sizes.I * sizes.J)];
}`,
});

export const averagePoolBack = routine("averagePoolBack", {
  sizes: `${windows} COUNT`,
  read: ["dy", "factors"],
  written: ["dx"],
  code: `
${each}
  var s = 0.0;
  ${forEachOutput(`s += dy[map * sizes.I * sizes.J + place] * factors[place];`)}
  dx[i] = s;
}`,
});
