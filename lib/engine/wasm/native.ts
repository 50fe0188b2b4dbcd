/**
 * Native routines, if the user has installed them: the package @chainrule/native-<platform> has some of the WebAssembly
 * module's routines in the machine's own instructions, which take eight or sixteen numbers at once instead of four (../native).
 * They have the same arguments, compute on the same memory, and round in the same order. So they take the place of the module's
 * routines of the same names, in every thread.
 *
 * CHAINRULE_NATIVE=off leaves them; a path there names another addon's file.
 */
import { loadAddon } from "#host/native";
import { setting } from "#host/settings";

/** Routines by name, as a module or an addon exports them. */
export type Exports = Readonly<Record<string, (...args: number[]) => number>>;

/** What the addon exports; see ../native/addon.c. */
export interface Addon {
  readonly contract: number;
  /** Sets of instructions that it has routines for and the processor runs, the fastest first. */
  readonly instructions: readonly string[];
  open(memory: Uint8Array, instructions: string): Exports;
}

/** Native routines. */
export interface Native {
  /** The package, or the file that CHAINRULE_NATIVE names. */
  readonly name: string;
  readonly file: string;
  /** "avx2", "avx512" or "neon". */
  readonly instructions: string;
  readonly addon: Addon;
}

/** What the routines' arguments are; the same number stands in ../native/addon.c. */
export const CONTRACT = 2;
const PACKAGE = "@chainrule/native";

/** Native routines, or why there are none. */
export interface Search {
  readonly native?: Native;
  /** A sentence without its stop. */
  readonly why: string;
  /** Whether there is a package that cannot be used: the user should know. */
  readonly refused: boolean;
}

/**
 * Looks for native routines.
 * @param asked  the value of CHAINRULE_NATIVE
 * @throws Error when that names a file that cannot be used
 */
export function findNative(asked = setting("CHAINRULE_NATIVE")): Search {
  if (asked === "off") return { why: "CHAINRULE_NATIVE is off", refused: false };
  const search = look(asked || undefined);
  if (asked && search.native === undefined) {
    throw new Error(`compute: CHAINRULE_NATIVE: ${search.why}; name another file, or unset it.`);
  }
  return search;
}

function look(file: string | undefined): Search {
  const refused = (why: string): Search => ({ why, refused: true });
  let loaded;
  try {
    loaded = loadAddon(PACKAGE, file);
  } catch (error) {
    return refused((error as Error).message);
  }
  if (loaded === undefined) return { why: `no package ${PACKAGE}-… is installed`, refused: false };
  const { name } = loaded;
  const addon = loaded.exports as Addon;
  if (addon.contract !== CONTRACT) {
    return refused(
      `${name} is of another version: its routines' arguments are version ${addon.contract}, this library's ${CONTRACT}`,
    );
  }
  if (addon.instructions.length === 0) return refused(`${name} has no routines for this processor`);
  const [instructions] = addon.instructions;
  const native = { name, file: loaded.file, instructions, addon };
  return { native, why: `${name} computes in ${instructions} instructions`, refused: false };
}

let found: Search | undefined;

/** The same, looked for once; a package that is refused is named on the console. */
export function native(): Search {
  if (found === undefined) {
    found = findNative();
    if (found.refused) {
      console.warn(
        `compute: ${found.why}; WebAssembly's routines compute instead. ` +
          `Install the package of this library's version, or set CHAINRULE_NATIVE=off.`,
      );
    }
  }
  return found;
}
