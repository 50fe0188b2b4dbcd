/** `node:path` for a browser, as far as notebooks use it. */
import * as paths from "#host/paths";

export const dirname: (path: string) => string = paths.dirname;
export const join: (...parts: string[]) => string = paths.join;
export const normalize: (path: string) => string = paths.normalize;
export const relative: (from: string, to: string) => string = paths.relative;
export const resolve: (...parts: string[]) => string = paths.resolve;

export const sep = "/";

export function basename(path: string, ending = ""): string {
  const name = path.replace(/\/+$/, "").replace(/^.*\//, "");
  return ending !== "" && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}

export function extname(path: string): string {
  return /^.+?(\.[^.]*)$/.exec(basename(path))?.[1] ?? "";
}
