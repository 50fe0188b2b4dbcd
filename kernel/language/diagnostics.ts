/** What is wrong with a cell and the local modules it imports, in the kernel's words of `CellDiagnostic`. */
import { relative } from "#host/paths";
import { hintAt, hintFor, type Hints } from "./hints.js";
import { lacksIn } from "./lacks.js";
import { isOnlyOfPages, noPage } from "./page.js";
import type { CellDiagnostic } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { internals, never, ts } from "./typescript.js";

/** Complaints that have no meaning in a notebook. */
const IGNORED = new Set([
  1202, // `import x = require("y")` in an ES module: the kernel supports it
  6059, // a local module outside the notebook's folder
  2669, // `declare global` in a file without imports
]);

/**
 * Complaints of `noImplicitAny`. The option is on, because without it the type of `const losses = []` or `let x = null`
 * cannot grow; but a sketch may leave a parameter untyped, use a package without types, and fill in another cell what
 * one left open.
 */
const IMPLICIT_ANY = new Set([
  ...[7005, 7006, 7008, 7009, 7010, 7011, 7012, 7013, 7014, 7016, 7017, 7018, 7019, 7020, 7022, 7023, 7024],
  ...[7025, 7026, 7031, 7032, 7033, 7034, 7039, 7051, 7055, 7057],
]);

/** Complaints of it that stay: an index that does not exist would be read as undefined. */
const NO_INDEX = new Set([7015, 7052, 7053]);

/** A variable that is used before its own cell has given it a value: another cell may have done so. */
const UNASSIGNED = 2454;

/** What TypeScript says of a page's globals where it does not have their types. */
const OF_PAGE =
  /^Cannot find name '(window|alert|self|location|\w+(?='\. Do you need to change your target library\?.* include 'dom'))'/;

const UNKNOWN = /^Cannot find name '(\w+)'/;

/** The name of a page that a complaint is about. */
function pageNameIn(message: string): string | undefined {
  const name = UNKNOWN.exec(message)?.[1];
  return OF_PAGE.exec(message)?.[1] ?? (name !== undefined && isOnlyOfPages(name) ? name : undefined);
}

/** TypeScript's number for what the chosen library does not have. */
const NOT_IN_LIBRARY = 2550;

export interface DiagnosticsOptions {
  /** The cell among the files; the others are named in their diagnostics. */
  readonly cell: TypeScript.SourceFile;
  readonly cwd: string;
  /** The version of the Node that runs. */
  readonly node: string;
  /** Whether what has no type may have none. */
  readonly allowsImplicitAny: boolean;
  /** Whether the types of pages were read although there is no page. */
  readonly hasPageTypes: boolean;
  /** What to write in place of an index, an operator or a property that a type has not. */
  readonly hints: Hints;
}

export function diagnosticsOf(
  program: TypeScript.Program,
  files: readonly TypeScript.SourceFile[],
  { cell, cwd, node, allowsImplicitAny, hasPageTypes, hints }: DiagnosticsOptions,
): CellDiagnostic[] {
  const found: CellDiagnostic[] = [];
  const add = (
    file: TypeScript.SourceFile,
    one: Pick<CellDiagnostic, "code" | "message" | "start" | "end">,
  ): void => {
    const { line, character } = file.getLineAndCharacterOfPosition(one.start);
    found.push({
      ...one,
      line,
      character,
      text: file.text.split("\n")[line] ?? "",
      ...(file !== cell && { file: relative(cwd, file.fileName) }),
    });
  };
  for (const file of files) {
    let diagnostics: readonly TypeScript.Diagnostic[] = program.getSyntacticDiagnostics(file, never);
    if (!diagnostics.length) diagnostics = program.getSemanticDiagnostics(file, never);
    for (const one of diagnostics) {
      if (one.category !== ts.DiagnosticCategory.Error) continue;
      if (IGNORED.has(one.code) || (allowsImplicitAny && IMPLICIT_ANY.has(one.code))) continue;
      const start = one.start ?? 0;
      if (one.code === UNASSIGNED && isElsewhere(program.getTypeChecker(), file, start)) continue;
      const index = NO_INDEX.has(one.code) ? indexAt(file, start, one.length ?? 0) : undefined;
      const checker = program.getTypeChecker();
      if (index && isTable(checker, index)) continue;
      const hint = index
        ? hintFor(checker.getTypeAtLocation(index.expression), hints, "index")
        : hintAt(checker, file, one, hints);
      const page = pageNameIn(ts.flattenDiagnosticMessageText(one.messageText, " "));
      // A cell that asks first may use it, as in JavaScript.
      if (page !== undefined && RegExp(`\\btypeof\\s+${page}\\b`).test(file.text)) continue;
      const message =
        page !== undefined ? noPage(page) : ts.flattenDiagnosticMessageText(one.messageText, "\n");
      add(file, {
        code: one.code,
        message: hint === undefined ? message : `${message.split("\n", 1)[0]!} ${hint}`,
        start,
        end: start + (one.length ?? 0),
      });
    }
    if (found.length) continue;
    for (const { node: at, message } of lacksIn(program.getTypeChecker(), file, {
      version: node,
      hasPageTypes,
    }))
      add(file, { code: NOT_IN_LIBRARY, message, start: at.getStart(file), end: at.end });
  }
  return found;
}

/** Whether the variable at a position is declared outside the function, or the cell, that uses it there. */
function isElsewhere(checker: TypeScript.TypeChecker, file: TypeScript.SourceFile, start: number): boolean {
  const node = internals.getTouchingPropertyName(file, start);
  const [declaration] = checker.getSymbolAtLocation(node)?.declarations ?? [];
  const functionOf = (one: TypeScript.Node | undefined): TypeScript.Node | undefined =>
    one && ts.findAncestor(one, (above) => ts.isFunctionLike(above) || ts.isSourceFile(above));
  return functionOf(declaration) !== functionOf(node);
}

/** The `a[b]` that a complaint is about. */
function indexAt(
  file: TypeScript.SourceFile,
  start: number,
  length: number,
): TypeScript.ElementAccessExpression | undefined {
  let node: TypeScript.Node | undefined = internals.getTouchingPropertyName(file, start);
  while (node && !(ts.isElementAccessExpression(node) && node.end >= start + length)) node = node.parent;
  return node as TypeScript.ElementAccessExpression | undefined;
}

/** Whether an object is used as a table, `counts[word]` of `const counts = {}`: to a sketch it is one. */
function isTable(checker: TypeScript.TypeChecker, node: TypeScript.ElementAccessExpression): boolean {
  const key = checker.getTypeAtLocation(node.argumentExpression);
  if (ts.isLiteralExpression(node.argumentExpression) || key.isLiteral()) return false;
  const symbol = checker.getTypeAtLocation(node.expression).getSymbol();
  const isLiteral = symbol !== undefined && (symbol.flags & ts.SymbolFlags.ObjectLiteral) !== 0;
  return isLiteral || (key.flags & ts.TypeFlags.String) !== 0;
}
