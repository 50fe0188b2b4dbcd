/** Completion and inspection of a cell that is being written. */
import { documentationOf } from "./documentation.js";
import type { Completions, Inspection } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { internals, never, ts } from "./typescript.js";

/** Matches best first: same beginning, same beginning in another case, contained. */
function rank(name: string, typed: string): number {
  if (name.startsWith(typed)) return 0;
  if (name.toLowerCase().startsWith(typed.toLowerCase())) return 1;
  return name.toLowerCase().includes(typed.toLowerCase()) ? 2 : 3;
}

export function complete(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): Completions {
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
        a.sortText.localeCompare(b.sortText) ||
        a.name.localeCompare(b.name),
    )
    .map((one) => ({ text: one.name, type: one.kind as string }));
  return { start, end, items };
}

function entriesAt(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): TypeScript.CompletionInfo | undefined {
  try {
    return internals.Completions.getCompletionsAtPositionForTslab(
      {},
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
    // Inside a module specifier the compiler asks an editor's host, and there is none.
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
    const info = internals.getQuickInfoAtPosition(file, checker, never, at);
    if (!info) continue;
    const described = describe(info);
    if (described.documentation) return described;
    const symbol = checker.getSymbolAtLocation(internals.getTouchingPropertyName(file, at));
    const isAlias = symbol && symbol.flags & ts.SymbolFlags.Alias;
    const own = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    return own ? { ...described, documentation: documentationOf(own) } : described;
  }
  return undefined;
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

function describe(info: TypeScript.QuickInfo): Inspection {
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
