/**
 * The website's service worker. It keeps what the page has fetched, so that a second visit needs no network, and it adds
 * the headers that isolate the page from other origins, which plain hosts cannot set: without isolation there are no
 * threads, no `prompt()`, and no interrupt of a loop.
 *
 * Every address but those of pages names its content by a hash, so what is kept never gets old; a page itself comes from the
 * network whenever there is one, so that a new build arrives.
 */

/** Written in front of this script by the packer. */
interface Build {
  /** A hash of the whole site. */
  readonly build: string;
  /** What is fetched when the worker is installed. */
  readonly first: readonly string[];
}

interface Stored {
  match(request: Request | string): Promise<Response | undefined>;
  put(request: Request | string, response: Response): Promise<void>;
}

interface ExtendableEvent {
  waitUntil(promise: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** The parts of a service worker that Node's types do not declare. */
interface WorkerScope {
  readonly chainruleBuild: Build;
  readonly registration: { readonly scope: string };
  readonly navigator: { readonly userAgent: string };
  readonly caches: {
    open(name: string): Promise<Stored>;
    keys(): Promise<string[]>;
    delete(name: string): Promise<boolean>;
  };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(event: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(event: "fetch", listener: (event: FetchEvent) => void): void;
}

const worker = globalThis as unknown as WorkerScope;
const { scope } = worker.registration;
const { build, first } = worker.chainruleBuild;

/** One host may have several sites. */
const OWN = `chainrule ${new URL(scope).pathname} `;

/** The site's own files: a host may have other pages below the same address, which are not this worker's. */
const FILES =
  /^(?:(?:cell|files|kernel|lab|pages)\/.*|(?:index\.html|cell\.js|contents\.json|site\.webmanifest)?)$/;

/** The folders of the pages whose addresses stay the same: the notebook's, and that of one live cell. */
const PAGES = ["", "cell/"];

/** Milliseconds after which the page that was kept is shown, if the network has not answered. */
const PATIENCE = 4000;

const opened = (): Promise<Stored> => worker.caches.open(OWN + build);

// Safari knows the strict way alone, in which no other host's pictures are shown.
const isSafari = /^((?!Chrom|Firefox).)*Safari/.test(worker.navigator.userAgent);
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": isSafari ? "require-corp" : "credentialless",
  "Cross-Origin-Resource-Policy": "same-origin",
};

worker.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await opened();
      // One that is missing now is fetched when it is used.
      await Promise.allSettled(
        first.map((name) => fetchInto(cache, new Request(new URL(name, scope)), event)),
      );
      await worker.skipWaiting();
    })(),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await worker.caches.keys())
        if (name.startsWith(OWN) && name !== OWN + build) await worker.caches.delete(name);
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  const path = request.url.slice(scope.length).replace(/[?#].*$/, "");
  if (!FILES.test(path)) return;
  const folder = PAGES.find((one) => path === one || path === `${one}index.html`);
  event.respondWith(
    (folder === undefined ? kept(request, event) : page(scope + folder, event)).then(isolated),
  );
});

/** A page: from the network, or as it was when there was one. */
async function page(address: string, event: ExtendableEvent): Promise<Response> {
  const cache = await opened();
  const old = cache.match(address);
  // Past the browser's own cache, which hosts let keep a page for minutes.
  const fresh = fetchInto(cache, new Request(address, { cache: "no-cache" }), event);
  // Kept for the next time also when it comes late.
  event.waitUntil(fresh.catch(() => {}));
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE, undefined));
  const soon = await Promise.race([fresh.catch(() => undefined), late]);
  return soon ?? (await old) ?? (await fresh);
}

/** Anything else: what was kept, or from the network. */
async function kept(request: Request, event: ExtendableEvent): Promise<Response> {
  const cache = await opened();
  return (await cache.match(request)) ?? (await fetchInto(cache, request, event));
}

/** The network's answer, which is written to the disk while the page already has it. */
async function fetchInto(cache: Stored, request: Request, event: ExtendableEvent): Promise<Response> {
  const response = await fetch(request);
  if (response.status === 200) event.waitUntil(cache.put(request, response.clone()).catch(() => {}));
  return response;
}

function isolated(response: Response): Response {
  // Such a one cannot be read.
  if (response.type === "opaque" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(status === 204 || status === 304 ? null : response.body, {
    status,
    statusText,
    headers,
  });
}
