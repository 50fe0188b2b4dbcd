/**
 * Products that sum: matrices, outer products, and Einstein's notation for all of them. Sums run in double
 * precision and are rounded to the tensors' own once, at the end.
 */
import { broadcastShapes, broadcastTo } from "./broadcast.js";
import { sameDType } from "./check.js";
import { expectTensor, multiply } from "./elementwise.js";
import { ShapeError, ValueError, showShape } from "./errors.js";
import { sum } from "./reduce.js";
import { routines } from "./routines.js";
import { transpose } from "./rearrange.js";
import { flat, reshape, sizeOf, wrap, zeros, type Tensor, view } from "./tensor.js";

/** Multiply-adds from which a product goes to an engine. */
const LARGE = 2 ** 16;

/**
 * The product of matrices, y = a·b: yᵢⱼ = Σₖ aᵢₖ·bₖⱼ. The last two axes are the matrix; those before them are a batch
 * and are broadcast. A vector on the left is a row, on the right a column, and its axis goes again.
 *
 *     matmul(x, w)          // N×D by D×M gives N×M
 *     matmul(queries, keys) // B×H×N×D by B×H×D×M gives B×H×N×M
 *
 * Sums run in double precision, but for large products in float32, which an engine computes (see `compute`).
 * @throws ShapeError when a's columns are not as many as b's rows; DTypeError for two precisions
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  for (const [name, x] of Object.entries({ a, b })) {
    expectTensor("matmul", name, x);
    if (x.shape.length === 0) throw new ShapeError(`matmul: ${name} is a single number; use multiply.`);
  }
  const dtype = sameDType("matmul", { a, b });
  const A = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a;
  const B = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b;
  const [rows, inner] = A.shape.slice(-2);
  const [innerB, columns] = B.shape.slice(-2);
  if (inner !== innerB) {
    throw new ShapeError(
      `matmul: a is ${showShape(a.shape)} and b is ${showShape(b.shape)}: a has ${inner} columns and b has ${innerB} rows, ` +
        `which must be as many; transpose one of them, or look at the order.`,
    );
  }
  const large = rows * inner * columns >= LARGE && A.shape.length === 2 && B.shape.length === 2;
  const quick = large && dtype === "float32" ? routines.product?.(A, B) : undefined;
  const batch = broadcastShapes("matmul", A.shape.slice(0, -2), B.shape.slice(0, -2));
  const count = sizeOf(batch);
  const left = flat(broadcastTo(A, [...batch, rows, inner]));
  const right = flat(broadcastTo(B, [...batch, inner, columns]));
  const result = quick ?? zeros([...batch, rows, columns], dtype);
  const line = new Float64Array(columns);
  for (let n = 0; n < count && quick === undefined; n++) {
    for (let i = 0; i < rows; i++) {
      line.fill(0);
      for (let k = 0; k < inner; k++) {
        const factor = left[(n * rows + i) * inner + k];
        const row = (n * inner + k) * columns;
        for (let j = 0; j < columns; j++) line[j] += factor * right[row + j];
      }
      result.data.set(line, (n * rows + i) * columns);
    }
  }
  const shape = [
    ...batch,
    ...(a.shape.length === 1 ? [] : [rows]),
    ...(b.shape.length === 1 ? [] : [columns]),
  ];
  return wrap(result.data, shape);
}

/** Every number of a times every number of b: the shape is a's axes, then b's. */
export function outer(a: Tensor, b: Tensor): Tensor {
  expectTensor("outer", "a", a);
  expectTensor("outer", "b", b);
  return multiply(reshape(a, [...a.shape, ...b.shape.map(() => 1)]), b);
}

/**
 * Einstein's notation: each operand's axes get a letter, and a letter that the result does not have is summed over.
 *
 *     einsum("ij,jk->ik", a, b)          // matmul
 *     einsum("ii->", a)                  // the trace
 *     einsum("nchw,fc->nfhw", x, w)      // a 1×1 convolution
 *     einsum("ij->ji", a)                // transpose
 *
 * @param formula   letters a–z and A–Z; without an arrow the result has the letters that occur once, in alphabetic order
 * @param operands  one for each group of letters
 * @throws ValueError for a formula that does not read; ShapeError when a letter would have two extents
 */
export function einsum(formula: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = readFormula(formula, operands);
  const extents = new Map<string, number>();
  inputs.forEach((letters, i) => {
    [...letters].forEach((letter, axis) => {
      const extent = operands[i].shape[axis];
      const known = extents.get(letter) ?? extent;
      if (known !== extent)
        throw new ShapeError(
          `einsum: "${letter}" in "${formula}" is ${known} and ${extent}; a letter has one extent.`,
        );
      extents.set(letter, extent);
    });
  });
  let [letters, x] = diagonal(inputs[0], operands[0]);
  for (let i = 1; i < operands.length; i++) {
    const [nextLetters, next] = diagonal(inputs[i], operands[i]);
    const needed = new Set(output + inputs.slice(i + 1).join(""));
    [letters, x] = contract(letters, x, nextLetters, next, needed);
  }
  [letters, x] = sumOut(letters, x, new Set(output));
  return transpose(
    x,
    [...output].map((letter) => letters.indexOf(letter)),
  );
}

function readFormula(formula: string, operands: readonly Tensor[]): { inputs: string[]; output: string } {
  const compact = formula.replaceAll(/\s/g, "");
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)(?:->([a-zA-Z]*))?$/.exec(compact);
  if (!match) {
    throw new ValueError(
      `einsum: "${formula}" does not read; write letters, commas and one arrow, such as "ij,jk->ik".`,
    );
  }
  const inputs = match[1].split(",");
  if (inputs.length !== operands.length) {
    throw new ValueError(`einsum: "${formula}" has ${inputs.length} operands, but ${operands.length} came.`);
  }
  operands.forEach((x, i) => expectTensor("einsum", `operand ${i}`, x));
  sameDType("einsum", Object.fromEntries(operands.map((x, i) => [`operand ${i}`, x] as const)));
  inputs.forEach((letters, i) => {
    if (letters.length === operands[i].shape.length) return;
    throw new ShapeError(
      `einsum: "${letters}" in "${formula}" names ${letters.length} axes, but operand ${i} is ${showShape(operands[i].shape)}.`,
    );
  });
  const all = [...inputs.join("")];
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).sort();
  const output = match[2] ?? once.join("");
  for (const letter of output) {
    if (!all.includes(letter)) throw new ValueError(`einsum: no operand of "${formula}" has "${letter}".`);
    if (output.indexOf(letter) !== output.lastIndexOf(letter))
      throw new ValueError(`einsum: the result of "${formula}" names "${letter}" twice; name it once.`);
  }
  return { inputs, output };
}

/** A letter that an operand has twice means its diagonal. */
function diagonal(letters: string, x: Tensor): [string, Tensor] {
  const names = [...new Set(letters)];
  if (names.length === letters.length) return [letters, x];
  const shape = names.map((name) => x.shape[letters.indexOf(name)]);
  const stride = names.map((name) =>
    [...letters].reduce((step, letter, axis) => (letter === name ? step + x.stride[axis] : step), 0),
  );
  return [names.join(""), view(x.data, shape, stride, x.offset)];
}

/** Sums over the letters that nobody needs any more. */
function sumOut(letters: string, x: Tensor, needed: ReadonlySet<string>): [string, Tensor] {
  const axes = [...letters].flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]));
  if (axes.length === 0) return [letters, x];
  return [[...letters].filter((letter) => needed.has(letter)).join(""), sum(x, axes)];
}

/** One product of matrices for two operands: letters of both that are needed are the batch, those of both that are not are summed. */
function contract(
  lettersA: string,
  a: Tensor,
  lettersB: string,
  b: Tensor,
  needed: ReadonlySet<string>,
): [string, Tensor] {
  const [namesA, A] = sumOut(lettersA, a, new Set([...needed, ...lettersB]));
  const [namesB, B] = sumOut(lettersB, b, new Set([...needed, ...lettersA]));
  const shared = [...namesA].filter((letter) => namesB.includes(letter));
  const batch = shared.filter((letter) => needed.has(letter));
  const inner = shared.filter((letter) => !needed.has(letter));
  const left = [...namesA].filter((letter) => !shared.includes(letter));
  const right = [...namesB].filter((letter) => !shared.includes(letter));
  const arranged = (names: string, x: Tensor, groups: readonly string[][]): Tensor => {
    const ordered = transpose(
      x,
      groups.flat().map((letter) => names.indexOf(letter)),
    );
    const extents = groups.map((group) => sizeOf(group.map((letter) => x.shape[names.indexOf(letter)])));
    return reshape(ordered, extents);
  };
  const y = matmul(arranged(namesA, A, [batch, left, inner]), arranged(namesB, B, [batch, inner, right]));
  const extent = (letter: string): number =>
    namesA.includes(letter) ? A.shape[namesA.indexOf(letter)] : B.shape[namesB.indexOf(letter)];
  const result = [...batch, ...left, ...right];
  return [result.join(""), reshape(y, result.map(extent))];
}
