/** The data set in memory: what it refuses, and that a subset is a copy in the order asked for. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { ShapeError, ValueError } from "../../../lib/array/errors.js";
import { tensor, toNested, type Tensor } from "../../../lib/array/tensor.js";
import { Dataset } from "../../../lib/data/dataset.js";

const images = tensor([1, 2, 3, 4, 5, 6], [3, 1, 1, 2]);

describe("Dataset", () => {
  it("knows its size, the shape of one example and the classes", () => {
    const set = new Dataset(images, [1, 0, 1], ["no", "yes"]);
    expect([set.size, set.exampleShape, set.labels]).toEqual([3, [1, 1, 2], Int32Array.of(1, 0, 1)]);
  });

  it("refuses labels that do not fit the images or the classes", () => {
    expect(() => new Dataset(images, [0, 1], ["no", "yes"])).toThrow(ShapeError);
    expect(() => new Dataset(images, [0, 1], ["no", "yes"])).toThrow("3 images (3×1×1×2) but 2 labels");
    for (const label of [2, -1, 0.5, NaN]) {
      expect(() => new Dataset(images, [0, 1, label], ["no", "yes"])).toThrow(ValueError);
      expect(() => new Dataset(images, [0, 1, label], ["no", "yes"])).toThrow(
        `label ${label} of example 2 is no class; 2 classes are numbered 0 to 1`,
      );
    }
  });

  it("copies the examples asked for, in that order, repeated if asked", () => {
    const set = new Dataset(images, [1, 0, 1], ["no", "yes"]);
    const part = set.subset([2, 0, 2]);
    expect(toNested(part.images)).toEqual([[[[5, 6]]], [[[1, 2]]], [[[5, 6]]]]);
    expect(part.labels).toEqual(Int32Array.of(1, 1, 1));
    part.images.data.fill(0);
    expect(images.data[0]).toBe(1);
    expect(set.subset(2).labels).toEqual(Int32Array.of(1, 0));
    expect([set.subset(99).size, set.subset(0).images.shape]).toEqual([3, [0, 1, 1, 2]]);
  });

  it("copies from strided views and keeps the precision", () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    const transposed = ndarray(data, [3, 1, 1, 2], [1, 1, 1, 3]) as Tensor;
    const part = new Dataset(transposed, [0, 0, 0], ["one"]).subset([1]);
    expect(part.images.dtype).toBe("float64");
    expect(toNested(part.images)).toEqual([[[[2, 5]]]]);
  });

  it("refuses examples that are not there", () => {
    const set = new Dataset(images, [1, 0, 1], ["no", "yes"]);
    expect(() => set.subset([3])).toThrow("example 3 is not there; they run from 0 to 2");
    expect(() => set.subset([-1])).toThrow("example -1");
    expect(() => set.subset(-1)).toThrow(
      "the number of examples is -1; it must be a whole number, 0 or more",
    );
  });
});
