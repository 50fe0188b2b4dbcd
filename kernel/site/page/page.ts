/** The parts of a web page that this folder uses and that Node's types do not declare, and what the page says as JSON. */
interface Page {
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
  readonly sessionStorage: {
    getItem(name: string): string | null;
    setItem(name: string, value: string): void;
    removeItem(name: string): void;
  };
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
