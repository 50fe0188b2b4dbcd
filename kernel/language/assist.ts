/** Completion and inspection of a cell that is being written. */
import { documentationOf } from "./documentation.js";
import type { Completions, Inspection } from "./language.js";
import { isRequire } from "./specifiers.js";
import type { TypeScript } from "./typescript.js";
import { internals, never, ts } from "./typescript.js";

/** Matches best first: same beginning, same beginning in another case, contained. */
function rank(name: string, typed: string): number {
  if (name.startsWith(typed)) return 0;
  if (name.toLowerCase().startsWith(typed.toLowerCase())) return 1;
  return name.toLowerCase().includes(typed.toLowerCase()) ? 2 : 3;
}

/** @param modules what an import may name that begins as what is typed */
export function complete(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
  modules: (typed: string) => readonly string[],
): Completions {
  const specifier = specifierAt(file, position);
  if (specifier) {
    const typed = file.text.slice(specifier.start, position);
    const items = modules(typed).map((text) => ({ text, type: "module" }));
    return { ...specifier, items };
  }
  const found = entriesAt(program, file, position);
  const word = /[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.exec(file.text.slice(0, position))?.[0] ?? "";
  const rest = /^[\p{ID_Continue}$]*/u.exec(file.text.slice(position))?.[0] ?? "";
  const span = found?.optionalReplacementSpan;
  const start = span?.start ?? position - word.length;
  const end = span ? span.start + span.length : position + (word ? rest.length : 0);
  const typed = file.text.slice(start, position).replace(/^["'`]/, "");
  const items = (found?.entries ?? [])
    .filter((one) => rank(one.name, typed) < 3)
    .sort(
      (a, b) =>
        rank(a.name, typed) - rank(b.name, typed) ||
        Number(isDeprecated(a)) - Number(isDeprecated(b)) ||
        a.sortText.localeCompare(b.sortText) ||
        a.name.localeCompare(b.name),
    )
    .map((one) => ({ text: one.name, type: one.kind as string }));
  return { start, end, items };
}

const isDeprecated = (entry: TypeScript.CompletionEntry): boolean =>
  entry.kindModifiers?.split(",").includes("deprecated") ?? false;

/** Where the text between the quotes of an import's module lies, when the position is in it. */
function specifierAt(
  file: TypeScript.SourceFile,
  position: number,
): { start: number; end: number } | undefined {
  const literal = internals.findPrecedingToken(position, file);
  if (!literal || !ts.isStringLiteral(literal)) return undefined;
  const isModule =
    ts.isImportDeclaration(literal.parent) ||
    ts.isExportDeclaration(literal.parent) ||
    (ts.isCallExpression(literal.parent) &&
      (literal.parent.expression.kind === ts.SyntaxKind.ImportKeyword ||
        isRequire(literal.parent.expression)));
  const start = literal.getStart(file) + 1;
  const isClosed = literal.end > start && file.text[literal.end - 1] === file.text[start - 1];
  const end = isClosed ? literal.end - 1 : literal.end;
  return isModule && position >= start && position <= end ? { start, end } : undefined;
}

function entriesAt(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): TypeScript.CompletionInfo | undefined {
  try {
    return internals.Completions.getCompletionsAtPosition(
      { getCompilationSettings: () => program.getCompilerOptions() },
      program,
      () => {},
      file,
      position,
      {},
      undefined,
      ts.CompletionTriggerKind.Invoked,
      never,
    );
  } catch {
    // Inside a literal the compiler may ask an editor's host, and there is none.
    return undefined;
  }
}

/** What stands at a position; between the parentheses of a call, the function that is called. */
export function inspect(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): Inspection | undefined {
  const checker = program.getTypeChecker();
  for (const at of [position, position - 1, callee(file, position)]) {
    if (at === undefined || at < 0) continue;
    const node = nodeAt(file, at);
    const symbol = symbolAt(checker, node);
    const described = describe(checker, file, node, symbol);
    if (!described) continue;
    // What nobody declared has the type any, and that says nothing.
    if (!symbol && described.signature === "any") continue;
    const isAlias = symbol && symbol.flags & ts.SymbolFlags.Alias;
    const own = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    if (!own) return described;
    // What is called with `new` is described by its constructor, which need not say what the class is.
    const ofClass = own.flags & ts.SymbolFlags.Class ? joined(own.getDocumentationComment(checker)) : "";
    const parts = described.documentation.startsWith(ofClass) ? [] : [ofClass];
    const documentation = [...parts, described.documentation].filter(Boolean).join("\n\n");
    return {
      signature: withOverloads(described.signature, checker, own, node),
      documentation: documentation || documentationOf(own),
    };
  }
  return undefined;
}

const MORE = /\s*\(\+\d+ overloads?\)$/;

/** A signature that stands for several, and a line for each of the others. */
function withOverloads(
  signature: string,
  checker: TypeScript.TypeChecker,
  symbol: TypeScript.Symbol,
  node: TypeScript.Node,
): string {
  if (!MORE.test(signature)) return signature;
  const first = signature.replace(MORE, "");
  const type = checker.getTypeOfSymbolAtLocation(symbol, node);
  const calls = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  const news = checker.getSignaturesOfType(type, ts.SignatureKind.Construct);
  const last = first.slice(first.lastIndexOf("\n") + 1);
  for (const flags of [undefined, ts.TypeFormatFlags.WriteArrowStyleSignature]) {
    const all = (calls.length ? calls : news).map((one) => checker.signatureToString(one, node, flags));
    const own = all.find((one) => last.endsWith(one));
    if (own === undefined) continue;
    const head = last.slice(0, last.length - own.length);
    return [...new Set([first, ...all.filter((one) => one !== own).map((one) => head + one)])].join("\n");
  }
  return signature;
}

function callee(file: TypeScript.SourceFile, position: number): number | undefined {
  let node = internals.findPrecedingToken(position, file);
  for (; node; node = node.parent) {
    if (ts.isSourceFile(node)) return undefined;
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      if (called.end <= position) return called.getStart(file);
    }
  }
  return undefined;
}

const joined = (parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string =>
  (parts ?? []).map((part) => part.text).join("");

/** What stands at a position; the keyword of `new X()` stands for X. */
function nodeAt(file: TypeScript.SourceFile, position: number): TypeScript.Node {
  const node = internals.getTouchingPropertyName(file, position);
  const { parent } = node as { parent?: TypeScript.Node };
  return parent && ts.isNewExpression(parent) && node.pos === parent.pos ? parent.expression : node;
}

/** The symbol that a node names; a constructor is named by its keyword. */
function symbolAt(checker: TypeScript.TypeChecker, node: TypeScript.Node): TypeScript.Symbol | undefined {
  const symbol = checker.getSymbolAtLocation(node);
  if (symbol || !ts.isConstructorDeclaration(node.parent)) return symbol;
  return (node.parent as { symbol?: TypeScript.Symbol }).symbol;
}

/** What a node stands for, as an editor shows it. */
function describe(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  node: TypeScript.Node,
  symbol: TypeScript.Symbol | undefined,
): Inspection | undefined {
  if (ts.isSourceFile(node)) return undefined;
  const container = internals.getContainerNode(node);
  if (
    !symbol ||
    (checker as { isUnknownSymbol?(one: TypeScript.Symbol): boolean }).isUnknownSymbol?.(symbol)
  ) {
    if (!hasType(node)) return undefined;
    return { signature: checker.typeToString(checker.getTypeAtLocation(node), container), documentation: "" };
  }
  const info = internals.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
    checker,
    symbol,
    file,
    container,
    node,
  );
  const tags = (info.tags ?? []).map((tag) => {
    const [first, ...others] = tag.text ?? [];
    const isNamed = first?.kind === "parameterName" || first?.kind === "typeParameterName";
    const text = isNamed ? `\`${first.text}\`${joined(others)}` : joined(tag.text);
    return `*@${tag.name}* ${text}`.trimEnd();
  });
  return {
    signature: joined(info.displayParts),
    documentation: [joined(info.documentation), ...tags].filter(Boolean).join("\n\n"),
  };
}

/** Whether a node that names nothing has a type to show. */
const hasType = (node: TypeScript.Node): boolean =>
  ts.isIdentifier(node) ||
  node.kind === ts.SyntaxKind.ThisKeyword ||
  node.kind === ts.SyntaxKind.SuperKeyword;
