/**
 * Answers requests that need no running cell: the kernel's description, completion, inspection, completeness. Jupyter
 * counts characters in Unicode code points, the compiler in UTF-16 units.
 */
import { ENGINE, packageVersion } from "#host/program";
import type { NamedValue } from "../cells/session.js";
import { helpBundle } from "../display/help.js";
import { cellMagic, helpWanted, isMagicText, mayHaveMagics } from "../magics/parts.js";
import type { Completion, Completions, Language, TextChange, ValuePath } from "../language/language.js";
import { languageInfo } from "../language/info.js";
import type { CompletionItem, MimeBundle } from "../plugins/contract.js";
import { PROTOCOL_VERSION } from "./protocol.js";
import type { Json } from "./protocol.js";

/** The plugins' answers; undefined when the main thread is busy or no plugin has an answer. */
export interface PluginAnswers {
  inspect(word: string, code: string, cursor: number): Promise<MimeBundle | undefined>;
  complete(code: string, cursor: number): Promise<readonly CompletionItem[] | undefined>;
  /** The names that a value of the cells has. */
  names(path: ValuePath): Promise<readonly CompletionItem[] | undefined>;
}

export function kernelInfo({ hasDebugger }: { hasDebugger: boolean }): Json {
  const version = packageVersion();
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "chainrule",
    implementation_version: version,
    language_info: languageInfo(),
    banner: `chainrule ${version}: TypeScript on ${ENGINE}`,
    debugger: hasDebugger,
    supported_features: hasDebugger ? ["debugger"] : [],
    help_links: [
      { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/intro.html" },
      { text: "Node.js", url: "https://nodejs.org/api/" },
      { text: "CS231n: convolutional networks", url: "https://cs231n.github.io/convolutional-networks/" },
    ],
  };
}

export async function completeReply(
  request: Json,
  language: Language,
  plugins: PluginAnswers,
): Promise<Json> {
  const { code, cursor } = codeAndCursor(request);
  const isMagic = isMagicText(code.slice(0, cursor));
  const [found, added] = await Promise.all([
    isMagic ? noNames(cursor) : language.complete(code, cursor),
    plugins.complete(code, cursor),
  ]);
  const word = /[\p{ID_Continue}$%]*$/u.exec(code.slice(0, cursor))![0];
  // A thread that is busy would be waited for a second time.
  const named = found.value && added ? ((await plugins.names(found.value)) ?? []) : [];
  const own = [...found.items, ...namesToAdd(named, found, code, cursor)];
  const isNew = own.length > 0 && own.every(({ from }) => from !== undefined) && !added?.length;
  if (isNew && own.some(({ text }) => text === word))
    return importReply(await language.missingImport(code, cursor), code, cursor);
  const items = [
    ...(added ?? []).map((item) => ({
      text: item.text,
      type: item.type ?? "",
      start: item.start ?? cursor - word.length,
      end: item.end ?? cursor,
    })),
    ...own.map((item) => ({ ...item, start: found.start, end: found.end })),
  ];
  return reply(code, cursor, items);
}

const noNames = (cursor: number): Completions => ({ start: cursor, end: cursor, items: [] });

type PlacedItem = Completion & { readonly start: number; readonly end: number };

function reply(code: string, cursor: number, items: readonly PlacedItem[]): Json {
  // The protocol has one span for all matches; each match's own span is in the metadata, which front ends read in step.
  const { start = cursor, end = cursor } = items[0] ?? {};
  const isSame = (item: PlacedItem): boolean => item.start === start && item.end === end;
  const same = items.filter(isSame);
  return {
    status: "ok",
    matches: same.map((item) => item.text),
    cursor_start: toCodePoints(code, start),
    cursor_end: toCodePoints(code, end),
    metadata: {
      _jupyter_types_experimental: [...same, ...items.filter((item) => !isSame(item))].map((item) => ({
        ...item,
        start: toCodePoints(code, item.start),
        end: toCodePoints(code, item.end),
      })),
    },
  };
}

/** What the names of a value add to those that its type has. */
function namesToAdd(
  named: readonly CompletionItem[],
  { start, items }: Completions,
  code: string,
  cursor: number,
): Completion[] {
  const typed = code.slice(start, cursor).toLowerCase();
  const isAfterDot = code[start - 1] === ".";
  const known = new Set(items.map(({ text }) => text));
  return named
    .filter(({ text }) => text.toLowerCase().startsWith(typed) && !known.has(text))
    .filter(({ text }) => !isAfterDot || /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text))
    .map(({ text, type = "property" }) => ({ text, type }));
}

/**
 * A name that is written out and that a package exports completes to itself with its import. The import stands elsewhere
 * in the cell, and a reply has one span: it reaches from there to the cursor.
 */
function importReply(change: TextChange | undefined, code: string, cursor: number): Json {
  if (!change || change.end > cursor) return reply(code, cursor, []);
  const { start, end, text } = change;
  const whole = text + code.slice(end, cursor);
  return reply(code, cursor, [{ text: whole, type: "import", start, end: cursor }]);
}

export async function inspectReply(request: Json, language: Language, plugins: PluginAnswers): Promise<Json> {
  const { code, cursor } = codeAndCursor(request);
  const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, cursor))![0];
  const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))![0];
  const word =
    before + after || (/([\p{ID_Continue}$]+)\s*\([^()]*$/u.exec(code.slice(0, cursor))?.[1] ?? "");
  const [typed, added] = await Promise.all([
    language.inspect(code, cursor),
    word ? plugins.inspect(word, code, cursor) : undefined,
  ]);
  const data = helpBundle(typed, added);
  return { status: "ok", found: Object.keys(data).length > 0, data, metadata: {} };
}

export async function isCompleteReply(request: Json, language: Language): Promise<Json> {
  return { ...(await language.isComplete(String(request["code"] ?? ""))) };
}

/**
 * What is wrong with a cell that is being written: a message of chainrule's own, for front ends that show it while one types.
 * Positions are counted as JavaScript and editors count, in UTF-16 units. Magics are not looked at.
 */
export async function checkReply(request: Json, language: Language): Promise<Json> {
  const code = String(request["code"] ?? "");
  if (cellMagic(code) || helpWanted(code) !== undefined) return { status: "ok", diagnostics: [] };
  const magics = mayHaveMagics(code) ? await language.magicLines(code) : [];
  const lines = code.split("\n").map((line, i) => (magics.includes(i) ? " ".repeat(line.length) : line));
  const found = await language.check(lines.join("\n"));
  const diagnostics = found.filter(({ file }) => file === undefined);
  return {
    status: "ok",
    diagnostics: diagnostics.map(({ code, message, start, end }) => ({ code, message, start, end })),
  };
}

/**
 * The variables of the cells, for front ends that list them: a message of chainrule's own.
 *
 * @param values undefined when the cells' thread is computing: the front end asks again when the cell has ended
 */
export async function variablesReply(
  language: Language,
  values: readonly NamedValue[] | undefined,
): Promise<Json> {
  if (!values) return { status: "ok", busy: true, variables: [] };
  const declared = new Map((await language.declaredNames()).map((one) => [one.name, one]));
  const variables = values.map(({ name, kind, ...value }) => {
    const { type = "", isImported = false } = declared.get(name) ?? {};
    return { name, type, kind: isImported ? "import" : kind, ...value };
  });
  return { status: "ok", busy: false, variables };
}

function codeAndCursor(request: Json): { code: string; cursor: number } {
  const code = String(request["code"] ?? "");
  const points = typeof request["cursor_pos"] === "number" ? request["cursor_pos"] : Infinity;
  return { code, cursor: fromCodePoints(code, points) };
}

/** A count of code points as an offset in UTF-16 units. */
export function fromCodePoints(text: string, points: number): number {
  let offset = 0;
  for (let left = points; left > 0 && offset < text.length; left--)
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  return offset;
}

/** An offset in UTF-16 units as a count of code points. */
export function toCodePoints(text: string, offset: number): number {
  let points = 0;
  for (const _ of text.slice(0, offset)) points++;
  return points;
}
