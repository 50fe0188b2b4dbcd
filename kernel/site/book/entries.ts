/** What the search of a book finds: a notebook's text, piece by piece from heading to heading, and the names in its code. */
import type { Notebook } from "../../notebook/format.js";
import { renderCells } from "../../notebook/html.js";

export interface Entry {
  /** The id on the page that a link names. */
  readonly anchor: string;
  readonly heading: string;
  readonly text: string;
  /** Names that stand in the code, each once. */
  readonly code: string;
}

/** The pieces, in order. A piece without a heading of its own begins the notebook. */
export function entriesOf(notebook: Notebook): Entry[] {
  const { headings } = renderCells({ ...notebook, cells: notebook.cells.map(withoutOutputs) }, { name: "" });
  const pieces: { cell: number; heading: string; text: string; code: Set<string> }[] = [];
  notebook.cells.forEach((cell, position) => {
    const begin = (heading: string): void =>
      void pieces.push({ cell: position + 1, heading, text: "", code: new Set() });
    if (pieces.length === 0 && !(cell.cell_type === "markdown" && /^#{1,6} /.test(cell.source))) begin("");
    if (cell.cell_type === "code") {
      for (const [name] of cell.source.matchAll(/\b[A-Za-z_]\w{3,}\b/g)) pieces.at(-1)!.code.add(name);
    } else if (cell.cell_type === "markdown") {
      // A line that begins with # in a block of code is none of the page's headings.
      for (const part of cell.source.replace(/^(```|~~~)[^]*?^\1/gm, "").split(/^(?=#{1,6} )/m)) {
        const [, heading, rest] = /^#{1,6} (.*)([^]*)$/.exec(part) ?? [undefined, undefined, part];
        if (heading !== undefined) begin(words(heading));
        pieces.at(-1)!.text += ` ${words(rest ?? "")}`;
      }
    }
  });
  const named = pieces.filter(({ heading }) => heading !== "");
  // Headings that are written otherwise are not counted here; then a piece is found by its cell.
  const hasIds = named.length === headings.length;
  return pieces.map((piece) => ({
    anchor: (hasIds && headings[named.indexOf(piece)]?.id) || `cell-${piece.cell}`,
    heading: piece.heading,
    text: piece.text.trim(),
    code: [...piece.code].join(" "),
  }));
}

function withoutOutputs(cell: Notebook["cells"][number]): Notebook["cells"][number] {
  return cell.cell_type === "code" ? { ...cell, source: "", outputs: [] } : cell;
}

/** Markdown as words: no marks, no addresses, no tags; formulas as they are written. */
function words(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[a-z/][^>]*>/gi, " ")
    .replace(/[*_`]+/g, "")
    .replace(/[#|>]+|-{3,}|^\s*[-+] /gm, " ")
    .replace(/\s+/g, " ")
    .trim();
}
