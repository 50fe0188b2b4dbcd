/**
 * JSX in a cell. A cell is parsed as TypeScript, where `<T>value` is an assertion; one that is none, and is JSX, is parsed
 * as that. What TypeScript then imports by itself (`react/jsx-runtime`) is handed in like the cell's own imports.
 */
import type { InternalSourceFile, TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";
import type { TransformResult } from "./transform.js";

/** Whether code may have an element in it: `<a`, `<>`. */
const MAY_BE_JSX = /<(?:[\w.:-]+[\s/>]|>)/;

/** The language that a cell is written in. @param parse the cell in one of them */
export function parseCell(
  code: string,
  parse: (kind: TypeScript.ScriptKind) => InternalSourceFile,
): InternalSourceFile {
  const file = parse(ts.ScriptKind.TS);
  if (!file.parseDiagnostics.length || !MAY_BE_JSX.test(code)) return file;
  const jsx = parse(ts.ScriptKind.TSX);
  return hasElement(jsx) && jsx.parseDiagnostics.length <= file.parseDiagnostics.length ? jsx : file;
}

const hasElement = (node: TypeScript.Node): boolean =>
  ts.isJsxOpeningLikeElement(node) ||
  ts.isJsxOpeningFragment(node) ||
  (ts.forEachChild(node, (child) => hasElement(child) || undefined) ?? false);

/** The import that TypeScript adds to a file with JSX, which the checker wants first among the file's own. */
export function jsxImport(
  file: TypeScript.SourceFile,
  options: TypeScript.CompilerOptions,
): TypeScript.StringLiteral[] {
  if (file.languageVariant !== ts.LanguageVariant.JSX) return [];
  const specifier = internals.getJSXRuntimeImport(internals.getJSXImplicitImportBase(options, file), options);
  if (specifier === undefined) return [];
  const literal = ts.factory.createStringLiteral(specifier);
  const declaration = ts.factory.createImportDeclaration(undefined, undefined, literal);
  Object.assign(literal, { parent: declaration });
  Object.assign(declaration, { parent: file });
  return [literal];
}

/** After TypeScript's own changes: `import { jsx as _jsx } from "react/jsx-runtime"` → `const { jsx: _jsx } = $import3`. */
export const importedJsx =
  (result: TransformResult): TypeScript.TransformerFactory<TypeScript.SourceFile> =>
  ({ factory }) =>
  (file) => {
    const statements = file.statements.map((one) => {
      if (!ts.isImportDeclaration(one) || !ts.isStringLiteral(one.moduleSpecifier)) return one;
      const named = one.importClause?.namedBindings;
      if (!named || !ts.isNamedImports(named)) return one;
      const from = `$import${result.imports.push({ specifier: one.moduleSpecifier.text }) - 1}`;
      const names = named.elements.map(({ propertyName, name }) =>
        factory.createBindingElement(undefined, propertyName, name),
      );
      const declaration = factory.createVariableDeclaration(
        factory.createObjectBindingPattern(names),
        undefined,
        undefined,
        factory.createIdentifier(from),
      );
      return factory.createVariableStatement(
        undefined,
        factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const),
      );
    });
    return factory.updateSourceFile(file, statements);
  };
