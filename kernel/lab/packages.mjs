/** Which of JupyterLab's packages the front end is made of, and what the build must know of each. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package. */
export const here = fileURLToPath(new URL(".", import.meta.url));

/** Resolves as a file of this folder would. */
export const require = createRequire(join(here, "package.json"));

const lab = (/** @type {string} */ names) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `@jupyterlab/${name}-extension`);

/** The packages whose plugins start, in the order in which their style sheets apply. */
export const extensions = [
  ...lab(`
    application apputils audio cell-toolbar celltags codemirror completer console csvviewer debugger docmanager documentsearch
    filebrowser fileeditor help htmlviewer hub imageviewer inspector javascript json launcher logconsole mainmenu
    markdownviewer markedparser mathjax metadataform notebook pdf rendermime running services settingeditor shortcuts
    statusbar terminal theme-dark theme-dark-high-contrast theme-light toc tooltip translation ui-components vega5 video
    workspaces
  `),
  "@jupyter-widgets/jupyterlab-manager",
];

/** Style sheets that no plugin's package asks for. */
export const moreStyles = [
  "@jupyterlab/application/style/index.js",
  // The icons of widgets.
  "@fortawesome/fontawesome-free/css/all.min.css",
  "@fortawesome/fontawesome-free/css/v4-shims.min.css",
];

/** Plugins that never start, each with what it would ask for in vain or what takes its place. */
export const disabled = {
  "@jupyterlab/apputils-extension:announcements": "news from the internet",
  "@jupyterlab/apputils-extension:licenses-plugin": "a list of licences from the server",
  "@jupyterlab/fileeditor-extension:language-server": "a language server",
  "@jupyterlab/notebook-extension:cell-executor": "chainrule:cell-executor",
  "@jupyterlab/notebook-extension:language-server": "a language server",
  "@jupyterlab/vega5-extension:factory": "chainrule:charts",
};

/** Packages that would break the page if it held two of them: each keeps a registry, or is asked `instanceof`. */
export const single =
  /^(react|react-dom|yjs|@codemirror\/(state|view|language)|@lezer\/(common|highlight|lr)|@lumino\/.+|@jupyter\/(ydoc|web-components|react-components)|@microsoft\/fast-.+|@jupyterlab\/.+|@jupyter-widgets\/.+)$/;

/**
 * The manifest of a package.
 *
 * @param {string} name
 * @returns {Manifest}
 */
export function manifestOf(name) {
  return require(`${name}/package.json`);
}

/**
 * The folder of a package.
 *
 * @param {string} name
 */
export function folderOf(name) {
  return dirname(require.resolve(`${name}/package.json`));
}

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} [license]
 * @property {string} [styleModule] imports its style sheets
 * @property {{ extension?: boolean | string, mimeExtension?: boolean | string, schemaDir?: string, themePath?: string }} [jupyterlab]
 */
