/**
 * Gives the functions of cells as text, so that a library can run them in another process. A library finds these
 * methods under the registered symbol `Jupyter.portable`: one gives a function's text as an expression that runs by
 * itself, with the names that it reads from other cells and imports; the other gives the value of such a name. The
 * compiler's rewriting of names (language/transform.ts) is undone here.
 */

/** What a library may ask of the notebook it runs in. */
export interface FunctionTexts {
  /**
   * The text of a function, and the names that it reads from other cells. `mentioned` lists the other cell variables that
   * occur in its text: variables of its own cell, or words that only look like variables.
   */
  describe(value: (...all: never[]) => unknown): { source: string; names: string[]; mentioned: string[] };
  /** The value of a cell variable, in an object; undefined when there is no such variable. */
  lookup(name: string): { readonly value: unknown } | undefined;
}

/** The names that a compiled cell's text expects around it. In the other process nothing interrupts it and no cell runs. */
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
