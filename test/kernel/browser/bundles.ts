/**
 * The kernel and the library as scripts for a browser: bundled out of dist/ by esbuild, with nothing in the place of
 * anything. package.json's "imports" choose the browser's host.
 */
import path from "node:path";
import { build } from "esbuild";
import type { BuildOptions, Metafile } from "esbuild";
import { projectRoot } from "../../support/shared.js";

export interface Bundle {
  /** Texts by the names that the scripts have for each other. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly metafile: Metafile;
}

/** @param entries  name of a script → module, as a file seen from the project's folder */
export async function bundle(
  entries: Readonly<Record<string, string>>,
  options: Pick<BuildOptions, "keepNames"> = {},
): Promise<Bundle> {
  const outdir = path.join(projectRoot, "build/browser");
  const { outputFiles, metafile } = await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, path.join(projectRoot, file)]),
    ),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    absWorkingDir: projectRoot,
    outdir,
    metafile: true,
    write: false,
    logLevel: "silent",
    ...options,
  });
  const scripts = new Map(outputFiles.map((file) => [path.relative(outdir, file.path), file.text]));
  return { scripts, metafile };
}

/** What the scripts of a bundle still import from outside. */
export function importsFromOutside({ metafile }: Bundle): string[] {
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return [...new Set(imports.filter((one) => one.external).map((one) => one.path))];
}
