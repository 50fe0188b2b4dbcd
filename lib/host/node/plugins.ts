/** Plugins by package.json: which ones a session has, the file of each, and the package that the file belongs to. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FoundPlugin, LoadedModule, LoadedPlugin } from "../kernel-contract.js";

interface Manifest {
  name?: string;
  chainrule?: { plugins?: unknown; packages?: unknown };
}

/** The kernel's own plugins, then those of the package around the notebook, then the given ones. */
export function findPlugins(cwd: string, specifiers: readonly string[]): FoundPlugin[] {
  const found: FoundPlugin[] = [];
  const own = nearestPackage(path.dirname(fileURLToPath(import.meta.url)));
  const near = nearestPackage(cwd);
  for (const home of new Map([own, near].flatMap((one) => (one ? [[one.root, one]] : []))).values()) {
    const listed = home.manifest.chainrule?.plugins;
    for (const specifier of Array.isArray(listed) ? listed : []) {
      // The kernel's own plugin comes from the same build; before the build there is nothing to load.
      const isOwn = home === own && String(specifier).startsWith(".");
      if (isOwn && !existsSync(path.resolve(home.root, String(specifier)))) continue;
      found.push({ specifier: String(specifier), from: home.root });
    }
  }
  for (const specifier of specifiers) found.push({ specifier, from: cwd });
  return found;
}

export async function loadPlugin(specifier: string, from: string): Promise<LoadedPlugin> {
  const file = await resolvePlugin(specifier, from);
  const module = (await import(pathToFileURL(file).href)) as LoadedModule;
  return { module, home: packageOf(file) };
}

async function resolvePlugin(specifier: string, from: string): Promise<string> {
  if (/^\.{0,2}\//.test(specifier) || path.isAbsolute(specifier)) return path.resolve(from, specifier);
  if (specifier.startsWith("file:")) return fileURLToPath(specifier);
  const require = createRequire(path.join(from, "__plugin__.js"));
  try {
    return require.resolve(specifier);
  } catch (error) {
    // A package for `import` only.
    const { resolve } = await import("import-meta-resolve");
    try {
      return fileURLToPath(resolve(specifier, pathToFileURL(path.join(from, "__plugin__.js")).href));
    } catch {
      throw error;
    }
  }
}

interface Package {
  root: string;
  manifest: Manifest;
}

function nearestPackage(folder: string): Package | undefined {
  for (let root = folder; ; root = path.dirname(root)) {
    const file = path.join(root, "package.json");
    if (existsSync(file)) {
      try {
        return { root, manifest: JSON.parse(readFileSync(file, "utf8")) as Manifest };
      } catch {
        return undefined;
      }
    }
    if (root === path.dirname(root)) return undefined;
  }
}

/** The named package that a file belongs to. */
function packageOf(file: string): LoadedPlugin["home"] {
  const home = nearestPackage(path.dirname(file));
  if (home?.manifest.name === undefined) return undefined;
  const { packages } = home.manifest.chainrule ?? {};
  return {
    name: home.manifest.name,
    root: home.root,
    brings: Array.isArray(packages) ? packages.map(String) : [],
  };
}
