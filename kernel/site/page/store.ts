/** The user's own in this browser: IndexedDB, one database for each address of a site. */
import { del, delMany, get, keys, set, setMany } from "idb-keyval";
import type { UseStore } from "idb-keyval";
import { connectTo } from "./connection.js";
import { Refusal } from "./routes.js";

/** What is kept under keys. */
export interface Keeper {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
  /** All or none, as one transaction. */
  setAll(entries: readonly (readonly [key: string, value: unknown])[]): Promise<void>;
  remove(...names: string[]): Promise<void>;
  /** The keys that begin so, without that beginning. */
  names(start: string): Promise<string[]>;
}

/** In IndexedDB. */
export class Store implements Keeper {
  readonly #store: UseStore;

  /** @param name tells the sites of one host apart */
  constructor(name: string) {
    this.#store = connectTo(`chainrule ${name}`, "own");
  }

  get<T>(key: string): Promise<T | undefined> {
    return get<T>(key, this.#store);
  }

  set(key: string, value: unknown): Promise<void> {
    return within(key, set(key, value, this.#store));
  }

  setAll(entries: readonly (readonly [key: string, value: unknown])[]): Promise<void> {
    return within(
      entries[0]?.[0] ?? "",
      setMany(
        entries.map(([key, value]) => [key, value]),
        this.#store,
      ),
    );
  }

  remove(...names: string[]): Promise<void> {
    return names.length === 1 ? del(names[0]!, this.#store) : delMany(names, this.#store);
  }

  async names(start: string): Promise<string[]> {
    const all = await keys<string>(this.#store);
    return all.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
  }
}

async function within(key: string, change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    const name = key.slice(key.indexOf(":") + 1);
    const isFull = error instanceof Error && error.name === "QuotaExceededError";
    throw new Refusal(
      isFull ? 507 : 500,
      isFull
        ? `This browser has no more room, so ${name} was not saved; what was saved before is still there. ` +
            "Download the notebook (File, Download), then delete what you do not need."
        : `This browser could not save ${name} (${String(error)}). Download the notebook (File, Download).`,
      { cause: error },
    );
  }
}
