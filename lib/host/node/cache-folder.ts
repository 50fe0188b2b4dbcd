/** The folder for all that chainrule keeps from one start to the next: data sets, and what V8 made of the compiler. */
import envPaths from "env-paths";

/**
 * `$CHAINRULE_CACHE`, or where the system keeps caches: `$XDG_CACHE_HOME/chainrule` or `~/.cache/chainrule`,
 * `~/Library/Caches/chainrule` on macOS, `%LOCALAPPDATA%\chainrule\Cache` on Windows.
 */
export function cacheFolder(): string {
  return process.env.CHAINRULE_CACHE || envPaths("chainrule", { suffix: "" }).cache;
}
