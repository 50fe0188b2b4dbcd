/**
 * Batch normalisation. For each channel, over the m numbers of all examples and places,
 *
 *     μ = Σx/m,   σ² = Σ(x − μ)²/m,   r = 1/√(σ² + ε),   y = γ·r·(x − μ) + β
 *
 * Forward takes two routines. `moments` has a work group for each channel, whose 256 invocations sum as in
 * `channel-sums.ts`: first x, and when all know μ, (x − μ)². Going through x twice costs a second reading, but a sum of x²
 * with m·μ² taken off would lose the digits of σ² when μ is large. It leaves four factors for each channel, one kind behind
 * the other: μ, r, γ·r and β. `normalise` then has an invocation for each number.
 *
 * Backward, with x̂ = r·(x − μ):
 *
 *     dβ = Σdy,   dγ = Σdy·x̂,   dx = γ·r·(dy − (dβ + x̂·dγ)/m)
 *
 * so again sums for each channel first (`normalGradients`), then a number each (`normaliseBack`).
 *
 * With RECTIFY, `normalise` writes max(0, y). The layer's ReLU then has nothing to do, forward or backward: the two routines
 * of the backward compute y once more (a multiplication and an addition; x is read anyway) and count dy as zero where y is not
 * above 0. So a network moves neither the numbers before such a ReLU nor the gradients behind it.
 */
import { change, each, eachGroup, isNaN, routine, sumOfGroup } from "./routine.js";

/** Number i of channel c, counted through the examples. */
const at = `((i / sizes.PLACES) * sizes.CHANNELS + c) * sizes.PLACES + i % sizes.PLACES`;
/** The factors of channel c. */
const factors = `
fn mean(c: u32) -> f32 { return factors[c]; }
fn scale(c: u32) -> f32 { return factors[sizes.CHANNELS + c]; }
fn gain(c: u32) -> f32 { return factors[2u * sizes.CHANNELS + c]; }
fn shift(c: u32) -> f32 { return factors[3u * sizes.CHANNELS + c]; }
`;
/** The statements that leave the factors of channel c, whose mean is `mu` and whose variance is `v`. */
const leaveFactors = `
    let r = 1.0 / sqrt(v + sizes.EPSILON);
    factors[c] = mu;
    factors[sizes.CHANNELS + c] = r;
    factors[2u * sizes.CHANNELS + c] = gamma[c] * r;
    factors[3u * sizes.CHANNELS + c] = beta[c];`;

/** Mean, variance and factors of every channel of a batch. */
export const moments = routine("moments", {
  sizes: "EXAMPLES CHANNELS PLACES EPSILON:f32",
  read: ["x", "gamma", "beta"],
  written: ["means", "variances", "factors"],
  code: `
${sumOfGroup}
${eachGroup}
  let c = group.x;
  let count = sizes.EXAMPLES * sizes.PLACES;
  var s = 0.0;
  for (var i = own; i < count; i += 256u) { s += x[${at}]; }
  let mu = sumOfGroup(s, own) / f32(count);
  var squares = 0.0;
  for (var i = own; i < count; i += 256u) {
    let d = x[${at}] - mu;
    squares += d * d;
  }
  let v = sumOfGroup(squares, own) / f32(count);
  if (own == 0u) {
    means[c] = mu;
    variances[c] = v;${leaveFactors}
  }
}`,
});

/** The factors of every channel from given statistics, as at test time. */
export const givenMoments = routine("givenMoments", {
  sizes: "CHANNELS EPSILON:f32 COUNT",
  read: ["means", "variances", "gamma", "beta"],
  written: ["factors"],
  code: `
${each}
  let c = i;
  let mu = means[c];
  let v = variances[c];${leaveFactors}
}`,
});

export const normalise = routine("normalise", {
  sizes: "CHANNELS PLACES RECTIFY COUNT",
  read: ["x", "factors"],
  written: ["y"],
  code: `
${factors}
${isNaN}
${each}
  let c = (i / sizes.PLACES) % sizes.CHANNELS;
  var v = (x[i] - mean(c)) * gain(c) + shift(c);
  if (sizes.RECTIFY != 0u && !isNaN(v)) { v = max(v, 0.0); }
  y[i] = v;
}`,
});

/** dγ and dβ. With RECTIFY, dy is of a ReLU's output. */
export const normalGradients = routine("normalGradients", {
  sizes: "EXAMPLES CHANNELS PLACES RECTIFY",
  read: ["x", "factors", "dy"],
  written: ["dGamma", "dBeta"],
  code: `
${factors}
${sumOfGroup}
${eachGroup}
  let c = group.x;
  var along = 0.0;
  var all = 0.0;
  for (var i = own; i < sizes.EXAMPLES * sizes.PLACES; i += 256u) {
    let place = ${at};
    let d = x[place] - mean(c);
    if (sizes.RECTIFY != 0u && !(d * gain(c) + shift(c) > 0.0)) { continue; }
    along += dy[place] * d;
    all += dy[place];
  }
  let g = sumOfGroup(along, own) * scale(c);
  let b = sumOfGroup(all, own);
  if (own == 0u) { dGamma[c] = g; dBeta[c] = b; }
}`,
});

/** dx. With CONSTANT, the statistics do not depend on x. */
export const normaliseBack = routine("normaliseBack", {
  sizes: "EXAMPLES CHANNELS PLACES RECTIFY CONSTANT COUNT",
  read: ["x", "factors", "dy", "dGamma", "dBeta"],
  written: ["dx"],
  code: `
${factors}
${each}
  let c = (i / sizes.PLACES) % sizes.CHANNELS;
  let d = x[i] - mean(c);
  var upstream = dy[i];
  if (sizes.RECTIFY != 0u && !(d * gain(c) + shift(c) > 0.0)) { upstream = 0.0; }
  var pull = 0.0;
  if (sizes.CONSTANT == 0u) { pull = (dBeta[c] + d * scale(c) * dGamma[c]) / f32(sizes.EXAMPLES * sizes.PLACES); }
  dx[i] = gain(c) * (upstream - pull);
}`,
});

/** Moves running statistics a part of the way to a batch's. */
export const follow = change("follow", {
  sizes: "MOMENTUM:f32 FACTOR:f32",
  read: ["batch"],
  changed: ["running"],
  code: `
  running[i] += sizes.MOMENTUM * (batch[i] * sizes.FACTOR - running[i]);`,
});
