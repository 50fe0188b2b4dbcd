/**
 * The folder for all that chainrule keeps from one start to the next: data sets, and what V8 made of the compiler. The package
 * env-paths says the same and was tried; it opens the standard streams when it is imported, which takes 7 ms of every start.
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
