/**
 * A store of IndexedDB which a page gives back when its reader leaves it. A browser may keep such a page, frozen, until she returns. In
 * WebKit it then keeps its transactions too, and every other page that needs the database waits for ever. So what is under way is
 * undone, and done again when the page is shown again.
 */
import type { UseStore } from "idb-keyval";
import { page } from "./page.js";
import type { Database, Page, Transaction } from "./page.js";

/**
 * For the functions of idb-keyval, in place of its `createStore`. What they are asked while the page is away is done when it is back.
 * @param name of the database
 * @param store its only store, which is made when it is not there
 */
export function connectTo(
  name: string,
  store: string,
  from: Pick<Page, "indexedDB" | "addEventListener"> = page,
): UseStore {
  const underWay = new Set<Transaction>();
  let opening: Promise<Database> | undefined;
  let database: Database | undefined;
  /** While the page is away: fulfilled when it is back. */
  let away: Promise<void> | undefined;
  let comeBack = (): void => {};
  /** How often the page was left. */
  let leavings = 0;

  const track = (transaction: Transaction): Transaction => {
    underWay.add(transaction);
    for (const end of ["complete", "abort"] as const)
      transaction.addEventListener(end, () => underWay.delete(transaction));
    return transaction;
  };

  const close = (): void => {
    database?.close();
    database = opening = undefined;
  };

  const open = (): Promise<Database> =>
    (opening ??= new Promise((resolve, reject) => {
      const request = from.indexedDB.open(name);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(store);
        track(request.transaction!);
      };
      request.onsuccess = () => {
        database = request.result;
        // Safari closes connections at times.
        database.onclose = () => (database = opening = undefined);
        resolve(database);
        if (away) close();
      };
      request.onerror = () => {
        opening = undefined;
        reject(request.error as Error);
      };
    }));

  from.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted || away) return;
    leavings++;
    away = new Promise((resolve) => (comeBack = resolve));
    for (const one of underWay)
      try {
        one.abort();
      } catch {
        // It has ended, and says so when the page is back.
      }
    // One that is opening has no connection yet.
    if (database) close();
  });
  from.addEventListener("pageshow", () => {
    away = undefined;
    comeBack();
  });

  return async (mode, callback) => {
    for (;;) {
      await away;
      const before = leavings;
      try {
        const connection = await open();
        if (leavings !== before) continue;
        const objects = track(connection.transaction(store, mode)).objectStore(store);
        return await callback(objects as never);
      } catch (error) {
        // What failed because the page was left has changed nothing, and is done again.
        if (leavings === before) throw error;
      }
    }
  };
}
