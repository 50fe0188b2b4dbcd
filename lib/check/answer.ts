/**
 * The number that somebody found in an exercise, beside the right one: the sentence says whether it is right, and of a known
 * slip which one it is, but never what the right number is.
 */
import { ValueError } from "../array/errors.js";
import { Figure } from "../display/figure/figure.js";

/** How an answer is judged. */
export interface AnswerOptions {
  /** The relative error allowed, and the absolute one where the right answer is 0; 0.005: two or three digits are enough. */
  readonly tolerance?: number;
  /** What went wrong → the number that it gives. */
  readonly slips?: Readonly<Record<string, number>>;
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
 *
 * @param yours  undefined as long as there is none
 * @throws ValueError when the right answer, a slip or the tolerance is not a finite number
 */
export function checkAnswer(
  yours: number | undefined,
  right: number,
  { tolerance = 0.005, slips = {} }: AnswerOptions = {},
): AnswerCheck {
  for (const [name, value] of Object.entries({ "the right answer": right, tolerance, ...slips }))
    if (!Number.isFinite(value))
      throw new ValueError(`checkAnswer: ${name} is ${value}; it must be a finite number.`);
  if (yours === undefined)
    return new AnswerCheck(
      undefined,
      "Write your number in the place of `undefined`, and run the cell again.",
    );
  const isNear = (value: number) => Math.abs(yours - value) <= tolerance * (Math.abs(value) || 1);
  if (isNear(right)) return new AnswerCheck(true, "✓ Right.");
  const slip = Object.keys(slips).find((name) => isNear(slips[name]!));
  return new AnswerCheck(false, `✗ Not yet. ${slip ?? sizeOf(yours, right)}`);
}

function sizeOf(yours: number, right: number): string {
  if (!Number.isFinite(yours)) return "Your answer is not a finite number.";
  if (right !== 0 && yours === -right) return "The size is right, the sign is not.";
  return yours > right ? "Your number is too large." : "Your number is too small.";
}
