/**
 * Notebook files: nbformat 4 as text, and as values in memory. In memory every text is one string; in the file texts are
 * lists of lines and keys are sorted, so that a file written here equals Jupyter's byte for byte.
 * Format: https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import type { StreamName } from "../cells/output.js";
import { sha256Bytes } from "./sha256.js";

/** MIME type → content: text, base64 text, or JSON for the JSON types. */
export type NotebookData = Record<string, unknown>;

export interface StreamOutput {
  output_type: "stream";
  name: StreamName;
  text: string;
}

export interface DisplayOutput {
  output_type: "display_data";
  data: NotebookData;
  metadata: Record<string, unknown>;
}

export interface ResultOutput {
  output_type: "execute_result";
  data: NotebookData;
  metadata: Record<string, unknown>;
  execution_count: number | null;
}

export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

export type NotebookOutput = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

export interface CodeCell {
  cell_type: "code";
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  execution_count: number | null;
  outputs: NotebookOutput[];
}

export interface TextCell {
  cell_type: "markdown" | "raw";
  id: string;
  metadata: Record<string, unknown>;
  source: string;
  /** File name → its content by MIME type, for `![](attachment:name)`. */
  attachments?: Record<string, NotebookData>;
}

export type NotebookCell = CodeCell | TextCell;

/** A notebook of nbformat 4.5 in memory. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
}

/** A file that is not a notebook this program can read. */
export class NotebookFormatError extends Error {
  override name = "NotebookFormatError";
}

/** The minor version that is written: the oldest one in which cells have ids. */
const MINOR = 5;

/**
 * Reads a notebook.
 * @param text the file's content
 * @param name the file's name, for messages
 * @throws NotebookFormatError saying what is wrong and where
 */
export function parseNotebook(text: string, name = "notebook"): Notebook {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new NotebookFormatError(
      `${name}: this is not a notebook, because it is not JSON (${(error as Error).message}).`,
    );
  }
  return checkNotebook(file, name);
}

/**
 * Makes a notebook of parsed JSON. Texts may be strings or lists of lines.
 * @throws NotebookFormatError saying what is wrong and where
 */
export function checkNotebook(file: unknown, name = "notebook"): Notebook {
  const fail = (what: string): never => {
    throw new NotebookFormatError(`${name}: ${what}`);
  };
  if (!isObject(file) || typeof file.nbformat !== "number")
    return fail('this is JSON but not a notebook: it has no number "nbformat".');
  if (file.nbformat !== 4)
    return fail(`nbformat ${file.nbformat} cannot be read; open it in Jupyter and save it as nbformat 4.`);
  const { cells } = file;
  if (!Array.isArray(cells)) return fail('this notebook has no list of "cells".');
  const taken = new Set<string>();
  const metadata = { ...asObject(file.metadata) };
  for (const key of ["orig_nbformat", "orig_nbformat_minor", "signature"]) delete metadata[key];
  return {
    ...file,
    nbformat: 4,
    nbformat_minor: Math.max(MINOR, Number(file.nbformat_minor) || 0),
    metadata,
    cells: cells.map((cell: unknown, index) =>
      readCell(cell, taken, (what) => fail(`cell ${index + 1} ${what}`)),
    ),
  };
}

function readCell(cell: unknown, taken: Set<string>, fail: (what: string) => never): NotebookCell {
  if (!isObject(cell)) return fail("is not an object.");
  const { trusted: _trusted, ...metadata } = asObject(cell.metadata);
  const source = joined(cell.source ?? "");
  if (typeof source !== "string") return fail('has a "source" that is neither a text nor a list of lines.');
  const id = uniqueId(cell.id, source, taken);
  const type = cell.cell_type;
  if (type === "code") {
    const outputs = cell.outputs ?? [];
    if (!Array.isArray(outputs)) return fail('has "outputs" that are not a list.');
    const count = typeof cell.execution_count === "number" ? cell.execution_count : null;
    return {
      ...cell,
      cell_type: type,
      id,
      metadata,
      source,
      execution_count: count,
      outputs: outputs.map((output: unknown, index) =>
        readOutput(output, (what) => fail(`has an output, number ${index + 1}, that ${what}`)),
      ),
    };
  }
  if (type !== "markdown" && type !== "raw")
    return fail(`has the type ${JSON.stringify(type)}; the types are code, markdown and raw.`);
  const attachments = isObject(cell.attachments)
    ? { attachments: mapValues(cell.attachments, (data) => joinedData(asObject(data))) }
    : {};
  return { ...cell, cell_type: type, id, metadata, source, ...attachments };
}

function readOutput(output: unknown, fail: (what: string) => never): NotebookOutput {
  if (!isObject(output)) return fail("is not an object.");
  const type = output.output_type;
  switch (type) {
    case "stream": {
      const text = joined(output.text ?? "");
      if (typeof text !== "string") return fail("has no text.");
      return { ...output, output_type: type, name: output.name === "stderr" ? "stderr" : "stdout", text };
    }
    case "display_data":
    case "execute_result": {
      const shared = { data: joinedData(asObject(output.data)), metadata: asObject(output.metadata) };
      if (type === "display_data") return { ...output, output_type: type, ...shared };
      const count = typeof output.execution_count === "number" ? output.execution_count : null;
      return { ...output, output_type: type, ...shared, execution_count: count };
    }
    case "error": {
      const lines = Array.isArray(output.traceback) ? output.traceback.map(String) : [];
      const { ename = "Error", evalue = "" } = output;
      return {
        ...output,
        output_type: type,
        ename: String(ename),
        evalue: String(evalue),
        traceback: lines,
      };
    }
    default:
      return fail(
        `has the type ${JSON.stringify(type)}; the types are stream, display_data, execute_result and error.`,
      );
  }
}

/** A cell's own id; for a notebook older than 4.5, an id made from the cell's text. */
function uniqueId(given: unknown, source: string, taken: Set<string>): string {
  let id = typeof given === "string" && /^[\w-]{1,64}$/.test(given) ? given : "";
  for (let n = 0; id === "" || taken.has(id); n++) id = hex(sha256Bytes(`${n}\n${source}`).subarray(0, 4));
  taken.add(id);
  return id;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Writes a notebook: JSON indented by one space, keys sorted, texts as lists of lines, a newline at the end.
 * The notebook is not changed.
 */
export function formatNotebook(notebook: Notebook): string {
  const file = {
    ...notebook,
    cells: notebook.cells.map((cell) => ({
      ...cell,
      source: splitLines(cell.source),
      ...("attachments" in cell && { attachments: mapValues(cell.attachments ?? {}, splitData) }),
      ...(cell.cell_type === "code" && { outputs: cell.outputs.map(splitOutput) }),
    })),
  };
  return `${JSON.stringify(sorted(file), undefined, 1)}\n`;
}

function splitOutput(output: NotebookOutput): Record<string, unknown> {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "error") return { ...output };
  return { ...output, data: splitData(output.data) };
}

function splitData(data: NotebookData): NotebookData {
  const isText = (mime: string) =>
    mime.startsWith("text/") || mime === "image/svg+xml" || mime === "application/javascript";
  return mapValues(data, (content, mime) =>
    typeof content === "string" && isText(mime) ? splitLines(content) : content,
  );
}

// The line ends of Python's str.splitlines, which Jupyter uses.
const LINE = /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|[^]+$/g;

function splitLines(text: string): string[] {
  return text.match(LINE) ?? [];
}

function joinedData(data: NotebookData): NotebookData {
  return mapValues(data, (content, mime) =>
    /^application\/(.*\+)?json$/.test(mime) ? content : joined(content),
  );
}

function joined(content: unknown): unknown {
  return Array.isArray(content) && content.every((line) => typeof line === "string")
    ? content.join("")
    : content;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  // A null prototype, so that a key named __proto__ stays a key.
  const result = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) result[key] = sorted(value[key]);
  return result;
}

function mapValues<T, U>(record: Record<string, T>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value when it is an object, else an empty one. */
export function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

/** Whether a cell carries a tag. */
export function hasTag(cell: NotebookCell, tag: string): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes(tag);
}
