/** Plugins that the site ships, and modules of the site that are loaded as plugins. */
import type { FoundPlugin, LoadedModule, LoadedPlugin } from "../kernel-contract.js";
import { modulesFrom } from "./modules.js";
import { addressOf, site } from "./site.js";

export function findPlugins(cwd: string, specifiers: readonly string[]): FoundPlugin[] {
  const shipped = (site().plugins ?? []).map(({ specifier }) => specifier);
  return [...new Set([...shipped, ...specifiers])].map((specifier) => ({ specifier, from: cwd }));
}

export async function loadPlugin(specifier: string, from: string): Promise<LoadedPlugin> {
  const shipped = site().plugins?.find((one) => one.specifier === specifier);
  if (!shipped) return { module: (await modulesFrom(from).load(specifier)).namespace, home: undefined };
  return { module: (await import(addressOf(shipped.module))) as LoadedModule, home: shipped.home };
}
