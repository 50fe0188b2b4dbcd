/**
 * The matrix product C[m, n] = Σ_k A[m, k]·B[k, n], of which linear layers and all three passes of a convolution are made.
 *
 * A number of A is needed for every n, a number of B for every m. If each output read its own row and column from the card's
 * memory, it would wait for memory nearly all the time. So a work group of 16×16 invocations makes a tile of 64×64 outputs
 * together. It goes through the depth in steps of 16: its invocations copy 64×16 numbers of A and 16×64 of B into memory that
 * they share and that is fast, wait for each other, and multiply. Each number that came from the card's memory is then used 64
 * times. An invocation makes 4×4 of the outputs, so that a number from the shared memory is used four times as well; its 16
 * sums stay in registers, as four vectors of four.
 *
 *                  16            64 columns n
 *               ┌──────┐      ┌───────────────┐
 *     64 rows m │  A   │   16 │       B       │      each invocation: 4 of the rows × 4 of the columns
 *               └──────┘      └───────────────┘
 *
 * Where A and B come from and where C goes is said by three pieces of WGSL, so one text serves all. A convolution reads B
 * straight from the image (`convolution.ts`): the matrix of all its patches, which would be K·L times as large as the image,
 * is never made.
 *
 * Numbers outside the matrices count as zero. Every output is one sum from the first k to the last, by one invocation: always
 * in the same order. If the outputs are few and the depth is large (a weight gradient sums over all places of all images), too
 * few work groups would be busy. Then PARTS > 1 groups, along the third axis, each sum a stretch of the depth, and
 * `addParts` adds the stretches in their order.
 */
import { each, routine, type Routine } from "./routine.js";

/** Rows and columns of the tile of a work group. */
export const TILE = 64;

/** A routine of tiles. */
export interface Product extends Routine {
  /** Whether it reads a third block, the bias. */
  readonly hasBias: boolean;
}

/**
 * A routine that multiplies.
 * @param sizes      the names of its own sizes
 * @param functions  functions that the pieces call
 * @param a      the body of a function of (m, k) that returns A[m, k]; it reads `a`, `b` or `bias`
 * @param b      the same of (k, n) for B[k, n]
 * @param store  statements that store v at (m, n) of part `part` in `c`
 */
export function multiplying(
  name: string,
  pieces: { sizes: string; functions?: string; a: string; b: string; store: string },
): Product {
  const hasBias = pieces.store.includes("bias");
  const made = routine(name, {
    sizes: `ROWS COLUMNS DEPTH PARTS ${pieces.sizes}`,
    read: hasBias ? ["a", "b", "bias"] : ["a", "b"],
    written: ["c"],
    code: `
${pieces.functions ?? ""}
var<workgroup> tileA: array<f32, 1024>; // 16 steps of 64 rows
var<workgroup> tileB: array<f32, 1024>; // 16 steps of 64 columns
fn readA(m: u32, k: u32) -> f32 { ${pieces.a} }
fn readB(k: u32, n: u32) -> f32 { ${pieces.b} }
fn store(m: u32, n: u32, part: u32, v: f32) { ${pieces.store} }

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) own: u32,
) {
  let firstRow = group.y * 64u;
  let firstColumn = group.x * 64u;
  // This part's stretch of the depth.
  let stretch = (sizes.DEPTH + sizes.PARTS - 1u) / sizes.PARTS;
  let begin = group.z * stretch;
  let end = min(sizes.DEPTH, begin + stretch);
  var sum0: vec4f;
  var sum1: vec4f;
  var sum2: vec4f;
  var sum3: vec4f;
  for (var first = begin; first < end; first += 16u) {
    for (var i = 0u; i < 4u; i++) {
      let place = own + i * 256u;
      let ka = place % 16u;
      let m = place / 16u;
      var va = 0.0;
      if (firstRow + m < sizes.ROWS && first + ka < end) { va = readA(firstRow + m, first + ka); }
      tileA[ka * 64u + m] = va;
      let n = place % 64u;
      let kb = place / 64u;
      var vb = 0.0;
      if (firstColumn + n < sizes.COLUMNS && first + kb < end) { vb = readB(first + kb, firstColumn + n); }
      tileB[kb * 64u + n] = vb;
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let atA = k * 64u + local.y * 4u;
      let atB = k * 64u + local.x * 4u;
      let row = vec4f(tileB[atB], tileB[atB + 1u], tileB[atB + 2u], tileB[atB + 3u]);
      sum0 += tileA[atA] * row;
      sum1 += tileA[atA + 1u] * row;
      sum2 += tileA[atA + 2u] * row;
      sum3 += tileA[atA + 3u] * row;
    }
    workgroupBarrier();
  }
  var sums = array(sum0, sum1, sum2, sum3);
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let m = firstRow + local.y * 4u + i;
      let n = firstColumn + local.x * 4u + j;
      if (m < sizes.ROWS && n < sizes.COLUMNS) { store(m, n, group.z, sums[i][j]); }
    }
  }
}`,
  });
  return { ...made, hasBias };
}

/**
 * The product of two matrices in memory, each with the distance from one row, and from one column, to the next: so a transposed
 * matrix is another pair of distances. With BIAS, bias[n] is added to every row.
 */
export const product = multiplying("product", {
  sizes: "A_ROW A_COLUMN B_ROW B_COLUMN BIAS",
  a: `return a[m * sizes.A_ROW + k * sizes.A_COLUMN];`,
  b: `return b[k * sizes.B_ROW + n * sizes.B_COLUMN];`,
  store: `
  var y = v;
  if (sizes.BIAS != 0u) { y += bias[n]; }
  c[(part * sizes.ROWS + m) * sizes.COLUMNS + n] = y;`,
});

/** Adds the PARTS stretches of a product, one behind the other in memory, in their order. */
export const addParts = routine("addParts", {
  sizes: "PARTS COUNT",
  read: ["parts"],
  written: ["sum"],
  code: `
${each}
  var s = 0.0;
  for (var part = 0u; part < sizes.PARTS; part++) { s += parts[part * sizes.COUNT + i]; }
  sum[i] = s;
}`,
});
