/** A labelled data set in memory, and its division into training, validation and test sets. */
import { Printed } from "../array/printed.js";
import { expectInteger } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { allocate, dtypeOf, flat, sizeOf, wrap, type Tensor } from "../array/tensor.js";

/** Labelled examples: element i of the first axis of `images` belongs to `labels[i]`. */
export class Dataset extends Printed {
  /** N×C×H×W for images, N×C×L for signals. */
  readonly images: Tensor;
  /** One class number per example, from 0. */
  readonly labels: Int32Array;
  /** The classes' names, in the order of their numbers. */
  readonly classes: readonly string[];

  /**
   * @throws ShapeError when images and labels differ in number
   * @throws ValueError for a label that is not the number of a class
   */
  constructor(images: Tensor, labels: ArrayLike<number>, classes: readonly string[]) {
    super();
    if (images.shape[0] !== labels.length) {
      throw new ShapeError(
        `Dataset: ${images.shape[0]} images (${showShape(images.shape)}) but ${labels.length} labels; give one label an image.`,
      );
    }
    for (let i = 0; i < labels.length; i++) {
      if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes.length) {
        throw new ValueError(
          `Dataset: label ${labels[i]} of example ${i} is no class; ${classes.length} classes are numbered 0 to ${classes.length - 1}.`,
        );
      }
    }
    this.images = images;
    this.labels = Int32Array.from(labels);
    this.classes = classes;
  }

  toString(): string {
    const names = this.classes.length <= 12 ? this.classes : [...this.classes.slice(0, 10), "…"];
    return `${this.size} examples of ${showShape(this.exampleShape)}, ${this.classes.length} classes: ${names.join(", ")}`;
  }

  /** How many examples. */
  get size(): number {
    return this.labels.length;
  }

  /** The shape of one example, such as C×H×W. */
  get exampleShape(): number[] {
    return this.images.shape.slice(1);
  }

  /**
   * A copy of the examples at these indices, in their order; a number n takes the first n, or all if there are fewer.
   * @throws ValueError for an index out of range
   */
  subset(which: ArrayLike<number> | number): Dataset {
    if (typeof which === "number") expectInteger("Dataset.subset", "the number of examples", which, 0);
    const indices =
      typeof which === "number"
        ? Int32Array.from({ length: Math.min(which, this.size) }, (_, i) => i)
        : which;
    const length = sizeOf(this.exampleShape);
    const source = flat(this.images);
    const target = allocate(indices.length * length, dtypeOf(this.images));
    const labels = new Int32Array(indices.length);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i];
      if (!Number.isInteger(index) || index < 0 || index >= this.size) {
        throw new ValueError(
          `Dataset.subset: example ${index} is not there; they run from 0 to ${this.size - 1}.`,
        );
      }
      target.set(source.subarray(index * length, (index + 1) * length), i * length);
      labels[i] = this.labels[index];
    }
    return new Dataset(wrap(target, [indices.length, ...this.exampleShape]), labels, this.classes);
  }
}

/** What a training run needs: examples for training, for validation, and for the final test. */
export interface Splits {
  /** The data's name on a chart. */
  readonly name: string;
  readonly train: Dataset;
  readonly validation?: Dataset;
  readonly test: Dataset;
}

/** Splits that say what they are in strings and terminals; their fields are those given. */
class Divided extends Printed {
  constructor(parts: Splits) {
    super();
    Object.assign(this, parts);
  }

  toString(): string {
    const { name, train, validation, test } = this as unknown as Splits;
    const sets = Object.entries({ train, validation, test }).filter(([, set]) => set !== undefined);
    const width = Math.max(...sets.map(([key]) => key.length));
    return [name, ...sets.map(([key, set]) => `  ${key.padEnd(width)}  ${String(set)}`)].join("\n");
  }
}

/**
 * Splits of one's own that print as those of the library do: name, training, validation and test set, a line each.
 *
 *     splits({ name: "leaves", train, test })
 *
 * @param parts  what `Splits` asks for, and what else is wanted
 */
export function splits<Parts extends Splits>(parts: Parts): Parts {
  return new Divided(parts) as unknown as Parts;
}

/** Whether a value was made by `splits`. */
export const isSplits = (value: unknown): value is Splits => value instanceof Divided;
