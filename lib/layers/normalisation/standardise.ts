/**
 * Normalises rows of numbers to mean 0 and variance 1, and computes the gradient: layer, group and instance normalisation
 * share this. They differ in what a row is.
 */

/** Standardised rows, and their scales. */
export interface Standardised {
  /** x̂, row after row. */
  readonly normalised: Float64Array;
  /** 1/√(σ² + ε) of every row. */
  readonly scale: Float64Array;
}

/** x̂ = (x − μ)/√(σ² + ε) of every m numbers that follow each other; in two passes, so that a large mean costs no digits. */
export function standardise(X: ArrayLike<number>, m: number, epsilon: number): Standardised {
  const scale = new Float64Array(X.length / m);
  const normalised = new Float64Array(X.length);
  for (let row = 0; row < scale.length; row++) {
    const [first, end] = [row * m, row * m + m];
    let [mean, variance] = [0, 0];
    for (let i = first; i < end; i++) mean += X[i] / m;
    for (let i = first; i < end; i++) variance += (X[i] - mean) ** 2 / m;
    scale[row] = 1 / Math.sqrt(variance + epsilon);
    for (let i = first; i < end; i++) normalised[i] = (X[i] - mean) * scale[row];
  }
  return { normalised, scale };
}

/** dx = r·(dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)), row by row, r being the row's scale. */
export function standardiseBackward(
  dNormalised: Float64Array,
  { normalised, scale }: Standardised,
): Float64Array {
  const m = normalised.length / scale.length;
  const dX = new Float64Array(normalised.length);
  for (let row = 0; row < scale.length; row++) {
    const [first, end] = [row * m, row * m + m];
    let [mean, along] = [0, 0];
    for (let i = first; i < end; i++) {
      mean += dNormalised[i] / m;
      along += (dNormalised[i] * normalised[i]) / m;
    }
    for (let i = first; i < end; i++) dX[i] = scale[row] * (dNormalised[i] - mean - normalised[i] * along);
  }
  return dX;
}
