/**
 * The answer that somebody found in an exercise, a number beside the right one, or a function, a matrix or a layer that is tried:
 * the sentence says whether it is right, and of a known slip which one it is, but never what the right answer is.
 */
import { ValueError } from "../array/errors.js";
import { Figure } from "../display/figure/figure.js";

/** How a number is judged. */
export interface AnswerOptions {
  /** The relative error allowed, and the absolute one where the right answer is 0; 0.005: two or three digits are enough. */
  readonly tolerance?: number;
  /** What went wrong → the number that it gives. */
  readonly slips?: Readonly<Record<string, number>>;
}

/** How an answer that is no number is judged. */
export interface AnswerTrial<T> {
  /** What is asked for: "function", "matrix". */
  readonly what: string;
  /** Tries the answer: a sentence that says what is wrong with it, or undefined when it is right. */
  readonly fault: (yours: T) => string | undefined;
}

/** What is said of an answer. */
export class AnswerCheck extends Figure {
  /** Whether the answer is right; undefined when there is none yet. */
  readonly isRight: boolean | undefined;

  constructor(isRight: boolean | undefined, sentence: string) {
    super({ alt: sentence, text: sentence, mime: { "text/markdown": sentence } });
    this.isRight = isRight;
  }
}

/**
 * Checks the answer of an exercise.
 *
 *     checkAnswer(55, (224 + 3 - 11) / 4 + 1) // ✓ Right.
 *     checkAnswer(undefined, 55) // Write your number in the place of undefined, and run the cell again.
 *     checkAnswer((x: number) => 2 * x, {
 *       what: "function",
 *       fault: (slope) => (slope(3) === 27 ? undefined : "At 3 the slope of x³ is another one."),
 *     }) // ✗ Not yet. At 3 the slope of x³ is another one.
 *
 * @param yours  undefined as long as there is none
 * @throws ValueError when the right answer, a slip or the tolerance is not a finite number
 */
export function checkAnswer(yours: number | undefined, right: number, options?: AnswerOptions): AnswerCheck;
export function checkAnswer<T>(yours: T | undefined, trial: AnswerTrial<T>): AnswerCheck;
export function checkAnswer<T>(
  yours: T | undefined,
  right: number | AnswerTrial<T>,
  options?: AnswerOptions,
): AnswerCheck {
  const what = typeof right === "number" ? "number" : right.what;
  const waiting = `Write your ${what} in the place of \`undefined\`, and run the cell again.`;
  if (typeof right === "number") return numberCheck(yours as number | undefined, right, waiting, options);
  if (yours === undefined) return new AnswerCheck(undefined, waiting);
  const fault = right.fault(yours);
  return fault === undefined ? isRight() : isWrong(fault);
}

const isRight = () => new AnswerCheck(true, "✓ Right.");
const isWrong = (sentence: string) => new AnswerCheck(false, `✗ Not yet. ${sentence}`);

function numberCheck(
  yours: number | undefined,
  right: number,
  waiting: string,
  { tolerance = 0.005, slips = {} }: AnswerOptions = {},
): AnswerCheck {
  for (const [name, value] of Object.entries({ "the right answer": right, tolerance, ...slips }))
    if (!Number.isFinite(value))
      throw new ValueError(`checkAnswer: ${name} is ${value}; it must be a finite number.`);
  if (yours === undefined) return new AnswerCheck(undefined, waiting);
  const isNear = (value: number) => Math.abs(yours - value) <= tolerance * (Math.abs(value) || 1);
  if (isNear(right)) return isRight();
  const slip = Object.keys(slips).find((name) => isNear(slips[name]!));
  return isWrong(slip ?? sizeOf(yours, right));
}

function sizeOf(yours: number, right: number): string {
  if (!Number.isFinite(yours)) return "Your answer is not a finite number.";
  if (right !== 0 && yours === -right) return "The size is right, the sign is not.";
  return yours > right ? "Your number is too large." : "Your number is too small.";
}
