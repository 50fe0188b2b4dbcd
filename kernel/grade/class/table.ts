/** A table from a file of comma-separated values, such as a learning management system exports, and back. */
import { dsvFormat } from "d3-dsv";
import { GradeError } from "../sources.js";

export interface Table {
  /** The file it was read from, for messages. */
  readonly file: string;
  readonly columns: readonly string[];
  /** Each row by its columns' names; cells are as in the file. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/**
 * Reads a table: UTF-8, with commas, semicolons or tabs between the cells. The first line names the columns.
 * @throws GradeError for an empty file, two columns of one name, and a row with more cells than there are columns
 */
export function readTable(file: string, text: string): Table {
  const whole = text.replace(/^\uFEFF/, "");
  const first = whole.slice(0, whole.search(/\r?\n|$/));
  const count = (separator: string): number => first.split(separator).length;
  // A name such as "Lovelace, Ada" has a comma too, so the separator is what the first line has most of.
  const [separator] = [",", ";", "\t"].sort((a, b) => count(b) - count(a));
  const [names = [], ...cells] = dsvFormat(separator).parseRows(whole);
  const columns = names.map((name) => name.trim());
  if (columns.join("") === "")
    throw new GradeError(`${file}: the file is empty; its first line must name the columns.`);
  const twice = columns.find((name, i) => name !== "" && columns.indexOf(name) !== i);
  if (twice !== undefined) throw new GradeError(`${file}: two columns are called "${twice}"; rename one.`);
  const rows = cells.flatMap((row, i) => {
    if (row.join("").trim() === "") return [];
    if (row.length > columns.length)
      throw new GradeError(
        `${file}: row ${i + 1} has ${row.length} cells and there are ${columns.length} columns; quote a cell that holds "${separator}".`,
      );
    return [Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ""]))];
  });
  return { file, columns, rows };
}

/** The table as comma-separated values. */
export function tableToCsv(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, string | number | undefined>>[],
): string {
  const cells = rows.map((row) => columns.map((name) => String(row[name] ?? "")));
  return `${dsvFormat(",").formatRows([[...columns], ...cells])}\n`;
}

/** The text as a cell that a spreadsheet does not take for a formula. For words that students chose. */
export function noFormula(text: string): string {
  return text.replace(/^[=+\-@\t\r]/, "'$&");
}
