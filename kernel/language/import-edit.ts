/** Where a cell's text grows by the import of a name: in its import of the same package, or as a line of its own. */
import type { TextChange } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** @param from the package, as an import names it */
export function importEdit(file: TypeScript.SourceFile, name: string, from: string): TextChange {
  const imports = file.statements.filter((one) => ts.isImportDeclaration(one));
  for (const { moduleSpecifier, importClause } of imports) {
    const names = importClause?.namedBindings;
    const isSame = ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text === from;
    if (!isSame || importClause?.isTypeOnly || !names || !ts.isNamedImports(names)) continue;
    const last = names.elements.at(-1);
    const at = last ? last.end : names.getStart(file) + 1;
    return { start: at, end: at, text: last ? `, ${name}` : ` ${name} ` };
  }
  // Above the first import, or above the code: comments before that stay at the top.
  const first = imports[0] ?? file.statements[0];
  const start = first ? first.getStart(file) : 0;
  const at = file.text.lastIndexOf("\n", start - 1) + 1;
  return { start: at, end: at, text: `import { ${name} } from ${JSON.stringify(from)};\n` };
}
