/** C libraries, called through the package koffi, and addons. Packages are searched beside this one and in the working folder. */
import { createRequire } from "node:module";
import path from "node:path";
import type { LoadedAddon, NativeLibrary } from "../contract.js";

/** Where packages are searched. */
function places(): readonly string[] {
  return [import.meta.url, `${process.cwd()}/`];
}

interface Koffi {
  load(file: string): NativeLibrary;
}

export function loadNative(file: string, who: string): NativeLibrary {
  let koffi: Koffi | undefined;
  for (const from of places()) {
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

export function loadAddon(name: string, file?: string): LoadedAddon | undefined {
  if (file !== undefined) return load(path.resolve(file), file);
  const ours = `${name}-${process.platform}-${process.arch}`;
  for (const from of places()) {
    let found: string;
    try {
      found = createRequire(from).resolve(ours);
    } catch {
      continue; // not there; try the next folder
    }
    return load(found, ours);
  }
  return undefined;
}

function load(file: string, name: string): LoadedAddon {
  try {
    return { name, file, exports: createRequire(import.meta.url)(file) as unknown };
  } catch (error) {
    const why = (error as Error).message.split("\n")[0];
    throw new Error(`${name} cannot be loaded (${why})`, { cause: error });
  }
}

export const addonInThread = "data.addon && require(data.addon.file)";
