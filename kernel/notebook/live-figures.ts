/**
 * Widgets with a front end of their own, alive on an exported page without a kernel: the module's own text runs on the page
 * over a model that keeps the state there. The page's content policy allows these scripts by their hashes and no other.
 */
import { sha256 } from "./sha256.js";
import type { KeptModel } from "./widget-states.js";

/** A module's last statement when it was bundled: the only one that a script which is no module cannot have. */
const EXPORT = /export\s*\{\s*([\w$]+)\s+as\s+default\s*,?\s*\}\s*;?\s*$/;

/** The scripts of one page. */
export class LiveFigures {
  readonly #hashes: string[] = [];

  /**
   * The widget in place of its still picture, which a page without scripts keeps.
   * @param still the picture as HTML
   * @returns undefined for another kind of widget, or a module that was not bundled into one file
   */
  render({ model_module, state, buffers }: KeptModel, still: string): string | undefined {
    const { _esm: code, ...rest } = state;
    const found = model_module === "anywidget" && typeof code === "string" ? EXPORT.exec(code) : null;
    if (!found || buffers) return undefined;
    const id = `live-${this.#hashes.length + 1}`;
    const values = Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith("_")));
    const script = inScript(
      `${(code as string).slice(0, found.index)}\n` +
        `{ const state = ${JSON.stringify(values)}, calls = {};\n` +
        `const model = { get: (name) => state[name],\n` +
        `  set(name, value) { state[name] = value; for (const call of calls["change:" + name] ?? []) call(); },\n` +
        `  save_changes() {}, send() {}, on(name, call) { (calls[name] ??= []).push(call); },\n` +
        `  off(name, call) { calls[name] = (calls[name] ?? []).filter((one) => one !== call); } };\n` +
        `const el = document.getElementById("${id}"); el.replaceChildren(); ${found[1]}.render({ model, el }); }`,
    );
    this.#hashes.push(sha256(script));
    return `<div id="${id}">${still}</div>\n<script type="module">${script}</script>`;
  }

  /** The scripts' hashes, which the page's content policy names. */
  get hashes(): readonly string[] {
    return this.#hashes;
  }
}

/** A script's text such that nothing in it ends the element. */
export function inScript(code: string): string {
  return code
    .replace(/<\/(script)/gi, "<\\/$1")
    .replaceAll("<!--", "<\\!--")
    .replace(/\r\n?/g, "\n");
}
