/** What a debugger needs to know of the code that runs. */

/** The global name of the cells' variables while a debugger is attached; no cell is likely to use it. */
export const CELLS = "$chainrule$cells";

/** Code that runs in V8, and the text that it was made from. */
export interface CompiledSource {
  /** Its file in V8: `cell[3]`, or the path of a local module. */
  readonly name: string;
  /** The user's own text. */
  readonly text: string;
  /** Source map, JSON. */
  readonly map: string;
  /** The whole cell, when it is a cell or a part of one. */
  readonly cell?: string | undefined;
}
