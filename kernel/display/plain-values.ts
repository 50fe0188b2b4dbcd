/**
 * Shows a value that has no display method of its own. Its text is Node's; in addition
 *
 * - arrays of records and maps are shown as HTML tables of their first twenty rows;
 * - long typed arrays are shown by their first and last numbers, their minimum, mean and maximum, and their count of NaN.
 */
import { escape as escapeHtml } from "html-escaper";
import { inspectSafely, shortened } from "./hostile.js";
import { textTable } from "./text-table.js";

const MAX_ROWS = 20;
const MAX_COLUMNS = 12;
/** Node prints this many numbers of a typed array. */
const MAX_NUMBERS = 100;
/** The most characters shown of a value, and of a value in a table: a front end draws all of them at once. */
const LONGEST = 1_000_000;
const LONGEST_IN_TABLE = 2_000;

type Row = Readonly<Record<string, unknown>>;

/** The typed arrays. A class derived from one, as Node's Buffer is, prints itself. */
const NUMBERS = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array],
  ...[Int32Array, Uint32Array, Float32Array, Float64Array],
] as const;
type Numbers = InstanceType<(typeof NUMBERS)[number]>;
const prototypes: ReadonlySet<unknown> = new Set(NUMBERS.map((one) => one.prototype));

/** The MIME bundle of a value without a display method of its own. Never throws, whatever the value does. */
export function plainBundle(value: unknown): Record<string, string> {
  try {
    return richBundle(value);
  } catch {
    return { "text/plain": plainText(value) };
  }
}

function richBundle(value: unknown): Record<string, string> {
  if (isLongNumbers(value)) return { "text/plain": numbersText(value) };
  if (value instanceof Map && value.size)
    return { "text/plain": plainText(value), "text/html": mapTable(value) };
  if (isRecords(value)) return recordsTable(value);
  return { "text/plain": plainText(value) };
}

/** Node's own text for a value, as the kernel shows it. */
function plainText(value: unknown): string {
  return shortened(inspectSafely(value, { depth: 4, breakLength: 100 }), LONGEST);
}

function isLongNumbers(value: unknown): value is Numbers {
  return (
    ArrayBuffer.isView(value) &&
    prototypes.has(Object.getPrototypeOf(value)) &&
    (value as Numbers).length > MAX_NUMBERS
  );
}

function numbersText(numbers: Numbers): string {
  let [least, greatest, sum, finite, notNumbers] = [Infinity, -Infinity, 0, 0, 0];
  for (const x of numbers) {
    if (Number.isFinite(x)) {
      finite++;
      sum += x;
      if (x < least) least = x;
      if (x > greatest) greatest = x;
    } else if (Number.isNaN(x)) notNumbers++;
  }
  const infinite = numbers.length - finite - notNumbers;
  const parts = finite
    ? [`min ${short(least)}`, `mean ${short(sum / finite)}`, `max ${short(greatest)}`]
    : [];
  if (notNumbers) parts.push(`${count(notNumbers)} NaN`);
  if (infinite) parts.push(`${count(infinite)} infinite`);
  const ends = [
    ...Array.from(numbers.subarray(0, 6), short),
    "…",
    ...Array.from(numbers.subarray(-3), short),
  ];
  return `${numbers.constructor.name}(${numbers.length}) [ ${ends.join(", ")} ]\n${parts.join(", ")}`;
}

/** Whether a value is a list of plain objects with plain properties: what a table can show. */
function isRecords(value: unknown): value is readonly Row[] {
  return Array.isArray(value) && value.length > 0 && value.slice(0, MAX_ROWS).every(isRow);
}

function isRow(value: unknown): value is Row {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const properties = Reflect.ownKeys(value).map(
    (key) => [key, Object.getOwnPropertyDescriptor(value, key)!] as const,
  );
  return (
    properties.length > 0 &&
    // A getter would run the user's code; a symbol may say how the object wants to be shown.
    properties.every(([key, property]) => typeof key === "string" && "value" in property)
  );
}

function recordsTable(rows: readonly Row[]): Record<string, string> {
  const shown = rows.slice(0, MAX_ROWS);
  const keys = [...new Set(shown.flatMap(Object.keys))];
  const columns = keys.slice(0, MAX_COLUMNS);
  const body = shown.map((row, i) => [
    `<th>${i}</th>`,
    ...columns.map((key) => (key in row ? cell(row[key]) : "<td></td>")),
  ]);
  const left = [more(rows.length - shown.length, "row"), more(keys.length - columns.length, "column")].filter(
    Boolean,
  );
  const text = [recordsText(shown, columns), ...left].join("\n");
  return { "text/plain": text, "text/html": table(["", ...columns], body, left) };
}

function mapTable(map: ReadonlyMap<unknown, unknown>): string {
  const body: string[][] = [];
  for (const [key, value] of map) {
    if (body.length === MAX_ROWS) break;
    body.push([`<th>${escapeHtml(words(key))}</th>`, cell(value)]);
  }
  return table(["key", "value"], body, [more(map.size - body.length, "entry", "entries")].filter(Boolean));
}

function table(
  head: readonly string[],
  body: readonly (readonly string[])[],
  left: readonly string[],
): string {
  const row = (cells: readonly string[]): string => `<tr>${cells.join("")}</tr>`;
  const titles = row(head.map((title) => `<th>${escapeHtml(title)}</th>`));
  const note = left.length ? `<p>${left.join(", ")}</p>` : "";
  return `<table><thead>${titles}</thead><tbody>${body.map(row).join("")}</tbody></table>${note}`;
}

function cell(value: unknown): string {
  const align = typeof value === "number" || typeof value === "bigint" ? ' style="text-align:right"' : "";
  return `<td${align}>${escapeHtml(words(value))}</td>`;
}

/** A value as the text of a table's cell: strings without quotes, numbers with six digits. */
function words(value: unknown): string {
  if (typeof value === "number") return short(value);
  const text =
    typeof value === "string"
      ? value
      : inspectSafely(value, { depth: 1, breakLength: Infinity, maxArrayLength: 6 });
  return shortened(text, LONGEST_IN_TABLE);
}

function short(x: number): string {
  return Number.isInteger(x) ? String(x) : String(Number(x.toPrecision(6)));
}

function more(n: number, one: string, many = `${one}s`): string {
  return n > 0 ? `… ${count(n)} more ${n === 1 ? one : many}` : "";
}

function count(n: number): string {
  return n.toLocaleString("en");
}

/** The rows as a text table; columns that hold only numbers are aligned to the right. */
function recordsText(rows: readonly Row[], columns: readonly string[]): string {
  const isNumbers = (key: string): boolean =>
    rows.every((row) => !(key in row) || ["number", "bigint"].includes(typeof row[key]));
  const numbers = columns.flatMap((key, i) => (isNumbers(key) ? [i + 1] : []));
  return textTable({
    headings: ["", ...columns],
    rows: rows.map((row, i) => [String(i), ...columns.map((key) => (key in row ? line(row[key]) : ""))]),
    right: new Set([0, ...numbers]),
  });
}

/** A value as one line in a text table. */
function line(value: unknown): string {
  return words(value).replace(/\s+/g, " ");
}
