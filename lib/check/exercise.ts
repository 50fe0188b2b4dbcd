/**
 * Marks for exercises: trials of what a student wrote, each with a sentence on what is wrong, and the points they
 * come to. A gradient is measured by central differences of the right forward pass, so that a slip in the student's
 * own forward pass costs no gradient. Known mistakes are computed beside the right answer and called by their names.
 */
import { ValueError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { copy, flat, type Tensor } from "../array/tensor.js";
import { Figure, type MimeBundle } from "../display/figure/figure.js";
import { showApart } from "../display/figure/numbers.js";
import type { ErrorMap, GradientReport } from "./report.js";
import { gradCheck, type Arguments } from "./grad-check.js";
import { howWrong } from "./how-wrong.js";
import { pencilCase, type ExampleInputs, type TrialExample } from "./pencil.js";
import { indexOf } from "./resolution.js";
import { tellingGradient } from "./telling.js";

/** What a trial came to. */
export interface TrialResult {
  readonly passed: boolean;
  /** What is wrong, in sentences; undefined when nothing is. */
  readonly complaint?: string | undefined;
  /** The sentence of the known mistake that gives this very answer. */
  readonly mistake?: string | undefined;
  /** The sentences of all known mistakes that give this very answer: in a small case it may be more than one. */
  readonly mistakes?: readonly string[] | undefined;
  /** Whether a mistake is among those that this trial knows. */
  readonly knows?: ((mistake: string) => boolean) | undefined;
  /** The input that was written into; it has its numbers back. */
  readonly written?: string | undefined;
  /** Where it is wrong. */
  readonly picture?: Figure | undefined;
  /** Its numbers, shown where they are few enough to be followed by hand. */
  readonly example?: TrialExample | undefined;
}

/** What a trial is about → how to run it. One that throws has failed. */
export type Trials = Record<string, () => TrialResult>;

/** A sentence that names a mistake → the answer that the mistake would give. */
export type KnownMistakes<Parts extends readonly unknown[] = []> = Readonly<
  Record<string, (...parts: Parts) => Tensor>
>;

/** What passed, what did not and why, and the points. */
export class Marks extends Figure {
  readonly what: string;
  /** The points to be had. */
  readonly outOf: number;
  readonly trials: readonly (TrialResult & { readonly about: string })[];

  constructor(what: string, outOf: number, given: Marks["trials"]) {
    const trials = given.map((trial) => withLikeliest(trial, given));
    const passed = trials.filter((trial) => trial.passed).length;
    const headline = `${what}: ${passed} of ${trials.length} trials passed, ${pointsOf(passed, trials.length, outOf)} of ${outOf} points`;
    const lines = trials.map(({ about, passed, complaint = "wrong", mistake }, i) => {
      const told = trials
        .slice(0, i)
        .find(
          (other) => !other.passed && (mistake ? other.mistake === mistake : other.complaint === complaint),
        );
      return passed ? `✓ ${about}` : `✗ ${about}: ${told ? `the same as in “${told.about}”` : complaint}`;
    });
    const byHand = pencilCase(trials);
    super({
      alt: `${headline}.`,
      text: [headline, ...lines.map((line) => `  ${line}`), ...byHand.text].join("\n"),
      mime: {
        "text/markdown": [
          `**${headline}**`,
          "",
          ...lines.map((line) => `- ${line}`),
          ...byHand.markdown,
        ].join("\n"),
      },
    });
    this.what = what;
    this.outOf = outOf;
    this.trials = trials;
  }

  /** Whether all trials passed. */
  get passed(): boolean {
    return this.trials.every(({ passed }) => passed);
  }

  /** The points: the part of the trials that passed, to a hundredth. */
  get earned(): number {
    return pointsOf(this.trials.filter(({ passed }) => passed).length, this.trials.length, this.outOf);
  }

  /**
   * The points, for the last line of a graded cell.
   * @throws ValueError when there are none: a cell that fails earns nothing anywhere, a cell whose value is 0 may
   *         be taken for one that has nothing to say
   */
  get points(): number {
    if (this.earned > 0) return this.earned;
    const first = this.trials.find(({ passed }) => !passed);
    throw new ValueError(
      `${this.what}: 0 of ${this.outOf} points; ${first?.about}: ${first?.complaint ?? "wrong"}`,
    );
  }

  /** The lines, and below them a drawing of the first failure that has one. */
  override async bundle(): Promise<MimeBundle> {
    const bundle = await super.bundle();
    const drawn = this.trials.find(({ passed, picture }) => !passed && picture);
    if (drawn?.picture === undefined) return bundle;
    const address = await drawn.picture.dataUri();
    const picture = `First, ${drawn.about}:\n\n![${drawn.picture.alt}](${address})`;
    return { ...bundle, "text/markdown": `${String(bundle["text/markdown"])}\n\n${picture}` };
  }
}

/**
 * Runs all trials; what one throws is its complaint.
 *
 *     const dxMarks = marks("dx", 4, { "one signal": () => gradientTrial("x", …), … });
 *     display(dxMarks);
 *     dxMarks.points
 *
 * @param outOf  the points when all pass; each trial is worth the same part of them
 * @throws ValueError when there is no trial
 */
export function marks(what: string, outOf: number, trials: Trials): Marks {
  const entries = Object.entries(trials);
  if (entries.length === 0) throw new ValueError(`marks: "${what}" has no trials; give one or more.`);
  return new Marks(
    what,
    outOf,
    entries.map(([about, run]) => ({ about, ...attempt(run) })),
  );
}

/** What a gradient is tried with. */
export interface GradientTrialOptions<Inputs extends Arguments> {
  /** The right forward pass, which gives y. */
  readonly forward: (inputs: Inputs) => Tensor;
  /** Float64 tensors. */
  readonly inputs: Inputs;
  /** The student's gradient, from the upstream gradient and the inputs. */
  readonly mine: (dy: Tensor, inputs: Inputs) => Tensor;
  /** Draws the upstream gradient; 1. */
  readonly seed?: number;
  /** The relative error allowed; 1e-6. */
  readonly tolerance?: number;
  readonly mistakes?: KnownMistakes<[dy: Tensor]>;
  /**
   * Everything besides dy that a pencil needs: `{ x, w, stride }`. Then dy is made of whole numbers, to which as many of the
   * known mistakes as can be give a wrong answer; and a trial that fails shows them all, if they are few.
   */
  readonly example?: ExampleInputs;
}

/** Compares the student's gradient of one argument with central differences. @param name the argument: "x" */
export function gradientTrial<Inputs extends Arguments>(
  name: string,
  { forward, inputs, mine, seed = 1, tolerance = 1e-6, mistakes = {}, example }: GradientTrialOptions<Inputs>,
): TrialResult {
  const x = inputs[name];
  const of = { forward: (x: Tensor) => forward({ ...inputs, [name]: x }), mistakes: Object.values(mistakes) };
  const dy = example && x && tellingGradient({ ...of, x }, new Random(seed));
  let got: unknown;
  let upstream: Tensor | undefined;
  let isDyChanged = false;
  const given = watch({ ...example, ...inputs });
  const measure = (): GradientReport =>
    gradCheck<Inputs, Inputs>(
      {
        name: `d${name}`,
        forward: (given) => ({ y: forward(given), cache: given }),
        backward: (dy, given) => {
          upstream = copy(dy);
          const gradient = (got = mine(dy, given));
          isDyChanged = changedNumbers(dy, flat(upstream));
          dy.data.set(upstream.data);
          return { [`d${name}`]: gradient };
        },
      },
      inputs,
      { of: [name], seed, tolerance, ...(dy && { dy }) },
    );
  const { result: report, written } = given.during(measure);
  if (isDyChanged) return { passed: false, complaint: writes("dy") };
  if (report.passed) return { passed: true, written };
  if (written !== undefined) return { passed: false, complaint: writes(written) };
  const { map, index, derived, measured } = report.of(name);
  const picture = map && report.draw(name);
  const shown: TrialExample | undefined =
    dy && map
      ? { inputs: { ...example, dy }, name: `d${name}`, expected: map.measured, got: got as Tensor }
      : undefined;
  const fitting = map && upstream ? fittingMistakes(map.derived, mistakes, tolerance, upstream) : [];
  const knows = (sentence: string): boolean => sentence in mistakes;
  const [mistake] = fitting;
  if (mistake === undefined) {
    const how =
      map && showShape(map.derived.shape) === showShape(map.measured.shape)
        ? unnamed(map, tolerance, extentsOf(inputs, example ?? {}, upstream ? { dy: upstream } : {}))
        : "";
    // The report has said where, when all that is wrong lies in one place.
    const more = /the others are right|every sign/.test(report.complaint ?? "") ? "" : how;
    return { passed: false, complaint: `${report.complaint}${more}`, picture, example: shown, knows };
  }
  const [is, must] = showApart(derived, measured, 6);
  const numbers = `${is}, but central differences give ${must}`;
  return {
    passed: false,
    knows,
    mistake,
    mistakes: fitting,
    complaint: `${mistake} (d${name}[${index.join(", ")}] is ${numbers}.)`,
    picture,
    example: shown,
  };
}

/** How a gradient is wrong that no known mistake gives. */
function unnamed({ derived, measured }: ErrorMap, tolerance: number, extents: ReadonlySet<number>): string {
  return howWrong(derived, measured, wrongNumbers(derived, measured, tolerance), extents);
}

/** All sizes of the tensors that go in. */
const extentsOf = (...inputs: readonly object[]): Set<number> =>
  new Set(inputs.flatMap((one) => Object.values(one).flatMap((x: unknown) => (isTensor(x) ? x.shape : []))));

/** How a tensor is compared with the right one. */
export interface TensorTrialOptions {
  /** The relative error allowed, or that part of the larger numbers (all but the largest tenth); 1e-9. */
  readonly tolerance?: number;
  readonly mistakes?: KnownMistakes;
  /** Everything that a pencil needs, `{ x, w, b }`: a trial that fails shows it, if it is few numbers. */
  readonly example?: ExampleInputs;
}

/**
 * Compares a tensor with the right one: every number to the relative tolerance, or to that part of the larger ones.
 * @param name  what it is called: "y"
 * @param answer  the student's, or a function that asks for it: then a wrong answer that comes of writing into an input is
 *                told as that, and the numbers shown are those that went in
 */
export function tensorTrial(
  name: string,
  answer: Tensor | (() => Tensor),
  right: Tensor,
  { tolerance = 1e-9, mistakes = {}, example }: TensorTrialOptions = {},
): TrialResult {
  const inputs = watch(example);
  const { result: mine, written } = inputs.during(() => {
    const given = typeof answer === "function" ? answer() : answer;
    // It may be the input itself.
    return isTensor(given) ? copy(given) : given;
  });
  const fail = (complaint: string): TrialResult => ({ passed: false, complaint, written });
  const given = mine as Partial<Tensor> | undefined | null;
  if (!Array.isArray(given?.shape) || given.data === undefined)
    return fail(`${name} is not a tensor; return one of shape ${showShape(right.shape)}.`);
  if (showShape(mine.shape) !== showShape(right.shape))
    return fail(`${name} is ${showShape(mine.shape)}, but it must be ${showShape(right.shape)}.`);
  if (mine.dtype !== right.dtype)
    return fail(`${name} is ${mine.dtype}, but its inputs are ${right.dtype}; give it their precision.`);
  const wrong = wrongNumbers(mine, right, tolerance);
  if (wrong.length === 0) return { passed: true, written };
  const [first] = wrong;
  const [is, must] = showApart(flat(mine)[first], flat(right)[first], 6);
  const numbers =
    `${name}[${indexOf(right.shape, first).join(", ")}] is ${is}, but it must be ${must}; ` +
    `${wrong.length} of ${right.size} numbers are wrong.`;
  const shown = example && { inputs: example, name, expected: right, got: mine };
  if (written !== undefined)
    return {
      ...fail(`${writes(written)} (${numbers})`),
      mistake: writes(written),
      example: shown,
    };
  const fitting = fittingMistakes(mine, mistakes, tolerance);
  const knows = (sentence: string): boolean => sentence in mistakes;
  const [mistake] = fitting;
  if (mistake !== undefined) {
    const complaint = `${mistake} (${numbers})`;
    return { passed: false, mistake, mistakes: fitting, knows, complaint, example: shown };
  }
  const isNaNIn = flat(mine).some((value) => Number.isNaN(value));
  const hint = isNaNIn
    ? " NaN comes from a number that is not there, or from 0/0: check every index before you read."
    : howWrong(mine, right, wrong, extentsOf({ ...example, right }));
  return { ...fail(`${numbers}${hint}`), example: shown, knows };
}

/**
 * A trial that also fails when one of the tensors was written into. The answer must be right as well: a function
 * that does nothing leaves everything untouched.
 */
export function untouchedTrial(
  tensors: Readonly<Record<string, Tensor>>,
  trial: () => TrialResult,
): TrialResult {
  const before = Object.entries(tensors).map(([name, x]) => ({ name, x, numbers: flat(x).slice() }));
  const result = trial();
  const changed = before.find(({ x, numbers }) => changedNumbers(x, numbers))?.name ?? result.written;
  return changed === undefined ? result : { passed: false, complaint: writes(changed) };
}

/** What goes into an exercise. A call that writes into it is told by the name of what it wrote into, which gets its numbers back. */
function watch(inputs: ExampleInputs | undefined): {
  during<Result>(call: () => Result): { readonly result: Result; readonly written: string | undefined };
} {
  const tensors = Object.entries(inputs ?? {}).filter((one): one is [string, Tensor] => isTensor(one[1]));
  const copies = tensors.map(([, x]) => flat(x).slice());
  const restore = (): string | undefined => {
    const changed = tensors.filter(([, x], i) => changedNumbers(x, copies[i]!));
    for (const [name, x] of changed) {
      const numbers = copies[tensors.findIndex((one) => one[0] === name)]!;
      numbers.forEach((value, i) => x.set(...indexOf(x.shape, i), value));
    }
    return changed[0]?.[0];
  };
  return {
    during: (call) => {
      let written: string | undefined;
      let result;
      try {
        result = call();
      } finally {
        written = restore();
      }
      return { result, written };
    },
  };
}

const isTensor = (value: unknown): value is Tensor => {
  const candidate = value as Partial<Tensor> | null | undefined;
  return Array.isArray(candidate?.shape) && candidate.data !== undefined;
};

const writes = (name: string): string =>
  `it writes into its input ${name}, which others still need; copy first, and write into the copy.`;

function changedNumbers(x: Tensor, numbers: ArrayLike<number>): boolean {
  return flat(x).some((value, i) => !Object.is(value, numbers[i]));
}

function attempt(run: () => TrialResult): TrialResult {
  try {
    return run();
  } catch (error) {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { passed: false, complaint: `it threw ${what}` };
  }
}

/** The sentences of the mistakes that give this answer. */
function fittingMistakes<Parts extends readonly unknown[]>(
  mine: Tensor,
  mistakes: KnownMistakes<Parts>,
  tolerance: number,
  ...parts: Parts
): string[] {
  return Object.entries(mistakes).flatMap(([sentence, wrong]) => {
    const answer = wrong(...parts);
    const isIt =
      showShape(answer.shape) === showShape(mine.shape) && wrongNumbers(mine, answer, tolerance).length === 0;
    return isIt ? [sentence] : [];
  });
}

/**
 * A failed trial, called by that of its mistakes which most of the trials have. A name that another trial speaks against, for
 * that mistake would have given another answer there, is only likely.
 */
function withLikeliest<Trial extends TrialResult>(trial: Trial, all: readonly Trial[]): Trial {
  const { mistake, mistakes = [], complaint } = trial;
  if (trial.passed || mistake === undefined || !complaint?.startsWith(mistake) || mistakes.length === 0)
    return trial;
  const failed = all.filter((one) => !one.passed);
  const count = (sentence: string): number => failed.filter((one) => one.mistakes?.includes(sentence)).length;
  const best = mistakes.reduce((most, one) => (count(one) > count(most) ? one : most));
  const isDoubtful = failed.some((one) => one.knows?.(best) && !one.mistakes?.includes(best));
  const rest = complaint.slice(mistake.length);
  return { ...trial, mistake: best, complaint: `${isDoubtful ? "Perhaps: " : ""}${best}${rest}` };
}

/** The places, in row-major order, at which two tensors of one shape differ. */
function wrongNumbers(mine: Tensor, right: Tensor, tolerance: number): number[] {
  const [a, b] = [flat(mine), flat(right)];
  const sizes = Array.from(b, Math.abs)
    .filter((size) => size > 0 && size < Infinity)
    .sort((p, q) => p - q);
  // One number that is larger than all others by far lends them no more than its rounding.
  const usual = sizes[Math.floor(0.9 * (sizes.length - 1))] ?? 1;
  const digits = right.dtype === "float32" ? 2 ** -23 : Number.EPSILON;
  const allowed = Math.max(tolerance * usual, 64 * digits * (sizes.at(-1) ?? 1));
  const allowedOf = (size: number): number => Math.max(allowed, size < Infinity ? tolerance * size : 0);
  return Array.from(b, (_, i) => i).filter(
    (i) => !sameNumber(a[i], b[i]) && !(Math.abs(a[i] - b[i]) <= allowedOf(Math.abs(b[i]))),
  );
}

/** NaN is the same as NaN: a known mistake may give it. */
const sameNumber = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

function pointsOf(passed: number, count: number, outOf: number): number {
  return Math.round((100 * outOf * passed) / count) / 100;
}
