/**
 * Nonlinear least squares by the method of Levenberg (1944) and Marquardt (1963). Its steps lie between a Gauss–Newton step,
 * which is good near the minimum, and a short step of steepest descent, which is safe far from it.
 */
import { choleskyFactor, solveLower, solveUpper } from "./cholesky.js";

/** The problem: find numbers p such that the residuals r(p) have the least sum of squares. */
export interface LeastSquaresProblem {
  /** How many residuals. */
  readonly residuals: number;
  /** Least and greatest value of each parameter. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /**
   * Writes r(p), and, if a Jacobian is given, ∂r_i/∂p_k at index i·K + k; K is the number of parameters.
   */
  evaluate(p: Float64Array, r: Float64Array, jacobian?: Float64Array): void;
}

/** Where the descent ended. */
export interface LeastSquaresResult {
  readonly parameters: Float64Array;
  /** The sum of the squared residuals there. */
  readonly cost: number;
}

/**
 * Descends from `start` until a step reduces the cost by less than the fraction `tolerance`, or for `steps` steps.
 * @param start  a point within the bounds; a parameter that reaches a bound stops there
 */
export function leastSquares(
  problem: LeastSquaresProblem,
  start: ArrayLike<number>,
  { steps = 60, tolerance = 1e-9 } = {},
): LeastSquaresResult {
  const K = start.length;
  const N = problem.residuals;
  let p = Float64Array.from(start);
  let r = new Float64Array(N);
  let trial = new Float64Array(N);
  const jacobian = new Float64Array(N * K);
  problem.evaluate(p, r, jacobian);
  let cost = squares(r);
  let damping = 1e-2;
  for (let step = 0; step < steps && cost > 0; step++) {
    const { normal, gradient } = normalEquations(jacobian, r, K);
    // A parameter at its bound that the descent would move beyond is not changed in this step.
    const free = Array.from(
      { length: K },
      (_, k) =>
        !((p[k] <= problem.low[k] && gradient[k] > 0) || (p[k] >= problem.high[k] && gradient[k] < 0)),
    );
    let gained = 0;
    while (damping < 1e10) {
      const move = solve(normal, gradient, damping, free);
      const next = p.map((value, k) =>
        Math.min(problem.high[k], Math.max(problem.low[k], value - (move?.[k] ?? 0))),
      );
      problem.evaluate(next, trial);
      const reached = squares(trial);
      if (move !== undefined && reached < cost) {
        gained = (cost - reached) / cost;
        p = next;
        [r, trial] = [trial, r];
        cost = reached;
        damping = Math.max(1e-12, damping / 5);
        break;
      }
      damping *= 4;
    }
    if (gained < tolerance) break;
    problem.evaluate(p, r, jacobian);
  }
  return { parameters: p, cost };
}

function squares(r: Float64Array): number {
  let sum = 0;
  for (const value of r) sum += value * value;
  return sum;
}

/** JᵀJ and Jᵀr. */
function normalEquations(
  jacobian: Float64Array,
  r: Float64Array,
  K: number,
): { normal: Float64Array; gradient: Float64Array } {
  const normal = new Float64Array(K * K);
  const gradient = new Float64Array(K);
  for (let i = 0; i < r.length; i++) {
    const row = i * K;
    for (let k = 0; k < K; k++) {
      const value = jacobian[row + k];
      gradient[k] += value * r[i];
      for (let l = 0; l <= k; l++) normal[k * K + l] += value * jacobian[row + l];
    }
  }
  return { normal, gradient };
}

/**
 * Solves (JᵀJ + damping·diag JᵀJ) move = Jᵀr for the free parameters by Cholesky factorisation; undefined when, by rounding,
 * a pivot is not positive.
 */
function solve(
  normal: Float64Array,
  gradient: Float64Array,
  damping: number,
  free: readonly boolean[],
): Float64Array | undefined {
  const K = gradient.length;
  const damped = normal.map((value, at) => {
    const [k, l] = [Math.floor(at / K), at % K];
    if (k === l) return free[k] ? value * (1 + damping) + 1e-30 : 1;
    return free[k] && free[l] ? value : 0;
  });
  const factor = choleskyFactor(damped, K);
  const wanted = gradient.map((value, k) => (free[k] ? value : 0));
  return factor && solveUpper(factor, solveLower(factor, wanted));
}
