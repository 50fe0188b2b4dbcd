/** Reads and writes notebooks and pages. An error says in a sentence what is wrong; a file is written whole or not at all. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder as makeMissing } from "#host/folders";
import { NotebookFormatError, parseNotebook } from "./format.js";
import type { Notebook } from "./format.js";

/** A file cannot be read or written, or must not be overwritten; the user can mend it. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/**
 * Reads a notebook.
 * @param file its path
 * @param given the path as the user wrote it, for messages
 * @throws FileError when there is none, or when it is not a notebook
 */
export function readNotebook(file: string, given: string = file): Notebook {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "this is a folder" : message;
    throw new FileError(`${given}: ${why}; name a .ipynb file.`, { cause: error });
  }
  try {
    return parseNotebook(text, given);
  } catch (error) {
    if (error instanceof NotebookFormatError) throw new FileError(error.message, { cause: error });
    throw error;
  }
}

/** Makes the folder that a file goes into. @throws FileError */
export function makeFolderOf(file: string): void {
  makeFolder(dirname(file));
}

/** Makes a folder, and those that it lies in, where they are not there. @throws FileError */
export function makeFolder(folder: string): void {
  try {
    makeMissing(folder);
  } catch (error) {
    throw new FileError(`${folder} cannot be made (${(error as Error).message}).`, { cause: error });
  }
}

/** Writes a whole file or none. @throws FileError */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.part`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new FileError(`${file} cannot be written (${(error as Error).message}).`, { cause: error });
  }
}

/** A file's content; undefined when it cannot be read. */
export function readIfThere(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
