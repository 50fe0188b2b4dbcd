/**
 * Shows a value that has no display method of its own. Its text is Node's; in addition
 *
 * - arrays of records and maps are shown as HTML tables of their first twenty rows;
 * - long typed arrays are shown by their first and last numbers, their minimum, mean and maximum, and their count of NaN;
 * - the insides of objects that are more than data, such as a stream, are shown less deeply or cut, with a count.
 */
import { escape as escapeHtml } from "html-escaper";
import { inspectSafely, propertyOf, shortened } from "./hostile.js";
import {
  ABSENT,
  MAX_COLUMNS,
  MAX_ROWS,
  count,
  htmlTable,
  more,
  short,
  tableBundle,
  tableCell,
  words,
} from "./tables.js";

/** Node prints this many numbers of a typed array. */
const MAX_NUMBERS = 100;
/** The most characters shown of a value: a front end draws all of them at once. */
const LONGEST = 1_000_000;
/** The same for the insides of an object. */
const LONGEST_INSIDES = 2_500;
/** How deep Node looks into an object, and how deep where that shows too much. */
const DEPTHS = [4, 2, 1, 0];
/** The symbol of a method by which a value writes its own text for Node. */
const OWN_TEXT = Symbol.for("nodejs.util.inspect.custom");

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
  const atDepth = (depth: number): string => inspectSafely(value, { depth, breakLength: 100 });
  let text = atDepth(DEPTHS[0]!);
  if (text.length <= LONGEST_INSIDES || isData(value)) return shortened(text, LONGEST);
  for (const depth of DEPTHS.slice(1)) {
    text = atDepth(depth);
    if (text.length <= LONGEST_INSIDES) return text;
  }
  return shortened(text, LONGEST_INSIDES);
}

/** Whether the user wants to see all of a value: it is data, an error, or writes its own text. */
function isData(value: unknown): boolean {
  try {
    return isAllData(value);
  } catch {
    return false;
  }
}

function isAllData(value: unknown): boolean {
  if (typeof value !== "object" && typeof value !== "function") return true;
  if (value instanceof Error || typeof propertyOf(value, OWN_TEXT) === "function") return true;
  let left = 2_000;
  const look = (one: unknown, depth: number): boolean => {
    if (typeof one === "function") return depth > 0;
    if (typeof one !== "object" || one === null || depth > DEPTHS[0]! || left-- <= 0) return true;
    const prototype: unknown = Reflect.getPrototypeOf(one);
    if (ArrayBuffer.isView(one) || one instanceof Date || one instanceof RegExp) return true;
    if (one instanceof Map) return [...one].every((entry) => look(entry, depth + 1));
    if (one instanceof Set) return [...one].every((entry) => look(entry, depth + 1));
    if (prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype) return false;
    return Reflect.ownKeys(one).every((key) => {
      const property = Reflect.getOwnPropertyDescriptor(one, key);
      return property === undefined || look(property.value, depth + 1);
    });
  };
  return look(value, 0);
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
  return tableBundle({
    columns,
    rows: shown.map((row) => columns.map((key) => (key in row ? row[key] : ABSENT))),
    allRows: rows.length,
    allColumns: keys.length,
  });
}

function mapTable(map: ReadonlyMap<unknown, unknown>): string {
  const body: string[][] = [];
  for (const [key, value] of map) {
    if (body.length === MAX_ROWS) break;
    body.push([`<th>${escapeHtml(words(key))}</th>`, tableCell(value)]);
  }
  return htmlTable(
    ["key", "value"],
    body,
    [more(map.size - body.length, "entry", "entries")].filter(Boolean),
  );
}
