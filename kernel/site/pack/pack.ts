/** Makes a website: the front end and the kernel as they were built, and a course's files. Nothing is bundled here. */
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { FileError } from "../../notebook/files.js";
import { parseNotebook } from "../../notebook/format.js";
import { notebookToHtml } from "../../notebook/html.js";
import type { Manifest } from "../../server/front-end/bundle.js";
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
export function packSite({ lab, kernel, out, title, files, packages, data = [] }: PackOptions): Packed {
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, MARK)))
    throw new FileError(
      `site: ${out} holds something that is no website of chainrule's; give --out for another folder.`,
    );
  const labManifest = JSON.parse(readFileSync(join(lab, "manifest.json"), "utf8")) as Manifest;
  const { page, service, site: built } = kernelManifest(kernel);
  const fresh = `${out}.${process.pid}.new`;
  const old = `${out}.${process.pid}.old`;
  try {
    const write = (name: string, content: string | Uint8Array): void => {
      const file = join(fresh, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    };
    mkdirSync(fresh, { recursive: true });
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
        ...[labManifest.entry, page, service, JSON.stringify(site), title],
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
    const first = ["", `kernel/${page}`, `lab/static/${labManifest.entry}`, `contents.json?${build}`];
    write(
      "sw.js",
      `globalThis.chainruleBuild = ${JSON.stringify({ build, first })};\n${readFileSync(join(kernel, service), "utf8")}`,
    );
    write("site.webmanifest", webManifest(title));
    // GitHub Pages would leave out what begins with an underscore.
    write(".nojekyll", "");
    for (const file of files)
      if (file.path.endsWith(".ipynb")) write(pageOf(file.path), storedPage(file, files));
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
    mkdirSync(dirname(out), { recursive: true });
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

/** The address of a notebook's page. */
const pageOf = (path: string): string => `pages/${path.replace(/\.ipynb$/, ".html")}`;

/** A notebook as it is stored, for who reads and does not run it; and as the first sight for who runs it. */
function storedPage({ path, bytes }: SiteFile, files: readonly SiteFile[]): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const up = "../".repeat(path.split("/").length);
  return notebookToHtml(parseNotebook(bytes.toString("utf8"), path), {
    name,
    readPicture: (picture) => {
      const at = join(dirname(path), picture).replaceAll("\\", "/");
      return files.find((one) => one.path === at)?.bytes;
    },
    resolveLink: (address) =>
      /^[^:#?]+\.ipynb(#|$)/.test(address) ? address.replace(".ipynb", ".html") : address,
    runAt: `${up}?path=${path.split("/").map(encodeURIComponent).join("/")}`,
  });
}

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
