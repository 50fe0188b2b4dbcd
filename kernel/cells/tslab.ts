/** The module `tslab` for notebooks that were written for it: `tslab.display.html(…)`, `tslab.newDisplay()`. */
import { createRequire } from "node:module";
import { byKind } from "./displays.js";
import type { ByKind, DisplayHandle, DisplayOptions } from "./displays.js";

type Show = (value: unknown, options?: DisplayOptions) => DisplayHandle;
type Content = string | Uint8Array;

/** One method per kind of content, and `raw` for any MIME type. */
export type TslabDisplay = ByKind<void> & { raw(mime: string, content: Content): void };

function displayOf(show: (mime: string, content: Content) => void): TslabDisplay {
  return Object.assign(byKind(show), { raw: show });
}

/** @param show the cells' global `display` */
export function tslabModule(show: Show): Record<string, unknown> {
  const manifest = createRequire(import.meta.url)("tslab/package.json") as {
    version: string;
    dependencies: Record<string, string>;
  };
  const module = {
    display: displayOf((mime, content) => void show({ [mime]: content }, { raw: true })),
    /** A display whose every call replaces what it showed before. */
    newDisplay: (): TslabDisplay => {
      let handle: DisplayHandle | undefined;
      return displayOf((mime, content) => {
        if (handle) handle.update({ [mime]: content });
        else handle = show({ [mime]: content }, { raw: true });
      });
    },
    versions: {
      tslab: manifest.version,
      typescript: manifest.dependencies["@tslab/typescript-for-tslab"],
      node: process.version,
    },
  };
  return { ...module, default: module };
}
