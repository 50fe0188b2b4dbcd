/**
 * The losses of rows of scores with a class each: softmax cross-entropy, negative log-likelihood and hinge. A row lies along the
 * second axis of N×K×d₁×…; its number k of PLACES rows side by side stands at (n·K + k)·PLACES + p.
 *
 * An invocation takes a row, forward and backward, and goes through it as the loops in `lib/losses` do. Where there are places,
 * neighbours read neighbouring memory. Where there are none, a batch has few rows of few numbers, and a step has larger work.
 *
 * `labels` has a class for each row, or −1 for one that is ignored; `weights` has a number for each class.
 */
import { mathematics } from "./mathematics.js";
import { each, isNaN, routine } from "./routine.js";

/** Number k of row i. */
const at = `
fn at(i: u32, k: u32) -> u32 {
  return (i / sizes.PLACES * sizes.CLASSES + k) * sizes.PLACES + i % sizes.PLACES;
}
`;

/** q of row i and class k: the targets with smoothing and weights. With ROWS the targets are rows of probabilities. */
const q = `
fn q(i: u32, k: u32) -> f32 {
  var t = 0.0;
  if (sizes.ROWS != 0u) { t = targets[at(i, k)]; } else if (targets[i] == f32(k)) { t = 1.0; }
  return weights[k] * ((1.0 - sizes.SMOOTHING) * t + sizes.SMOOTHING / f32(sizes.CLASSES));
}
fn isIgnored(i: u32) -> bool { return sizes.ROWS == 0u && targets[i] < 0.0; }
`;

const softmaxSizes = "CLASSES PLACES ROWS SMOOTHING:f32";

/**
 * Softmax cross-entropy. A row with a NaN or +∞ is refused, and one of −∞ alone: `bad` is k + 1 for NaN at k, −k − 1 for +∞, and
 * ½ for nothing but −∞. What is infinite is seen by its bits, as a compiler for graphics may assume that nothing is.
 */
export const softmaxLosses = routine("softmaxLosses", {
  sizes: `${softmaxSizes} COUNT`,
  read: ["z", "targets", "weights"],
  written: ["p", "losses", "bad"],
  code: `
const INFINITE = 0x7f800000u;
${at}
${q}
${mathematics}
${each}
  var top = 0u;
  var refused = 0.0;
  for (var k = 0u; k < sizes.CLASSES; k++) {
    let v = z[at(i, k)];
    if (refused == 0.0) {
      if (isNaN(v)) { refused = f32(k) + 1.0; } else if (bitcast<u32>(v) == INFINITE) { refused = -f32(k) - 1.0; }
    }
    if (v > z[at(i, top)]) { top = k; }
  }
  let most = z[at(i, top)];
  if (refused == 0.0 && bitcast<u32>(most) == (INFINITE | 0x80000000u)) { refused = 0.5; }
  bad[i] = refused;
  var others = 0.0; // without the largest term, which is exactly 1
  for (var k = 0u; k < sizes.CLASSES; k++) { if (k != top) { others += exponential(z[at(i, k)] - most); } }
  let logSum = logarithmOf1And(others);
  let ignored = isIgnored(i);
  var loss = 0.0;
  for (var k = 0u; k < sizes.CLASSES; k++) {
    let d = z[at(i, k)] - most;
    p[at(i, k)] = exponential(d) / (1.0 + others);
    let weight = q(i, k);
    if (weight != 0.0 && !ignored) { loss -= weight * (d - logSum); }
  }
  losses[i] = loss;
}`,
});

export const softmaxGradients = routine("softmaxGradients", {
  sizes: `${softmaxSizes} DIVISOR:f32 COUNT`,
  read: ["p", "targets", "weights"],
  written: ["dz"],
  code: `
${at}
${q}
${each}
  let ignored = isIgnored(i);
  var sum = 0.0;
  for (var k = 0u; k < sizes.CLASSES; k++) { sum += q(i, k); }
  for (var k = 0u; k < sizes.CLASSES; k++) {
    dz[at(i, k)] = select((p[at(i, k)] * sum - q(i, k)) / sizes.DIVISOR, 0.0, ignored);
  }
}`,
});

export const likelihoodLosses = routine("likelihoodLosses", {
  sizes: "CLASSES PLACES COUNT",
  read: ["x", "labels", "weights"],
  written: ["losses"],
  code: `
${at}
${each}
  var loss = 0.0;
  if (labels[i] >= 0.0) {
    let k = u32(labels[i]);
    loss = -weights[k] * x[at(i, k)];
  }
  losses[i] = loss;
}`,
});

export const likelihoodGradients = routine("likelihoodGradients", {
  sizes: "CLASSES PLACES DIVISOR:f32 COUNT",
  read: ["labels", "weights"],
  written: ["dx"],
  code: `
${at}
${each}
  for (var k = 0u; k < sizes.CLASSES; k++) {
    dx[at(i, k)] = select(0.0, -weights[k] / sizes.DIVISOR, labels[i] == f32(k));
  }
}`,
});

/** How far class k of row i violates the margin, which is 0 for the row's own class. */
const violation = `
fn violation(i: u32, k: u32) -> f32 {
  let own = u32(labels[i]);
  if (k == own) { return 0.0; }
  let v = s[i * sizes.CLASSES + k] - s[i * sizes.CLASSES + own] + sizes.MARGIN;
  return select(max(v, 0.0), v, isNaN(v));
}
`;

/** With SQUARED the violations count by their squares. */
export const hingeLosses = routine("hingeLosses", {
  sizes: "CLASSES SQUARED MARGIN:f32 COUNT",
  read: ["s", "labels"],
  written: ["losses"],
  code: `
${isNaN}
${violation}
${each}
  var loss = 0.0;
  for (var k = 0u; k < sizes.CLASSES; k++) {
    let v = violation(i, k);
    loss += select(v, v * v, sizes.SQUARED != 0u);
  }
  losses[i] = loss;
}`,
});

export const hingeGradients = routine("hingeGradients", {
  sizes: "CLASSES SQUARED MARGIN:f32 DIVISOR:f32 COUNT",
  read: ["s", "labels"],
  written: ["ds"],
  code: `
${isNaN}
${violation}
${each}
  let own = u32(labels[i]);
  var pull = 0.0;
  for (var k = 0u; k < sizes.CLASSES; k++) {
    let v = violation(i, k);
    let slope = select(0.0, select(1.0, 2.0 * v, sizes.SQUARED != 0u), v > 0.0) / sizes.DIVISOR;
    pull += slope;
    if (k != own) { ds[i * sizes.CLASSES + k] = slope; }
  }
  ds[i * sizes.CLASSES + own] = -pull;
}`,
});
