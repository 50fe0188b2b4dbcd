/** How the table of what a Node lacks (library.ts) names what TypeScript's and Node's declarations declare. */
import type { TypeScript } from "./adapter.js";

export interface LibraryHome {
  /** The interface, class, namespace or module that it is declared in; absent: it is a global. */
  readonly container: string | undefined;
  /** Whether it belongs to the language, and not to Node alone. */
  readonly isStandard: boolean;
}

const LANGUAGE = /\/lib\.(?:es|decorators)[\w.]*\.d\.ts$/;
const NODE = /\/@types\/node\/|\/undici-types\//;

/** Where a symbol is declared, if TypeScript's library or Node's declarations declare it. */
export function homeOf(symbol: TypeScript.Symbol): LibraryHome | undefined {
  const declarations = symbol.declarations ?? [];
  // A value is there if any of its declarations is of an older library.
  const declaration = symbol.valueDeclaration ?? declarations[0];
  if (!declaration) return undefined;
  const { fileName } = declaration.getSourceFile();
  const isStandard = LANGUAGE.test(fileName);
  if (!isStandard && !NODE.test(fileName)) return undefined;
  let node = declaration.parent as TypeScript.Node | undefined;
  for (; node; node = node.parent) {
    const { name } = node as { name?: { text?: string } };
    // A variable's list and statement have no name; `declare global` is the global scope.
    if (name?.text !== undefined)
      return { container: name.text === "global" ? undefined : name.text, isStandard };
  }
  return { container: undefined, isStandard };
}
