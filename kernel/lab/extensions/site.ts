/**
 * On a website the page itself answers what a server answers elsewhere (kernel/site): it says so by
 * `globalThis.chainruleServices`, and these plugins take the place of JupyterLab's. A static host has one page, so the
 * address says by its query what is open: `?path=lectures/10-….ipynb`.
 */
import { IRouter, JupyterFrontEnd, Router } from "@jupyterlab/application";
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { IServerSettings, ServerConnection } from "@jupyterlab/services";
import type { ServiceManagerPlugin } from "@jupyterlab/services";
import type { IPlugin } from "@lumino/coreutils";
import anchor from "./site-anchor.js";
import people from "./site-people.js";
import work from "./site-work.js";

declare global {
  /** What answers the front end in the place of a server. */
  var chainruleServices: Pick<ServerConnection.ISettings, "fetch" | "WebSocket"> | undefined;
}

const settings: ServiceManagerPlugin<ServerConnection.ISettings> = {
  id: "chainrule:page-services",
  description: "Lets the page answer what a server would.",
  autoStart: true,
  provides: IServerSettings,
  activate: () => ServerConnection.makeSettings(globalThis.chainruleServices),
};

/** Says in the query what JupyterLab says by a path. */
class QueryRouter extends Router {
  override navigate(path: string, options: IRouter.INavOptions = {}): void {
    const { pathname, search, hash } = new URL(path, new URL(this.base, window.location.href));
    const below = pathname.startsWith(this.base) ? pathname.slice(this.base.length) : pathname.slice(1);
    const found = /^(?:lab|doc)(?:\/workspaces\/([^/]+))?(?:\/tree(?:\/(.*))?)?$/.exec(below);
    if (!found) return super.navigate(path, options);
    const query = new URLSearchParams(search);
    for (const [name, value] of [
      // Such a one is of the path; see kernel/site/page/page.ts.
      ["workspace", found[1]?.startsWith("at-") ? undefined : found[1]],
      ["path", found[2]],
    ] as const) {
      if (value) query.set(name, decodeURIComponent(value));
      else query.delete(name);
    }
    // Slashes are legible in a query.
    const text = query.toString().replaceAll("%2F", "/");
    const { location, history } = window;
    // The place in the notebook stays as long as the notebook.
    const stays = hash === "" && query.get("path") === new URLSearchParams(location.search).get("path");
    const url = `${this.base}${text && `?${text}`}${stays ? location.hash : hash}`;
    if (url === location.pathname + location.search + location.hash) return;
    if (options.hard) return location.assign(url);
    history.replaceState({}, "", url);
  }
}

const router: JupyterFrontEndPlugin<IRouter> = {
  id: "chainrule:query-router",
  description: "Keeps what is open in the query of the address.",
  autoStart: true,
  requires: [JupyterFrontEnd.IPaths],
  provides: IRouter,
  activate: ({ commands, started }: JupyterFrontEnd, { urls }: JupyterFrontEnd.IPaths) => {
    const made = new QueryRouter({ base: urls.base, commands });
    void started.then(() => made.route());
    return made;
  },
};

const tree: JupyterFrontEndPlugin<JupyterFrontEnd.ITreeResolver> = {
  id: "chainrule:query-path",
  description: "Opens what the address names.",
  autoStart: true,
  provides: JupyterFrontEnd.ITreeResolver,
  activate: () => ({
    paths: Promise.resolve({ browser: "", file: PageConfig.getOption("treePath") }),
  }),
};

export const sitePlugins: readonly IPlugin<never, unknown>[] = [
  settings,
  router,
  tree,
  anchor,
  people,
  work,
] as never;

/** Those of JupyterLab whose place they take. */
export const replaced: readonly string[] = [
  "@jupyterlab/services-extension:server-settings",
  "@jupyterlab/application-extension:router",
  "@jupyterlab/application-extension:tree-resolver",
];

/** Whether this is a website. */
export const isSite: boolean = globalThis.chainruleServices !== undefined;
