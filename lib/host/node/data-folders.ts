/** Folders of data sets, on the disk. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DiskTrouble, Part } from "../contract.js";
import { cacheFolder } from "./cache-folder.js";
import { withLock } from "./lock.js";
import { PartialFile } from "./partial-file.js";
import { writeWhole } from "./write-whole.js";
import { makeFolder } from "./folders.js";

export { cacheFolder };

export function foldersOf(name: string, folder?: string): string[] {
  if (folder !== undefined) return [resolve(folder)];
  const data = process.env.CHAINRULE_DATA;
  return [...(data ? [resolve(data, name), resolve(data)] : []), join(cacheFolder(), name)];
}

export async function findFile(folder: string, file: string): Promise<string | undefined> {
  // Some archives unpack a file into a folder of its own name.
  for (const path of [join(folder, file), join(folder, `${file}.gz`)])
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  return undefined;
}

export async function filesIn(folder: string): Promise<string[]> {
  return (await stat(folder).catch(() => undefined))?.isDirectory() ? await readdir(folder) : [];
}

export async function readData(path: string): Promise<Uint8Array> {
  return await readFile(path);
}

export async function gunzip(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const [{ promisify }, zlib] = await Promise.all([import("node:util"), import("node:zlib")]);
  return await promisify(zlib.gunzip)(bytes, { maxOutputLength: most });
}

export async function fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T> {
  makeFolder(folder);
  return await withLock(join(folder, ".lock"), fill);
}

export async function openPart(folder: string, name: string): Promise<Part> {
  return await PartialFile.open(folder, name);
}

export async function putData(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(join(folder, file), bytes);
}

/** An error of the file system names the system call that failed; an error of the network names it only in its cause. */
export function diskTrouble(error: unknown): DiskTrouble | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  const code = String(error.code);
  if (["ENOSPC", "EDQUOT"].includes(code)) return { kind: "full", code };
  if (["EACCES", "EPERM", "EROFS"].includes(code)) return { kind: "forbidden", code };
  return { kind: "other", code };
}
