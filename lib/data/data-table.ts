/** A table of named columns, from a CSV file or from records: what a notebook reads before it plots or trains. */
import { Printed } from "../array/printed.js";
import { dsvFormat } from "d3-dsv";
import { FormatError, ValueError } from "../array/errors.js";
import { wrap, type DType, type Tensor } from "../array/tensor.js";
import {
  displaySymbol,
  metadataSymbol,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import { showNumber, showPlural } from "../display/figure/numbers.js";
import { table } from "../display/figure/table.js";

/** A cell: a number in a column of numbers (NaN where it is empty), else text. */
export type Cell = number | string;

/** How many rows a long table shows. */
const SHOWN = 10;

/**
 * A table of named columns of numbers and text, as `readCsv` reads it from a file. It can be plotted, filtered and turned
 * into tensors. In a notebook it shows its first rows.
 */
export class DataTable extends Printed {
  /** The columns' names, from the left. */
  readonly columns: readonly string[];
  /** The rows; each is an object by column name, as `chart` expects in `data.values`. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];

  /** @throws ValueError when two columns have one name */
  constructor(columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]) {
    super();
    const twice = columns.find((name, i) => columns.indexOf(name) !== i);
    if (twice !== undefined)
      throw new ValueError(`DataTable: two columns are called "${twice}"; give each its own name.`);
    this.columns = columns;
    this.rows = rows;
  }

  /** How many rows there are. */
  get size(): number {
    return this.rows.length;
  }

  /** A column of numbers. @throws ValueError when there is no such column, or it holds text */
  numbers(column: string): number[] {
    const values = this.#cells(column);
    const odd = values.findIndex((value) => typeof value !== "number");
    if (odd < 0) return values as number[];
    throw new ValueError(
      `table: "${column}" is text: row ${odd + 1} is "${values[odd]}"; read it with texts("${column}").`,
    );
  }

  /** A column as text. @throws ValueError when there is no such column */
  texts(column: string): string[] {
    return this.#cells(column).map(String);
  }

  /** Columns of numbers as a matrix. @returns rows×columns @throws ValueError as `numbers` does */
  tensor(columns: readonly string[] = this.columns, dtype: DType = "float32"): Tensor {
    const values = columns.map((column) => this.numbers(column));
    const flat = this.rows.flatMap((_, row) => values.map((column) => column[row]));
    return wrap(dtype === "float64" ? Float64Array.from(flat) : Float32Array.from(flat), [
      this.size,
      columns.length,
    ]);
  }

  /** The rows for which the function returns true, as a table. */
  filter(keep: (row: Readonly<Record<string, Cell>>) => boolean): DataTable {
    return new DataTable(this.columns, this.rows.filter(keep));
  }

  /** The table as comma-separated values (RFC 4180), which `readCsv` reads again; NaN becomes an empty cell. */
  toCsv(): string {
    const rows = this.rows.map((row) =>
      this.columns.map((name) => (Number.isNaN(row[name]) ? "" : String(row[name]))),
    );
    return `${dsvFormat(",").formatRows([[...this.columns], ...rows])}\n`;
  }

  toString(): string {
    return this.#figure().text;
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.#figure().bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return this.#figure().metadata();
  }

  #figure() {
    const hidden = this.size - SHOWN;
    const shown = this.rows.slice(0, hidden > 1 ? SHOWN : undefined);
    const isText = (name: string) => this.rows.some((row) => typeof row[name] === "string");
    return table(
      this.columns,
      shown.map((row) => this.columns.map((name) => show(row[name]))),
      {
        title: `${showPlural(this.size, "row")}, ${showPlural(this.columns.length, "column")}`,
        left: this.columns.flatMap((name, i) => (isText(name) ? [i] : [])),
        ...(hidden > 1 && { note: `… and ${showPlural(hidden, "more row")}` }),
      },
    );
  }

  #cells(column: string): Cell[] {
    if (!this.columns.includes(column)) {
      throw new ValueError(
        `table: there is no column "${column}"; there are ${this.columns.map((name) => `"${name}"`).join(", ")}.`,
      );
    }
    return this.rows.map((row) => row[column]);
  }
}

/** How the cells of a CSV file are separated, for a file where this cannot be guessed. */
export interface CsvOptions {
  /** The text between two cells; a comma, or a tab or semicolon when the first line has one and no comma. */
  separator?: string;
}

/**
 * A table from comma-separated values (RFC 4180: quotes, commas and line breaks in quotes). The first line names the
 * columns. A column whose cells are all numbers or empty becomes a column of numbers, with NaN for empty cells.
 *
 *     const measured = readCsv(await readFile("measured.csv"));
 *     linePlot({ loss: measured.numbers("loss") })
 *
 * @param file  the file's bytes (UTF-8) or its text
 * @throws FormatError naming the line, for a row with more or fewer cells than there are columns
 */
export function readCsv(file: Uint8Array | string, { separator }: CsvOptions = {}): DataTable {
  if (typeof file === "string" && /^[^\r\n,;]+\.(csv|tsv|txt)$/i.test(file)) {
    throw new FormatError(
      `readCsv: "${file}" looks like the name of a file; give what is in it: readCsv(readFileSync("${file}", "utf8")), or await (await fetch(…)).text().`,
    );
  }
  const text = (typeof file === "string" ? file : new TextDecoder().decode(file)).replace(/^\uFEFF/, "");
  const first = text.slice(0, text.search(/\r?\n|$/));
  const between = separator ?? [",", "\t", ";"].find((one) => first.includes(one)) ?? ",";
  const lines = dsvFormat(between).parseRows(text.replace(/(\r?\n)+$/, ""));
  const [columns = [], ...cells] = lines;
  if (columns.length === 0 || columns.join("") === "") {
    throw new FormatError("readCsv: the file is empty; its first line must name the columns.");
  }
  const filled = cells.filter((row) => row.length > 1 || row[0] !== "" || columns.length === 1);
  const odd = filled.findIndex((row) => row.length !== columns.length);
  if (odd >= 0) {
    throw new FormatError(
      `readCsv: row ${odd + 1} has ${showPlural(filled[odd].length, "cell")} and there are ${showPlural(columns.length, "column")}; ` +
        `quote a cell that holds the separator "${between}".`,
    );
  }
  const numeric = columns.map(
    (_, i) => filled.some((row) => row[i].trim() !== "") && filled.every((row) => isNumber(row[i])),
  );
  return new DataTable(
    columns,
    filled.map((row) =>
      Object.fromEntries(columns.map((name, i) => [name, numeric[i] ? numberOf(row[i]) : row[i]])),
    ),
  );
}

/**
 * A table from records, such as JSON gives: `tableOf(JSON.parse(text))`. The columns are those of all records; a
 * missing value is NaN in a column of numbers and empty text in another.
 * @throws ValueError for a value that is no number, text, true or false
 */
export function tableOf(records: readonly Readonly<Record<string, unknown>>[]): DataTable {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const numeric = columns.map((name) =>
    records.every((record) => record[name] == null || typeof record[name] === "number"),
  );
  const rows = records.map((record, row) =>
    Object.fromEntries(
      columns.map((name, i): [string, Cell] => {
        const value = record[name];
        if (value == null) return [name, numeric[i] ? NaN : ""];
        if (typeof value === "number") return [name, numeric[i] ? value : String(value)];
        if (typeof value === "string" || typeof value === "boolean") return [name, String(value)];
        throw new ValueError(
          `tableOf: "${name}" of record ${row} is ${Array.isArray(value) ? "an array" : `of type ${typeof value}`}; a cell is a number or text.`,
        );
      }),
    ),
  );
  return new DataTable(columns, rows);
}

const isNumber = (text: string): boolean =>
  text.trim() === "" || /^(nan|[+-]?inf(inity)?)$/i.test(text.trim()) || Number.isFinite(Number(text));

function numberOf(text: string): number {
  const trimmed = text.trim();
  if (trimmed === "" || /^nan$/i.test(trimmed)) return NaN;
  if (/^[+-]?inf/i.test(trimmed)) return trimmed.startsWith("-") ? -Infinity : Infinity;
  return Number(trimmed);
}

const show = (value: Cell): string => (typeof value === "number" ? showNumber(value, 4) : value);
