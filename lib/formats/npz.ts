/** npz: named arrays of NumPy's in one zip archive, `numpy.savez`'s format. */
import { zipSync } from "fflate";
import { FormatError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { expectNames } from "./elements.js";
import { readNpy, writeNpy } from "./npy.js";
import { unzip } from "./zip.js";

/**
 * @param bytes  the whole file
 * @returns the arrays by name, as `readNpy` gives them
 * @throws FormatError when the archive or an array in it is damaged, or holds something other than npy files
 */
export function readNpz(bytes: Uint8Array): Record<string, Tensor> {
  const files = [...unzip("npz", bytes)];
  return Object.fromEntries(
    files.map(([file, content]) => {
      if (!file.endsWith(".npy"))
        throw new FormatError(`npz: ${file} is no array; an npz file holds npy files only.`);
      return [file.slice(0, -".npy".length), readNpy(content, `npz: ${file}`)];
    }),
  );
}

/**
 * @param tensors   by name: keyword arguments of `numpy.savez`
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
