/**
 * What a gradient check found, argument by argument. It shows itself as a table, draws where the first wrong
 * gradient is wrong, and keeps every number.
 */
import { ValueError, showShape } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { Figure, type MimeBundle } from "../display/figure/figure.js";
import { diagnose, gradientMap } from "../display/checks/gradient-map.js";
import { showApart, showCount, showNumber } from "../display/figure/numbers.js";
import type { DirectionCheck } from "./direction.js";

/** The gradient of one argument, derived and measured. */
export interface GradientCheck {
  /** The argument: "x", "w", "conv1.w". */
  readonly name: string;
  readonly passed: boolean;
  /** Why there was nothing to compare: the gradient is missing, or its shape is not the argument's. */
  readonly problem: string | undefined;
  /** The worst relative error, |derived − measured| / max(|derived|, |measured|, a thousandth of the largest gradient). */
  readonly error: number;
  /** Where the worst error is; empty when there was nothing to compare. */
  readonly index: readonly number[];
  /** What backward returned there. */
  readonly derived: number;
  /** What central differences measured there. */
  readonly measured: number;
  /** How many numbers the argument has. */
  readonly size: number;
  /** How many of them were compared one by one. */
  readonly compared: number;
  /** How many of those were off by more than the tolerance. */
  readonly wrong: number;
  /** Indices left out because the function has a kink or a tie there. */
  readonly kinks: readonly (readonly number[])[];
  /** Indices left out because the function is not finite there. */
  readonly undefinedAt: readonly (readonly number[])[];
  /** Indices left out because a difference does not resolve so small a gradient: the outputs are too large. */
  readonly unresolved: readonly (readonly number[])[];
  /** What could not be judged, why, and the way out; then the check has not passed. */
  readonly unjudged: string | undefined;
  /** All numbers compared together, where not all were compared one by one. */
  readonly direction: DirectionCheck | undefined;
  /** Every number, in the argument's shape; absent when there was nothing to compare. */
  readonly map: ErrorMap | undefined;
}

/** Where a gradient is wrong: three tensors of the argument's shape, NaN where nothing was compared. */
export interface ErrorMap {
  readonly derived: Tensor;
  readonly measured: Tensor;
  /** Relative errors. */
  readonly error: Tensor;
}

/** The outcome of `gradCheck` and `gradCheckNet`. */
export class GradientReport extends Figure {
  readonly operation: string;
  readonly tolerance: number;
  /** One entry an argument. */
  readonly gradients: readonly GradientCheck[];

  /** @param notes  what every comparison does without, in words */
  constructor(
    operation: string,
    tolerance: number,
    gradients: readonly GradientCheck[],
    notes: readonly string[] = [],
  ) {
    const passed = gradients.every((gradient) => gradient.passed);
    const outcome = passed ? "passed" : gradients.some(isWrong) ? "FAILED" : "NOT JUDGED";
    const headline = `gradient check of ${operation}: ${outcome}`;
    super({
      alt: `The ${headline}.`,
      text: [headline, ...gradients.map((one) => line(one, tolerance)), ...notes].join("\n  "),
      mime: { "text/markdown": [markdown(headline, gradients, tolerance), ...notes].join("\n\n") },
    });
    this.operation = operation;
    this.tolerance = tolerance;
    this.gradients = gradients;
  }

  /** Whether every gradient agrees. */
  get passed(): boolean {
    return this.gradients.every((gradient) => gradient.passed);
  }

  /** The worst relative error of all. */
  get error(): number {
    return this.gradients.reduce((worst, { error }) => (error <= worst ? worst : error), 0);
  }

  /** What is wrong with the first gradient that is, in one sentence; undefined when all agree. */
  get complaint(): string | undefined {
    const failed = this.gradients.find(isWrong) ?? this.gradients.find(({ passed }) => !passed);
    return failed && complaint(failed, this.tolerance);
  }

  /** The gradient of one argument. @throws ValueError naming the arguments that there are */
  of(name: string): GradientCheck {
    const found = this.gradients.find((gradient) => gradient.name === name);
    if (found) return found;
    const names = this.gradients.map((gradient) => gradient.name).join(", ");
    throw new ValueError(
      `gradient check of ${this.operation}: there is no argument "${name}"; it checked ${names}.`,
    );
  }

  /**
   * The gradient of an argument as derived, as measured, and where they differ.
   * @throws ValueError for an argument that is not there or whose gradient could not be compared
   */
  draw(name: string): Figure {
    const { map, problem } = this.of(name);
    if (map) return gradientMap(map, { name: `d${name}`, tolerance: this.tolerance });
    throw new ValueError(`gradient check of ${this.operation}: there is nothing to draw: ${problem}`);
  }

  /** The table, and below it a drawing of the first gradient that is wrong. */
  override async bundle(): Promise<MimeBundle> {
    const bundle = await super.bundle();
    const wrong = this.gradients.find((one) => isWrong(one) && one.map);
    if (wrong === undefined) return bundle;
    const drawing = this.draw(wrong.name);
    const picture = `![${drawing.alt}](${await drawing.dataUri()})`;
    return { ...bundle, "text/markdown": `${String(bundle["text/markdown"])}\n\n${picture}` };
  }

  /** Nothing when all gradients agree. @throws ValueError naming the argument, the index and both numbers */
  assert(): void {
    if (!this.passed) throw new ValueError(`gradient check of ${this.operation}: ${this.complaint}`);
  }
}

/** Whether a gradient was found wrong, and not only not judged. */
const isWrong = ({ passed, unjudged, wrong, direction }: GradientCheck): boolean =>
  !passed && (unjudged === undefined || wrong > 0 || direction?.passed === false);

/** One sentence that says what is wrong with a gradient. */
function complaint(gradient: GradientCheck, tolerance: number): string {
  const { name, problem, error, index, derived, measured, wrong, direction, compared, map } = gradient;
  if (problem !== undefined || map === undefined) return problem ?? `d${name} was not compared.`;
  if (!isWrong(gradient)) return gradient.unjudged ?? "";
  const allowed = `allowed ${showNumber(tolerance)}`;
  if (wrong === 0 && direction) {
    const [is, must] = showApart(direction.derived, direction.measured, 6);
    return (
      `d${name} along a random direction through ${ofAll(direction.through, gradient)} is ${is}, but central differences give ${must} ` +
      `(relative error ${showNumber(direction.error)}, ${allowed}); the ${showCount(compared)} numbers compared one by one agree, ` +
      `so others are wrong: check with more samples.`
    );
  }
  const [is, must] = showApart(derived, measured, 6);
  return (
    `d${name}[${index.join(", ")}] is ${is}, but central differences give ${must} ` +
    `(relative error ${showNumber(error)}, ${allowed}); ${diagnose(map, tolerance)}`
  );
}

function line(gradient: GradientCheck, tolerance: number): string {
  const { name, passed, error, kinks, undefinedAt } = gradient;
  if (!passed) return `${isWrong(gradient) ? "✗" : "?"} ${complaint(gradient, tolerance)}`;
  const left =
    (kinks.length === 0 ? "" : `; ${kinks.length} on a kink or tie left out`) +
    (undefinedAt.length === 0 ? "" : `; ${undefinedAt.length} left out where nothing is finite`);
  return `✓ d${name}: ${extent(gradient)}, worst relative error ${showNumber(error, 2)}${left}`;
}

/** What was compared: "12 numbers", "1,000 of 9,600 numbers and one direction through all". */
function extent({ compared, size, kinks, undefinedAt, direction }: GradientCheck): string {
  if (direction === undefined) return `${showCount(compared)} numbers`;
  const some = `${showCount(compared)} of ${showCount(size)} numbers`;
  const { through } = direction;
  if (through === 0) return `${some}, and no direction, for kinks`;
  const all = through >= size - kinks.length - undefinedAt.length;
  return `${some} and one direction through ${all ? "all" : ofAll(through, { size })}`;
}

const ofAll = (through: number, { size }: { readonly size: number }): string =>
  through === size ? `all ${showCount(size)}` : `${showCount(through)} of them`;

function markdown(headline: string, gradients: readonly GradientCheck[], tolerance: number): string {
  const rows = gradients.map((gradient) => {
    const { name, passed, error, index, derived, measured, wrong, kinks, map } = gradient;
    const problem = gradient.problem ?? (isWrong(gradient) ? undefined : gradient.unjudged);
    const shape = map ? showShape(map.error.shape) : "";
    const numbers = passed
      ? [showNumber(derived, 6), showNumber(measured, 6)]
      : showApart(derived, measured, 6);
    const cells = problem
      ? [problem, "", "", "", ""]
      : [
          `${showNumber(error, 2)} at [${index.join(", ")}]`,
          ...numbers,
          `${wrong} of ${extent(gradient).replace(" numbers", "")}`,
          `${kinks.length}`,
        ];
    return `| d${name} ${shape} | ${passed ? "✓" : isWrong(gradient) ? "✗" : "?"} | ${cells.join(" | ")} |`;
  });
  return [
    `**${headline}** (allowed relative error ${showNumber(tolerance)})`,
    "",
    "| gradient | | worst relative error | derived | measured | wrong | kinks left out |",
    "|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
