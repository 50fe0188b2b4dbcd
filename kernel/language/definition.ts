/** Where what a cell names is declared: in itself, in an earlier cell, or in a file. */
import type { Definition } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** Where a symbol is declared. @param cellOf the name of an earlier cell by its file; undefined for other files */
export function definitionsOf(
  symbol: TypeScript.Symbol,
  file: TypeScript.SourceFile,
  cellOf: (file: TypeScript.SourceFile) => string | undefined,
): Definition[] {
  return (symbol.declarations ?? []).flatMap((declaration) => {
    const source = declaration.getSourceFile();
    const name = ts.getNameOfDeclaration(declaration) ?? declaration;
    const start = name.getStart(source);
    const place = { range: rangeIn(source, start, name.end), start, end: name.end };
    if (source === file) return [place];
    const cell = cellOf(source);
    return [cell === undefined ? { ...place, file: source.fileName } : { ...place, cell }];
  });
}

function rangeIn(file: TypeScript.SourceFile, start: number, end: number): Definition["range"] {
  const at = (position: number): { line: number; character: number } =>
    file.getLineAndCharacterOfPosition(position);
  return { start: at(start), end: at(end) };
}
