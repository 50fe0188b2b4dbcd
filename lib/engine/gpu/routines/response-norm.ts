/**
 * Local response normalisation: y_c = x_c·s_c^−β with s_c = k + α/n·Σx_b² over the channels b near c, at the same place.
 *
 * An invocation has one number and reads its neighbours itself: n numbers that lie PLACES apart, so that neighbouring invocations
 * read neighbouring memory. s is kept for the backward, where channel b has its part in the s of all channels c near it:
 *
 *     dx_b = dy_b·s_b^−β − 2αβ/n·x_b·Σ_c dy_c·x_c·s_c^(−β − 1)
 *
 * The window goes BEFORE channels down from c and AFTER up; seen from b it is the other way round.
 */
import { mathematics } from "./mathematics.js";
import { each, routine } from "./routine.js";

/** Statements with the place `at` of every channel near that of number i. */
const forEachNear = (before: string, after: string, statements: string): string => `
  let c = (i / sizes.PLACES) % sizes.CHANNELS;
  for (var b = c - min(c, sizes.${before}); b <= min(c + sizes.${after}, sizes.CHANNELS - 1u); b++) {
    let at = i - c * sizes.PLACES + b * sizes.PLACES;
    ${statements}
  }`;

/** SHARE is α/n. */
export const responseNorm = routine("responseNorm", {
  sizes: "CHANNELS PLACES BEFORE AFTER SHARE:f32 BETA:f32 K:f32 COUNT",
  read: ["x"],
  written: ["y", "sums"],
  code: `
${mathematics}
${each}
  var s = sizes.K;
  ${forEachNear("BEFORE", "AFTER", `s += sizes.SHARE * x[at] * x[at];`)}
  sums[i] = s;
  y[i] = x[i] * raised(s, -sizes.BETA);
}`,
});

export const responseNormBack = routine("responseNormBack", {
  sizes: "CHANNELS PLACES BEFORE AFTER SHARE:f32 BETA:f32 COUNT",
  read: ["x", "sums", "dy"],
  written: ["dx"],
  code: `
${mathematics}
${each}
  var through = 0.0;
  ${forEachNear("AFTER", "BEFORE", `through += dy[at] * x[at] * raised(sums[at], -sizes.BETA - 1.0);`)}
  dx[i] = dy[i] * raised(sums[i], -sizes.BETA) - 2.0 * sizes.SHARE * sizes.BETA * x[i] * through;
}`,
});
