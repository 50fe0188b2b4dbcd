/** Checks that the channels of a convolution's input, its filters and its biases fit each other. */
import { expectInteger, expectShape, sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import type { Shape, Tensor } from "../../array/tensor.js";

/** Checks that channels and filters can be split into the groups. @throws ValueError */
export function checkChannels(operation: string, channels: number, filters: number, groups: number): void {
  for (const [name, value] of Object.entries({ in: channels, out: filters, groups })) {
    expectInteger(operation, name, value, 1);
  }
  checkDivisible(operation, channels, filters, groups);
}

/** Checks that the groups divide the channels and the filters. @throws ValueError */
function checkDivisible(operation: string, channels: number, filters: number, groups: number): void {
  if (Number.isInteger(groups) && groups > 0 && channels % groups === 0 && filters % groups === 0) return;
  throw new ValueError(
    `${operation}: ${groups} groups do not divide ${channels} channels and ${filters} filters; use a common divisor.`,
  );
}

/** Checks that the channels of x (N×C×…) and the filters w (F×C/groups×…) fit the groups. @throws ShapeError, ValueError */
export function checkGroups(operation: string, [, channels]: Shape, w: Shape, groups: number): void {
  checkDivisible(operation, channels, w[0], groups);
  if (w[1] !== channels / groups) {
    throw new ShapeError(
      `${operation}: x has ${channels} channels${groups > 1 ? ` in ${groups} groups` : ""}, so the filters must be ` +
        `${showShape([w[0], channels / groups, ...w.slice(2)])}, but w is ${showShape(w)}; make the layer with in: ${channels}.`,
    );
  }
}

/** Checks that x, w and b have one dtype, and that each filter has one bias. @throws DTypeError, ShapeError */
export function checkFilters(operation: string, x: Tensor, w: Tensor, b: Tensor | undefined): void {
  sameDType(operation, { x, w, b });
  if (b !== undefined) expectShape(operation, "b", b, [w.shape[0]], "there is one bias a filter");
}
