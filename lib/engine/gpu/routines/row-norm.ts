/**
 * Layer and group normalisation. Rows of LENGTH numbers that follow each other (an example, or a group of its channels) are brought to
 * mean 0 and variance 1, and then multiplied by γ and moved by β:
 *
 *     μ = Σx/m,   σ² = Σ(x − μ)²/m,   r = 1/√(σ² + ε),   x̂ = r·(x − μ),   y = γ·x̂ + β
 *
 * A work group has a row. As in `batch-norm.ts` its 256 invocations sum x, then, when all know μ, (x − μ)², and then write y; the
 * row is read three times, but after the first time it is near. μ and r are kept for the backward, with g = γ·dy:
 *
 *     dx = r·(g − (Σg)/m − x̂·(Σg·x̂)/m),   dγ = Σdy·x̂,   dβ = Σdy
 *
 * the first two sums over the row, the last two over all numbers with the same γ. The two normalisations differ in which these are:
 * PLACES numbers that follow each other have the same γ, then the next, and after GAINS of them the first again. In a layer
 * normalisation PLACES is 1 and a row has all GAINS; in a group normalisation GAINS are the channels.
 */
import { eachRow, routine, sumOfGroup } from "./routine.js";

const gain = `(at / sizes.PLACES) % sizes.GAINS`;
/** The head of a loop over the row, with the place `at` of each number. */
const inRow = `for (var at = row * sizes.LENGTH + own; at < (row + 1u) * sizes.LENGTH; at += 256u)`;

/** y, and μ and r of every row. */
export const rowNorm = routine("rowNorm", {
  sizes: "LENGTH GAINS PLACES EPSILON:f32 ROWS",
  read: ["x", "gamma", "beta"],
  written: ["y", "moments"],
  code: `
${sumOfGroup}
${eachRow}
  var s = 0.0;
  ${inRow} { s += x[at]; }
  let mu = sumOfGroup(s, own) / f32(sizes.LENGTH);
  var squares = 0.0;
  ${inRow} {
    let d = x[at] - mu;
    squares += d * d;
  }
  let r = 1.0 / sqrt(sumOfGroup(squares, own) / f32(sizes.LENGTH) + sizes.EPSILON);
  if (own == 0u) { moments[2u * row] = mu; moments[2u * row + 1u] = r; }
  ${inRow} { y[at] = (x[at] - mu) * r * gamma[${gain}] + beta[${gain}]; }
}`,
});

/** dx. */
export const rowNormBack = routine("rowNormBack", {
  sizes: "LENGTH GAINS PLACES ROWS",
  read: ["x", "moments", "gamma", "dy"],
  written: ["dx"],
  code: `
${sumOfGroup}
${eachRow}
  let mu = moments[2u * row];
  let r = moments[2u * row + 1u];
  var all = 0.0;
  var along = 0.0;
  ${inRow} {
    let g = gamma[${gain}] * dy[at];
    all += g;
    along += g * (x[at] - mu) * r;
  }
  let mean = sumOfGroup(all, own) / f32(sizes.LENGTH);
  let slope = sumOfGroup(along, own) / f32(sizes.LENGTH);
  ${inRow} { dx[at] = r * (gamma[${gain}] * dy[at] - mean - (x[at] - mu) * r * slope); }
}`,
});

/** dγ and dβ; a row is one γ, which COUNT runs of PLACES numbers have. */
export const rowNormGains = routine("rowNormGains", {
  sizes: "LENGTH PLACES COUNT ROWS",
  read: ["x", "moments", "dy"],
  written: ["dGamma", "dBeta"],
  code: `
${sumOfGroup}
${eachRow}
  var along = 0.0;
  var all = 0.0;
  for (var i = own; i < sizes.COUNT * sizes.PLACES; i += 256u) {
    let at = ((i / sizes.PLACES) * sizes.ROWS + row) * sizes.PLACES + i % sizes.PLACES;
    let which = 2u * (at / sizes.LENGTH);
    along += dy[at] * (x[at] - moments[which]) * moments[which + 1u];
    all += dy[at];
  }
  let g = sumOfGroup(along, own);
  let b = sumOfGroup(all, own);
  if (own == 0u) { dGamma[row] = g; dBeta[row] = b; }
}`,
});
