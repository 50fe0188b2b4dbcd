/**
 * A derivative measured, not derived: central differences that watch themselves.
 *
 * (f(x + h) − f(x − h)) / 2h is off by a multiple of h² when f is smooth. Three steps h, h/2 and h/4 cancel that
 * error and the next (Richardson, 1911), and what they disagree by says how far to trust the result. Where they do
 * not settle, a kink or a tie may lie inside the step (max, ReLU), so the step shrinks; a kink that is still there
 * at the smallest step is reported, for there is no derivative to measure.
 */

/** What a step along one number does to the function. */
export interface Change {
  /** f(x + step) − f(x). */
  readonly value: number;
  /** The sum of the magnitudes that were subtracted, from which the rounding error is estimated. */
  readonly mass: number;
}

export interface Slope {
  /** The derivative. */
  readonly value: number;
  /** False where the function has a kink, a jump or no value: then this one means nothing. */
  readonly smooth: boolean;
}

export interface SlopeOptions {
  /** The first, largest step. */
  readonly step: number;
  /** The relative accuracy to reach. */
  readonly accuracy: number;
  /** Accuracy is relative to the derivative, or to this when the derivative is smaller. */
  readonly floor: number;
}

/** A slope, and how far it may be off: by what its extrapolations disagree, and by rounding. */
export interface MeasuredSlope extends Slope {
  readonly doubt: number;
}

const SHRINK = 8;
const LEVELS = 4;

/** The derivative at step 0 of the function whose changes are given. */
export function slope(change: (step: number) => Change, options: SlopeOptions): Slope {
  const { value, smooth } = measureSlope(change, options);
  return { value, smooth };
}

/** The derivative and its doubt. */
export function measureSlope(
  change: (step: number) => Change,
  { step, accuracy, floor }: SlopeOptions,
): MeasuredSlope {
  let best: Estimate | undefined;
  let last: Estimate | undefined;
  for (let level = 0; level < LEVELS; level++) {
    last = estimate(change, step / SHRINK ** level);
    if (!Number.isFinite(last.value)) continue; // a smaller step may not leave where the function has values
    const wanted = accuracy * Math.max(Math.abs(last.value), floor);
    const allowed = Number.isFinite(last.noise) ? Math.max(wanted, last.noise) : wanted;
    if (!last.kink && last.doubt <= allowed) return { ...uncertain(last), smooth: true };
    if (best === undefined || last.doubt < best.doubt) best = last;
  }
  if (best === undefined || !Number.isFinite(last!.value))
    return { value: NaN, smooth: false, doubt: Infinity };
  const { value, doubt, noise } = best;
  const rough = doubt > 100 * noise && doubt > 1e-2 * Math.max(Math.abs(value), floor);
  return { ...uncertain(best), smooth: !last!.kink && !rough };
}

const uncertain = ({ value, doubt, noise }: Estimate) => ({ value, doubt: doubt + noise });

interface Estimate {
  readonly value: number;
  /** How far the extrapolations differ. */
  readonly doubt: number;
  /** What rounding alone may account for. */
  readonly noise: number;
  readonly kink: boolean;
}

function estimate(change: (step: number) => Change, h: number): Estimate {
  const slopes: number[] = [];
  const bends: number[] = [];
  let mass = 0;
  for (const step of [h, h / 2, h / 4]) {
    const [up, down] = [change(step), change(-step)];
    slopes.push((up.value - down.value) / (2 * step));
    bends.push(Math.abs(up.value + down.value) / step);
    mass = Math.max(mass, up.mass, down.mass);
  }
  const noise = (8 * Number.EPSILON * mass) / h;
  const [first, second] = [(4 * slopes[1] - slopes[0]) / 3, (4 * slopes[2] - slopes[1]) / 3];
  const value = (16 * second - first) / 15;
  // The slopes left and right of a smooth point approach each other as the step shrinks, those of a kink do not.
  const kink = bends[2] > bends[0] / 2 && bends[2] > 100 * noise;
  return { value, doubt: Math.abs(value - second), noise, kink };
}
