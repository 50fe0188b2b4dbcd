/** A table as text: columns aligned, two spaces between them, no frame. */

/** The contents of a table; every row has one text for each heading. */
export interface TextTable {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, by their index: aligned to the right. */
  readonly right?: ReadonlySet<number>;
}

/** The headings and the rows, a line each, without a newline at the end. */
export function textTable({ headings, rows, right = new Set() }: TextTable): string {
  const widths = headings.map((heading, column) =>
    Math.max(lengthOf(heading), ...rows.map((row) => lengthOf(row[column]!))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const space = " ".repeat(widths[column]! - lengthOf(cell));
        return right.has(column) ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return [headings, ...rows].map(line).join("\n");
}

/** The number of characters, nearly as a reader counts them: code points, not UTF-16 units. */
const lengthOf = (cell: string): number => [...cell].length;
