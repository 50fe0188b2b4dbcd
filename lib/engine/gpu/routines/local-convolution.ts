/**
 * A local convolution, which has another filter for every output of every map, and its gradients. A weight is used once for each image
 * and no more, so there is no product of matrices in it and nothing to share: the weights are read once, and that is most of the
 * work.
 *
 *     y[n, o] = b[o] + Σ_{c,k,l} w[o, c, k, l]·x[n, c, i·s + k·d − p, j·s + l·d − p]          o = (f, i, j)
 *
 * An invocation has one output; backward it has one pixel, or one weight, and goes through the images. The gradient of the biases
 * is the sum of dy over the images, which `addParts` of `product.ts` makes.
 */
import { each, routine } from "./routine.js";
import { forEachOutput, forEachTap, tapColumn, tapRow, windows } from "./windows.js";

/** The sizes: channels of x, maps of y, and how the window moves. */
const sizes = `C F ${windows}`;

/** y from w, x and the bias. */
export const convolveLocally = routine("convolveLocally", {
  sizes: `${sizes} BIAS COUNT`,
  read: ["w", "x", "bias"],
  written: ["y"],
  code: `
${each}
  let outputs = sizes.F * sizes.I * sizes.J;
  let first = i / outputs * sizes.C;
  let o = i % outputs;
  var s = 0.0;
  for (var c = 0u; c < sizes.C; c++) {
    ${forEachTap(`s += w[((o * sizes.C + c) * sizes.K + k) * sizes.L + l] * x[((first + c) * sizes.H + h) * sizes.W + v];`)}
  }
  if (sizes.BIAS != 0u) { s += bias[o]; }
  y[i] = s;
}`,
});

/** dx from w and dy. */
export const convolveLocallyInputs = routine("convolveLocallyInputs", {
  sizes: `${sizes} COUNT`,
  read: ["w", "dy"],
  written: ["dx"],
  code: `
${each}
  let places = sizes.I * sizes.J;
  let c = (i / (sizes.H * sizes.W)) % sizes.C;
  let image = i / (sizes.H * sizes.W * sizes.C);
  var s = 0.0;
  for (var f = 0u; f < sizes.F; f++) {
    ${forEachOutput(`
      let o = f * places + place;
      s += w[((o * sizes.C + c) * sizes.K + k) * sizes.L + l] * dy[image * sizes.F * places + o];`)}
  }
  dx[i] = s;
}`,
});

/** dw from dy and x. */
export const convolveLocallyWeights = routine("convolveLocallyWeights", {
  sizes: `${sizes} EXAMPLES COUNT`,
  read: ["dy", "x"],
  written: ["dw"],
  code: `
${each}
  let outputs = sizes.F * sizes.I * sizes.J;
  let l = i % sizes.L;
  let k = (i / sizes.L) % sizes.K;
  let c = (i / (sizes.L * sizes.K)) % sizes.C;
  let o = i / (sizes.L * sizes.K * sizes.C);
  let h = ${tapRow("o", "k")};
  let v = ${tapColumn("o", "l")};
  var s = 0.0;
  if (h < sizes.H && v < sizes.W) {
    for (var image = 0u; image < sizes.EXAMPLES; image++) {
      s += dy[image * outputs + o] * x[((image * sizes.C + c) * sizes.H + h) * sizes.W + v];
    }
  }
  dw[i] = s;
}`,
});
