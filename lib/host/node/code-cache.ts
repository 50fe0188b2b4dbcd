/** Where V8's compiled code is kept from one start to the next: in the user's cache folder. */
import { homedir } from "node:os";
import path from "node:path";

export function codeCacheFolder(): string {
  const base =
    process.env["XDG_CACHE_HOME"] ??
    (process.platform === "win32" ? process.env["LOCALAPPDATA"] : undefined) ??
    path.join(homedir(), ".cache");
  return path.join(base, "chainrule");
}
