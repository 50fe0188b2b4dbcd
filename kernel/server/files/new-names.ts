/** Names that are free: `Untitled1.ipynb`, `notes-Copy2.md`. */
import { lstat } from "node:fs/promises";
import { extname } from "node:path";
import type { RootFolder } from "./root-folder.js";

export interface NameParts {
  readonly stem: string;
  /** What stands between the stem and a number. */
  readonly gap: string;
  readonly ending: string;
}

/** @returns the path of the first name that nothing has; numbered from the second on */
export async function freeName(
  root: RootFolder,
  folder: string,
  { stem, gap, ending }: NameParts,
  first = 0,
): Promise<string> {
  for (let number = first; ; number++) {
    const path = within(folder, `${stem}${number === 0 ? "" : gap + number}${ending}`);
    if (!(await isTaken(root, path))) return path;
  }
}

/** The name itself in another folder, NAME-Copy1 beside it. */
export async function freeCopyName(root: RootFolder, folder: string, name: string): Promise<string> {
  const same = within(folder, name);
  if (!(await isTaken(root, same))) return same;
  const ending = extname(name);
  const stem = `${name.slice(0, name.length - ending.length).replace(/-Copy\d*$/, "")}-Copy`;
  return freeName(root, folder, { stem, gap: "", ending }, 1);
}

function within(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

async function isTaken(root: RootFolder, path: string): Promise<boolean> {
  // Without a look behind links: a link to nothing is taken too.
  return lstat(`${root.path}/${path}`).then(
    () => true,
    () => false,
  );
}
