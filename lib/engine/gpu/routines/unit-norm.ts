/**
 * Vectors scaled to norm 1: y = x/r, where r is √Σx² or, with POWER 1, Σ|x|, along an axis; a vector of zeros stays one. An invocation
 * has a vector, as in `softmax.ts`. Backward, with e = y or, with POWER 1, sign(x):
 *
 *     dx = (dy − e·Σdy·y)/r
 */
import { forEachInLine } from "./lines.js";
import { each, routine } from "./routine.js";

export const unitNorm = routine("unitNorm", {
  sizes: "POWER LENGTH INNER COUNT",
  read: ["x"],
  written: ["y", "lengths"],
  code: `
${each}
  var r = 0.0;
  ${forEachInLine(`r += select(x[at] * x[at], abs(x[at]), sizes.POWER == 1u);`)}
  if (sizes.POWER == 2u) { r = sqrt(r); }
  lengths[i] = r;
  ${forEachInLine(`
      if (r == 0.0) { y[at] = 0.0; } else { y[at] = x[at] / r; }`)}
}`,
});

export const unitNormBack = routine("unitNormBack", {
  sizes: "POWER LENGTH INNER COUNT",
  read: ["y", "lengths", "dy"],
  written: ["dx"],
  code: `
${each}
  let r = lengths[i];
  var dot = 0.0;
  ${forEachInLine(`dot += dy[at] * y[at];`)}
  ${forEachInLine(`
      let e = select(y[at], sign(y[at]), sizes.POWER == 1u);
      if (r == 0.0) { dx[at] = 0.0; } else { dx[at] = (dy[at] - e * dot) / r; }`)}
}`,
});
