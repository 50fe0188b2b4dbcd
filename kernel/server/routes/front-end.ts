/** Routes of the front end: the page, its files, settings, layouts, translations. */
import { Bundle } from "../front-end/bundle.js";
import { labPage } from "../front-end/page.js";
import { Settings } from "../front-end/settings.js";
import { Workspaces } from "../front-end/workspaces.js";
import { route } from "../http/router.js";
import type { Hub } from "../hub/surroundings.js";
import type { Route } from "../http/router.js";
import { sendFile } from "../http/send-file.js";
import type { StateFolder } from "../state-folder.js";

export interface FrontEndServices {
  readonly base: string;
  readonly state: StateFolder;
  /** The folder of the built front end. */
  readonly bundle: string;
  /** The folder that is served, for people. */
  readonly folder: string;
  readonly hasCourse: boolean;
  /** How to get terminals; undefined where there are some. */
  readonly terminalsInstall: string | undefined;
  /** The JupyterHub that this server is below. */
  readonly hub?: Hub | undefined;
}

export function frontEndRoutes({ base, state, bundle: path, ...page }: FrontEndServices): Route[] {
  const bundle = new Bundle(path);
  const home = /^\/lab(\/|$)/.test(page.hub?.defaultUrl ?? "") ? page.hub!.defaultUrl!.slice(1) : "lab";
  const settings = new Settings(bundle, state);
  const workspaces = new Workspaces(state);
  return [
    route("GET", "", ({ query }) => ({
      status: 302,
      headers: { Location: `${base}${home}${query.size > 0 ? `?${query}` : ""}` },
    })),
    route("GET", "static/*name", ({ path, request }) =>
      sendFile(bundle.file("static", path.name!), {
        asked: request.headers,
        name: path.name!,
        // A name with a hash of the content.
        lasting: /-[0-9a-f]{8}\./.test(path.name!),
        compressed: true,
      }),
    ),
    route("GET", "lab/api/themes/*name", ({ path, request }) =>
      sendFile(bundle.file("themes", path.name!), {
        asked: request.headers,
        name: path.name!,
        compressed: true,
      }),
    ),

    route("GET", "lab/api/settings/*id", ({ path, query }) => {
      if (path.id !== "") return { json: settings.get(path.id!) };
      const isShort = query.get("ids_only") === "true";
      return { json: { settings: settings.ids().map((id) => (isShort ? { id } : settings.get(id))) } };
    }),
    route("PUT", "lab/api/settings/*id", async ({ path, json }) =>
      settings.set(path.id!, (await json()).raw),
    ),

    route("GET", "lab/api/workspaces/*id", ({ path }) => ({
      json: path.id === "" ? { workspaces: workspaces.all() } : workspaces.get(path.id!),
    })),
    route("PUT", "lab/api/workspaces/*id", async ({ path, json }) => workspaces.set(path.id!, await json())),
    route("DELETE", "lab/api/workspaces/*id", ({ path }) => workspaces.remove(path.id!)),

    route("GET", "lab/api/translations", () => ({
      json: { data: { en: { displayName: "English", nativeName: "English" } }, message: "" },
    })),
    route("GET", "lab/api/translations/:language", () => ({ json: { data: {}, message: "" } })),

    route("GET", "lab/*place", ({ request }) => ({
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        // No more: parts of the front end make functions of texts.
        "Content-Security-Policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
      },
      body: labPage({
        base,
        manifest: bundle.manifest(),
        path: pathOf(request.url ?? "", base),
        ...page,
      }),
    })),
  ];
}

function pathOf(url: string, base: string): string {
  return url.slice(base.length).replace(/\?.*$/s, "").replace(/\/$/, "");
}
