/** Starts the service worker, and with it, at the first visit, the page once more: isolated from other origins. */
import { page } from "./page.js";

const MARK = "chainrule:reloaded";

/** Milliseconds that the service worker has to start. */
const PATIENCE = 10_000;

/**
 * @param script the service worker's address
 * @returns whether to go on; otherwise the page is about to be loaded again
 */
export async function isolate(script: string): Promise<boolean> {
  const { serviceWorker } = page.navigator;
  if (!serviceWorker) return true;
  const isIsolated = page.crossOriginIsolated === true;
  if (isIsolated) page.sessionStorage.removeItem(MARK);
  const started = serviceWorker.register(script).then(() => serviceWorker.ready);
  // A browser that does not isolate the page at the second time never will.
  if (isIsolated || page.sessionStorage.getItem(MARK) !== null) {
    started.catch((error: unknown) => console.warn("The website cannot be kept for later:", error));
    return true;
  }
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE, undefined));
  const isThere = await Promise.race([started.then(() => true), late]).catch(() => undefined);
  if (!isThere) return true;
  page.sessionStorage.setItem(MARK, "1");
  page.location.reload();
  return false;
}
