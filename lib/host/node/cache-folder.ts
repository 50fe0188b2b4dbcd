/**
 * The folder for everything that chainrule keeps from one start to the next: data sets, and V8's compiled code of the
 * compiler. The package env-paths gives the same folders, but opens the standard streams when it is imported, which adds
 * 7 ms to every start.
 */
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * `$CHAINRULE_CACHE`, or where the system keeps caches: `$XDG_CACHE_HOME/chainrule` or `~/.cache/chainrule`,
 * `~/Library/Caches/chainrule` on macOS, `%LOCALAPPDATA%\chainrule\Cache` on Windows.
 */
export function cacheFolder(): string {
  const { env, platform } = process;
  if (env.CHAINRULE_CACHE) return env.CHAINRULE_CACHE;
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "chainrule");
  if (platform === "win32")
    return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "chainrule", "Cache");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "chainrule");
}
