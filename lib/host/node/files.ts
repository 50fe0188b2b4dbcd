/** The user's files, on the disk. */
import { readFileSync, readdirSync } from "node:fs";
import { open, readFile as read } from "node:fs/promises";
import { dirname } from "node:path";
import type { Log } from "../contract.js";
import { writeWhole } from "./write-whole.js";
import { makeFolder } from "./folders.js";

export { basename as lastName, join as inside } from "node:path";
export { writeWhole as writeFile };

export async function readFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function openLog(path: string): Promise<Log> {
  makeFolder(dirname(path));
  const file = await open(path, "a+");
  try {
    const bytes = await file.readFile();
    const end = bytes.lastIndexOf("\n") + 1;
    if (end < bytes.length) await file.truncate(end);
    let last: Promise<unknown> = Promise.resolve();
    const write = async (line: string): Promise<void> => {
      await file.appendFile(`${line}\n`);
      await file.sync();
    };
    return {
      lines: bytes.toString("utf8", 0, end).split("\n").slice(0, -1),
      add(line) {
        const written = last.then(() => write(line));
        last = written.catch(() => {}); // the caller that added the line gets the error
        return written;
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

export function namesIn(folder: string): { folders: string[]; files: string[] } {
  const entries = readdirSync(folder, { withFileTypes: true });
  return {
    folders: entries.filter((entry) => entry.isDirectory()).map(({ name }) => name),
    files: entries.filter((entry) => entry.isFile()).map(({ name }) => name),
  };
}

export function readFileNow(path: string): Uint8Array {
  return readFileSync(path);
}
