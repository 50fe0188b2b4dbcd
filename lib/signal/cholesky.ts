/**
 * Cholesky factorisation: a symmetric positive definite matrix A is L Lᵀ with L lower triangular, so that A x = b becomes two
 * triangular systems, which are solved by substitution. A matrix is stored row by row in one array; of A only the lower half
 * is read.
 */

/**
 * The factor L of A = L Lᵀ.
 * @param a      n×n numbers
 * @param least  a pivot that rounding has made smaller is raised to this
 * @returns n×n numbers, with zeros above the diagonal; undefined when a pivot is not positive and `least` is not given
 */
export function choleskyFactor(a: Float64Array, n: number, least?: number): Float64Array | undefined {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= factor[i * n + k] * factor[j * n + k];
      if (i === j) {
        const pivot = least === undefined ? sum : Math.max(sum, least);
        if (!(pivot > 0)) return undefined;
        factor[i * n + i] = Math.sqrt(pivot);
      } else factor[i * n + j] = sum / factor[j * n + j];
    }
  }
  return factor;
}

/** x with L x = b. */
export function solveLower(factor: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k];
    x[i] /= factor[i * n + i];
  }
  return x;
}

/** x with Lᵀ x = b. */
export function solveUpper(factor: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = Float64Array.from(b);
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= factor[k * n + i] * x[k];
    x[i] /= factor[i * n + i];
  }
  return x;
}
