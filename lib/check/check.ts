/**
 * Grades a backward pass of your own: the library's forward pass runs, yours goes backward, and every gradient is
 * measured by central differences. The trials go from the plainest case to all options together, so that the first
 * that fails says which idea is missing. Lecture B's exercise ("derive ∂C/∂x and ∂C/∂w").
 */
import { ValueError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { tensor, type Shape, type Tensor } from "../array/tensor.js";
import { Figure, type MimeBundle } from "../display/figure/figure.js";
import { gradCheck, type GradCheckOptions } from "./grad-check.js";
import { pencilCase, wholeNumbers, type TrialExample } from "./pencil.js";
import { operation, type OperationKinds, type OperationName } from "./operations.js";
import type { GradientReport } from "./report.js";

/** The operations that there are trials for: those whose backward passes the lectures derive. */
export type CheckedOperation = Extract<
  OperationName,
  "conv1d" | "conv2d" | "linear" | "maxPool1d" | "maxPool2d" | "relu" | "batchNorm"
>;

/** One trial: what it is about, and what came out. */
export interface CheckTrial {
  /** "stride 2", "groups", … */
  readonly about: string;
  readonly passed: boolean;
  /** What the gradient check found; undefined when the backward pass threw. */
  readonly report: GradientReport | undefined;
  /** What is wrong, in a sentence; undefined when nothing is. */
  readonly complaint: string | undefined;
  /** The numbers of the first gradient that is wrong. */
  readonly example?: TrialExample | undefined;
}

/** The grade: a line a trial, and for the first that failed a table and a drawing of where it is wrong. */
export class Grade extends Figure {
  readonly trials: readonly CheckTrial[];

  constructor(name: string, trials: readonly CheckTrial[]) {
    const count = trials.filter(({ passed }) => passed).length;
    const headline = `your ${name} backward: ${count} of ${trials.length} trials passed`;
    const lines = trials.map(({ about, complaint }) =>
      complaint ? `✗ ${about}: ${complaint}` : `✓ ${about}`,
    );
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
    this.trials = trials;
  }

  /** Whether all trials passed. */
  get passed(): boolean {
    return this.trials.every(({ passed }) => passed);
  }

  /** From 0 to 1: the part of the trials that passed. */
  get score(): number {
    return this.trials.filter(({ passed }) => passed).length / this.trials.length;
  }

  override async bundle(): Promise<MimeBundle> {
    const bundle = await super.bundle();
    const first = this.trials.find(({ passed, report }) => !passed && report);
    if (first?.report === undefined) return bundle;
    const detail = (await first.report.bundle())["text/markdown"];
    return {
      ...bundle,
      "text/markdown": `${String(bundle["text/markdown"])}\n\nFirst, ${first.about}:\n\n${String(detail)}`,
    };
  }
}

/** Which trials `check` runs, and how strictly it compares. */
export interface CheckOptions<Name extends CheckedOperation> extends Pick<
  GradCheckOptions,
  "tolerance" | "seed"
> {
  /** The trials to run, by what they are about; all. */
  only?: readonly string[];
  /** Trials of your own instead. */
  trials?: readonly CheckTrialSetup<Name>[];
}

/** The tensors' shapes and the operation's options. */
export interface CheckTrialSetup<Name extends CheckedOperation> {
  readonly about: string;
  readonly shapes: { readonly [argument in keyof OperationKinds[Name]["inputs"]]?: Shape };
  readonly options: OperationKinds[Name]["options"];
}

/**
 * Grades a backward pass of your own for one of the library's operations: it runs the trials from the plainest case to
 * all options together and compares every gradient with measured slopes.
 *
 *     check("conv1d", (dy, { x, w, geometry }) => ({ dx: …, dw: …, db: … }))
 *
 * @param name      the operation: "conv1d", "linear", …
 * @param backward  gets the upstream gradient and what the reference's forward kept; returns `dx`, `dw`, …
 * @returns a grade that shows itself
 * @throws ValueError for a name that is no operation's, or a trial that is not there
 */
export function check<Name extends CheckedOperation>(
  name: Name,
  backward: (dy: Tensor, cache: OperationKinds[Name]["cache"]) => object,
  { only, trials, tolerance, seed = 1 }: CheckOptions<Name> = {},
): Grade {
  const setups: readonly CheckTrialSetup<Name>[] = trials ?? standard[name] ?? [];
  const unknown = only?.find((about) => !setups.some((setup) => setup.about === about));
  if (setups.length === 0 || unknown !== undefined) {
    throw new ValueError(
      unknown === undefined
        ? `check: there are no trials for "${name}"; there are for ${Object.keys(standard).join(", ")}.`
        : `check: ${name} has no trial "${unknown}"; it has ${setups.map(({ about }) => `"${about}"`).join(", ")}.`,
    );
  }
  const wanted = setups.filter(({ about }) => only === undefined || only.includes(about));
  return new Grade(
    name,
    wanted.map(({ about, shapes, options }) => {
      const random = new Random(seed);
      const inputs = Object.fromEntries(
        Object.entries(shapes).map(([key, shape]) => [key, wholeNumbers(shape as Shape, random)]),
      ) as unknown as OperationKinds[Name]["inputs"];
      try {
        const tried = operation(name, options, { backward });
        const result = tried.forward(inputs);
        const dy = "y" in result ? wholeNumbers(result.y.shape, random) : undefined;
        const report = gradCheck(tried, inputs, { tolerance, seed, ...(dy && { dy }) });
        const wrong = report.gradients.find((gradient) => !gradient.passed && gradient.map);
        const example = wrong?.map && {
          inputs: { ...(inputs as Readonly<Record<string, Tensor>>), ...(dy && { dy }) },
          name: `d${wrong.name}`,
          ...{ expected: wrong.map.measured, got: wrong.map.derived },
        };
        return { about, passed: report.passed, report, complaint: report.complaint, example };
      } catch (error) {
        const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        return {
          about: `${about} (${showShape(shapes.x ?? [])})`,
          passed: false,
          report: undefined,
          complaint: `it threw ${what}`,
        };
      }
    }),
  );
}

/** Large enough that a backward pass without it is wrong by more than is allowed. */
const epsilon = 0.5;
const plain = { x: [1, 1, 6], w: [1, 1, 3], b: [1] };
const batch = { x: [3, 2, 6], w: [4, 2, 3], b: [4] };
const image = { x: [1, 1, 3, 3], w: [1, 1, 2, 2], b: [1] };
const images = { x: [3, 2, 5, 4], w: [4, 2, 3, 2], b: [4] };

const standard: { readonly [Name in CheckedOperation]: readonly CheckTrialSetup<Name>[] } = {
  conv1d: [
    { about: "one signal, one filter", shapes: plain, options: {} },
    { about: "a batch, channels and filters", shapes: batch, options: {} },
    { about: "no bias", shapes: { x: batch.x, w: batch.w }, options: {} },
    { about: "padding", shapes: batch, options: { pad: [2, 1] } },
    { about: "stride", shapes: { ...batch, x: [3, 2, 7] }, options: { stride: 2 } },
    {
      about: "a rest that no window covers",
      shapes: { ...batch, x: [3, 2, 8] },
      options: { stride: 2, round: "floor" },
    },
    { about: "dilation", shapes: { ...batch, x: [3, 2, 8] }, options: { dilation: 2 } },
    { about: "flip", shapes: batch, options: { flip: true } },
    { about: "groups", shapes: { x: [2, 4, 6], w: [6, 2, 3], b: [6] }, options: { groups: 2 } },
    {
      about: "everything together",
      shapes: { x: [2, 4, 9], w: [4, 2, 3], b: [4] },
      options: { stride: 2, pad: [1, 2], dilation: 2, groups: 2, flip: true, round: "floor" },
    },
  ],
  conv2d: [
    { about: "one image, one filter", shapes: image, options: {} },
    { about: "a batch, channels and filters", shapes: images, options: {} },
    { about: "no bias", shapes: { x: images.x, w: images.w }, options: {} },
    { about: "padding", shapes: images, options: { pad: { top: 1, left: 2, right: 1 } } },
    { about: "stride", shapes: { ...images, x: [2, 2, 7, 6] }, options: { stride: 2 } },
    {
      about: "a rest that no window covers",
      shapes: { ...images, x: [2, 2, 6, 5] },
      options: { stride: 2, round: "floor" },
    },
    { about: "dilation", shapes: { ...images, x: [2, 2, 6, 6] }, options: { dilation: 2 } },
    { about: "flip", shapes: images, options: { flip: true } },
    { about: "groups", shapes: { x: [2, 4, 4, 4], w: [6, 2, 2, 3], b: [6] }, options: { groups: 2 } },
    {
      about: "everything together",
      shapes: { x: [2, 4, 6, 7], w: [4, 2, 2, 3], b: [4] },
      options: {
        stride: [2, 1],
        pad: { top: 1, left: 2, right: 1 },
        dilation: [1, 2],
        groups: 2,
        flip: true,
        round: "floor",
      },
    },
  ],
  linear: [
    { about: "one example", shapes: { x: [1, 3], w: [2, 3], b: [2] }, options: {} },
    { about: "a batch", shapes: { x: [5, 3], w: [4, 3], b: [4] }, options: {} },
    { about: "no bias", shapes: { x: [4, 3], w: [2, 3] }, options: {} },
  ],
  maxPool1d: [
    { about: "windows that tile", shapes: { x: [2, 2, 6] }, options: { size: 2 } },
    { about: "windows that overlap", shapes: { x: [2, 2, 7] }, options: { size: 3, stride: 1 } },
    { about: "padding", shapes: { x: [2, 2, 7] }, options: { size: 3, stride: 2, pad: 1 } },
  ],
  maxPool2d: [
    { about: "windows that tile", shapes: { x: [2, 2, 4, 6] }, options: { size: 2 } },
    { about: "windows that overlap", shapes: { x: [2, 2, 5, 4] }, options: { size: [3, 2], stride: 1 } },
    { about: "padding", shapes: { x: [2, 2, 5, 5] }, options: { size: 3, stride: 2, pad: 1 } },
  ],
  relu: [
    { about: "a row of numbers", shapes: { x: [8] }, options: {} },
    { about: "a batch of images", shapes: { x: [2, 2, 3, 3] }, options: {} },
  ],
  batchNorm: [
    { about: "one feature", shapes: { x: [5, 1], gamma: [1], beta: [1] }, options: { epsilon } },
    { about: "features", shapes: { x: [5, 3], gamma: [3], beta: [3] }, options: { epsilon } },
    { about: "channels of images", shapes: { x: [3, 2, 2, 3], gamma: [2], beta: [2] }, options: { epsilon } },
    {
      about: "constant statistics",
      shapes: { x: [4, 2], gamma: [2], beta: [2] },
      options: {
        epsilon,
        statistics: { mean: tensor([0.5, -1], [2], "float64"), variance: tensor([2, 0.3], [2], "float64") },
      },
    },
  ],
};
