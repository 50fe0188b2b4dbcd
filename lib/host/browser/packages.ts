/** A browser has no npm: a site ships its modules. */
import type { InstalledPackage, PackageRequest, ProgramOptions } from "../kernel-contract.js";
import { site } from "./site.js";

function refused(): never {
  const names = Object.keys(site().modules).sort().join(", ");
  throw new Error(`there is no npm in a browser; this site ships ${names || "no packages"}.`);
}

export function packageRequest(_text: string): PackageRequest {
  return refused();
}

export function installedPackage(_name: string, _folder: string): InstalledPackage | undefined {
  return refused();
}

export function fits(_version: string, _range: string): boolean {
  return refused();
}

export function projectFolder(_folder: string): string {
  return refused();
}

export async function runNpm(_args: readonly string[], _options: ProgramOptions): Promise<void> {
  refused();
}
