/** C libraries, called through the package koffi. It is searched beside this package and in the working folder. */
import { createRequire } from "node:module";
import type { NativeLibrary } from "../contract.js";

interface Koffi {
  load(file: string): NativeLibrary;
}

export function loadNative(file: string, who: string): NativeLibrary {
  let koffi: Koffi | undefined;
  for (const from of [import.meta.url, `${process.cwd()}/`]) {
    try {
      koffi ??= createRequire(from)("koffi") as Koffi;
    } catch {
      // not there; try the next folder
    }
  }
  if (koffi === undefined) {
    throw new Error(
      `${who} asks for ${file}, which the package koffi would call; npm install koffi, or unset it.`,
    );
  }
  try {
    return koffi.load(file);
  } catch (error) {
    throw new Error(
      `${who} is ${file}, which cannot be loaded (${(error as Error).message}); ` +
        `give the file of a BLAS with the C interface, such as libopenblas.so.0, or unset it.`,
      { cause: error },
    );
  }
}
