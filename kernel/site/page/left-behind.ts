/**
 * Changes that were not saved when their page was left. IndexedDB answers too late then: the page is frozen, or gone. `localStorage` writes at
 * once, so they are noted there, and the website's next page saves them.
 */
import type { Contents, Left } from "./contents.js";
import { page } from "./page.js";
import type { PageStorage } from "./page.js";

/** The notes of one website's pages, by the paths of the files. */
export class LeftBehind {
  readonly #storage: PageStorage;
  readonly #start: string;

  /** @param pathname of the website's address, which tells the sites of one host apart */
  constructor(pathname: string, storage: PageStorage = page.localStorage) {
    this.#storage = storage;
    // An address has no space.
    this.#start = `chainrule left ${pathname} `;
  }

  /** Without room for it there is no note. */
  note(path: string, left: Left): void {
    try {
      this.#storage.setItem(this.#start + path, JSON.stringify(left));
    } catch {
      // An older note must not come back as the newest.
      this.forget(path);
    }
  }

  find(path: string): Left | undefined {
    const text = this.#storage.getItem(this.#start + path);
    return text === null ? undefined : (JSON.parse(text) as Left);
  }

  forget(path: string): void {
    this.#storage.removeItem(this.#start + path);
  }

  paths(): string[] {
    const names = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? "");
    return names.filter((name) => name.startsWith(this.#start)).map((name) => name.slice(this.#start.length));
  }
}

/**
 * Saves what pages have left behind. A note that cannot be saved stays.
 * @param signal ends the wait for late notes: a page in another process may write its note when the next page is there already
 */
export async function takeUpLeftBehind(
  contents: Contents,
  notes: LeftBehind,
  signal: AbortSignal,
  from: { addEventListener(event: "storage", listener: () => void, options: object): void } = page,
): Promise<void> {
  let done = takeUp(contents, notes);
  const again = (): void => void (done = done.then(() => takeUp(contents, notes)));
  from.addEventListener("storage", again, { signal });
  await done;
}

async function takeUp(contents: Contents, notes: LeftBehind): Promise<void> {
  for (const path of notes.paths())
    try {
      const left = notes.find(path);
      if (!left) continue;
      await contents.takeUp(path, left);
      notes.forget(path);
    } catch (error) {
      console.error(`${path} has changes that were not saved when its page was left.`, error);
    }
}
