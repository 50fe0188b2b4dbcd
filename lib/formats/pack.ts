/**
 * Tensor packs: the float32 numbers of several tensors, one after the other in one file, and a JSON list of names, shapes
 * and positions. It is the simplest form for the weights of other programs; TensorFlow.js's format is a variant.
 */
import { FormatError } from "../array/errors.js";
import type { Shape, Tensor } from "../array/tensor.js";
import { byteLength, decodeElements } from "./elements.js";

/** The position of a tensor in a pack. */
export interface PackEntry {
  readonly name: string;
  readonly shape: Shape;
  /** "float32". */
  readonly dtype: string;
  /** Its first byte; by default the byte after the previous entry. */
  readonly byteOffset?: number;
}

/**
 * Reads a tensor pack: the numbers of several tensors in one file, and a list that says which numbers belong to which.
 * @param entries  the list
 * @param bytes    the numbers, lowest byte first
 * @returns the tensors by name, copied
 * @throws FormatError when an entry is not float32, reaches beyond the bytes, or has the name of another entry
 */
export function readPack(entries: readonly PackEntry[], bytes: Uint8Array): Record<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let next = 0;
  for (const { name, shape, dtype, byteOffset = next } of entries) {
    const where = `pack: ${JSON.stringify(name)}`;
    if (dtype !== "float32") throw new FormatError(`${where}: the dtype ${dtype} is not read, only float32.`);
    next = byteOffset + byteLength(where, shape, "f32");
    if (!(byteOffset >= 0 && next <= bytes.length)) {
      throw new FormatError(
        `${where}: it is at bytes ${byteOffset} to ${next}, but there are ${bytes.length}; list and numbers do not belong together.`,
      );
    }
    if (tensors.has(name)) throw new FormatError(`${where}: it is there twice.`);
    tensors.set(name, decodeElements(where, bytes.subarray(byteOffset, next), shape, "f32"));
  }
  return Object.fromEntries(tensors);
}
