/**
 * Products of pairs of matrices that were both computed, many small ones at once: C = f·A·B for each pair. Attention is made of
 * them, forward and backward. An invocation has one number of C and sums along a row of A and a column of B.
 *
 * Either matrix may be read with its rows and columns exchanged: the sizes say how far it is from matrix to matrix, from row to
 * row, and along the sum. Unlike the product in tiles every number is read anew for each sum that it is part of; for matrices of
 * some thousand rows tiles would be several times as fast.
 */
import { each, routine } from "./routine.js";

export const matrices = routine("matrices", {
  sizes: "ROWS COLUMNS DEPTH A_MATRIX A_ROW A_DEPTH B_MATRIX B_DEPTH B_COLUMN FACTOR:f32 COUNT",
  read: ["a", "b"],
  written: ["c"],
  code: `
${each}
  let matrix = i / (sizes.ROWS * sizes.COLUMNS);
  var p = matrix * sizes.A_MATRIX + i / sizes.COLUMNS % sizes.ROWS * sizes.A_ROW;
  var q = matrix * sizes.B_MATRIX + i % sizes.COLUMNS * sizes.B_COLUMN;
  var s = 0.0;
  for (var k = 0u; k < sizes.DEPTH; k++) {
    s += a[p] * b[q];
    p += sizes.A_DEPTH;
    q += sizes.B_DEPTH;
  }
  c[i] = sizes.FACTOR * s;
}`,
});
