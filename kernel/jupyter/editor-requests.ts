/**
 * Answers what an editor asks beside Jupyter's own requests: hover, definition, signatures, renaming, formatting, a missing
 * import. Messages of chainrule's own, with the shapes of the Language Server Protocol; README.md beside this file lists them.
 */
import { helpBundle } from "../display/help.js";
import type { Definition, Language, Position, RenameRequest, TextChange } from "../language/language.js";
import { cellMagic, helpWanted, mayHaveMagics } from "../magics/parts.js";
import { isJson } from "./protocol.js";
import type { Json } from "./protocol.js";
import type { PluginAnswers } from "./requests.js";

/** Everything that an answer needs. */
export interface Asked {
  readonly content: Json;
  readonly language: Language;
  readonly plugins: PluginAnswers;
}

type Answer = (asked: Asked) => Promise<Json>;

/** The answers by the type of the message. */
export const EDITOR_REQUESTS: Readonly<Record<string, Answer | undefined>> = {
  chainrule_hover_request: hover,
  chainrule_definition_request: definition,
  chainrule_signature_request: signature,
  chainrule_rename_request: rename,
  chainrule_format_request: format,
  chainrule_import_request: missingImport,
};

/** The address of the cell that is asked about; that of an earlier one ends with its number. */
const CELL = "cell:";

async function hover({ content, language, plugins }: Asked): Promise<Json> {
  const { text, code, position } = await read(content, language);
  const { start, end, word } = wordAt(text, position);
  const [typed, added] = await Promise.all([
    code === undefined ? undefined : language.inspect(code, position),
    word ? plugins.inspect(word, text, position) : undefined,
  ]);
  const value = helpBundle(typed, added)["text/markdown"];
  const found = { contents: { kind: "markdown", value }, range: rangeIn(text, start, end) };
  return { status: "ok", hover: typeof value === "string" ? found : null };
}

async function definition({ content, language }: Asked): Promise<Json> {
  const { code, position } = await read(content, language);
  const found = code === undefined ? [] : await language.definition(code, position);
  return { status: "ok", locations: found.map(locationOf) };
}

function locationOf(one: Definition): Json {
  return { uri: uriOf(one), range: one.range, ...(one.path !== undefined && { path: one.path }) };
}

function uriOf({ file, cell }: Definition): string {
  if (cell !== undefined) return CELL + (/\d+/.exec(cell)?.[0] ?? cell);
  if (file === undefined) return CELL;
  const path = file
    .split("/")
    .map(encodeURIComponent)
    .join("/")
    .replace(/^(\w)%3A/, "/$1:");
  return `file://${path}`;
}

async function signature({ content, language }: Asked): Promise<Json> {
  const { code, position } = await read(content, language);
  const found = code === undefined ? undefined : await language.signatures(code, position);
  const signatureHelp = found && {
    activeSignature: found.active,
    activeParameter: found.parameter,
    signatures: found.items.map(({ label, documentation, parameters }) => ({
      label,
      documentation: { kind: "markdown", value: documentation },
      parameters: parameters.map((one) => ({
        label: [one.start, one.end],
        documentation: { kind: "markdown", value: one.documentation },
      })),
    })),
  };
  return { status: "ok", signatureHelp: signatureHelp ?? null };
}

async function rename({ content, language }: Asked): Promise<Json> {
  const { text, code, position } = await read(content, language);
  const cells = (Array.isArray(content.cells) ? content.cells : []).filter(isJson);
  const others = cells.map((one) => ({ uri: String(one.uri), text: String(one.code ?? "") }));
  if (code === undefined) throw new Error("A cell of another language has no names to change.");
  // A cell of another language has none to change.
  const codes = await Promise.all(others.map(async (one) => (await withoutMagics(one.text, language)) ?? ""));
  const request: RenameRequest = { code, position, newName: String(content.newName ?? ""), others: codes };
  const renamed = await language.rename(request);
  if ("refusal" in renamed) throw new Error(renamed.refusal);
  const changes = [{ uri: CELL, text }, ...others].map(
    ({ uri, text: whole }, i) => [uri, (renamed.changes[i] ?? []).map((one) => editIn(whole, one))] as const,
  );
  return { status: "ok", edit: { changes: Object.fromEntries(changes.filter(([, edits]) => edits.length)) } };
}

async function format({ content, language }: Asked): Promise<Json> {
  const { text, code, magics } = await read(content, language);
  const given = isJson(content.options) ? content.options : {};
  const tabSize = typeof given.tabSize === "number" ? given.tabSize : 2;
  const options = { tabSize, insertSpaces: given.insertSpaces !== false };
  const found = code === undefined ? [] : await language.format(code, options);
  const edits = found.map((one) => editIn(text, one));
  // A magic stands as it is.
  const isOfCode = ({ range: { start, end } }: Edit): boolean =>
    !magics.some((line) => start.line <= line && line <= end.line);
  return { status: "ok", edits: edits.filter(isOfCode) };
}

async function missingImport({ content, language }: Asked): Promise<Json> {
  const { text, code, position } = await read(content, language);
  const change = code === undefined ? undefined : await language.missingImport(code, position);
  return { status: "ok", edits: change ? [editIn(text, change)] : [] };
}

/** The request's cell, and where in it. */
interface Read {
  /** As it was sent. */
  readonly text: string;
  /** Its TypeScript, every character in its place; undefined where all of it is something else. */
  readonly code: string | undefined;
  readonly position: number;
  /** The lines that are magics. */
  readonly magics: readonly number[];
}

async function read(content: Json, language: Language): Promise<Read> {
  const text = String(content.code ?? "");
  const code = await withoutMagics(text, language);
  const magics = mayHaveMagics(text) && code !== undefined ? await language.magicLines(text) : [];
  return { text, code, position: offsetAt(text, content.position), magics };
}

/** A cell with comments in place of its magics. */
async function withoutMagics(text: string, language: Language): Promise<string | undefined> {
  if (cellMagic(text) || helpWanted(text) !== undefined) return undefined;
  if (!mayHaveMagics(text)) return text;
  const magics = await language.magicLines(text);
  const lines = text.split("\n");
  return lines.map((line, i) => (magics.includes(i) ? `//${"-".repeat(line.length - 2)}` : line)).join("\n");
}

interface Edit {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly newText: string;
}

const editIn = (text: string, change: TextChange): Edit => ({
  range: rangeIn(text, change.start, change.end),
  newText: change.text,
});

const rangeIn = (text: string, start: number, end: number): Edit["range"] => ({
  start: positionAt(text, start),
  end: positionAt(text, end),
});

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

/** @throws for what is no position, or none in the text */
function offsetAt(text: string, position: unknown): number {
  if (position === undefined) return 0;
  const { line, character } = isJson(position) ? position : {};
  const lines = text.split("\n");
  const own = typeof line === "number" ? lines[line] : undefined;
  if (own === undefined || typeof character !== "number" || !(character >= 0))
    throw new Error(`A position has a line below ${lines.length} and a character, both counted from zero.`);
  const before = lines.slice(0, line as number).reduce((total, one) => total + one.length + 1, 0);
  return before + Math.min(character, own.length);
}

function wordAt(text: string, position: number): { start: number; end: number; word: string } {
  const before = /[\p{ID_Continue}$]*$/u.exec(text.slice(0, position))![0];
  const after = /^[\p{ID_Continue}$]*/u.exec(text.slice(position))![0];
  return { start: position - before.length, end: position + after.length, word: before + after };
}
