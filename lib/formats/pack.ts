/**
 * Tensor packs: float32 numbers of several tensors one behind the other in one file, and a JSON list of names, shapes and
 * places. The form in which weights of many programs can be kept with the least ado; TensorFlow.js's is a variant.
 */
import { FormatError } from "../array/errors.js";
import type { Shape, Tensor } from "../array/tensor.js";
import { byteLength, decodeElements } from "./elements.js";

/** Where a tensor is in a pack. */
export interface PackEntry {
  readonly name: string;
  readonly shape: Shape;
  /** "float32". */
  readonly dtype: string;
  /** Its first byte; unless given, it follows the entry before it. */
  readonly byteOffset?: number;
}

/**
 * Reads a tensor pack: the numbers of several tensors in one file, and a list that says which are whose.
 * @param entries  the list
 * @param bytes    the numbers, lowest byte first
 * @returns the tensors by name, copied
 * @throws FormatError when an entry is not float32, reaches beyond the bytes, or has another's name
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
