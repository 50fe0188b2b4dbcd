/**
 * The first script of the page: it answers Jupyter's interfaces in the page, starts a kernel, and only then the front end
 * loads, which asks for `globalThis.chainruleServices` and knows no other difference to a server.
 */
import { Contents } from "./contents.js";
import { contentsRoutes } from "./contents-routes.js";
import { courseRoutes } from "./course-routes.js";
import { frontEndRoutes } from "./front-end-routes.js";
import { kernelRoutes } from "./kernel-routes.js";
import { Kernels } from "./kernels.js";
import { showStored } from "./first-paint.js";
import { isolate } from "./isolation.js";
import { LeftBehind, takeUpLeftBehind } from "./left-behind.js";
import { fetchByRoutes } from "./routes.js";
import { Shelf } from "./shelf.js";
import { socketTo } from "./socket.js";
import { Store } from "./store.js";
import { configure, jsonOf, page } from "./page.js";

/** What the page says of its site (lib/host/browser/site.ts), as far as this script uses it. */
interface Site {
  readonly base?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly declarations?: Readonly<Record<string, string>>;
  /** The worker in which a search tries configurations. */
  readonly search?: string;
  /** A hash of the whole site. */
  readonly build?: string;
  /** The front end's script. */
  readonly frontEnd?: string;
}

const base = new URL(".", page.location.href).href;
const given = jsonOf("chainrule-site") as Site;
const { searchParams: query, hash } = new URL(page.location.href);
const path = query.get("path") ?? "";

async function start(loading: AbortSignal): Promise<unknown> {
  const site = { ...given, base: new URL(given.base ?? ".", base).href };
  const settings = {
    ...site.settings,
    ...(site.search !== undefined && { CHAINRULE_SEARCH_WORKER: new URL(site.search, site.base).href }),
  };
  const kernels = new Kernels({ settings, declarations: site.declarations ?? {} });
  const shelf = new Shelf(base, given.build ?? "");
  const { pathname } = new URL(base);
  const store = new Store(pathname);
  const contents = new Contents(shelf, store);
  const routes = [
    ...courseRoutes(shelf, contents),
    ...contentsRoutes(contents),
    ...kernelRoutes(kernels, new URL("lab/static/icon.svg", base).href),
    ...frontEndRoutes(shelf, store),
  ];
  configure(base, query);
  Object.assign(globalThis, {
    chainruleSite: site,
    chainruleServices: { fetch: fetchByRoutes(base, routes), WebSocket: socketTo(kernels) },
  });
  kernels.prepare(path);
  await takeUpLeftBehind(contents, new LeftBehind(pathname), loading);
  return import(new URL(given.frontEnd ?? "", base).href);
}

const paint = showStored(base, path, given.build ?? "", hash);
if (await isolate(new URL("sw.js", base).href)) {
  paint.say("Fetching the notebook editor …");
  const loading = new AbortController();
  await start(loading.signal);
  await paint.leave();
  loading.abort();
}
