/** The parts of a web page that this folder uses and that Node's types do not declare, and what the page says as JSON. */
export interface Page {
  readonly location: { readonly href: string; reload(): void };
  readonly document: {
    getElementById(id: string): PageElement | null;
    createElement(name: string): PageElement;
    querySelector(selector: string): PageElement | null;
    querySelectorAll(selector: string): Iterable<PageElement>;
    readonly body: PageElement;
    readonly visibilityState: string;
    addEventListener(event: "visibilitychange", listener: () => void): void;
  };
  readonly navigator: {
    /** Absent in a page that was not loaded by HTTPS, and in some private windows. */
    readonly serviceWorker?: { register(script: string): Promise<unknown>; readonly ready: Promise<unknown> };
    readonly storage?: { persist(): Promise<boolean> };
  };
  readonly crossOriginIsolated?: boolean;
  readonly sessionStorage: PageStorage;
  readonly localStorage: PageStorage;
  readonly indexedDB: { open(name: string): OpenRequest };
  addEventListener(event: "pagehide" | "pageshow", listener: (event: Passage) => void): void;
  /** Another page has written into `localStorage`. */
  addEventListener(event: "storage", listener: () => void, options: object): void;
}

/** That a reader leaves a page, or sees it again. */
export interface Passage {
  /** Whether the browser may keep the page, frozen, and show it again; or has done so. */
  readonly persisted: boolean;
}

/** Texts by their names. */
export interface PageStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  /** @throws Error when there is no more room */
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** What IndexedDB is asked to open. */
export interface OpenRequest {
  readonly result: Database;
  readonly error: unknown;
  /** While a new database is made. */
  readonly transaction: Transaction | null;
  onupgradeneeded: (() => void) | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

export interface Database {
  createObjectStore(name: string): void;
  transaction(store: string, mode: string): Transaction;
  close(): void;
  onclose: (() => void) | null;
}

export interface Transaction {
  objectStore(name: string): unknown;
  /** @throws Error when it has ended */
  abort(): void;
  addEventListener(event: "complete" | "abort", listener: () => void): void;
}

export interface PageElement {
  textContent: string | null;
  id: string;
  append(...children: PageElement[]): void;
  remove(): void;
  setAttribute(name: string, value: string): void;
  addEventListener(event: "load", listener: () => void): void;
  /** Of a frame: the page in it, where that is of this website. */
  readonly contentDocument?: Page["document"] | null;
}

/** `globalThis`, typed as a page's. */
export const page = globalThis as unknown as Page;

/** What a script element of the page holds. @throws Error when it is not there */
export function jsonOf(id: string): unknown {
  const text = page.document.getElementById(id)?.textContent;
  if (text == null) throw new Error(`The page has no element ${id}.`);
  return JSON.parse(text);
}

/** Tells the front end where the site is, whatever address that has, and what to open. */
export function configure(base: string, query: URLSearchParams): void {
  const element = page.document.getElementById("jupyter-config-data");
  if (!element) throw new Error("The page has no element jupyter-config-data.");
  const { pathname } = new URL(base);
  const path = query.get("path") ?? "";
  const app = {
    appUrl: "lab",
    treeUrl: "lab/tree",
    settingsUrl: "lab/api/settings",
    themesUrl: "lab/themes",
    translationsApiUrl: "lab/api/translations",
    workspacesApiUrl: "lab/api/workspaces",
    staticUrl: "lab/static",
  };
  const full = (name: string): string => `full${name[0]!.toUpperCase()}${name.slice(1)}`;
  element.textContent = JSON.stringify({
    ...(JSON.parse(element.textContent ?? "{}") as object),
    baseUrl: pathname,
    treePath: path,
    // A link to a notebook opens that one, and not what was open beside another.
    workspace: query.get("workspace") ?? (path === "" ? "default" : `at-${path.replace(/[^\w-]+/g, "-")}`),
    ...Object.fromEntries(
      Object.entries(app).flatMap(([name, place]) => [
        [name, `/${place}`],
        [full(name), pathname + place],
      ]),
    ),
  });
}
