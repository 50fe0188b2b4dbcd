/** A browser can load neither a library of the machine nor an addon. */
import type { LoadedAddon, NativeLibrary } from "../contract.js";

export function loadNative(file: string, who: string): NativeLibrary {
  throw new Error(
    `${who} is ${file}, but a browser loads no library of the machine's; leave it unset there.`,
  );
}

export function loadAddon(_name: string, _file?: string): LoadedAddon | undefined {
  return undefined;
}

export const addonInThread = "undefined";
