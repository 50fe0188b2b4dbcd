/**
 * PReLU: y = x where x > 0, else a·x with a slope for each channel, or one for all.
 *
 * The gradient of a slope is the sum of dy·x over its channel's x ≤ 0. A work group sums a row, which is a channel of one example (all
 * of an example, where there is one slope), as in `channel-sums.ts`; `addParts` of `product.ts` adds the examples' rows.
 */
import { each, eachRow, isNaN, routine, sumOfGroup } from "./routine.js";

/** The slope of number i. */
const slope = `a[(i / sizes.SIZE) % sizes.SLOPES]`;

export const prelu = routine("prelu", {
  sizes: "SLOPES SIZE COUNT",
  read: ["x", "a"],
  written: ["y"],
  code: `
${each}
  y[i] = x[i] * select(${slope}, 1.0, x[i] > 0.0);
}`,
});

export const preluBack = routine("preluBack", {
  sizes: "SLOPES SIZE COUNT",
  read: ["x", "a", "dy"],
  written: ["dx"],
  code: `
${isNaN}
${each}
  dx[i] = dy[i] * select(${slope}, 1.0, x[i] > 0.0 && !isNaN(x[i]));
}`,
});

/** The sum of every row of SIZE numbers. */
export const preluSums = routine("preluSums", {
  sizes: "SIZE ROWS",
  read: ["x", "dy"],
  written: ["sums"],
  code: `
${isNaN}
${sumOfGroup}
${eachRow}
  var s = 0.0;
  for (var i = row * sizes.SIZE + own; i < (row + 1u) * sizes.SIZE; i += 256u) {
    if (x[i] <= 0.0 && !isNaN(x[i])) { s += dy[i] * x[i]; }
  }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { sums[row] = sum; }
}`,
});
