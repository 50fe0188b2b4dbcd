/** Data sets on a website: cells there read them by the same calls as in Node, from the files that the lecturer has. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { foldersOf } from "#host/data-folders";
import { FileError } from "../../notebook/files.js";

/** One data set: its files, by their names. */
export interface SiteData {
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/**
 * @param given a data set's name, such as "mnist", or a folder of one
 * @throws FileError when there is no such folder, or it holds no file
 */
export function siteData(given: string): SiteData {
  const isName = /^[\w-]+$/.test(given);
  const places = [resolve(given), ...(isName ? foldersOf(given) : [])].filter(
    // The folder of all data sets is no data set.
    (place) => basename(place) === basename(given),
  );
  const folder = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isDirectory());
  const names = folder === undefined ? [] : filesOf(folder);
  if (folder === undefined || names.length === 0)
    throw new FileError(
      `site: --data ${given}: there are no files of it in ${places.join(", ")}. Give their folder` +
        (isName ? `, or have them fetched once by a cell: await ${given}({ download: true }).` : "."),
    );
  const read = (name: string): Uint8Array => readFileSync(join(folder, name));
  return { name: basename(folder), files: Object.fromEntries(names.map((name) => [name, read(name)])) };
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}
