/** A table in three forms, for notebooks, code hosts and terminals: HTML, Markdown, plain text. */
import { Figure } from "./figure.js";
import { escapeXml } from "./svg.js";

/** The texts above and below a `table`, the alignment of its columns, and the style of its last row. */
export interface TableOptions {
  /** The text above the table. */
  readonly title?: string;
  /** The text below the table. */
  readonly note?: string;
  /** The columns aligned to the left; the first unless given. All others are aligned to the right, as numbers are. */
  readonly left?: readonly number[];
  /** Whether the last row is a sum, with a line above it. */
  readonly total?: boolean;
  readonly alt?: string;
}

/** A table as a figure (HTML, Markdown and plain text; no picture). Each row has one cell for each heading. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): Figure {
  const { title, note, left = [0] } = options;
  const above = title ? [title] : [];
  const below = note ? [note] : [];
  return new Figure({
    alt: options.alt ?? title ?? `A table of ${headings.join(", ")}.`,
    text: [...above, textTable(headings, rows, options), ...below].join("\n"),
    mime: {
      "text/html": htmlTable(headings, rows, { ...options, left }),
      "text/markdown": [
        ...above.map((line) => `**${escapeMarkdown(line)}**\n`),
        markdownTable(headings, rows, { ...options, left }),
        ...below.map((line) => `\n${escapeMarkdown(line)}`),
      ].join("\n"),
    },
  });
}

/** The table as text with aligned columns. */
export function textTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { left = [0], total = false }: TableOptions = {},
): string {
  const widths = headings.map((heading, column) =>
    Math.max(lengthOf(heading), ...rows.map((row) => lengthOf(row[column]))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const space = " ".repeat(widths[column] - lengthOf(cell));
        return left.includes(column) ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  const lines = rows.map(line);
  if (total && lines.length > 0) lines.splice(-1, 0, rule);
  return [line(headings), rule, ...lines].join("\n");
}

// Code points, nearly as people count characters; wide characters of other scripts are not measured.
const lengthOf = (cell: string) => [...cell].length;

function htmlTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { title, note, left = [0], total = false }: TableOptions,
): string {
  // Every cell has its own alignment: front ends set theirs on cells, and code hosts remove style sheets.
  const cell = (tag: "td" | "th", content: string, column: number) => {
    const side = left.includes(column) ? "left" : "right";
    return `<${tag} align="${side}" style="text-align:${side};padding:3px 10px">${content}</${tag}>`;
  };
  const body = rows.map((row, i) => {
    const sum = total && i === rows.length - 1;
    const cells = row.map((content, column) => {
      const safe = escapeXml(content);
      return cell("td", sum ? `<b>${safe}</b>` : safe, column);
    });
    return `<tr${sum ? ` style="border-top:1px solid currentColor"` : ""}>${cells.join("")}</tr>`;
  });
  return (
    `<table>` +
    (title ? `<caption style="text-align:left"><b>${escapeXml(title)}</b></caption>` : "") +
    `<thead><tr>${headings.map((heading, column) => cell("th", escapeXml(heading), column)).join("")}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table>` +
    (note ? `<div>${escapeXml(note)}</div>` : "")
  );
}

function markdownTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { left = [0], total = false }: TableOptions,
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const rule = `|${headings.map((_, column) => (left.includes(column) ? ":---" : "---:")).join("|")}|`;
  const body = rows.map((row, i) =>
    total && i === rows.length - 1
      ? `| ${row.map((cell) => (cell ? `**${escapeMarkdown(cell)}**` : "")).join(" | ")} |`
      : line(row),
  );
  return [line(headings), rule, ...body].join("\n");
}

/** Text that Markdown shows as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|~$#]/g, "\\$&").replaceAll("\n", " ");
}
