/** The environment of this process: its variables, the folder it is in, and what is in folders. */
import { readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type { FolderEntry } from "../kernel-contract.js";

export function variables(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
}

export function setVariable(name: string, value: string): void {
  process.env[name] = value;
}

export function enterFolder(folder: string): string {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`there is no folder ${folder}`);
  process.chdir(folder);
  return process.cwd();
}

export function homeFolder(): string {
  return homedir();
}

export function listFolder(folder: string): readonly FolderEntry[] {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) throw new Error(`there is no folder ${folder}`);
  if (!stat.isDirectory()) return [{ name: folder, isFolder: false, size: stat.size, modified: stat.mtime }];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const one = statSync(path.join(folder, name), { throwIfNoEntry: false });
      return one ? [{ name, isFolder: one.isDirectory(), size: one.size, modified: one.mtime }] : [];
    });
}
