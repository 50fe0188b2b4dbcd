/** Makes a website: the front end and the kernel as they were built, and a course's files. Nothing is bundled here. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileError, makeFolder } from "../../notebook/files.js";
import { parseNotebook } from "../../notebook/format.js";
import type { Manifest } from "../../server/front-end/bundle.js";
import { bookPages, withCharts } from "../book/book.js";
import type { BookPage, Leaf } from "../book/book.js";
import { readMinisearch, textNotebook } from "../book/leaves.js";
import { cellPage } from "./cell-page.js";
import type { SiteData } from "./data.js";
import type { SiteFile } from "./notebooks.js";
import type { SitePackages } from "./packages.js";
import { sitePage } from "./page.js";

export interface PackOptions {
  /** The folder of the built front end, and that of the built kernel. */
  readonly lab: string;
  readonly kernel: string;
  /** A folder that becomes the website; one that is there must be a website, too. */
  readonly out: string;
  readonly title: string;
  readonly files: readonly SiteFile[];
  /** Packages that cells may import, beside those that every website has. */
  readonly packages?: SitePackages;
  readonly data?: readonly SiteData[];
}

/** dist/site/manifest.json. */
interface KernelManifest {
  readonly page: string;
  /** The service worker. */
  readonly service: string;
  /** The script of the page of one live cell, and that of the element which shows it in other pages. */
  readonly cell: string;
  readonly element: string;
  readonly site: SiteParts;
}

/** What the page says of its site (lib/host/browser/site.ts), as far as the packer uses it. */
interface SiteParts {
  readonly workers: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, string>>;
  readonly types: string;
  readonly declarations?: Readonly<Record<string, string>>;
  readonly [part: string]: unknown;
}

/** What the built kernel says of itself. @param kernel its folder */
export function kernelManifest(kernel: string): KernelManifest {
  return JSON.parse(readFileSync(join(kernel, "manifest.json"), "utf8")) as KernelManifest;
}

export interface Packed {
  readonly notebooks: number;
  /** Of all files. */
  readonly bytes: number;
  /** A hash of all that the website is. */
  readonly build: string;
}

/** Files of a website that were written last time tell that a folder may be written over. */
const MARK = "contents.json";

/** Text files that cells may import or read: they travel with the page. */
const READABLE = /\.(?:[cm]?[jt]sx?|json|csv|tsv|txt)$/;
const READABLE_LIMIT = 256 * 2 ** 10;

/** @throws FileError when the folder holds something else */
export async function packSite(options: PackOptions): Promise<Packed> {
  const { lab, kernel, out, title, files, packages, data = [] } = options;
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, MARK)))
    throw new FileError(
      `site: ${out} holds something that is no website of chainrule's; give --out for another folder.`,
    );
  const labManifest = JSON.parse(readFileSync(join(lab, "manifest.json"), "utf8")) as Manifest;
  const { page, service, cell, element, site: built } = kernelManifest(kernel);
  const fresh = `${out}.${process.pid}.new`;
  const old = `${out}.${process.pid}.old`;
  try {
    const write = (name: string, content: string | Uint8Array): void => {
      const file = join(fresh, name);
      makeFolder(dirname(file));
      writeFileSync(file, content);
    };
    makeFolder(fresh);
    // A website compresses by itself, and would never send the compressed copies.
    const filter = (path: string): boolean => !/\.(br|gz)$/.test(path);
    cpSync(join(lab, "static"), join(fresh, "lab/static"), { recursive: true, filter });
    cpSync(join(lab, "themes"), join(fresh, "lab/themes"), { recursive: true, filter });
    cpSync(join(lab, "licences.txt"), join(fresh, "lab/licences.txt"));
    cpSync(kernel, join(fresh, "kernel"), { recursive: true });
    let site = packages
      ? withPackages(built, packages, kernel, (name, text) => write(`kernel/${name}`, text))
      : built;
    if (data.length > 0) site = withData(site, data, (name, bytes) => write(`kernel/${name}`, bytes));
    write("lab/settings.json", JSON.stringify(settingsOf(lab, labManifest)));
    for (const { path, bytes } of files) write(`files/${path}`, bytes);
    const readable = files.filter(({ path, bytes }) => READABLE.test(path) && bytes.length <= READABLE_LIMIT);
    const own = Object.fromEntries(
      readable.map(({ path, bytes }) => [`/course/${path}`, bytes.toString("utf8")]),
    );
    const build = hashOf(
      [
        ...files.map(({ path, bytes }) => `${path} ${hashOf(bytes)}`),
        ...[labManifest.entry, page, service, cell, element, JSON.stringify(site), title],
      ].join("\n"),
    );
    const html = sitePage({
      title,
      manifest: labManifest,
      script: page,
      site: { ...site, files: own },
      early: [site.workers["language"], site.workers["cells"]].filter((one) => one !== undefined),
      build,
    });
    write("index.html", html);
    write("cell/index.html", cellPage({ title, script: cell, site }));
    // Under the one name that pages of others ask for.
    write("cell.js", readFileSync(join(kernel, element)));
    const first = ["", `kernel/${page}`, `lab/static/${labManifest.entry}`, `contents.json?${build}`];
    write(
      "sw.js",
      `globalThis.chainruleBuild = ${JSON.stringify({ build, first })};\n${readFileSync(join(kernel, service), "utf8")}`,
    );
    write("site.webmanifest", webManifest(title));
    // GitHub Pages would leave out what begins with an underscore.
    write(".nojekyll", "");
    for (const page of await storedPages(title, files)) write(`pages/${page.path}`, page.html);
    write(
      MARK,
      JSON.stringify({
        build,
        packed: new Date().toISOString(),
        files: files.map(({ path, bytes, title }) => ({
          path,
          size: bytes.length,
          hash: hashOf(bytes),
          ...(title !== undefined && { title }),
        })),
      }),
    );
    if (existsSync(out)) renameSync(out, old);
    renameSync(fresh, out);
    return {
      notebooks: files.filter(({ path }) => path.endsWith(".ipynb")).length,
      bytes: sizeOf(out),
      build,
    };
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

type Write = (name: string, content: string | Uint8Array) => void;

/** The site with more modules, and their types in the one file of types. */
function withPackages(
  site: SiteParts,
  { modules, scripts, types, untyped }: SitePackages,
  kernel: string,
  write: Write,
): SiteParts {
  for (const [name, script] of Object.entries(scripts)) write(name, script);
  const all = { ...(JSON.parse(readFileSync(join(kernel, site.types), "utf8")) as object), ...types };
  const text = JSON.stringify(all);
  const name = `types-${hashOf(text).slice(0, 8)}.json`;
  write(name, text);
  return {
    ...site,
    modules: { ...site.modules, ...modules },
    types: name,
    declarations: {
      ...site.declarations,
      ...Object.fromEntries(untyped.map((one) => [one, `declare module ${JSON.stringify(one)};\n`])),
    },
  };
}

/** The site with data sets. They lie beside the script of the cells, in a folder that is named by what is in it. */
function withData(site: SiteParts, data: readonly SiteData[], write: Write): SiteParts {
  const all = data.flatMap(({ name, files }) =>
    Object.entries(files).map(([file, bytes]) => ({ name, file, bytes })),
  );
  const sums = all.map(({ name, file, bytes }) => `${name}/${file} ${hashOf(bytes)}`);
  const folder = `data-${hashOf(sums.join("\n")).slice(0, 8)}`;
  for (const { name, file, bytes } of all) write(`${folder}/${name}/${file}`, bytes);
  // A reader that takes every file of a kind asks for the list.
  for (const { name, files } of data)
    write(`${folder}/${name}/index.json`, JSON.stringify(Object.keys(files)));
  return { ...site, settings: { ...(site["settings"] as object | undefined), CHAINRULE_DATA: folder } };
}

/** The notebooks as they are stored, and the course's texts, for who reads and does not run; each is the first sight for who runs it. */
async function storedPages(title: string, files: readonly SiteFile[]): Promise<Iterable<BookPage>> {
  const leaves = files
    .filter(({ title: heading }) => heading !== undefined)
    .map(({ path, bytes, title: heading }): Leaf => {
      const text = bytes.toString("utf8");
      const notebook = isNotebook(path) ? parseNotebook(text, path) : textNotebook(text);
      return { path, title: heading!, section: sectionOf(path, title), notebook };
    });
  return bookPages(await withCharts(leaves), {
    title,
    minisearch: readMinisearch(),
    readPicture: (picture) => files.find((one) => one.path === picture)?.bytes,
    runAt: ({ path }) =>
      isNotebook(path)
        ? `${"../".repeat(path.split("/").length)}?path=${path.split("/").map(encodeURIComponent).join("/")}`
        : undefined,
  });
}

const isNotebook = (path: string): boolean => path.endsWith(".ipynb");

/** The heading of a notebook in the contents: its folder. */
function sectionOf(path: string, title: string): string {
  if (!isNotebook(path)) return "To look things up";
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return COURSE[folder] ?? (folder === "" ? title : folder);
}
const COURSE: Readonly<Record<string, string>> = {
  lectures: "Lectures",
  psets: "Problem sets",
  experiments: "Experiments",
  talks: "Talks",
};

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** What the website's user finds otherwise than JupyterLab has it: her work is safe in the browser at once. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "@jupyterlab/docmanager-extension:plugin": { autosaveInterval: 10 },
  // As the reader's system has it, light or dark.
  "@jupyterlab/apputils-extension:themes": { "adaptive-theme": true },
  // There is one kernel: nobody need choose.
  "@jupyterlab/notebook-extension:tracker": { autoStartDefaultKernel: true },
};

/** The settings of all plugins in one file. */
function settingsOf(lab: string, { schemas, version }: Manifest): object[] {
  return Object.entries(schemas).flatMap(([name, plugins]) =>
    plugins.map((plugin) => {
      const id = `${name}:${plugin}`;
      const schema = JSON.parse(readFileSync(join(lab, "schemas", name, `${plugin}.json`), "utf8")) as {
        properties?: Record<string, { default?: unknown }>;
      };
      for (const [key, value] of Object.entries(DEFAULTS[id] ?? {}))
        if (schema.properties?.[key]) schema.properties[key].default = value;
      return { id, version, schema };
    }),
  );
}

function webManifest(title: string): string {
  const icon = { src: "lab/static/icon.svg", sizes: "any", type: "image/svg+xml" };
  return JSON.stringify({
    name: title,
    short_name: title,
    start_url: ".",
    display: "standalone",
    icons: [icon],
  });
}

function sizeOf(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += readFileSync(join(entry.parentPath, entry.name)).length;
  return sum;
}
