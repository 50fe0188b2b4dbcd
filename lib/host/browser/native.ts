/** A browser cannot load a library of the machine. */
import type { NativeLibrary } from "../contract.js";

export function loadNative(file: string, who: string): NativeLibrary {
  throw new Error(
    `${who} is ${file}, but a browser loads no library of the machine's; leave it unset there.`,
  );
}
