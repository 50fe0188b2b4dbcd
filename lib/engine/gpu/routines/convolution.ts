/**
 * The convolution y[n, f, i, j] = b[f] + Σ_{c,k,l} w[f, c, k, l]·x[n, c, i·s + k·d − p, j·s + l·d − p] and its two gradients, as
 * products of matrices that nobody writes down (`product.ts` has the loop over tiles).
 *
 * Forward. Rows are the filters, columns the places of all images, the depth is a filter's channels and taps:
 *
 *     A[f, q] = w[f, q]          q = (c, k, l)
 *     B[q, o] = x at tap q of output o = (n, i, j), or 0 outside the image
 *     C[f, o] = y[n, f, i, j]
 *
 * The weights' gradient, dw[f, q] = Σ_o dy[f, o]·B[q, o], has the same B, transposed; its depth is the number of places of all
 * images, so it is summed in parts.
 *
 * The input's gradient asks which outputs saw a pixel (h, v). Tap (k, l) of output (i, j) did if i·s + k·d − p = h and
 * j·s + l·d − p = v. So i = (h + p − k·d)/s, if that is whole and there is such an output; for each tap there is one output or
 * none. Rows are the channels, columns the pixels of all images, the depth is filters and taps:
 *
 *     A[c, q] = w[f, c, k, l]    q = (f, k, l)
 *     B[q, (n, h, v)] = dy[n, f, i, j], or 0 where there is no such output
 *
 * Nothing is scattered: each output is summed by one invocation, in the order of q.
 *
 * With RECTIFY the forward computes the ReLU of its results too.
 *
 * A flipped filter has its taps from the last to the first: the engine gives a distance between taps below zero, and a padding
 * that is as much smaller as the filter is long. A transposed convolution is `convolveInputs` forward, with a bias; of its
 * gradients the input's is `convolve`, and the weights' has x and dy in each other's places.
 */
import { multiplying } from "./product.js";
import { isNaN } from "./routine.js";
import { tapColumn, tapRow, windows } from "./windows.js";

/** The sizes: channels of x, filters of w, and how a filter's window moves. */
const sizes = `C F ${windows}`;

/** Returns x at tap q of output o. */
const seen = (q: string, o: string): string => `
  let image = ${o} / (sizes.I * sizes.J);
  let channel = ${q} / (sizes.K * sizes.L);
  // Below zero is above the image; as an unsigned number that is larger than any height.
  let h = ${tapRow(o, `((${q} / sizes.L) % sizes.K)`)};
  let v = ${tapColumn(o, `(${q} % sizes.L)`)};
  if (h >= sizes.H || v >= sizes.W) { return 0.0; }
  return b[((image * sizes.C + channel) * sizes.H + h) * sizes.W + v];`;

/** y from w, x and the bias. */
export const convolve = multiplying("convolve", {
  sizes: `${sizes} BIAS RECTIFY`,
  functions: isNaN,
  a: `return a[m * sizes.DEPTH + k];`,
  b: seen("k", "n"),
  store: `
  var y = v;
  if (sizes.BIAS != 0u) { y += bias[m]; }
  if (sizes.RECTIFY != 0u && !isNaN(y)) { y = max(y, 0.0); }
  let places = sizes.I * sizes.J;
  c[((n / places) * sizes.F + m) * places + n % places] = y;`,
});

/** Parts of dw from dy and x. */
export const convolveWeights = multiplying("convolveWeights", {
  sizes,
  a: `
  let places = sizes.I * sizes.J;
  return a[((k / places) * sizes.F + m) * places + k % places];`,
  b: seen("n", "k"),
  store: `c[(part * sizes.ROWS + m) * sizes.COLUMNS + n] = v;`,
});

/** dx from w and dy; for a transposed convolution with the bias. */
export const convolveInputs = multiplying("convolveInputs", {
  sizes: `${sizes} BIAS`,
  a: `return a[((k / (sizes.K * sizes.L)) * sizes.C + m) * sizes.K * sizes.L + k % (sizes.K * sizes.L)];`,
  b: `
  let image = n / (sizes.H * sizes.W);
  let h = (n / sizes.W) % sizes.H;
  let v = n % sizes.W;
  let f = k / (sizes.K * sizes.L);
  let down = h + sizes.TOP - ((k / sizes.L) % sizes.K) * sizes.ROW_GAP;
  let right = v + sizes.LEFT - (k % sizes.L) * sizes.COLUMN_GAP;
  let i = down / sizes.ROW_STEP;
  let j = right / sizes.COLUMN_STEP;
  if (down % sizes.ROW_STEP != 0u || right % sizes.COLUMN_STEP != 0u || i >= sizes.I || j >= sizes.J) { return 0.0; }
  return b[((image * sizes.F + f) * sizes.I + i) * sizes.J + j];`,
  store: `
  var y = v;
  if (sizes.BIAS != 0u) { y += bias[m]; }
  let pixels = sizes.H * sizes.W;
  c[((n / pixels) * sizes.C + m) * pixels + n % pixels] = y;`,
});
