/**
 * A matrix along one axis: place o of the output is a sum of some places of the input, with weights,
 *
 *     y[…, o, …] = Σ_e weight_e · x[…, place_e, …],   e over the entries of row o
 *
 * Many layers are this, along one axis or along several in turn. A slice or a choice of channels has one entry of weight 1 in
 * each row; padding has rows without an entry, which are zero, or rows that show a place again; a resized image mixes two
 * neighbours; a repeated axis has one place in all rows; the rows of a table of words are taken by their numbers. The backward
 * of each is the transposed matrix, which JavaScript makes: so no two invocations ever add to one number, and the order of each
 * sum is fixed.
 *
 * The matrix is one block: for each row where its entries begin (one number more says where the last ends), and then for each
 * entry its place and its weight. Float32 has all whole numbers to 2²⁴.
 */
import { each, routine } from "./routine.js";

/** INNER numbers lie behind each place of the axis; FROM places come in, TO go out. */
export const alongAxis = routine("alongAxis", {
  sizes: "INNER FROM TO COUNT",
  read: ["x", "matrix"],
  written: ["y"],
  code: `
${each}
  let o = (i / sizes.INNER) % sizes.TO;
  let first = i / (sizes.INNER * sizes.TO) * sizes.FROM * sizes.INNER + i % sizes.INNER;
  var s = 0.0;
  for (var e = u32(matrix[o]); e < u32(matrix[o + 1u]); e++) {
    let entry = sizes.TO + 1u + 2u * e;
    s += matrix[entry + 1u] * x[first + u32(matrix[entry]) * sizes.INNER];
  }
  y[i] = s;
}`,
});
