/**
 * Maps the links of an exported page. A link to another notebook becomes a link to that notebook's page. Any other
 * relative link still leads to its file, also when the page lies in another folder than the notebook.
 */
import { existsSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";

export interface LinkOptions {
  /** The notebook's file: an absolute path. */
  readonly notebook: string;
  /** The page's file: an absolute path. Every page has the same ending, such as ".html". */
  readonly page: string;
  /** Pages by the absolute path of their notebook. Any other notebook's page is expected in the same place beside it. */
  readonly pages?: ReadonlyMap<string, string>;
}

/** Maps an address in the notebook to the address on the page. */
export function linkOnPage(address: string, { notebook, page, pages }: LinkOptions): string {
  const [, path = "", rest = ""] = /^([^?#]*)([^]*)$/.exec(address) ?? [];
  if (path === "" || /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(path)) return address;
  const decoded = decode(path);
  if (decoded === undefined) return address;
  const target = resolve(dirname(notebook), decoded);
  const own = pages?.get(target);
  if (own !== undefined) return encoded(relative(dirname(page), own)) + rest;
  const ending = /\.\w+$/.exec(page)?.[0] ?? "";
  // The other notebook may be exported later: its page will lie where this one does.
  if (/\.ipynb$/i.test(path) && existsSync(target)) return path.replace(/\.ipynb$/i, ending) + rest;
  if (dirname(page) === dirname(notebook)) return address;
  return encoded(relative(dirname(page), target)) + rest;
}

function decode(path: string): string | undefined {
  try {
    return decodeURI(path);
  } catch {
    return undefined;
  }
}

function encoded(path: string): string {
  return encodeURI(path.replaceAll(sep, "/")).replace(/[?#]/g, encodeURIComponent);
}
