/** Tables of any values, as HTML and as text, with a note of what they leave out. */
import { escape as escapeHtml } from "html-escaper";
import { inspectSafely, shortened } from "./hostile.js";
import { textTable } from "./text-table.js";

/** How much of a table is shown. */
export const MAX_ROWS = 20;
export const MAX_COLUMNS = 12;
/** The most characters of one value in a table. */
const LONGEST_IN_TABLE = 2_000;

/** The place of a value that is not there; its cell stays empty. */
export const ABSENT: unique symbol = Symbol("absent");

/** The rows and columns that are shown, and how many there are of each in all. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly allRows: number;
  readonly allColumns: number;
  /** A line above the table in its text form, below it in HTML: what the table is. */
  readonly caption?: string;
}

/** A table whose rows are counted from 0, as text and as HTML. */
export function tableBundle(table: Table): Record<string, string> {
  const { columns, rows, allRows, allColumns, caption } = table;
  const left = [more(allRows - rows.length, "row"), more(allColumns - columns.length, "column")].filter(
    Boolean,
  );
  const body = rows.map((row, i) => [`<th>${i}</th>`, ...row.map(tableCell)]);
  const notes = [...(caption === undefined ? [] : [caption]), ...left];
  return {
    "text/plain": [...(caption === undefined ? [] : [caption]), asText(table), ...left].join("\n"),
    "text/html": htmlTable(["", ...columns], body, notes),
  };
}

/** @param body  cells with their tags @param notes  what stands below the table, as plain text */
export function htmlTable(
  head: readonly string[],
  body: readonly (readonly string[])[],
  notes: readonly string[],
): string {
  const row = (cells: readonly string[]): string => `<tr>${cells.join("")}</tr>`;
  const titles = row(head.map((title) => `<th>${escapeHtml(title)}</th>`));
  const note = notes.length ? `<p>${escapeHtml(notes.join(", "))}</p>` : "";
  return `<table><thead>${titles}</thead><tbody>${body.map(row).join("")}</tbody></table>${note}`;
}

/** A value as a cell of an HTML table. */
export function tableCell(value: unknown): string {
  if (value === ABSENT) return "<td></td>";
  const align = isNumber(value) ? ' style="text-align:right"' : "";
  return `<td${align}>${escapeHtml(words(value))}</td>`;
}

/** A value as the text of a table's cell: strings without quotes, numbers with six digits. */
export function words(value: unknown): string {
  if (typeof value === "number") return short(value);
  if (typeof value === "bigint") return String(value);
  const text =
    typeof value === "string"
      ? value
      : inspectSafely(value, { depth: 1, breakLength: Infinity, maxArrayLength: 6 });
  return shortened(text, LONGEST_IN_TABLE);
}

export function short(x: number): string {
  return Number.isInteger(x) ? String(x) : String(Number(x.toPrecision(6)));
}

/** "… 3 more rows"; an empty text for none. */
export function more(n: number, one: string, many = `${one}s`): string {
  return n > 0 ? `… ${count(n)} more ${n === 1 ? one : many}` : "";
}

export function count(n: number): string {
  return n.toLocaleString("en");
}

const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";

/** Columns that hold only numbers are aligned to the right. */
function asText({ columns, rows }: Table): string {
  const isNumbers = (at: number): boolean => rows.every((row) => row[at] === ABSENT || isNumber(row[at]));
  return textTable({
    headings: ["", ...columns],
    rows: rows.map((row, i) => [String(i), ...row.map((one) => (one === ABSENT ? "" : line(one)))]),
    right: new Set([0, ...columns.flatMap((_, at) => (isNumbers(at) ? [at + 1] : []))]),
  });
}

/** A value as one line in a text table. */
function line(value: unknown): string {
  return words(value).replace(/\s+/g, " ");
}
