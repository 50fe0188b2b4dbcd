/** The one page: style sheets, a script, and what the front end must know as JSON. */
import { escape } from "html-escaper";
import type { Hub } from "../hub/surroundings.js";
import type { Manifest } from "./bundle.js";

export interface PageOptions {
  /** Such as "/" or "/user/ada/". */
  readonly base: string;
  readonly manifest: Manifest;
  /** The path of the address below the base, not decoded: `lab/doc/tree/a.ipynb`. */
  readonly path: string;
  /** The folder that is served, for people. */
  readonly folder: string;
  readonly hasCourse: boolean;
  /** How to get terminals; undefined where there are some. */
  readonly terminalsInstall: string | undefined;
  /** The JupyterHub that this server is below. */
  readonly hub?: Hub | undefined;
}

export function labPage({
  base,
  manifest,
  path,
  folder,
  hasCourse,
  terminalsInstall,
  hub,
}: PageOptions): string {
  const asset = (name: string): string => escape(`${base}static/${name}`);
  const options = {
    ...addresses(base),
    ...placeOf(path),
    ...fixed,
    // The page says this of JupyterLab.
    appVersion: `${manifest.jupyterlab ?? ""} in chainrule ${manifest.version}`.trim(),
    serverRoot: folder,
    courseAvailable: hasCourse,
    terminalsAvailable: terminalsInstall === undefined,
    terminalsInstall: terminalsInstall ?? "",
    ...(hub && {
      hubPrefix: `${hub.base}hub/`,
      hubHost: hub.host,
      hubUser: hub.user,
      hubServerName: hub.server,
    }),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>chainrule</title>
${manifest.icon ? `<link rel="icon" type="image/svg+xml" href="${asset(manifest.icon)}">\n` : ""}${manifest.styles
    .map((name) => `<link rel="stylesheet" href="${asset(name)}">`)
    .join("\n")}
<script id="jupyter-config-data" type="application/json">${JSON.stringify(options).replace(/</g, "\\u003c")}</script>
<script type="module" src="${asset(manifest.entry)}"></script>
</head>
<body></body>
</html>
`;
}

const fixed = {
  appName: "chainrule lab",
  appNamespace: "lab",
  // The cookie is enough.
  token: "",
  wsUrl: "",
  cacheFiles: false,
  devMode: false,
  notebookStartsKernel: true,
  quitButton: true,
  exposeAppInBrowser: true,
  delete_to_trash: false,
  store_id: 0,
  preferredPath: "",
  rootUri: "",
  disabledExtensions: [],
  deferredExtensions: [],
  lockedExtensions: [],
  federated_extensions: [],
};

function addresses(base: string): Record<string, string> {
  const app = {
    appUrl: "lab",
    treeUrl: "lab/tree",
    settingsUrl: "lab/api/settings",
    themesUrl: "lab/api/themes",
    translationsApiUrl: "lab/api/translations",
    workspacesApiUrl: "lab/api/workspaces",
    staticUrl: "static",
  };
  const full = (name: string): string => `full${name[0]!.toUpperCase()}${name.slice(1)}`;
  return {
    baseUrl: base,
    ...Object.fromEntries(
      Object.entries(app).flatMap(([name, path]) => [
        [name, `/${path}`],
        [full(name), base + path],
      ]),
    ),
  };
}

/** What an address asks to see. */
function placeOf(path: string): { mode: string; workspace: string; treePath: string } {
  const found = /^lab(?<doc>\/doc)?(?:\/workspaces\/(?<workspace>[^/]+))?(?:\/tree\/?(?<tree>.*))?$/.exec(
    path,
  );
  const { doc, workspace, tree } = found?.groups ?? {};
  return {
    mode: doc ? "single-document" : "multiple-document",
    workspace: decodeURIComponent(workspace ?? "default"),
    treePath: decodeURIComponent(tree ?? ""),
  };
}
