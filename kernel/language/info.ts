/** What a notebook's metadata say of the kernel and the language that its cells are written in. */
import { TYPESCRIPT_VERSION } from "./versions.js";

/** The kernel's name among Jupyter's kernels, unless it is installed under another. */
export const KERNEL_NAME = "chainrule";

/** The kernel's name for people. */
export const DISPLAY_NAME = "TypeScript (chainrule)";

/** The entry `kernelspec`: the notebook's own when it names a TypeScript kernel, else this kernel's. */
export function kernelspecMetadata(own: unknown): Record<string, unknown> {
  const given = (typeof own === "object" && own !== null ? own : {}) as Record<string, unknown>;
  if (given.language === "typescript" && typeof given.name === "string") return given;
  return { display_name: DISPLAY_NAME, language: "typescript", name: KERNEL_NAME };
}

/** The entry `language_info`: how a front end colours the cells and what it calls an exported script. */
export function languageInfo(): Record<string, unknown> {
  return {
    codemirror_mode: "typescript", // a name that CodeMirror 5 and 6 know; an object is JavaScript to JupyterLab
    file_extension: ".ts",
    mimetype: "text/typescript",
    name: "typescript",
    nbconvert_exporter: "script",
    pygments_lexer: "typescript",
    version: TYPESCRIPT_VERSION,
  };
}
