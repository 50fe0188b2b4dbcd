/**
 * ReLU: y = max(0, x), and dx = dy where x > 0 and 0 elsewhere. Every number stands for itself, so an invocation takes one.
 *
 * These routines do nothing but move numbers: two reads or one, one write and a comparison. A card computes a hundred times as
 * many numbers as its memory moves in the same time, so the way to make a ReLU faster is not to have it: a convolution and a
 * batch normalisation compute the ReLU of their results before they write them, where nobody looks between the two.
 *
 * NaN stays NaN on the way forward and lets no gradient past on the way back, as in the equations' own loops.
 */
import { each, isNaN, routine } from "./routine.js";

export const relu = routine("relu", {
  sizes: "COUNT",
  read: ["x"],
  written: ["y"],
  code: `
${isNaN}
${each}
  y[i] = select(max(x[i], 0.0), x[i], isNaN(x[i]));
}`,
});

/** Where x may be y instead: the two are positive at the same places. */
export const reluBack = routine("reluBack", {
  sizes: "COUNT",
  read: ["x", "dy"],
  written: ["dx"],
  code: `
${isNaN}
${each}
  dx[i] = select(0.0, dy[i], x[i] > 0.0 && !isNaN(x[i]));
}`,
});
