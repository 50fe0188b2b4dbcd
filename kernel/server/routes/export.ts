/** Routes of the export: notebooks as pages, Markdown and scripts, under the addresses of Jupyter's nbconvert. */
import { readFile } from "node:fs/promises";
import { basename, dirname, relative, sep, join } from "node:path";
import { parseNotebook, NotebookFormatError } from "../../notebook/format.js";
import type { Notebook } from "../../notebook/format.js";
import type { RootFolder } from "../files/root-folder.js";
import { fileProblem, HttpError } from "../http/http-error.js";
import { contentType } from "../http/media-types.js";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";

interface Exported {
  readonly name: string;
  readonly body: string | Uint8Array;
}

interface Source {
  readonly notebook: Notebook;
  readonly file: string;
  /** The file's name without its ending. */
  readonly stem: string;
  readonly root: RootFolder;
}

const FORMATS: Readonly<
  Record<string, { readonly type: string; readonly make: (source: Source) => Promise<Exported> }>
> = {
  html: { type: "text/html", make: html },
  markdown: { type: "text/markdown", make: markdown },
  script: { type: "text/typescript", make: script },
};

export function exportRoutes(root: RootFolder): Route[] {
  return [
    route("GET", "api/nbconvert", () => ({
      json: Object.fromEntries(
        Object.entries(FORMATS).map(([name, { type }]) => [name, { output_mimetype: type }]),
      ),
    })),
    route("GET", "nbconvert/:format/*path", async ({ path, query }) => {
      const format = Object.hasOwn(FORMATS, path.format!) ? FORMATS[path.format!] : undefined;
      if (!format) throw new HttpError(404, `${path.format} is none of ${Object.keys(FORMATS).join(", ")}.`);
      const { name, body } = await format.make(await sourceOf(root, path.path!));
      const isDownload = /^(1|true)$/i.test(query.get("download") ?? "");
      return {
        headers: {
          "Content-Type": contentType(name),
          // What a notebook holds may not act as a page of this server.
          "Content-Security-Policy": "sandbox allow-scripts; frame-ancestors 'self'",
          ...(isDownload && {
            "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
          }),
        },
        body,
      };
    }),
  ];
}

async function sourceOf(root: RootFolder, path: string): Promise<Source> {
  const file = await root.locate(path);
  try {
    const notebook = parseNotebook(await readFile(file, "utf8"), path);
    return { notebook, file, stem: basename(file).replace(/\.ipynb$/, ""), root };
  } catch (error) {
    if (error instanceof NotebookFormatError) throw new HttpError(400, error.message, { cause: error });
    throw fileProblem(error, path);
  }
}

async function html({ notebook, file, stem, root }: Source): Promise<Exported> {
  const [{ notebookToHtml }, { drawCharts }] = await Promise.all([
    import("../../notebook/html.js"),
    import("../../notebook/charts.js"),
  ]);
  const charts = await drawCharts(notebook);
  const wanted = new Set<string>();
  const page = notebookToHtml(notebook, {
    name: basename(file),
    charts,
    readPicture: (name) => void wanted.add(name),
  });
  if (wanted.size === 0) return { name: `${stem}.html`, body: page };
  const pictures = await readPictures(wanted, dirname(file), root);
  const readPicture = (name: string): Uint8Array | undefined => pictures.get(name);
  return {
    name: `${stem}.html`,
    body: notebookToHtml(notebook, { name: basename(file), charts, readPicture }),
  };
}

/** The pictures beside a notebook, as far as they lie in the folder that is served. */
async function readPictures(
  names: ReadonlySet<string>,
  folder: string,
  root: RootFolder,
): Promise<Map<string, Uint8Array>> {
  const found = await Promise.all(
    [...names].map(async (name): Promise<[string, Uint8Array] | undefined> => {
      const path = relative(root.path, join(folder, name)).split(sep).join("/");
      const read = async (): Promise<Uint8Array> => readFile(await root.locate(path));
      const bytes = await read().catch(() => undefined);
      return bytes && [name, bytes];
    }),
  );
  return new Map(found.filter((one) => one !== undefined));
}

/** Markdown, and with pictures a zip of it and of them. */
async function markdown({ notebook, stem }: Source): Promise<Exported> {
  const { notebookToMarkdown } = await import("../../notebook/markdown-page.js");
  const folder = `${stem}_files`;
  const { text, files } = notebookToMarkdown(notebook, { folder });
  if (files.size === 0) return { name: `${stem}.md`, body: text };
  const { zipSync, strToU8 } = await import("fflate");
  const entries = [...files].map(([name, bytes]): [string, Uint8Array] => [`${folder}/${name}`, bytes]);
  return {
    name: `${stem}.zip`,
    body: zipSync({ [`${stem}.md`]: strToU8(text), ...Object.fromEntries(entries) }),
  };
}

async function script({ notebook, file, stem }: Source): Promise<Exported> {
  const { notebookToScript, scriptEnding } = await import("../../notebook/script.js");
  const { magicLines } = await import("../../language/magic-lines.js");
  return {
    name: stem + scriptEnding(notebook),
    body: notebookToScript(notebook, { name: basename(file), magicLines }),
  };
}
