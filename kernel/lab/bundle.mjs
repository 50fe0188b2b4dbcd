/** Bundles the front end with rspack: scripts and style sheets, themes, schemas of settings, licences, manifest. */
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rspack } from "@rspack/core";
import { compressAll } from "./compress.mjs";
import { packageOf, writeLicences } from "./licences.mjs";
import { disabled, extensions, folderOf, here, manifestOf, moreStyles, single } from "./packages.mjs";

const hashed = "[name]-[contenthash:8]";

/** @type {import("@rspack/core").Configuration} */
const common = {
  context: here,
  mode: "production",
  target: ["web", "es2022"],
  devtool: false,
  resolve: {
    extensions: [".ts", ".js"],
    extensionAlias: { ".js": [".ts", ".js"] },
    // Modules of Node that some packages name and no browser has.
    fallback: { util: false, url: false, path: false, fs: false, crypto: false },
  },
  module: {
    rules: [
      { test: /\.ts$/, loader: "builtin:swc-loader", options: { jsc: { parser: { syntax: "typescript" } } } },
      { test: /\.js$/, resolve: { fullySpecified: false } },
      { test: /\.css$/, exclude: /\.raw\.css$/, type: "css" },
      { test: /\.raw\.css$/, type: "asset/source" },
      { test: /\.md$/, type: "asset/source" },
      // An icon is text for a script and a picture for a style sheet.
      { test: /\.svg$/, exclude: /webfonts/, issuer: /\.css$/, type: "asset/inline" },
      { test: /\.svg$/, issuer: /\.[jt]s$/, type: "asset/source" },
      { test: /\.(woff2?|gif|png|jpg|html)$/, exclude: /webfonts.*\.woff$/, type: "asset/resource" },
      // Every browser that runs the page reads woff2; the other forms of a font are named and never asked for.
      { test: /\.(ttf|eot)$|webfonts.*\.(svg|woff)$/, type: "asset/resource", generator: { emit: false } },
    ],
    parser: { css: { namedExports: false } },
  },
  plugins: [
    new rspack.DefinePlugin({ "process.env": "({})", "process.argv": "[]" }),
    // A function's name is not replaced where it is called; the paths of all links are made by such a call.
    new rspack.ProvidePlugin({ "process.cwd": [join(here, "page", "root.ts"), "cwd"] }),
  ],
  performance: { hints: false },
};

/**
 * @param {string} out a folder that is not there
 * @param {{ root: string, sources: string }} of the project's folder; a hash of what the bundle is made from
 */
export async function bundle(out, { root, sources }) {
  await mkdir(out, { recursive: true });
  const page = await pack({
    ...common,
    entry: { main: join(here, "page", "main.ts") },
    resolve: { ...common.resolve, alias: { chosen$: await writeChosen() } },
    output: {
      path: join(out, "static"),
      filename: `${hashed}.js`,
      chunkFilename: `chunks/${hashed}.js`,
      cssFilename: `${hashed}.css`,
      cssChunkFilename: `chunks/${hashed}.css`,
      assetModuleFilename: `assets/${hashed}[ext]`,
      publicPath: "auto",
    },
  });
  const files = [...page.files];
  const themes = extensions.filter((name) => manifestOf(name).jupyterlab?.themePath);
  for (const name of themes) {
    const theme = await pack({
      ...common,
      entry: { index: join(folderOf(name), manifestOf(name).jupyterlab?.themePath ?? "") },
      output: {
        path: join(out, "themes", name),
        filename: "nothing.js",
        cssFilename: "index.css",
        assetModuleFilename: `${hashed}[ext]`,
        publicPath: "",
      },
    });
    files.push(...theme.files);
  }
  const folders = new Map(files.map((file) => [packageOf(file), file]));
  folders.delete(undefined);
  const bundled = /** @type {string[]} */ ([...folders.keys()]);
  refuseTwins(bundled);
  await writeLicences(bundled, join(out, "licences.txt"));
  await copyFile(join(root, "kernel", "logos", "logo-svg.svg"), join(out, "static", "icon.svg"));
  const manifest = {
    version: JSON.parse(await readFile(join(root, "package.json"), "utf8")).version,
    jupyterlab: manifestOf("@jupyterlab/application").version,
    entry: page.assets.find((name) => /^main-.*\.js$/.test(name)),
    styles: page.assets.filter((name) => name.endsWith(".css")),
    icon: "icon.svg",
    packages: Object.fromEntries(extensions.map((name) => [name, manifestOf(name).version])),
    schemas: await copySchemas(join(out, "schemas")),
    themes,
    disabled: Object.keys(disabled),
    sources,
  };
  await Promise.all([compressAll(join(out, "static")), compressAll(join(out, "themes"))]);
  await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { packages: bundled.length };
}

/**
 * Runs rspack.
 *
 * @param {import("@rspack/core").Configuration} configuration
 * @returns {Promise<{ files: string[], assets: string[] }>} the files that went in; what the page loads at once
 */
function pack(configuration) {
  return new Promise((resolve, reject) =>
    rspack(configuration).run((error, stats) => {
      if (error || !stats) return reject(error);
      if (stats.hasErrors()) return reject(new Error(stats.toString({ preset: "errors-only" })));
      const files = filesOf([...stats.compilation.modules]);
      const { entrypoints = {} } = stats.toJson({ all: false, entrypoints: true });
      const assets = Object.values(entrypoints).flatMap(({ assets = [] }) => assets.map(({ name }) => name));
      resolve({ files, assets });
    }),
  );
}

/**
 * The files of modules, and of those that are joined in them.
 *
 * @param {(import("@rspack/core").Module & { resource?: string, modules?: import("@rspack/core").Module[] })[]} modules
 * @returns {string[]}
 */
function filesOf(modules) {
  return modules.flatMap(({ resource, modules: inner = [] }) => [
    ...(resource ? [resource.replace(/[?#].*$/, "")] : []),
    ...filesOf(inner),
  ]);
}

/** Writes the module `chosen`: the style sheets in their order, then the plugins. @returns its path */
async function writeChosen() {
  const styles = extensions.flatMap((name) => {
    const { styleModule } = manifestOf(name);
    return styleModule ? [`${name}/${styleModule}`] : [];
  });
  const plugins = extensions.filter((name) => manifestOf(name).jupyterlab?.extension);
  const mimes = extensions.filter((name) => manifestOf(name).jupyterlab?.mimeExtension);
  const quoted = (/** @type {string} */ text) => JSON.stringify(text);
  const text = [
    ...[...moreStyles, ...styles].map((path) => `import ${quoted(path)};`),
    ...plugins.map((name, i) => `import * as plugin${i} from ${quoted(name)};`),
    ...mimes.map((name, i) => `import * as mime${i} from ${quoted(name)};`),
    `export const plugins = [${plugins.map((_, i) => `plugin${i}`).join(", ")}];`,
    `export const mimes = [${mimes.map((_, i) => `mime${i}`).join(", ")}];`,
    `export const disabled = ${JSON.stringify(Object.keys(disabled))};`,
  ].join("\n");
  const folder = join(here, "node_modules", ".chosen");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "chosen.js"), text);
  return join(folder, "chosen.js");
}

/**
 * Copies the schemas of the settings.
 *
 * @param {string} to
 */
async function copySchemas(to) {
  /** @type {Record<string, string[]>} */
  const schemas = {};
  for (const name of extensions) {
    const folder = manifestOf(name).jupyterlab?.schemaDir;
    if (!folder) continue;
    const from = join(folderOf(name), folder);
    const files = (await readdir(from)).filter((file) => file.endsWith(".json")).sort();
    await mkdir(join(to, name), { recursive: true });
    for (const file of files) await copyFile(join(from, file), join(to, name, file));
    schemas[name] = files.map((file) => file.replace(/\.json$/, ""));
  }
  return schemas;
}

/**
 * Fails when the page would hold two copies of a package that must be there once.
 *
 * @param {string[]} folders
 */
function refuseTwins(folders) {
  /** @type {Map<string, string[]>} */
  const byName = new Map();
  for (const folder of folders) {
    const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
    byName.set(name, [...(byName.get(name) ?? []), folder]);
  }
  const twins = [...byName].filter(([name, copies]) => copies.length > 1 && single.test(name));
  if (twins.length > 0)
    throw new Error(
      `The bundle holds more than one copy of ${twins.map(([name, copies]) => `${name} (${copies.join(", ")})`).join("; ")}. ` +
        "Name one version in the overrides of kernel/lab/package.json, delete its node_modules and lock file, and install anew.",
    );
}
