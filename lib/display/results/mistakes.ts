/** The worst mistakes of a network. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { allocate, dtypeOf, flat, sizeOf, wrap, type Tensor } from "../../array/tensor.js";
import type { Figure } from "../figure/figure.js";
import { imageGrid, type ImageGridOptions, type LabelledImages } from "../figure/image-grid.js";
import { showCount, showNumber, showPlural } from "../figure/numbers.js";

/** Which examples `mistakes` shows and how many; the rest is as for `imageGrid`. */
export interface MistakesOptions extends Pick<
  ImageGridOptions,
  "title" | "labels" | "classes" | "columns" | "side"
> {
  /** How many examples to show at most; 20. */
  readonly count?: number;
  /** Shows only examples that were classified wrongly (true, as usual), or simply those of highest loss. */
  readonly wrongOnly?: boolean;
}

/**
 * Shows the examples with the highest loss (−ln of the true class's probability), the worst first, each with its loss and
 * its likeliest classes.
 * @param images         a data set, or images with `labels` among the options
 * @param probabilities  N×K, each row the probabilities of the classes
 * @throws ShapeError, ValueError when images, labels and probabilities do not fit
 */
export function mistakes(
  images: Tensor | LabelledImages,
  probabilities: Tensor,
  options: MistakesOptions = {},
): Figure {
  const { count = 20, wrongOnly = true, title = "Most mistaken", ...rest } = options;
  const set: LabelledImages = "images" in images ? images : { images };
  const labels = options.labels ?? set.labels;
  const total = set.images.shape[0];
  if (labels === undefined || labels.length !== total) {
    throw new ValueError(
      `mistakes: ${labels?.length ?? "no"} labels for ${showPlural(total, "image")}; give one an image.`,
    );
  }
  const { shape } = probabilities;
  if (shape.length !== 2 || shape[0] !== total) {
    throw new ShapeError(`mistakes: probabilities are ${showShape(shape)}; give N×K with N = ${total}.`);
  }
  const values = flat(probabilities);
  const scored = Array.from({ length: total }, (_, i) => {
    const row = values.subarray(i * shape[1], (i + 1) * shape[1]);
    const truth = row[labels[i]];
    return { i, loss: -Math.log(truth), wrong: row.some((value) => value > truth) };
  }).sort((a, b) => b.loss - a.loss || a.i - b.i);
  const wrong = scored.filter((one) => one.wrong);
  const shown = (wrongOnly ? wrong : scored).slice(0, count);
  const indices = shown.map(({ i }) => i);
  return imageGrid(take(set.images, indices), {
    ...rest,
    classes: options.classes ?? set.classes,
    title: `${title}: ${showCount(wrong.length)} of ${showPlural(total, "example")} wrong`,
    labels: indices.map((i) => labels[i]),
    probabilities: take(probabilities, indices),
    captions: shown.map(({ i, loss }) => `#${i}, loss ${showNumber(loss)}`),
    limit: count,
  });
}

/** Copies of the entries of the first axis at these indices. */
function take(x: Tensor, indices: readonly number[]): Tensor {
  const size = sizeOf(x.shape.slice(1));
  const source = flat(x);
  const target = allocate(indices.length * size, dtypeOf(x));
  indices.forEach((index, i) => target.set(source.subarray(index * size, (index + 1) * size), i * size));
  return wrap(target, [indices.length, ...x.shape.slice(1)]);
}
