/**
 * Which value a completion is about, where its type says too little: `data.` of `const data = JSON.parse(…)`,
 * `process.env.`, the keys of a Map between the quotes of `map.get("`. The thread of the cells has the value.
 */
import type { ValuePath } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

/** Methods of maps and sets that take a key. */
const BY_KEY = new Set(["get", "has", "delete"]);

/** A path, and where the name that is being typed lies. */
export interface FoundPath {
  readonly path: ValuePath;
  readonly start: number;
  readonly end: number;
}

/** @returns undefined where no variable of another cell, and no global, is asked, or where its type says it all */
export function valuePathAt(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  position: number,
): FoundPath | undefined {
  const token = internals.findPrecedingToken(position, file);
  if (!token) return undefined;
  if (ts.isStringLiteralLike(token)) return ofString(checker, file, token, position);
  const isName = ts.isIdentifier(token) && token.end >= position;
  const access = token.parent;
  if (!ts.isPropertyAccessExpression(access) || (isName && access.name !== token)) return undefined;
  if (!isName && token.kind !== ts.SyntaxKind.DotToken && token.kind !== ts.SyntaxKind.QuestionDotToken)
    return undefined;
  if (!isOpen(checker.getTypeAtLocation(access.expression))) return undefined;
  const steps = stepsOf(checker, file, access.expression);
  if (!steps) return undefined;
  const start = isName ? token.getStart(file) : position;
  return { path: { ...steps, of: "members" }, start, end: isName ? token.end : position };
}

/** Between the quotes of `value["…"]` and `map.get("…")`. */
function ofString(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  literal: TypeScript.StringLiteralLike,
  position: number,
): FoundPath | undefined {
  const start = literal.getStart(file) + 1;
  const isClosed = literal.end > start && file.text[literal.end - 1] === file.text[start - 1];
  const end = isClosed ? literal.end - 1 : literal.end;
  if (position < start || position > end) return undefined;
  const { parent } = literal;
  if (ts.isElementAccessExpression(parent) && parent.argumentExpression === literal) {
    if (!isOpen(checker.getTypeAtLocation(parent.expression))) return undefined;
    const steps = stepsOf(checker, file, parent.expression);
    return steps && { path: { ...steps, of: "members" }, start, end };
  }
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== literal) return undefined;
  const method = parent.expression;
  if (!ts.isPropertyAccessExpression(method) || !BY_KEY.has(method.name.text)) return undefined;
  const steps = stepsOf(checker, file, method.expression);
  return steps && { path: { ...steps, of: "keys" }, start, end };
}

/** Whether a value may have members that its type does not name. */
function isOpen(type: TypeScript.Type): boolean {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive)) return true;
  return type.getStringIndexType() !== undefined || (isObject(type) && type.getProperties().length === 0);
}

const isObject = (type: TypeScript.Type): boolean => (type.flags & ts.TypeFlags.Object) !== 0;

/** The variable that an expression starts from and the properties that it goes through. */
function stepsOf(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  expression: TypeScript.Expression,
): Omit<ValuePath, "of"> | undefined {
  const steps: string[] = [];
  let node = expression;
  for (;;) {
    if (ts.isPropertyAccessExpression(node)) steps.unshift(node.name.text);
    else if (ts.isElementAccessExpression(node) && isKey(node.argumentExpression))
      steps.unshift(node.argumentExpression.text);
    else if (!ts.isNonNullExpression(node) && !ts.isParenthesizedExpression(node)) break;
    node = node.expression;
  }
  if (!ts.isIdentifier(node)) return undefined;
  // What this cell declares has no value yet, or that of an earlier run.
  const declarations = checker.getSymbolAtLocation(node)?.declarations ?? [];
  if (declarations.some((one) => one.getSourceFile() === file)) return undefined;
  return { root: node.text, steps };
}

const isKey = (
  node: TypeScript.Expression,
): node is TypeScript.StringLiteralLike | TypeScript.NumericLiteral =>
  ts.isStringLiteralLike(node) || ts.isNumericLiteral(node);
