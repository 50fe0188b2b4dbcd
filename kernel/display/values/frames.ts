/**
 * Tables of data libraries, as tables of their first rows: Apache Arrow's tables and vectors, results of DuckDB, frames
 * and series of Danfo.js, tables of Arquero. (Polars shows itself by `Symbol.for("Jupyter.display")`.)
 */
import type { MimeBundle } from "../bundle.js";
import { shortened, textOf } from "../hostile.js";
import { attributeOf, classOf, dataOf, methodOf } from "../properties.js";
import { ABSENT, MAX_COLUMNS, MAX_ROWS, count, short, tableBundle } from "../tables.js";
import type { Recogniser } from "./recogniser.js";

/** A table as it is read here: cells are read only where they are shown. */
interface Frame {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  at(row: number, column: number): unknown;
}

export const frames: Recogniser = (value) => {
  const vector = arrowVector(value) ?? pendingResult(value);
  if (vector !== undefined) return { "text/plain": vector };
  const frame = arrow(value) ?? duckdb(value) ?? danfo(value) ?? arquero(value);
  return frame && bundle(frame);
};

function bundle({ name, columns, rows, at }: Frame): MimeBundle {
  const shown = Array.from({ length: Math.min(rows, MAX_ROWS) }, (_, row) =>
    columns.slice(0, MAX_COLUMNS).map((_, column) => readable(at(row, column))),
  );
  return tableBundle({
    caption: `${name}: ${count(rows)} × ${columns.length}`,
    columns: columns.slice(0, MAX_COLUMNS),
    rows: shown,
    allRows: rows,
    allColumns: columns.length,
  });
}

/** A value in a column: null is an empty cell, and what has a text of its own, as a decimal has, is that text. */
function readable(value: unknown): unknown {
  if (value === null || value === undefined) return ABSENT;
  if (typeof value !== "object" || Array.isArray(value) || ArrayBuffer.isView(value)) return value;
  if (value instanceof Date) return value.toISOString();
  const write = dataOf(value, "toString");
  return write === Object.prototype.toString ? value : textOf(value);
}

const isCount = (n: unknown): n is number => typeof n === "number" && Number.isInteger(n) && n >= 0;

const namesOf = (names: unknown): string[] | undefined =>
  Array.isArray(names) && names.every((name) => typeof name === "string" || typeof name === "number")
    ? names.map(String)
    : undefined;

interface Field {
  readonly name: string;
  /** Of Arrow, as it writes it: `Int32`, `Timestamp<MILLISECOND>`. */
  readonly type: string;
}

function fieldsOf(schema: unknown): Field[] | undefined {
  const fields = typeof schema === "object" && schema !== null ? dataOf(schema, "fields") : undefined;
  if (!Array.isArray(fields)) return undefined;
  return fields.map((field: object) => ({
    name: String(attributeOf(field, "name")),
    type: textOf(attributeOf(field, "type")),
  }));
}

function arrow(value: object): Frame | undefined {
  const fields = fieldsOf(dataOf(value, "schema"));
  const child = methodOf(value, "getChildAt");
  if (!fields || !child || !("numRows" in value)) return undefined;
  const rows = attributeOf(value, "numRows");
  if (!isCount(rows)) return undefined;
  const vectors = fields.map((_, i) => child(i) as { get(row: number): unknown } | null);
  return {
    name: "Arrow table",
    columns: fields.map(({ name }) => name),
    rows,
    at: (row, column) => moment(vectors[column]?.get(row), fields[column]!.type),
  };
}

/** Arrow gives moments as milliseconds. */
function moment(value: unknown, type: string): unknown {
  if (typeof value !== "number" || !/^(?:Date|Timestamp)/.test(type)) return value;
  const text = new Date(value).toISOString();
  return type.startsWith("Date") ? text.slice(0, 10) : text;
}

function arrowVector(value: object): string | undefined {
  const read = methodOf(value, "get");
  const length = dataOf(value, "length");
  const type = dataOf(value, "type");
  if (!read || !isCount(length) || classOf(value) !== "Vector" || typeof type !== "object" || type === null)
    return undefined;
  const most = 100;
  const values = Array.from({ length: Math.min(length, most) }, (_, i) => {
    const one = moment(read(i), textOf(type));
    return typeof one === "number" ? short(one) : textOf(one);
  });
  const left = length > most ? `, … ${count(length - most)} more` : "";
  return shortened(`Arrow vector of ${textOf(type)}(${length}) [ ${values.join(", ")}${left} ]`, 2_000);
}

/** A result that DuckDB has read. */
function duckdb(value: object): Frame | undefined {
  const read = methodOf(value, "value");
  const names = methodOf(value, "columnNames");
  if (!read || !names || classOf(value) !== "DuckDBResultReader") return undefined;
  const rows = attributeOf(value, "currentRowCount");
  const columns = namesOf(names());
  if (!columns || !isCount(rows)) return undefined;
  return { name: "DuckDB result", columns, rows, at: (row, column) => read(column, row) };
}

/** A result of DuckDB that is still to be read: to read it here would take it from the user. */
function pendingResult(value: object): string | undefined {
  const names = methodOf(value, "columnNames");
  const types = methodOf(value, "columnTypes");
  if (!names || !types || !("getRowObjects" in value) || !/^DuckDB\w*Result$/.test(classOf(value)))
    return undefined;
  const kinds = types() as unknown[];
  const columns = namesOf(names())!.map((name, i) => `${name} ${textOf(kinds[i])}`);
  return `${classOf(value)} (${columns.join(", ")}): await result.getRowObjects() reads its rows.`;
}

/** A frame or a series of Danfo.js. */
function danfo(value: object): Frame | undefined {
  const names = namesOf(dataOf(value, "$columns"));
  const data = dataOf(value, "$data");
  if (!names || !Array.isArray(data)) return undefined;
  const isSeries = dataOf(value, "$isSeries") === true;
  return {
    name: isSeries ? "Danfo series" : "Danfo frame",
    columns: names,
    rows: data.length,
    at: (row, column) => (isSeries ? data[row] : (data[row] as unknown[])[column]),
  };
}

function arquero(value: object): Frame | undefined {
  const names = methodOf(value, "columnNames");
  const rows = methodOf(value, "numRows");
  const objects = methodOf(value, "objects");
  if (!names || !rows || !objects) return undefined;
  const columns = namesOf(names());
  const length = rows();
  if (!columns || !isCount(length)) return undefined;
  const first = objects({ limit: MAX_ROWS }) as Record<string, unknown>[];
  return {
    name: "Arquero table",
    columns,
    rows: length,
    at: (row, column) => first[row]?.[columns[column]!],
  };
}
