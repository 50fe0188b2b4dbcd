/**
 * Packages of npm's for the cells of a website: each is bundled for the browser by esbuild, which the lecturer installs for
 * this alone, and its declarations go among the types that cells are checked with.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, Plugin } from "esbuild";
import { FileError } from "../../notebook/files.js";

/** What a website gets with its packages. */
export interface SitePackages {
  /** Specifier → address below kernel/. */
  readonly modules: Readonly<Record<string, string>>;
  /** Scripts below kernel/. */
  readonly scripts: Readonly<Record<string, Uint8Array>>;
  /** Declarations, by the path where the website's compiler looks for them. */
  readonly types: Readonly<Record<string, string>>;
  /** Those without declarations: their values are `any`. */
  readonly untyped: readonly string[];
}

/** Where the scripts lie, below kernel/. */
const FOLDER = "packages";

/** Where cells find packages. */
const TYPES = "/course/node_modules";

/** Esbuild's version that this package is tested with. */
export const ESBUILD_INSTALL = "npm install esbuild";

/**
 * @param names specifiers, such as "d3-array"
 * @param folder where they are installed, or above
 * @param own what the website ships anyhow: specifier → address below kernel/
 * @throws FileError for a package that is not installed or that no browser can run, and when esbuild is missing
 */
export async function sitePackages(
  names: readonly string[],
  folder: string,
  own: Readonly<Record<string, string>>,
): Promise<SitePackages> {
  const wanted = [...new Set(names)].filter((name) => !Object.hasOwn(own, name));
  for (const name of wanted)
    if (!/^(?:@[\w.-]+\/)?[\w.-]+(?:\/[\w./-]+)?$/.test(name) || name.startsWith("."))
      throw new FileError(`site: --with ${name}: this is no name of a package.`);
  if (wanted.length === 0) return { modules: {}, scripts: {}, types: {}, untyped: [] };
  const { modules, scripts } = await bundled(wanted, folder, own);
  return { modules, scripts, ...(await declarations(wanted, folder)) };
}

async function bundled(
  names: readonly string[],
  folder: string,
  own: Readonly<Record<string, string>>,
): Promise<Pick<SitePackages, "modules" | "scripts">> {
  const { build } = await loadEsbuild(folder);
  const nameOf = (specifier: string): string => specifier.replaceAll("@", "").replaceAll("/", "-");
  try {
    const { metafile, outputFiles } = await build({
      entryPoints: names.map((name) => ({ in: name, out: nameOf(name) })),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      minify: true,
      // Names are shown to the user.
      keepNames: true,
      legalComments: "eof",
      absWorkingDir: folder,
      outdir: join(folder, FOLDER),
      entryNames: "[name]-[hash]",
      chunkNames: "[name]-[hash]",
      define: { "process.env.NODE_ENV": '"production"' },
      plugins: [shared(own)],
      metafile: true,
      write: false,
      logLevel: "silent",
    });
    const entries = new Map(
      Object.entries(metafile.outputs).flatMap(([file, { entryPoint }]) =>
        entryPoint === undefined ? [] : [[basename(file).replace(/-[^-]*$/, ""), basename(file)]],
      ),
    );
    return {
      modules: Object.fromEntries(names.map((name) => [name, `${FOLDER}/${entries.get(nameOf(name))}`])),
      scripts: Object.fromEntries(
        outputFiles.map(({ path, contents }) => [`${FOLDER}/${basename(path)}`, contents]),
      ),
    };
  } catch (error) {
    throw new FileError(`site: --with: ${reason(error as Partial<BuildFailure>, names, folder)}`, {
      cause: error,
    });
  }
}

/** Modules that the website has are imported from there, so that their classes are the same. */
function shared(own: Readonly<Record<string, string>>): Plugin {
  return {
    name: "shared",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async ({ path, resolveDir, kind, pluginData }) => {
        if (pluginData === "asked" || kind === "entry-point") return undefined;
        const name = isBuiltin(path) && !path.startsWith("node:") ? `node:${path}` : path;
        if (!Object.hasOwn(own, name)) return undefined;
        // A package may say what it has in a browser in the place of a module of Node's.
        const found = isBuiltin(path)
          ? await build.resolve(path, { resolveDir, kind, pluginData: "asked" })
          : undefined;
        return found?.errors.length === 0 ? found : { path: `../${own[name]}`, external: true };
      });
    },
  };
}

async function loadEsbuild(folder: string): Promise<typeof import("esbuild")> {
  for (const from of [join(folder, "x.js"), join(process.cwd(), "x.js"), import.meta.url])
    try {
      return (await import(pathToFileURL(createRequire(from).resolve("esbuild")).href)) as never;
    } catch {
      // It is searched in the next place.
    }
  throw new FileError(
    `site: --with bundles packages by esbuild, which is not installed; install it beside them: ${ESBUILD_INSTALL}.`,
  );
}

function reason(
  { errors, message }: Partial<BuildFailure>,
  names: readonly string[],
  folder: string,
): string {
  const missing = /^Could not resolve "(.+)"/.exec(errors?.[0]?.text ?? "")?.[1];
  if (missing === undefined) return errors?.[0]?.text ?? message ?? "the packages could not be bundled";
  if (names.includes(missing))
    return `${missing} is not installed in ${folder}; install it there: npm install ${missing}.`;
  const file = errors?.[0]?.location?.file ?? "a package";
  if (isBuiltin(missing)) return `${file} needs ${missing} of Node's, which no browser has.`;
  return `${file} needs ${missing}, which is not installed.`;
}

/** What a compiler reads in a package.json. */
const READ = ["name", "version", "type", "types", "typings", "typesVersions", "main", "module", "exports"];

async function declarations(
  names: readonly string[],
  folder: string,
): Promise<Pick<SitePackages, "types" | "untyped">> {
  const { default: ts } = await import("typescript");
  const options = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    noLib: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const importer = join(folder, "packages-of-the-site.ts").replaceAll("\\", "/");
  const { getSourceFile, fileExists } = host;
  const text = names.map((name) => `import ${JSON.stringify(name)};`).join("\n");
  host.fileExists = (file) => file === importer || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === importer ? ts.createSourceFile(file, text, options.target) : getSourceFile(file, ...rest);
  const untyped = names.filter((name) => {
    const { resolvedModule } = ts.resolveModuleName(name, importer, options, host);
    return !/\.d\.[cm]?ts$/.test(resolvedModule?.resolvedFileName ?? "");
  });
  const types: Record<string, string> = {};
  for (const { fileName, text } of ts.createProgram([importer], options, host).getSourceFiles()) {
    const place = placeOf(fileName);
    if (place === undefined || place.startsWith("@types/node/") || place.startsWith("undici-types/"))
      continue;
    types[`${TYPES}/${place}`] = text;
    for (let at = dirname(fileName); at.includes("node_modules/"); at = dirname(at)) {
      const file = `${at}/package.json`;
      if (!existsSync(file)) continue;
      const whole = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      types[`${TYPES}/${placeOf(file)}`] = JSON.stringify(
        Object.fromEntries(READ.flatMap((key) => (key in whole ? [[key, whole[key]]] : []))),
      );
    }
  }
  return { types, untyped };
}

/** A file's path below node_modules; pnpm's folders, which hold one package each, are as if there were one. */
function placeOf(file: string): string | undefined {
  const [, ...parts] = file.split("/node_modules/");
  return file.includes("/node_modules/.pnpm/") ? parts.at(-1) : parts.join("/node_modules/") || undefined;
}
