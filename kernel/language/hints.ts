/**
 * Sentences that plugins add to the compiler's errors: what to write where a value of a type is given an index, an
 * operator or a property that it has not; and the kernel's own, for arguments that are given a name, and for what an
 * object begins with as `[]` or `null`.
 */
import type { TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

/** Where a hint applies: `value[0]`, `value + 1`, `value.name`. */
export type HintPlace = "index" | "operator" | "property";

/** The sentences by `hintKey`. */
export type Hints = ReadonlyMap<string, string>;

/** A type's name, and where its hint applies unless that is an index. */
export function hintKey(type: string, place: HintPlace): string {
  return place === "index" ? type : `${type} ${place}`;
}

/** "… must be of type number", "operator cannot be applied", an argument or a value of another type. */
const OPERATOR = new Set([2356, 2362, 2363, 2365, 2367, 2345, 2322]);
/** "property does not exist", with and without "did you mean". */
const PROPERTY = new Set([2339, 2551]);
/** An argument or a value of another type. */
const ASSIGNED = new Set([2345, 2322]);
/** "cannot find name". */
const NAME = new Set([2304, 2552]);

/** What to add to an error at a place of a file; undefined where nothing is known. */
export function hintAt(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  { code, start = 0 }: Pick<TypeScript.Diagnostic, "code" | "start">,
  hints: Hints,
): string | undefined {
  const node = internals.getTouchingPropertyName(file, start);
  const empty = ASSIGNED.has(code) ? beginningHint(checker, node) : undefined;
  if (empty !== undefined) return empty;
  const about = (value: TypeScript.Node, place: HintPlace): string | undefined =>
    hintFor(checker.getTypeAtLocation(value), hints, place);
  if (PROPERTY.has(code)) {
    const access = node.parent;
    return ts.isPropertyAccessExpression(access) ? about(access.expression, "property") : undefined;
  }
  if (OPERATOR.has(code)) {
    const combined = ts.findAncestor(
      node,
      (one) => ts.isBinaryExpression(one) && one.getStart(file) === start,
    );
    const binary = combined ?? ts.findAncestor(node, ts.isBinaryExpression);
    if (!binary || !ts.isBinaryExpression(binary) || isAssignment(binary)) return undefined;
    return about(binary.left, "operator") ?? about(binary.right, "operator");
  }
  if (NAME.has(code) && isNamedArgument(node)) {
    return "An argument has no name here: give it at its place, or as a field of an object where the function takes one.";
  }
  return undefined;
}

/** The hint of a type, by its own name or by that of an alias. */
export function hintFor(type: TypeScript.Type, hints: Hints, place: HintPlace): string | undefined {
  return [type.aliasSymbol, type.symbol].flatMap(
    (one) => (one && hints.get(hintKey(one.name, place))) ?? [],
  )[0];
}

/** `a = b`, which is no operation on a. */
const isAssignment = (node: TypeScript.BinaryExpression): boolean =>
  node.operatorToken.kind === ts.SyntaxKind.EqualsToken;

/** `f(x, axis=0)`, as Python has it. */
function isNamedArgument(node: TypeScript.Node): boolean {
  const assignment = node.parent;
  return (
    ts.isBinaryExpression(assignment) &&
    isAssignment(assignment) &&
    assignment.left === node &&
    ts.isCallExpression(assignment.parent) &&
    assignment.parent.arguments.includes(assignment)
  );
}

/** What to write where an object has `loss: []` or `best: null`, whose types stay what they are. */
function beginningHint(checker: TypeScript.TypeChecker, node: TypeScript.Node): string | undefined {
  const named = (value: TypeScript.Node): string => {
    const type = checker.getBaseTypeOfLiteralType(checker.getTypeAtLocation(value));
    const name = checker.typeToString(type);
    return name === "any" || name.length > 40 ? "any" : name;
  };
  const assignment = ts.findAncestor(node, ts.isBinaryExpression);
  if (assignment && isAssignment(assignment) && assignment.left.pos <= node.pos) {
    const isNull = (checker.getTypeAtLocation(assignment.left).flags & ts.TypeFlags.Null) !== 0;
    const type = named(assignment.right);
    return isNull ? `What begins as null in an object is written null as ${type} | null there.` : undefined;
  }
  const argument = ts.findAncestor(node, (one) => ts.isCallExpression(one.parent ?? one));
  const call = argument?.parent;
  if (!call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression))
    return undefined;
  const list = checker.getTypeAtLocation(call.expression.expression);
  const [element] = checker.isArrayType(list)
    ? checker.getTypeArguments(list as TypeScript.TypeReference)
    : [];
  if (!element || !(element.flags & ts.TypeFlags.Never)) return undefined;
  const type = named(argument);
  const elements = /^(?:[\w.]+|\{[^|]*\})$/.test(type) ? `${type}[]` : `(${type})[]`;
  return `What begins as an empty list in an object or a list is written [] as ${elements} there.`;
}
