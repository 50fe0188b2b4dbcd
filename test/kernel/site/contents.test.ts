/** The files of a site's user: what is changed becomes a copy in the browser, and the lecturer's version is never lost. */
import { beforeEach, describe, expect, it } from "vitest";
import { Contents, type Left } from "../../../kernel/site/page/contents.js";
import { contentsRoutes } from "../../../kernel/site/page/contents-routes.js";
import { fetchByRoutes } from "../../../kernel/site/page/routes.js";
import type { PackedFile, Shelf } from "../../../kernel/site/page/shelf.js";
import type { Keeper } from "../../../kernel/site/page/store.js";

/** What IndexedDB does, in memory. */
class Memory implements Keeper {
  readonly kept = new Map<string, unknown>();
  get<T>(key: string): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.kept.get(key)) as T | undefined);
  }
  set(key: string, value: unknown): Promise<void> {
    return this.setAll([[key, value]]);
  }
  setAll(entries: readonly (readonly [string, unknown])[]): Promise<void> {
    for (const [key, value] of entries) this.kept.set(key, structuredClone(value));
    return Promise.resolve();
  }
  remove(...names: string[]): Promise<void> {
    for (const name of names) this.kept.delete(name);
    return Promise.resolve();
  }
  names(start: string): Promise<string[]> {
    const all = [...this.kept.keys()].filter((key) => key.startsWith(start));
    return Promise.resolve(all.map((key) => key.slice(start.length)));
  }
}

const notebook = (source: string): object => ({
  cells: [{ cell_type: "code", source, metadata: {}, outputs: [], execution_count: null, id: "a" }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
});

const packed: Readonly<Record<string, string | Uint8Array>> = {
  "lectures/1.ipynb": JSON.stringify(notebook("1")),
  "lectures/data.csv": "a,b\n",
  "picture.png": Uint8Array.of(0x89, 0x50, 0xff),
};

const shelf = {
  contents: () =>
    Promise.resolve({
      build: "b",
      packed: "2026-01-01T00:00:00.000Z",
      files: Object.keys(packed).map((path): PackedFile => ({ path, size: packed[path]!.length, hash: "h" })),
    }),
  find: async (path: string) => (await shelf.contents()).files.find((one) => one.path === path),
  bytes: ({ path }: PackedFile) => {
    const content = packed[path]!;
    return Promise.resolve(typeof content === "string" ? new TextEncoder().encode(content) : content);
  },
} as unknown as Shelf;

let contents: Contents;
let store: Memory;
beforeEach(() => {
  store = new Memory();
  contents = new Contents(shelf, store);
});

const names = async (path: string): Promise<string[]> =>
  ((await contents.get(path)).content as { name: string }[]).map(({ name }) => name);
const sourceOf = async (path: string): Promise<unknown> =>
  ((await contents.get(path)).content as { cells: { source: string }[] }).cells[0]!.source;
const save = (path: string, source: string) =>
  contents.save(path, { type: "notebook", format: "json", content: notebook(source) });

describe("what the site ships", () => {
  it("is listed, in its folders", async () => {
    expect(await names("")).toEqual(["lectures", "picture.png"]);
    expect(await names("lectures")).toEqual(["1.ipynb", "data.csv"]);
    expect(await contents.get("lectures", { content: false })).toMatchObject({
      type: "directory",
      last_modified: "2026-01-01T00:00:00.000Z",
      content: null,
    });
  });

  it("is read: a notebook as JSON that is trusted, text, bytes", async () => {
    const { content, ...model } = await contents.get("lectures/1.ipynb");
    expect(model).toMatchObject({ type: "notebook", format: "json", writable: true, name: "1.ipynb" });
    expect(content).toMatchObject({ cells: [{ source: "1", metadata: { trusted: true } }] });
    expect(await contents.get("lectures/data.csv")).toMatchObject({ format: "text", content: "a,b\n" });
    expect(await contents.get("picture.png")).toMatchObject({ format: "base64", content: "iVD/" });
    await expect(contents.get("picture.png", { format: "text" })).rejects.toThrow("picture.png is not text.");
    await expect(contents.get("lectures/2.ipynb")).rejects.toMatchObject({ status: 404 });
  });

  it("cannot be deleted, for it would be back at the next visit", async () => {
    await expect(contents.remove("lectures/1.ipynb")).rejects.toThrow(/came with the site and stays/);
  });
});

describe("what the user changes", () => {
  it("is a copy that hides the lecturer's, and keeps its own times", async () => {
    const { model, isNew } = await save("lectures/1.ipynb", "2");
    expect(isNew).toBe(true);
    expect(await sourceOf("lectures/1.ipynb")).toBe("2");
    expect(await names("lectures")).toEqual(["1.ipynb", "data.csv"]);
    const again = await save("lectures/1.ipynb", "3");
    expect(again.isNew).toBe(false);
    expect(again.model.created).toBe(model.created);
    expect(again.model.hash).not.toBe(model.hash);
  });

  it("is no copy as long as it says what the lecturer's version says, nor when it does so again", async () => {
    const shipped = await contents.get("lectures/1.ipynb");
    const asOpened = {
      ...notebook("1"),
      metadata: { kernelspec: { name: "chainrule" }, language_info: { name: "typescript" } },
    };
    const saved = await contents.save("lectures/1.ipynb", {
      type: "notebook",
      format: "json",
      content: asOpened,
    });
    expect(saved.isNew).toBe(false);
    expect(saved.model).toMatchObject({ hash: shipped.hash, hash_algorithm: "site" });
    expect([...store.kept.keys()]).toEqual([]);
    await save("lectures/1.ipynb", "2");
    await contents.makeCheckpoint("lectures/1.ipynb");
    expect(await contents.get("lectures/1.ipynb")).toMatchObject({ hash_algorithm: "revision" });
    await save("lectures/1.ipynb", "1");
    expect(await contents.isOwn("lectures/1.ipynb")).toBe(false);
    // What she had in between is not lost.
    const [checkpoint] = await contents.checkpoints("lectures/1.ipynb");
    await contents.restoreCheckpoint("lectures/1.ipynb", checkpoint!.id);
    expect(await sourceOf("lectures/1.ipynb")).toBe("2");
    const text = { type: "file", format: "text", content: "a,b\n" };
    await contents.save("lectures/data.csv", text);
    expect(await contents.isOwn("lectures/data.csv")).toBe(false);
    await contents.save("lectures/data.csv", { ...text, content: "a;b\n" });
    expect(await contents.isOwn("lectures/data.csv")).toBe(true);
    const bytes = { type: "file", format: "base64", content: "iVD/" };
    await contents.save("picture.png", bytes);
    expect(await contents.isOwn("picture.png")).toBe(false);
    await contents.save("picture.png", { ...bytes, content: "iVD+" });
    expect(await contents.isOwn("picture.png")).toBe(true);
  });

  it("goes away when it is deleted: the lecturer's version is back", async () => {
    await save("lectures/1.ipynb", "2");
    await contents.remove("lectures/1.ipynb");
    expect(await sourceOf("lectures/1.ipynb")).toBe("1");
  });

  it("is kept under another name when the notebook is reset", async () => {
    expect(await contents.reset("lectures/1.ipynb")).toBe(null);
    await save("lectures/1.ipynb", "mine");
    expect(await contents.reset("lectures/1.ipynb")).toBe("lectures/1-Copy1.ipynb");
    expect(await sourceOf("lectures/1.ipynb")).toBe("1");
    expect(await sourceOf("lectures/1-Copy1.ipynb")).toBe("mine");
    await expect(contents.reset("own.ipynb")).rejects.toMatchObject({ status: 404 });
  });

  it("has checkpoints, of which the newest are kept, and goes back to them", async () => {
    for (let i = 0; i < 7; i++) {
      await save("own.ipynb", `v${i}`);
      await contents.makeCheckpoint("own.ipynb");
    }
    const all = await contents.checkpoints("own.ipynb");
    expect(all.length).toBe(5);
    await contents.restoreCheckpoint("own.ipynb", all[0]!.id);
    expect(await sourceOf("own.ipynb")).toBe("v2");
    await contents.removeCheckpoint("own.ipynb", all[0]!.id);
    await expect(contents.restoreCheckpoint("own.ipynb", all[0]!.id)).rejects.toMatchObject({ status: 404 });
    // Before anything was changed, a checkpoint is the lecturer's version.
    const { id } = await contents.makeCheckpoint("lectures/1.ipynb");
    await save("lectures/1.ipynb", "2");
    await contents.restoreCheckpoint("lectures/1.ipynb", id);
    expect(await sourceOf("lectures/1.ipynb")).toBe("1");
  });

  it("gets names that are free", async () => {
    expect((await contents.create("", "notebook", ".ipynb")).path).toBe("Untitled.ipynb");
    expect((await contents.create("", "notebook", ".ipynb")).path).toBe("Untitled1.ipynb");
    expect((await contents.create("lectures", "file", ".ts")).path).toBe("lectures/untitled.ts");
    expect((await contents.create("", "directory", "")).path).toBe("Untitled Folder");
    expect((await contents.copy("lectures/1.ipynb", "Untitled Folder")).path).toBe(
      "Untitled Folder/1-Copy1.ipynb",
    );
  });

  it("is renamed with its checkpoints, and never over another file", async () => {
    await save("own.ipynb", "1");
    await contents.makeCheckpoint("own.ipynb");
    await expect(contents.rename("own.ipynb", "lectures/1.ipynb")).rejects.toMatchObject({ status: 409 });
    await contents.rename("own.ipynb", "mine/new.ipynb");
    expect(await contents.checkpoints("mine/new.ipynb")).toHaveLength(1);
    await expect(contents.get("own.ipynb")).rejects.toMatchObject({ status: 404 });
    await contents.rename("mine", "yours");
    expect(await sourceOf("yours/new.ipynb")).toBe("1");
  });

  it("reaches the whole of a large file that comes in pieces", async () => {
    await contents.save("big.txt", { type: "file", format: "text", content: "one ", chunk: 1 });
    await contents.save("big.txt", { type: "file", format: "text", content: "two", chunk: -1 });
    expect(await contents.get("big.txt")).toMatchObject({ content: "one two", format: "text", size: 7 });
  });

  it("is uploaded as bytes, in pieces that end anywhere, and a notebook becomes one", async () => {
    const bytes = Buffer.from(JSON.stringify(notebook("'né'")));
    const upload = (path: string, content: Buffer, chunk?: number) =>
      contents.save(path, { type: "file", format: "base64", content: content.toString("base64"), chunk });
    await upload("whole.ipynb", bytes);
    expect(await contents.get("whole.ipynb")).toMatchObject({
      type: "notebook",
      format: "json",
      content: notebook("'né'"),
    });
    for (const length of [10, 11, 12]) {
      await upload("parts.ipynb", bytes.subarray(0, length), 1);
      await upload("parts.ipynb", bytes.subarray(length, 2 * length), 2);
      await upload("parts.ipynb", bytes.subarray(2 * length), -1);
      expect(await sourceOf("parts.ipynb")).toBe("'né'");
    }
    const broken = Buffer.from("no notebook");
    await upload("broken.ipynb", broken);
    expect(await contents.get("broken.ipynb", { type: "file" })).toMatchObject({
      type: "file",
      content: broken.toString("base64"),
    });
    await expect(contents.get("broken.ipynb", { type: "notebook" })).rejects.toThrow(
      /broken\.ipynb is no notebook/,
    );
  });
});

describe("what a page has left behind", () => {
  const left = (source: string, hash: string | null): Left => ({
    type: "notebook",
    format: "json",
    hash,
    content: notebook(source),
  });

  it("is the next version of what it was made of, and of the lecturer's", async () => {
    expect(await contents.takeUp("lectures/1.ipynb", left("2", "h"))).toBe("lectures/1.ipynb");
    const { hash } = await contents.get("lectures/1.ipynb", { content: false });
    expect(await contents.takeUp("lectures/1.ipynb", left("3", hash))).toBe("lectures/1.ipynb");
    expect(await sourceOf("lectures/1.ipynb")).toBe("3");
    expect(await contents.takeUp("gone.ipynb", left("4", "other"))).toBe("gone.ipynb");
    expect(await sourceOf("gone.ipynb")).toBe("4");
    await contents.save("a.txt", { type: "file", format: "text", content: "a" });
    const text = await contents.get("a.txt");
    await contents.takeUp("a.txt", { type: "file", format: "text", hash: text.hash, content: "b" });
    expect(await contents.get("a.txt")).toMatchObject({ content: "b" });
  });

  it("is not saved again when it is there", async () => {
    const { model } = await save("own.ipynb", "1");
    expect(await contents.takeUp("own.ipynb", left("1", "other"))).toBe("own.ipynb");
    expect(await contents.get("own.ipynb", { content: false })).toEqual(model);
    expect(await contents.takeUp("lectures/1.ipynb", left("1", "h"))).toBe("lectures/1.ipynb");
    expect(await contents.isOwn("lectures/1.ipynb")).toBe(false);
  });

  it("is a copy beside a version that the user has saved since", async () => {
    await save("lectures/1.ipynb", "newer");
    expect(await contents.takeUp("lectures/1.ipynb", left("older", "h"))).toBe("lectures/1-Copy1.ipynb");
    expect(await sourceOf("lectures/1.ipynb")).toBe("newer");
    expect(await sourceOf("lectures/1-Copy1.ipynb")).toBe("older");
  });

  it("is refused where it cannot be compared, so that nothing is written over", async () => {
    await contents.save("own.ipynb", { type: "file", format: "text", content: "no notebook" });
    await expect(contents.takeUp("own.ipynb", left("1", "h"))).rejects.toThrow("own.ipynb is no notebook.");
  });
});

describe("asked as a server is asked", () => {
  const base = "https://example.org/course/";
  const ask = async (method: string, path: string, body?: object): Promise<[number, unknown]> => {
    const fetch = fetchByRoutes(base, contentsRoutes(contents));
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${base}api/contents${path}`, init);
    return [response.status, response.status === 204 ? undefined : await response.json()];
  };

  it("answers with Jupyter's models and statuses", async () => {
    expect(await ask("GET", "")).toMatchObject([200, { type: "directory", path: "" }]);
    expect(await ask("GET", "/lectures/1.ipynb?content=0")).toMatchObject([200, { content: null }]);
    expect(await ask("PUT", "/a%20b.ipynb", { type: "notebook", content: notebook("1") })).toMatchObject([
      201,
      { path: "a b.ipynb" },
    ]);
    expect(await ask("POST", "/a%20b.ipynb/checkpoints")).toMatchObject([
      201,
      { id: expect.any(String) as string },
    ]);
    expect(await ask("PATCH", "/a%20b.ipynb", { path: "c.ipynb" })).toMatchObject([200, { path: "c.ipynb" }]);
    expect(await ask("DELETE", "/c.ipynb")).toEqual([204, undefined]);
    expect(await ask("GET", "/c.ipynb")).toEqual([404, { message: "c.ipynb does not exist.", reason: null }]);
    expect(await ask("PUT", "/x", { type: "link" })).toMatchObject([400, { message: /its type must be/ }]);
  });
});
