/** What a page had not saved when it was left is noted, and saved by the next page of the same website. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Contents } from "../../../kernel/site/page/contents.js";
import { LeftBehind, takeUpLeftBehind } from "../../../kernel/site/page/left-behind.js";
import type { Left } from "../../../kernel/site/page/contents.js";
import type { PageStorage } from "../../../kernel/site/page/page.js";

/** @param room how many characters one text may have */
function storage(room = 1000): PageStorage {
  const texts = new Map<string, string>();
  return {
    get length() {
      return texts.size;
    },
    key: (i) => [...texts.keys()][i] ?? null,
    getItem: (name) => texts.get(name) ?? null,
    setItem(name, value) {
      if (value.length > room) throw new DOMException("full", "QuotaExceededError");
      texts.set(name, value);
    },
    removeItem: (name) => void texts.delete(name),
  };
}

const left = (content: unknown): Left => ({ type: "notebook", format: "json", hash: "h", content });

it("has one note of each file, the last", () => {
  const notes = new LeftBehind("/course/", storage());
  notes.note("lectures/1.ipynb", left(1));
  notes.note("lectures/1.ipynb", left(2));
  notes.note("2 b.ipynb", left(3));
  expect(notes.paths()).toEqual(["lectures/1.ipynb", "2 b.ipynb"]);
  expect(notes.find("lectures/1.ipynb")).toEqual(left(2));
  notes.forget("lectures/1.ipynb");
  expect(notes.find("lectures/1.ipynb")).toBeUndefined();
  expect(notes.paths()).toEqual(["2 b.ipynb"]);
});

it("is of one website among those of a host", () => {
  const texts = storage();
  new LeftBehind("/a/b/", texts).note("1.ipynb", left(1));
  expect(new LeftBehind("/a/", texts).paths()).toEqual([]);
  expect(new LeftBehind("/a/b/", texts).paths()).toEqual(["1.ipynb"]);
});

it("has no old note in place of one for which there is no room", () => {
  const notes = new LeftBehind("/course/", storage(100));
  notes.note("1.ipynb", left("short"));
  notes.note("1.ipynb", left("x".repeat(200)));
  expect(notes.paths()).toEqual([]);
});

describe("the next page", () => {
  const saved: [string, Left][] = [];
  const contents = {
    takeUp(path: string, what: Left) {
      if (path === "2.ipynb") return Promise.reject(new Error("no room"));
      saved.push([path, what]);
      return Promise.resolve(path);
    },
  } as unknown as Contents;
  const noted = (...paths: string[]): LeftBehind => {
    const notes = new LeftBehind("/course/", storage());
    for (const path of paths) notes.note(path, left(path));
    return notes;
  };
  beforeEach(() => void (saved.length = 0));

  it("saves what is noted; what cannot be saved stays noted", async () => {
    const notes = noted("1.ipynb", "2.ipynb", "3.ipynb");
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    await takeUpLeftBehind(contents, notes, new AbortController().signal, new EventTarget());
    expect(saved).toEqual([
      ["1.ipynb", left("1.ipynb")],
      ["3.ipynb", left("3.ipynb")],
    ]);
    expect(notes.paths()).toEqual(["2.ipynb"]);
    expect(said.mock.calls).toEqual([
      ["2.ipynb has changes that were not saved when its page was left.", new Error("no room")],
    ]);
    said.mockRestore();
  });

  it("saves what is noted late, as long as it loads", async () => {
    const [notes, loading, from] = [noted(), new AbortController(), new EventTarget()];
    await takeUpLeftBehind(contents, notes, loading.signal, from);
    notes.note("1.ipynb", left(1));
    from.dispatchEvent(new Event("storage"));
    await vi.waitFor(() => expect(notes.paths()).toEqual([]));
    expect(saved).toEqual([["1.ipynb", left(1)]]);
    loading.abort();
    notes.note("3.ipynb", left(3));
    from.dispatchEvent(new Event("storage"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(notes.paths()).toEqual(["3.ipynb"]);
  });
});
