/** A browser passes no environment on, and has one folder. */
import type { FolderEntry } from "../kernel-contract.js";

function refused(what: string): never {
  throw new Error(`a browser has no ${what}; run this notebook in Jupyter for that`);
}

export function variables(): Readonly<Record<string, string>> {
  return refused("environment variables");
}

export function setVariable(_name: string, _value: string): void {
  refused("environment variables");
}

export function enterFolder(_folder: string): string {
  return refused("folders to go to");
}

export function homeFolder(): string {
  return refused("folder of the user");
}

export function listFolder(_folder: string): readonly FolderEntry[] {
  return refused("folders to list");
}
