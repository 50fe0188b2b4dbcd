/**
 * Writes a notebook as Markdown for a repository's or a site's pages: text cells as they are, code in fences, each output
 * in the best form that Markdown can hold, pictures as files beside the page.
 */
import { asObject } from "./format.js";
import type { CodeCell, Notebook, NotebookOutput, TextCell } from "./format.js";
import { bestForm, withoutColours } from "./mime.js";

export interface MarkdownOptions {
  /** The folder of the page's pictures, as the page names it: `lecture_files`. */
  readonly folder: string;
  /** Maps an address in the notebook to one on the page; default: unchanged. */
  readonly resolveLink?: (address: string) => string;
}

export interface MarkdownPage {
  readonly text: string;
  /** The pictures, by file name in the page's folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const ENDINGS: Record<string, string> = {
  "image/svg+xml": "svg",
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
};

/** Whether a file in the page's folder is a picture of this or of an earlier export. */
export const isPicture = (name: string): boolean => /^cell-\d+-/.test(name);

/** The page and its pictures. The same notebook always gives the same ones. */
export function notebookToMarkdown(notebook: Notebook, options: MarkdownOptions): MarkdownPage {
  const page = new Page(notebook, options);
  return { text: page.text(), files: page.files };
}

class Page {
  readonly files = new Map<string, Uint8Array>();
  readonly #notebook: Notebook;
  readonly #folder: string;
  readonly #resolveLink: (address: string) => string;
  readonly #language: string;

  constructor(notebook: Notebook, { folder, resolveLink = (address) => address }: MarkdownOptions) {
    this.#notebook = notebook;
    this.#folder = folder;
    this.#resolveLink = resolveLink;
    const { language_info: info, kernelspec } = notebook.metadata;
    this.#language = String(asObject(info).name ?? asObject(kernelspec).language ?? "typescript");
  }

  text(): string {
    const cells = this.#notebook.cells.map((cell, index) => {
      if (cell.cell_type === "code") return this.#code(cell, `cell-${index + 1}`);
      if (cell.cell_type === "markdown") return this.#prose(cell, `cell-${index + 1}`);
      return cell.metadata.format === "text/markdown" ? cell.source.trim() : "";
    });
    return `${cells.filter((cell) => cell !== "").join("\n\n")}\n`;
  }

  /** A text cell with resolved links and with its attachments as files. Code in it stays as it is. */
  #prose(cell: TextCell, name: string): string {
    return outsideCode(cell.source.trim(), (text) =>
      text.replace(LINK, (whole: string, ...groups: (string | undefined)[]) => {
        const [before, address] = groups.filter((one, i) => i < LINK_GROUPS && one !== undefined) as [
          string,
          string,
        ];
        if (!address.startsWith("attachment:")) return before + this.#resolveLink(address);
        const file = address.slice("attachment:".length);
        const [entry] = Object.entries(cell.attachments?.[decodeURI(file)] ?? {});
        if (typeof entry?.[1] !== "string") return whole;
        return before + this.#file(`${name}-${file.replace(/[^\w.-]+/g, "-")}`, entry[0], entry[1]);
      }),
    );
  }

  #code(cell: CodeCell, name: string): string {
    const source = cell.source.trimEnd();
    const outputs = cell.outputs.map((output, index) => this.#output(output, `${name}-${index + 1}`));
    return [source === "" ? "" : fence(source, this.#language), ...outputs]
      .filter((part) => part !== "")
      .join("\n\n");
  }

  #output(output: NotebookOutput, name: string): string {
    if (output.output_type === "stream") return printed(output.text);
    if (output.output_type === "error")
      return printed(output.traceback.join("\n") || `${output.ename}: ${output.evalue}`);
    const { data, metadata } = output;
    const mime = bestForm(data, MARKDOWN_FORMS);
    if (mime === undefined) return "";
    const content = String(data[mime]);
    if (mime in ENDINGS) {
      const { alt } = asObject(metadata[mime]);
      const words = String(alt ?? data["text/plain"] ?? "Picture");
      const safe = words
        .replace(/\s+/g, " ")
        .trim()
        .replace(/[[\]\\]/g, "\\$&");
      return `![${safe}](${this.#file(`${name}.${ENDINGS[mime]}`, mime, content)})`;
    }
    return mime === "text/plain" ? printed(content) : content.trim();
  }

  /** Keeps a picture. @returns its address on the page */
  #file(name: string, mime: string, content: string): string {
    const isText = mime === "image/svg+xml" && content.trimStart().startsWith("<");
    this.files.set(name, Buffer.from(content, isText ? "utf8" : "base64"));
    return `${encodeURI(this.#folder)}/${name}`;
  }
}

/** The forms of an output that Markdown can hold, best first. */
const MARKDOWN_FORMS = [
  /^image\/(?:svg\+xml|png|jpeg|gif|webp)$/,
  /^text\/html$/,
  /^text\/markdown$/,
  /^text\/latex$/,
  /^text\/plain$/,
];

/**
 * Of a link or a picture `](<address`, which may have spaces, and `](address`, which may have parentheses; `[name]: address`;
 * and `href="address` and `src="address` of HTML in Markdown: what stands before, and the address.
 */
const LINK = new RegExp(
  [
    String.raw`(\]\(\s*<)([^<>\n]+)(?=>)`,
    String.raw`(\]\(\s*)((?:[^\s()<>"']|\([^\s()<>"']*\))+)`,
    String.raw`(^ {0,3}\[(?!\^)[^\]\n]+\]:[ \t]*<?)([^\s<>]+)(?=>?(?:[ \t]+["'(][^\n]*)?[ \t]*$)`,
    String.raw`(\b(?:href|src)=["'])([^\s)>"']+)`,
  ].join("|"),
  "gm",
);
const LINK_GROUPS = 8;

/** Applies a change to a text, except in its fenced blocks and code spans. */
function outsideCode(source: string, change: (text: string) => string): string {
  const code = /^(`{3,}|~{3,})[^]*?^\1[`~]*[ \t]*$|(?<!`)(`+)(?!`)[^]*?(?<!`)\2(?!`)/gm;
  let result = "";
  let end = 0;
  for (const match of source.matchAll(code)) {
    result += change(source.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return result + change(source.slice(end));
}

function printed(text: string): string {
  const shown = withoutColours(text).trimEnd();
  return shown === "" ? "" : fence(shown, "text");
}

/** A fence longer than any in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}
