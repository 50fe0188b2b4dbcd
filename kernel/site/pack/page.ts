/** The website's one page. Every address in it is relative, so that the site works below any path. */
import { escape } from "html-escaper";
import type { Manifest } from "../../server/front-end/bundle.js";

export interface SitePageOptions {
  readonly title: string;
  readonly manifest: Manifest;
  /** The page's first script, below kernel/. */
  readonly script: string;
  /** What lib/host/browser/site.ts knows of the site, but for its address. */
  readonly site: object;
  /** Scripts that the kernel needs first. */
  readonly early: readonly string[];
  /** A hash of the whole site. */
  readonly build: string;
}

const config = {
  appName: "chainrule",
  appNamespace: "lab",
  token: "",
  wsUrl: "",
  cacheFiles: false,
  devMode: false,
  notebookStartsKernel: true,
  quitButton: false,
  terminalsAvailable: false,
  exposeAppInBrowser: true,
  delete_to_trash: false,
  store_id: 0,
  preferredPath: "",
  rootUri: "",
  serverRoot: "",
  courseAvailable: "true",
  mode: "multiple-document",
  // What it shows comes from Node's inspector.
  disabledExtensions: ["@jupyterlab/debugger-extension"],
  deferredExtensions: [],
  lockedExtensions: [],
  federated_extensions: [],
};

/** JSON that may stand in a script element. */
const json = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c");

export function sitePage({ title, manifest, script, site, early, build }: SitePageOptions): string {
  const asset = (name: string): string => escape(`lab/static/${name}`);
  const appVersion = `${manifest.jupyterlab ?? ""} in chainrule ${manifest.version}`.trim();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
${early.map((name) => `<link rel="modulepreload" href="${escape(`kernel/${name}`)}">`).join("\n")}
<link rel="modulepreload" href="${asset(manifest.entry)}">
${manifest.icon ? `<link rel="icon" type="image/svg+xml" href="${asset(manifest.icon)}">` : ""}
<link rel="manifest" href="site.webmanifest">
${manifest.styles.map((name) => `<link rel="stylesheet" href="${asset(name)}">`).join("\n")}
<script id="chainrule-site" type="application/json">${json({
    ...site,
    base: "kernel/",
    build,
    frontEnd: `lab/static/${manifest.entry}`,
  })}</script>
<script id="jupyter-config-data" type="application/json">${json({ ...config, appVersion })}</script>
<script type="module" src="kernel/${escape(script)}"></script>
</head>
<body><noscript>This page runs its notebooks with JavaScript, which is turned off. <a href="pages/index.html">Read them</a> without.</noscript></body>
</html>
`;
}
