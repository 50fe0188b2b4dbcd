/**
 * A page that its reader leaves gives its database back: another page gets its answers, and what the first was about to keep is kept when
 * it is shown again.
 */
import { del, get, keys, set, setMany } from "idb-keyval";
import { beforeEach, describe, expect, it } from "vitest";
import { connectTo } from "../../../kernel/site/page/connection.js";
import type { Database, OpenRequest, Page, Passage, Transaction } from "../../../kernel/site/page/page.js";

/** The database of all pages: one transaction at a time, which ends when its page has heard all answers and asks no more. */
class Kept {
  rows: Map<unknown, unknown> | undefined;
  readonly waiting: Work[] = [];
  /** How many connections are open. */
  connections = 0;

  add(work: Work): void {
    this.waiting.push(work);
    if (this.waiting.length === 1) work.start();
  }
  ended(work: Work): void {
    const place = this.waiting.indexOf(work);
    this.waiting.splice(place, 1);
    if (place === 0) this.waiting[0]?.start();
  }
}

interface Request {
  readonly answer: (rows: Map<unknown, unknown>) => unknown;
  result?: unknown;
  error?: unknown;
  onsuccess?: () => void;
  onerror?: () => void;
}

class Work implements Transaction {
  error: unknown = null;
  oncomplete?: () => void;
  onabort?: () => void;
  /** Takes a new database back. */
  undo?: () => void;
  onEnd: (() => void)[] = [];
  readonly #requests: Request[] = [];
  #rows: Map<unknown, unknown> = new Map();
  #state: "waits" | "runs" | "ended" = "waits";

  constructor(
    readonly database: Kept,
    readonly tab: FakeTab,
  ) {}

  start(): void {
    this.#state = "runs";
    this.#rows = new Map(this.database.rows);
    setImmediate(() => this.#next());
  }
  #next(): void {
    if (this.#state === "ended") return;
    const request = this.#requests.shift();
    if (!request) {
      this.database.rows = this.#rows;
      return this.#end(() => this.oncomplete?.());
    }
    request.result = request.answer(this.#rows);
    this.tab.hears(() => {
      request.onsuccess?.();
      setImmediate(() => this.#next());
    });
  }
  #end(said: () => void): void {
    this.#state = "ended";
    this.database.ended(this);
    this.tab.hears(() => {
      said();
      for (const listener of this.onEnd) listener();
    });
  }
  abort(): void {
    if (this.#state === "ended") throw new Error("The transaction has ended.");
    this.undo?.();
    const open = this.#requests.splice(0);
    this.#end(() => {
      for (const one of open) one.onerror?.();
      this.onabort?.();
    });
  }
  addEventListener(_: "complete" | "abort", listener: () => void): void {
    this.onEnd.push(listener);
  }
  #ask(answer: Request["answer"]): Request {
    if (this.#state === "ended") throw new Error("The transaction has ended.");
    const request: Request = { answer };
    this.#requests.push(request);
    return request;
  }
  objectStore(): unknown {
    return {
      transaction: this,
      get: (key: unknown) => this.#ask((rows) => rows.get(key)),
      getAllKeys: () => this.#ask((rows) => [...rows.keys()]),
      delete: (key: unknown) => this.#ask((rows) => rows.delete(key)),
      put: (value: unknown, key: unknown) => {
        if (value === "too much") throw new DOMException("full", "QuotaExceededError");
        return this.#ask((rows) => rows.set(key, value));
      },
    };
  }
}

/** A page of the website: what it hears while it is frozen, it hears afterwards. */
class FakeTab implements Pick<Page, "indexedDB" | "addEventListener"> {
  #isFrozen = false;
  readonly #late: (() => void)[] = [];
  readonly #listeners: Record<string, (event: Passage) => void> = {};
  constructor(readonly database: Kept) {}

  hears(what: () => void): void {
    setImmediate(() => (this.#isFrozen ? this.#late.push(what) : what()));
  }
  addEventListener(event: string, listener: (event: Passage) => void): void {
    this.#listeners[event] = listener;
  }
  /** @param isSaid whether the page hears that it is left */
  freeze(isSaid = true): void {
    if (isSaid) this.#listeners["pagehide"]!({ persisted: true });
    this.#isFrozen = true;
  }
  show(): void {
    this.#isFrozen = false;
    this.#listeners["pageshow"]!({ persisted: true });
    for (const what of this.#late.splice(0)) what();
  }

  readonly indexedDB = {
    open: (): OpenRequest => {
      const { database } = this;
      const connection: Database = {
        createObjectStore: () => (database.rows = new Map()),
        transaction: () => {
          const work = new Work(database, this);
          database.add(work);
          return work;
        },
        close: () => void database.connections--,
        onclose: null,
      };
      const request = { result: connection, error: null as unknown, transaction: null as Transaction | null };
      const events: Pick<OpenRequest, "onupgradeneeded" | "onsuccess" | "onerror"> = {
        onupgradeneeded: null,
        onsuccess: null,
        onerror: null,
      };
      const opened = Object.assign(request, events);
      const succeed = (): void => {
        database.connections++;
        opened.onsuccess?.();
      };
      const first = new Work(database, this);
      first.start = () => {
        if (database.rows) {
          database.ended(first);
          return this.hears(succeed);
        }
        this.hears(() => {
          opened.transaction = first;
          opened.onupgradeneeded?.();
          Work.prototype.start.call(first);
        });
      };
      first.oncomplete = succeed;
      first.undo = () => (database.rows = undefined);
      first.onabort = () => {
        opened.error = new DOMException("aborted", "AbortError");
        opened.onerror?.();
      };
      database.add(first);
      return opened;
    },
  };
}

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

let database: Kept;
beforeEach(() => void (database = new Kept()));
const opened = () => {
  const tab = new FakeTab(database);
  return { tab, store: connectTo("course", "own", tab) };
};

describe("a database of a page", () => {
  it("keeps values under keys, over one connection", async () => {
    const { store } = opened();
    await set("a", 1, store);
    await setMany(
      [
        ["b", 2],
        ["c", 3],
      ],
      store,
    );
    await del("a", store);
    expect(await keys(store)).toEqual(["b", "c"]);
    expect(await get("b", store)).toBe(2);
    expect(database.connections).toBe(1);
  });

  it("says what went wrong", async () => {
    const { store } = opened();
    await expect(set("a", "too much", store)).rejects.toThrow("full");
    expect(await keys(store)).toEqual([]);
  });

  // From when a new database is made to after the last step. What a page has asked to open, and not heard of, it cannot take back.
  it.each(Array.from({ length: 14 }, (_, i) => i + 2))(
    "answers another page when the first is left after %i turns, and has all when that is shown again",
    async (count) => {
      const [first, second] = [opened(), opened()];
      const written = setMany(
        [
          ["a", 1],
          ["b", 2],
        ],
        first.store,
      );
      await turns(count);
      first.tab.freeze();
      const seen = await keys(second.store);
      expect([[], ["a", "b"]]).toContainEqual(seen);
      await set("c", 3, second.store);
      first.tab.show();
      await written;
      expect((await keys(second.store)).sort()).toEqual(["a", "b", "c"]);
      expect(await get("c", first.store)).toBe(3);
      expect(database.connections).toBe(2);
    },
  );

  it("holds another page up when it is frozen and was not told: so the test above can fail", async () => {
    const [first, second] = [opened(), opened()];
    await set("a", 1, first.store);
    const written = set("a", 2, first.store);
    await turns(1);
    first.tab.freeze(false);
    let isRead = false;
    const read = get("a", second.store).then(() => (isRead = true));
    await turns(100);
    expect(isRead).toBe(false);
    first.tab.show();
    await Promise.all([read, written]);
  });

  it("waits with what is asked while the page is away, and rejects only what fails in itself", async () => {
    const { tab, store } = opened();
    await set("a", 1, store);
    tab.freeze();
    let isDone = false;
    const written = set("a", 2, store).then(() => (isDone = true));
    const failed = set("a", "too much", store).catch((error: unknown) => (error as Error).name);
    await turns(20);
    expect(isDone).toBe(false);
    expect(database.rows?.get("a")).toBe(1);
    expect(database.connections).toBe(0);
    tab.show();
    await written;
    expect(await failed).toBe("QuotaExceededError");
    expect(await get("a", store)).toBe(2);
  });

  it("can be left again and again", async () => {
    const { tab, store } = opened();
    const written = set("a", 1, store);
    for (let i = 0; i < 5; i++) {
      await turns(i);
      tab.freeze();
      tab.show();
    }
    await written;
    expect(await get("a", store)).toBe(1);
  });
});
