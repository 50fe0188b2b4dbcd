/**
 * Functions of cells as text, on their way to another process. Under the registered symbol `Jupyter.portable` a library finds
 * the text of a function as an expression that stands for itself, the names of other cells and of imports that it
 * reads, and the value that a name has. transform.ts makes the forms that are undone here.
 */

/** What a library may ask of the notebook it runs in. */
export interface FunctionTexts {
  /**
   * The text of a function, and the names that it reads from other cells. `mentioned` are further names of the cells
   * that its text has: variables of its own cell, or words that only look like them.
   */
  describe(value: (...all: never[]) => unknown): { source: string; names: string[]; mentioned: string[] };
  /** The value of a name of the cells, in a box; nothing when there is none. */
  lookup(name: string): { readonly value: unknown } | undefined;
}

/** What the text of a compiled cell needs around it: nothing interrupts it there, and it runs no cell. */
const AROUND =
  "const $cell = { wait: (value) => value, import: (specifier) => import(specifier), run: undefined, keep: [0], meta: {} }, $run = undefined;";

/** `$cells.name` and `$import0.name`. */
const NAME = /\$(?:cells|import\d+)\.([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

const WORD = /(?<![.\p{ID_Continue}$])[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** @param cells the cells' variables */
export function functionTexts(cells: () => Readonly<Record<string, unknown>>): FunctionTexts {
  return {
    describe(value) {
      const names = new Set<string>();
      const text = String(value).replace(NAME, (_, name: string) => {
        names.add(name);
        return name;
      });
      const mentioned = new Set(text.match(WORD)?.filter((word) => !names.has(word) && word in cells()));
      return {
        source: `(() => { ${AROUND} return (${text}); })()`,
        names: [...names],
        mentioned: [...mentioned],
      };
    },
    lookup: (name) => (name in cells() ? { value: cells()[name] } : undefined),
  };
}
