/** Checks the linear layer's input and weights: an example must have as many numbers as a row of weights. */
import { expectRank, expectShape, sameDType } from "../array/check.js";
import { ShapeError, showShape } from "../array/errors.js";
import { sizeOf, type Shape, type Tensor } from "../array/tensor.js";

/** Checks that x, w and b fit each other. @throws ShapeError, DTypeError */
export function checkLinear(x: Tensor, w: Tensor, b: Tensor | undefined): void {
  sameDType("linear", { x, w, b });
  expectRank("linear", "x", x, "N×D");
  expectRank("linear", "w", w, "K×D");
  expectWidth(x.shape.slice(1), w.shape[1]);
  if (b !== undefined) expectShape("linear", "b", b, [w.shape[0]], "there is one bias an output");
}

/** Checks the count of an example's numbers, whatever its shape. @throws ShapeError */
export function expectWidth(example: Shape, width: number): void {
  const got = sizeOf(example);
  if (got === width) return;
  throw new ShapeError(
    `linear: each example has ${got} numbers${example.length > 1 ? ` (${showShape(example)})` : ""}, ` +
      `but the weights expect ${width}; make the layer with in: ${got}.`,
  );
}
