/** Writes numbers, counts and durations for people, and summarises many numbers. */

const MINUS = "\u2212";

/**
 * A number with `digits` significant digits, a real minus sign, and an exponent only where it helps:
 * `0.0312`, `−1.5`, `2.1e−7`, `1.23e6`, `NaN`, `∞`.
 */
export function showNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value).replace("-", MINUS);
  const rounded = value.toPrecision(digits);
  const plain = size >= 1e-4 && Math.abs(Number(rounded)) < 10 ** Math.max(digits, 6);
  const text = plain ? String(Number(rounded)) : value.toExponential(digits - 1);
  return text
    .replace(/(\.\d*?)0+e/, "$1e")
    .replace(".e", "e")
    .replace("e+", "e")
    .replaceAll("-", MINUS);
}

/** A whole power of ten: `10⁻³`. */
export function showPower(exponent: number): string {
  const raised = String(exponent).replace(/[-\d]/g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
  return `10${raised}`;
}

/** Two numbers with enough digits to tell them apart, at least `digits`. */
export function showApart(a: number, b: number, digits = 3): [string, string] {
  let shown: [string, string];
  do shown = [showNumber(a, digits), showNumber(b, digits)];
  while (shown[0] === shown[1] && ++digits <= 17);
  return shown;
}

/** A whole number with commas: `1,234,567`. */
export function showCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 filter`, `8 filters`; the plural adds an s unless given. */
export function showPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${showCount(count)} ${count === 1 ? noun : plural}`;
}

/** A fraction as a percentage: `97.3 %`. */
export function showPercent(part: number, decimals = 1): string {
  return Number.isFinite(part) ? `${(100 * part).toFixed(decimals)} %` : "–";
}

/** Seconds in the form of a clock: `0.8 s`, `42 s`, `3:07`, `1:02:33`. */
export function showDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

/** The extent and mean of many numbers, and the counts of those that are not finite. */
export interface Summary {
  readonly size: number;
  /** Least and greatest of the finite numbers; NaN when there are none. */
  readonly min: number;
  readonly max: number;
  /** Mean and standard deviation (over n, not n − 1) of the finite numbers. */
  readonly mean: number;
  readonly deviation: number;
  readonly zeros: number;
  readonly nan: number;
  readonly infinite: number;
}

/** Summarises numbers in one pass, without a loss of digits for a large mean (Welford, 1962). */
export function summarize(values: ArrayLike<number>): Summary {
  let min = Infinity;
  let max = -Infinity;
  let mean = 0;
  let squares = 0;
  let finite = 0;
  let zeros = 0;
  let nan = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) nan++;
    else if (Number.isFinite(value)) {
      finite++;
      if (value < min) min = value;
      if (value > max) max = value;
      if (value === 0) zeros++;
      const delta = value - mean;
      mean += delta / finite;
      squares += delta * (value - mean);
    }
  }
  const none = finite === 0;
  return {
    size: values.length,
    min: none ? NaN : min,
    max: none ? NaN : max,
    mean: none ? NaN : mean,
    deviation: none ? NaN : Math.sqrt(squares / finite),
    zeros,
    nan,
    infinite: values.length - finite - nan,
  };
}

/** `2 NaN and 1 infinite`; an empty text when all numbers are finite. */
export function showOddities({ nan, infinite }: Pick<Summary, "nan" | "infinite">): string {
  const words: string[] = [];
  if (nan > 0) words.push(`${showCount(nan)} NaN`);
  if (infinite > 0) words.push(`${showCount(infinite)} infinite`);
  return words.join(" and ");
}
