/** Completion and inspection of a cell that is being written. */
import { documentationOf } from "./documentation.js";
import type { Exported } from "./host.js";
import type { Completion, Completions, Inspection } from "./language.js";
import { isRequire } from "./specifiers.js";
import type { TypeScript } from "./typescript.js";
import { internals, never, ts } from "./typescript.js";
import { valuePathAt } from "./value-path.js";

/** Matches best first: same beginning, same beginning in another case, contained. */
function rank(name: string, typed: string): number {
  if (name.startsWith(typed)) return 0;
  if (name.toLowerCase().startsWith(typed.toLowerCase())) return 1;
  return name.toLowerCase().includes(typed.toLowerCase()) ? 2 : 3;
}

export interface Completing {
  readonly program: TypeScript.Program;
  readonly file: TypeScript.SourceFile;
  readonly position: number;
  /** What an import may name that begins as what is typed. */
  readonly modules: (typed: string) => readonly string[];
  /** What packages export that the cell need not have imported. */
  readonly exported: ReadonlyMap<string, Exported>;
}

export function complete({ program, file, position, modules, exported }: Completing): Completions {
  const specifier = specifierAt(file, position);
  if (specifier) {
    const typed = file.text.slice(specifier.start, position);
    const items = modules(typed).map((text) => ({ text, type: "module" }));
    return { ...specifier, items };
  }
  const found = entriesAt(program, file, position);
  const word = /[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.exec(file.text.slice(0, position))?.[0] ?? "";
  const rest = /^[\p{ID_Continue}$]*/u.exec(file.text.slice(position))?.[0] ?? "";
  const checker = program.getTypeChecker();
  const asked = valuePathAt(checker, file, position);
  const span = found?.optionalReplacementSpan;
  const start = asked?.start ?? span?.start ?? position - word.length;
  const end = asked?.end ?? (span ? span.start + span.length : position + (word ? rest.length : 0));
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
    .map((one): Completion => ({ text: one.name, type: one.kind as string }));
  if (found?.isMemberCompletion) document(checker, file, position, items);
  const lines = typed === "" ? argumentsAt(checker, file, position) : [];
  const imports = found?.entries.some(isOfScope) ? importsOf(checker, typed, found.entries, exported) : [];
  return { start, end, items: [...lines, ...items, ...imports], value: asked?.path };
}

/** How many names of a list get their documentation: more are not looked at, and to read it takes time. */
const DOCUMENTED = 60;

/** Adds to members, the options of a call among them, what they are for. */
function document(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  position: number,
  items: readonly Completion[],
): void {
  const type = memberedAt(checker, file, position);
  for (const item of type ? items.slice(0, DOCUMENTED) : []) {
    const member = type?.getProperty(item.text);
    const text = member && joined(member.getDocumentationComment(checker));
    if (text) item.documentation = text;
  }
}

/** The type whose members are listed: of what stands before the dot, or the one that an object literal must have. */
function memberedAt(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  position: number,
): TypeScript.Type | undefined {
  const token = internals.findPrecedingToken(position, file);
  const place =
    token && ts.findAncestor(token, (one) => isLiteralOrAccess(one) && one.getStart(file) < position);
  if (!place) return undefined;
  if (ts.isPropertyAccessExpression(place))
    return checker.getApparentType(checker.getTypeAtLocation(place.expression));
  return ts.isObjectLiteralExpression(place) ? optionsType(checker, place) : undefined;
}

const isLiteralOrAccess = (node: TypeScript.Node): boolean =>
  ts.isPropertyAccessExpression(node) || ts.isObjectLiteralExpression(node);

/** The type that an object literal must have, without undefined. */
function optionsType(
  checker: TypeScript.TypeChecker,
  literal: TypeScript.ObjectLiteralExpression,
): TypeScript.Type | undefined {
  const type = checker.getContextualType(literal);
  return type && checker.getNonNullableType(type);
}

/** The names that packages export and that begin as what is typed, unless the cell knows them. */
function importsOf(
  checker: TypeScript.TypeChecker,
  typed: string,
  known: readonly TypeScript.CompletionEntry[],
  exported: ReadonlyMap<string, Exported>,
): Completion[] {
  if (typed === "") return [];
  const isKnown = new Set(known.map(({ name }) => name));
  return [...exported]
    .filter(([name]) => rank(name, typed) < 2 && !isKnown.has(name))
    .map(([text, { from, symbol }]) => {
      const isAlias = symbol.flags & ts.SymbolFlags.Alias;
      return { text, type: kindOf(isAlias ? checker.getAliasedSymbol(symbol) : symbol), from };
    })
    .sort(
      (a, b) =>
        rank(a.text, typed) - rank(b.text, typed) ||
        Number(isOnlyType(a)) - Number(isOnlyType(b)) ||
        a.text.localeCompare(b.text),
    );
}

const isOnlyType = ({ type }: Completion): boolean => type === "interface" || type === "type";

function kindOf({ flags }: TypeScript.Symbol): string {
  if (flags & ts.SymbolFlags.Class) return "class";
  if (flags & ts.SymbolFlags.Function) return "function";
  if (flags & ts.SymbolFlags.Value) return "const";
  return flags & ts.SymbolFlags.Interface ? "interface" : "type";
}

/** Between the parentheses of a call without arguments: what it must be given, with the names of its parameters. */
function argumentsAt(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  position: number,
): Completion[] {
  const open = internals.findPrecedingToken(position, file);
  if (open?.kind !== ts.SyntaxKind.OpenParenToken) return [];
  const call = open.parent;
  if (!(ts.isCallExpression(call) || ts.isNewExpression(call)) || call.arguments?.length) return [];
  const signature = checker.getResolvedSignature(call);
  const text = (signature?.parameters ?? [])
    .filter(({ valueDeclaration: one }) => !one || !ts.isParameter(one) || isRequired(one))
    .map((one) => {
      const type = checker.getTypeOfSymbolAtLocation(one, call);
      const required = optionsOf(type).filter(({ flags }) => !(flags & ts.SymbolFlags.Optional));
      return required.length ? `{ ${required.map(({ name }) => `${name}: `).join(", ")}}` : one.name;
    })
    .join(", ");
  return text ? [{ text, type: "snippet" }] : [];
}

const isRequired = (one: TypeScript.ParameterDeclaration): boolean =>
  !one.questionToken && !one.initializer && !one.dotDotDotToken;

/** The properties of a type that stands for options: data alone, without methods. */
function optionsOf(type: TypeScript.Type): readonly TypeScript.Symbol[] {
  if (!(type.flags & ts.TypeFlags.Object) || type.isClass() || type.getCallSignatures().length) return [];
  const all = type.getProperties();
  return all.every(({ flags }) => flags & ts.SymbolFlags.Property) ? all : [];
}

/** What is listed where any name of the scope may stand: a value, a type. */
const isOfScope = ({ name }: TypeScript.CompletionEntry): boolean => name === "undefined" || name === "never";

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

/** What the name at a position, or right before it, stands for: what an import brought, an option's own declaration. */
export function symbolOfName(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  position: number,
): TypeScript.Symbol | undefined {
  for (const at of [position, position - 1]) {
    const node = at < 0 ? undefined : nodeAt(file, at);
    if (!node || ts.isSourceFile(node)) continue;
    const { parent } = node;
    const value = ts.isShorthandPropertyAssignment(parent)
      ? checker.getShorthandAssignmentValueSymbol(parent)
      : undefined;
    const symbol = value ?? optionAt(checker, node) ?? symbolAt(checker, node);
    if (!symbol?.declarations?.length) continue;
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }
  return undefined;
}

/** The symbol that a node names; a constructor is named by its keyword. */
function symbolAt(checker: TypeScript.TypeChecker, node: TypeScript.Node): TypeScript.Symbol | undefined {
  const symbol = optionAt(checker, node) ?? checker.getSymbolAtLocation(node);
  if (symbol || !ts.isConstructorDeclaration(node.parent)) return symbol;
  return (node.parent as { symbol?: TypeScript.Symbol }).symbol;
}

/** What the name of an option names: the property of the type that its object must have, which says what it is for. */
function optionAt(checker: TypeScript.TypeChecker, node: TypeScript.Node): TypeScript.Symbol | undefined {
  const { parent } = node;
  const isOption =
    ts.isIdentifier(node) &&
    (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent)) &&
    parent.name === node;
  return isOption ? optionsType(checker, parent.parent)?.getProperty(node.text) : undefined;
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
