/** Reads the weights and digits that figures carry: tensors packed as bytes with a scale, digits as sixteen levels of ink. */
import { wrap, type Tensor } from "../../../array/tensor.js";

/** A tensor whose numbers are bytes from −127 to 127 times the scale. */
export interface PackedTensor {
  readonly shape: readonly number[];
  readonly scale: number;
  readonly base64: string;
}

/** The tensor, in float32. */
export function unpack({ shape, scale, base64 }: PackedTensor): Tensor {
  const bytes = Int8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return wrap(
    Float32Array.from(bytes, (byte) => byte * scale),
    [...shape],
  );
}

/** The side of a digit, in pixels. */
export const SIDE = 28;

/** The pixels of a digit from its levels, 0 to f for a pixel and g to z for 2 to 21 blank ones: 28 rows of numbers from 0 to 1. */
export function digitOf(packed: string): number[][] {
  const levels = packed.replace(/[g-z]/g, (run) => "0".repeat(parseInt(run, 36) - 14));
  const value = (i: number, j: number): number =>
    Math.round((parseInt(levels[i * SIDE + j], 16) / 15) * 100) / 100;
  return Array.from({ length: SIDE }, (_, i) => Array.from({ length: SIDE }, (_, j) => value(i, j)));
}
