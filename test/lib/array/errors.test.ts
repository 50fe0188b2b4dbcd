/** What the arithmetic of tensors says when its arguments do not fit. */
import { describe, expect, it } from "vitest";
import * as library from "../../../lib/index.js";
import { copy, flat, tensor, view, zeros, type Tensor } from "../../../lib/array/tensor.js";

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const untyped = library as unknown as Record<string, (...given: unknown[]) => unknown>;

describe("arithmetic refuses", () => {
  it.each<[string, () => unknown, string]>([
    [
      "shapes that do not fit",
      () => library.add(matrix, tensor([1, 2])),
      "add: 2×3 and 2 cannot be broadcast: counted from the right, axis 1 is 3 and 2; extents must be equal, or one of them 1. A mean, maximum or sum over the last axis fits when it keeps the axis: { keep: true }.",
    ],
    [
      "two precisions",
      () => library.multiply(matrix, zeros([2, 3], "float64")),
      'multiply: a is float32 but b is float64; use one precision for both, for example cast(b, "float32").',
    ],
    [
      "an array",
      () => untyped.add(matrix, [1, 2, 3]),
      "add: b is an array; make a tensor of it with tensor([…]).",
    ],
    [
      "nothing",
      () => untyped.exp(undefined),
      "exp: x is of type undefined; make a tensor of it with tensor([…]).",
    ],
    [
      "a low end above the high one",
      () => library.clip(matrix, 2, 1),
      "clip: low is 2 and high is 1; low must not be above high.",
    ],
    [
      "an axis that is not there",
      () => library.sum(matrix, 2),
      "sum: there is no axis 2 among 2; axes run from 0 to 1, or from −2 to −1 counted from the end.",
    ],
    [
      "one axis twice",
      () => library.mean(matrix, [0, -2]),
      "mean: the axes 0,-2 name one axis twice; name each once.",
    ],
    [
      "the mean of nothing",
      () => library.mean(zeros([0, 3])),
      "mean: 0 numbers along the axes of a 0×3 tensor; mean needs 1 or more.",
    ],
    [
      "an unbiased variance of one number",
      () => library.variance(tensor([1]), undefined, { correction: 1 }),
      "variance: 1 numbers along the axes of a 1 tensor; variance needs 2 or more.",
    ],
    [
      "matrices that do not meet",
      () => library.matmul(matrix, matrix),
      "matmul: a is 2×3 and b is 2×3: a has 3 columns and b has 2 rows, which must be as many; transpose one of them, or look at the order.",
    ],
    [
      "a single number in matmul",
      () => library.matmul(tensor(1), matrix),
      "matmul: a is a single number; use multiply.",
    ],
    [
      "two shapes in dot",
      () => library.dot(matrix, tensor([1])),
      "dot: a is 2×3 and b is 1; both need one shape. matmul multiplies matrices.",
    ],
    [
      "a formula that does not read",
      () => library.einsum("ij,jk=>ik", matrix, matrix),
      'einsum: "ij,jk=>ik" does not read; write letters, commas and one arrow, such as "ij,jk->ik".',
    ],
    [
      "too few operands",
      () => library.einsum("ij,jk->ik", matrix),
      'einsum: "ij,jk->ik" has 2 operands, but 1 came.',
    ],
    [
      "a letter of two extents",
      () => library.einsum("ii->", matrix),
      'einsum: "i" in "ii->" is 2 and 3; a letter has one extent.',
    ],
    [
      "a letter that nobody has",
      () => library.einsum("ij->k", matrix),
      'einsum: no operand of "ij->k" has "k".',
    ],
    [
      "a wrong number of letters",
      () => library.einsum("i->i", matrix),
      'einsum: "i" in "i->i" names 1 axes, but operand 0 is 2×3.',
    ],
    [
      "too many ranges",
      () => library.slice(matrix, null, null, null),
      "slice: 3 ranges for a 2×3 tensor; it has 2 axes.",
    ],
    [
      "a step of 0",
      () => library.slice(matrix, [0, 2, 0]),
      "slice: the step on axis 0 is 0; use 1, or −1 to go backwards.",
    ],
    ["a broken index", () => library.slice(matrix, [0.5, 2]), "slice: 0.5 on axis 0 is not a whole number."],
    [
      "tensors that do not join",
      () => library.concat([matrix, tensor([[1]])]),
      "concat: tensor 1 is 1×1 and the first is 2×3; all extents but that of axis 0 must agree.",
    ],
    ["no tensors", () => library.stack([]), "stack: there are no tensors; give an array of one or more."],
    [
      "parts that do not add up",
      () => library.split(matrix, 2, 1),
      "split: axis 1 of a 2×3 tensor has 3, which 2 equal parts do not make up.",
    ],
    [
      "parts said by where they end",
      () => library.split(matrix, [1, 3], 1),
      "split: axis 1 of a 2×3 tensor has 3, which parts of 1, 3 do not make up; a list says how long each part is.",
    ],
    [
      "an open extent that does not come out even",
      () => library.reshape(matrix, [4, -1]),
      "reshape: 2×3 has 6 elements, of which [4, -1] makes no shape; one extent may be -1, and the others must divide the elements.",
    ],
    [
      "two open extents",
      () => library.reshape(matrix, [-1, -1]),
      "reshape: 2×3 has 6 elements, of which [-1, -1] makes no shape; one extent may be -1, and the others must divide the elements.",
    ],
    [
      "no parts",
      () => library.split(matrix, 0),
      "split: axis 0 of a 2×3 tensor has 2, which 0 equal parts do not make up.",
    ],
    [
      "a negative border",
      () => library.pad(matrix, -1),
      "pad: a width is -1; it must be a whole number, 0 or more. slice takes a border away.",
    ],
    [
      "a label that is no class",
      () => library.oneHot([0, 3], 3),
      "oneHot: label 1 is 3; labels run from 0 to 2.",
    ],
    [
      "a step of 0 in a progression",
      () => library.arange(0, 1, 0),
      "arange: the step is 0; give one such as 1 or −0.5.",
    ],
    [
      "an order that names an axis twice",
      () => library.transpose(matrix, [0, 0]),
      "transpose: the axes 0,0 name one axis twice; name each once.",
    ],
    [
      "an out of another shape",
      () => library.add(matrix, 1, { out: zeros([3, 2]) }),
      'add: out is 3×2 of float32, but the result is 2×3 of float32; give a dense tensor such as zeros([2, 3], "float32").',
    ],
    [
      "an out that the loop would read after writing",
      () => {
        const x = tensor([
          [1, 2],
          [3, 4],
        ]);
        return library.add(view(x.data, [2, 2], [1, 2]), 1, { out: x });
      },
      "add: out shares memory with an operand whose elements lie in another order; give a tensor of its own memory.",
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("out", () => {
  it("is written into and returned, also when it is an operand", () => {
    const x = copy(matrix);
    expect(library.multiply(x, 2, { out: x })).toBe(x);
    expect([...flat(x)]).toEqual([2, 4, 6, 8, 10, 12]);
    const sums: Tensor = zeros([3]);
    expect(library.sum(x, 0, { out: sums })).toBe(sums);
    expect([...flat(sums)]).toEqual([10, 14, 18]);
  });

  it("may be a dense part of a larger tensor, of which nothing else changes", () => {
    const whole = zeros([3, 2]);
    library.add(tensor([1, 2]), 1, { out: library.row(whole, 1) });
    expect([...flat(whole)]).toEqual([0, 0, 2, 3, 0, 0]);
  });
});
