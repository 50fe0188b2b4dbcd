/**
 * A new name for what a cell declares, in all places that mean it. What stands at the top of a cell belongs to every cell,
 * so it is renamed in them all, also in those that have not run; a variable inside a function belongs to its own cell.
 */
import type { TextChange } from "./language.js";
import type { InternalSourceFile, InternalSymbol, TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

/** Why something is not renamed: a sentence for the user. */
export class Refusal extends Error {}

export interface Renaming {
  readonly checker: TypeScript.TypeChecker;
  readonly file: InternalSourceFile;
  readonly position: number;
  readonly newName: string;
  /** The other cells. */
  readonly others: readonly InternalSourceFile[];
  /** Whether a file is that of an earlier cell. */
  readonly isCell: (file: TypeScript.SourceFile) => boolean;
}

/** @returns the changes of the cell itself, and then those of each of the others. @throws Refusal */
export function rename({ checker, file, position, newName, others, isCell }: Renaming): TextChange[][] {
  const node = [position, position - 1]
    .map((at) => internals.getTouchingPropertyName(file, Math.max(at, 0)))
    .find((one) => ts.isIdentifier(one));
  if (!node || !ts.isIdentifier(node)) throw new Refusal("There is no name here to change.");
  const { text } = node;
  if (!isReference(node))
    throw new Refusal(
      `"${text}" is the name of a property: other code may use it, so that one is changed by hand.`,
    );
  if (!isFreeName(newName)) throw new Refusal(`"${newName}" cannot be a name.`);
  const shared = (one: InternalSourceFile, symbol: TypeScript.Symbol | undefined): boolean => {
    const own = one.locals.get(ts.escapeLeadingUnderscores(text))?.declarations ?? [];
    const declarations = symbol?.declarations ?? [];
    if (own.length) return declarations.some((declaration) => own.includes(declaration));
    return !declarations.length || declarations.some((declaration) => isCell(declaration.getSourceFile()));
  };
  const symbol = symbolOf(checker, node);
  const places = (
    one: InternalSourceFile,
    means: (symbol: TypeScript.Symbol | undefined) => boolean,
  ): TextChange[] =>
    identifiers(one, text)
      .filter((place) => isReference(place) && means(symbolOf(checker, place)))
      .map((place) => change(place, one, newName));
  if (shared(file, symbol)) return [file, ...others].map((one) => places(one, (found) => shared(one, found)));
  if (!symbol?.declarations?.some((one) => one.getSourceFile() === file))
    throw new Refusal(`"${text}" is not declared in a cell.`);
  const declared = symbol.declarations;
  const isSame = (found: TypeScript.Symbol | undefined): boolean =>
    found?.declarations?.some((one) => declared.includes(one)) ?? false;
  return [places(file, isSame), ...others.map(() => [])];
}

function isFreeName(name: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, ts.LanguageVariant.Standard, name);
  const token = scanner.scan();
  const isWord = token === ts.SyntaxKind.Identifier || token > ts.SyntaxKind.LastReservedWord;
  return isWord && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name);
}

function identifiers(file: TypeScript.SourceFile, text: string): TypeScript.Identifier[] {
  const found: TypeScript.Identifier[] = [];
  const walk = (node: TypeScript.Node): void => {
    if (ts.isIdentifier(node) && node.text === text) found.push(node);
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}

/** Whether a name stands for a variable, a function, a class or a type, and not for a property, a label or an export of another module. */
function isReference(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isImportSpecifier(parent) || ts.isBindingElement(parent)) return parent.propertyName !== node;
  if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isLabeledStatement(parent)) return parent.label !== node;
  if (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) return /^[^a-z]/.test(node.text);
  const isMember =
    ts.isPropertyAssignment(parent) ||
    ts.isClassElement(parent) ||
    ts.isTypeElement(parent) ||
    ts.isEnumMember(parent) ||
    ts.isJsxAttribute(parent) ||
    ts.isNamedTupleMember(parent);
  if (isMember) return parent.name !== node;
  return (
    !ts.isBreakOrContinueStatement(parent) && !ts.isMetaProperty(parent) && !ts.isJsxNamespacedName?.(parent)
  );
}

/** What a name means; undefined for one that nobody declared. */
function symbolOf(
  checker: TypeScript.TypeChecker,
  node: TypeScript.Identifier,
): TypeScript.Symbol | undefined {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent) && parent.name === node)
    return checker.getShorthandAssignmentValueSymbol(parent);
  if (ts.isExportSpecifier(parent)) return checker.getExportSpecifierLocalTargetSymbol(parent);
  const symbol: InternalSymbol | undefined = checker.getSymbolAtLocation(node);
  return symbol;
}

/** A name's new text; where it stands for a property too, that keeps its own. */
function change(node: TypeScript.Identifier, file: TypeScript.SourceFile, newName: string): TextChange {
  const { parent, text } = node;
  const isShort =
    ts.isShorthandPropertyAssignment(parent) ||
    (ts.isBindingElement(parent) &&
      ts.isObjectBindingPattern(parent.parent) &&
      !parent.propertyName &&
      !parent.dotDotDotToken &&
      parent.name === node);
  const isImport = ts.isImportSpecifier(parent) && !parent.propertyName;
  const isExport = ts.isExportSpecifier(parent) && !parent.propertyName;
  const written = isShort
    ? `${text}: ${newName}`
    : isImport
      ? `${text} as ${newName}`
      : isExport
        ? `${newName} as ${text}`
        : newName;
  return { start: node.getStart(file), end: node.end, text: written };
}
