/**
 * `npm run build:site`: bundles what a website needs beside the front end into `dist/site`: the page's services, the
 * kernel's workers, the library, and the types that cells are checked with. `chainrule site` packs it, with no bundler.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { packageOf, writeLicences } from "../lab/licences.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Where the types of this package are, as cells see them. */
const HOME = "/course/node_modules/chainrule";

/** What cells may import: specifier → file. */
const modules = {
  ...Object.fromEntries(
    Object.entries(manifest.exports)
      .filter(([name, target]) => typeof target === "object" && name !== "./plugin" && name !== "./kernel")
      .map(([name, { default: file }]) => [`chainrule${name.slice(1)}`, file]),
  ),
  ndarray: "node_modules/ndarray/ndarray.js",
  "ndarray-ops": "node_modules/ndarray-ops/ndarray-ops.js",
};

/** Modules of Node's that notebooks use, and that the site has its own of. */
const ofNode = {
  "node:assert/strict": "kernel/site/worker/node/assert-strict",
  "node:fs": "kernel/site/worker/node/fs",
  "node:os": "kernel/site/worker/node/os",
  "node:path": "kernel/site/worker/node/path",
  "node:zlib": "kernel/site/worker/node/zlib",
};

/** Globals of Node's that notebooks use. */
const GLOBALS = "declare var process: { readonly env: Readonly<Record<string, string | undefined>> };";

/** The folders of the packages that are given on: bundled, or as types that cells are checked with. */
const packages = new Set(
  ["typescript", "@types/ndarray", "@types/ndarray-ops"].map((name) => join(root, "node_modules", name)),
);

/** A file's name for a specifier. */
const nameOf = (/** @type {string} */ specifier) => specifier.replace(/^node:/, "").replaceAll("/", "-");

/**
 * @param {string} out
 * @param {Record<string, string>} entryPoints name → file
 * @param {import("esbuild").BuildOptions} [options]
 * @returns {Promise<Record<string, string>>} name → file below `out`
 */
async function bundle(out, entryPoints, options) {
  const { metafile } = await build({
    entryPoints: Object.entries(entryPoints).map(([name, file]) => ({ out: name, in: join(root, file) })),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    // Makes PNGs, which a website needs not: its figures are SVG.
    external: ["@resvg/resvg-wasm"],
    absWorkingDir: root,
    outdir: out,
    entryNames: "[name]-[hash]",
    chunkNames: "chunks/[hash]",
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = packageOf(join(root, file));
      if (folder !== undefined && bytesInOutput > 0) packages.add(folder);
    }
  const made = Object.entries(metafile.outputs).flatMap(([file, { entryPoint }]) =>
    entryPoint === undefined ? [] : [[entryPoint, relative(out, join(root, file)).replaceAll("\\", "/")]],
  );
  const byEntry = Object.fromEntries(made);
  return Object.fromEntries(
    Object.entries(entryPoints).map(([name, file]) => [name, byEntry[file.replace(/^\.\//, "")]]),
  );
}

/** The declarations that cells see, by the path where the compiler looks for them. */
function types() {
  /** @type {Record<string, string>} */
  const found = {};
  const add = (/** @type {string} */ folder, /** @type {string} */ at, /** @type {RegExp} */ wanted) => {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort())
      if (wanted.test(name))
        found[`${at}/${name.replaceAll("\\", "/")}`] = readFileSync(join(folder, name), "utf8");
  };
  const packages = join(root, "node_modules");
  add(
    join(packages, "typescript/lib"),
    "/node_modules/typescript/lib",
    /^lib\.(?:es|decorators|webworker)[\w.]*\.d\.ts$/,
  );
  // The web's interfaces are many, and their comments are links to MDN: half of what all types weigh.
  for (const [name, text] of Object.entries(found))
    if (name.includes("lib.webworker")) found[name] = text.replace(/^ *\/\*\*[^]*?\*\/\n/gm, "");
  add(join(dist, "lib"), `${HOME}/dist/lib`, /^(?!host[/\\]).*\.d\.ts$/);
  add(join(dist, "lib/host"), `${HOME}/dist/lib/host`, /contract\.d\.ts$/);
  for (const name of ["ndarray", "ndarray-ops"])
    add(join(packages, "@types", name), `/course/node_modules/@types/${name}`, /(?:\.d\.ts|package\.json)$/);
  found[`${HOME}/package.json`] = JSON.stringify({
    name: "chainrule",
    version: manifest.version,
    type: "module",
    exports: manifest.exports,
  });
  return found;
}

/** The declarations of a module of Node's that the site has its own of. */
function declarationOf(/** @type {string} */ specifier, /** @type {string} */ file) {
  const text = readFileSync(join(dist, `${file}.d.ts`), "utf8").replace(/^(export )?declare /gm, "$1");
  if (/ from "[.#]/.test(text))
    throw new Error(`${file} has types from another file, which its users cannot see.`);
  return `declare module ${JSON.stringify(specifier)} {\n${text}}\n`;
}

async function main() {
  const begun = performance.now();
  if (!existsSync(join(dist, "kernel/site/worker/cells.js"))) throw new Error("Run `npm run build` first.");
  const [fresh, old] = [`site.${process.pid}.new`, `site.${process.pid}.old`].map((name) => join(dist, name));
  try {
    mkdirSync(fresh, { recursive: true });
    const all = {
      ...modules,
      ...Object.fromEntries(Object.entries(ofNode).map(([name, file]) => [name, `dist/${file}.js`])),
    };
    const names = Object.fromEntries(Object.entries(all).map(([name, file]) => [nameOf(name), file]));
    const [kernel, compiler, page, service, cell, element] = await Promise.all([
      // Names are shown to the user: of layers, of functions in a stack.
      bundle(
        fresh,
        {
          cells: "dist/kernel/site/worker/cells.js",
          plugin: "dist/lib/plugin.js",
          search: "dist/lib/train/search/worker.js",
          ...names,
        },
        { splitting: true, keepNames: true },
      ),
      bundle(fresh, { language: "dist/kernel/language/worker.js" }),
      bundle(fresh, { page: "dist/kernel/site/page/main.js" }),
      bundle(fresh, { service: "dist/kernel/site/service-worker.js" }, { format: "iife" }),
      bundle(fresh, { cell: "kernel/site/cell/main.ts" }, { splitting: true }),
      bundle(fresh, { element: "kernel/site/cell/element.ts" }, { format: "iife" }),
    ]);
    const text = JSON.stringify(types());
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
    writeFileSync(join(fresh, `types-${hash}.json`), text);
    await writeLicences([...packages], join(fresh, "licences.txt"));
    const site = {
      version: manifest.version,
      modules: Object.fromEntries(Object.keys(all).map((name) => [name, kernel[nameOf(name)]])),
      search: kernel.search,
      workers: { cells: kernel.cells, language: compiler.language },
      plugins: [
        { specifier: "chainrule/plugin", module: kernel.plugin, home: { name: "chainrule", root: HOME } },
      ],
      types: `types-${hash}.json`,
      declarations: {
        globals: GLOBALS,
        ...Object.fromEntries(
          Object.entries(ofNode).map(([name, file]) => [name, declarationOf(name, file)]),
        ),
      },
    };
    writeFileSync(
      join(fresh, "manifest.json"),
      `${JSON.stringify({ page: page.page, service: service.service, cell: cell.cell, element: element.element, site }, null, 2)}\n`,
    );
    if (existsSync(join(dist, "site"))) renameSync(join(dist, "site"), old);
    renameSync(fresh, join(dist, "site"));
    console.error(
      `dist/site: the kernel for websites, in ${((performance.now() - begun) / 1000).toFixed(1)} s`,
    );
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
