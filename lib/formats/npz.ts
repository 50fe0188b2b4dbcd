/** npz: named NumPy arrays in one zip archive, the format of `numpy.savez`. */
import { expectBytes } from "./bytes.js";
import { zipSync } from "fflate";
import { FormatError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { expectNames, readEach, UnreadKindError, type ReadOptions } from "./elements.js";
import { isNpy, readNpy, writeNpy } from "./npy.js";
import { unzip } from "./zip.js";

/**
 * Reads the arrays that NumPy saved with `numpy.savez` or `numpy.savez_compressed`, as tensors.
 * @param bytes  the whole file
 * @returns the arrays by name, as `readNpy` reads them. An array that is not of numbers, such as text or Python objects, is
 *   left out with a warning; reading its property throws an error with the reason
 * @throws FormatError when the archive or an array in it is damaged
 */
export function readNpz(bytes: Uint8Array, options: ReadOptions = {}): Record<string, Tensor> {
  expectBytes("readNpz", bytes);
  if (isNpy(bytes)) throw new FormatError(`npz: this is one array, an npy file: readNpy reads those.`);
  const files = new Map([...unzip("npz", bytes)].map(([file, content]) => [nameOf(file), { file, content }]));
  const read = (name: string): Tensor => {
    const { file, content } = files.get(name) as { file: string; content: Uint8Array };
    if (isNpy(content) || name !== file) return readNpy(content, `npz: ${file}`);
    throw new UnreadKindError(`npz: ${file} is no array, but ${content.length} bytes of something else.`);
  };
  return readEach(files.keys(), read, options);
}

/** The name of an array is its file's name without the ending, as in NumPy. */
function nameOf(file: string): string {
  return file.endsWith(".npy") ? file.slice(0, -".npy".length) : file;
}

/**
 * Writes tensors as an npz file, which `numpy.load` reads.
 * @param tensors   by name, as keyword arguments of `numpy.savez`
 * @param compress  whether to deflate, as `numpy.savez_compressed`; false
 * @returns the file's bytes; the same tensors give the same bytes
 * @throws ValueError for a name that leads out of the archive
 */
export function writeNpz(
  tensors: Readonly<Record<string, Tensor>>,
  { compress = false }: { compress?: boolean } = {},
): Uint8Array {
  expectNames("writeNpz", Object.keys(tensors), /^$|^\/|\\|(^|\/)\.\.?(\/|$)|[\0-\x1f]/);
  const files = Object.entries(tensors).map(([name, x]): [string, Uint8Array] => [
    `${name}.npy`,
    writeNpy(x),
  ]);
  const began = new Date(1980, 0, 1); // zip's first day, so that the bytes do not depend on today
  return zipSync(Object.fromEntries(files), { level: compress ? 6 : 0, mtime: began });
}
