/** The module `tslab` for notebooks that were written for it: `tslab.display.html(…)`, `tslab.newDisplay()`. */
import { VERSION } from "#host/program";
import { TSLAB_VERSION, TYPESCRIPT_VERSION } from "../language/versions.js";
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
    versions: { tslab: TSLAB_VERSION, typescript: TYPESCRIPT_VERSION, node: VERSION },
  };
  return { ...module, default: module };
}
