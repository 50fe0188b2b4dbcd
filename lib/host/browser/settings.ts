/**
 * Settings, which a page gives before it loads the library:
 *
 *     globalThis.chainruleSettings = { CHAINRULE_COMPUTE: "typescript" };
 */
import { web } from "./web.js";

export function setting(name: string): string | undefined {
  return web.chainruleSettings?.[name];
}
