/** The contents interface, as JupyterLab uses it: types, formats, hashes, conflicts, names, checkpoints, trust. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../../../kernel/server/files/models.js";
import { resolvedPath } from "../../../../kernel/server/files/resolved-path.js";
import { RootFolder } from "../../../../kernel/server/files/root-folder.js";
import { TestLab } from "../support.js";
import type { Asked, Reply } from "../support.js";

const cell = (source: string | string[], outputs: unknown[] = []): object => ({
  cell_type: "code",
  id: "one",
  metadata: {},
  source,
  execution_count: null,
  outputs,
});
const notebook = (...cells: object[]): object => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
const shown = { output_type: "display_data", data: { "image/svg+xml": ["<svg>\n", "</svg>"] }, metadata: {} };

let lab: TestLab;
beforeAll(async () => {
  lab = await TestLab.start({
    "root/text.txt": "größe\n",
    "root/latin.txt": "",
    "root/sub/b.csv": "a,b\n",
    "root/.hidden": "secret",
    "root/sub/__pycache__/x.pyc": "",
    "root/n.ipynb": JSON.stringify(notebook(cell(["let a = 1;\n", "a"], [shown]))),
    "root/broken.ipynb": "{",
    "root/old.ipynb": JSON.stringify({ nbformat: 3, worksheets: [] }),
    "outside.txt": "outside",
  });
  writeFileSync(join(lab.root, "latin.txt"), Buffer.from([0xe4, 0xff, 0x00]));
  symlinkSync(join(lab.around, "outside.txt"), join(lab.root, "link.txt"));
});
afterAll(() => lab.close());

const ask = (path: string, asked?: Asked): Promise<Reply> => lab.ask(`api/contents/${path}`, asked);
const get = async (path: string): Promise<Model> => (await ask(path)).json;
const put = (path: string, body: object): Promise<Reply> => ask(path, { method: "PUT", body });
const onDisk = (path: string): string => readFileSync(join(lab.root, path), "utf8");

describe("reading", () => {
  it("lists a folder, without what is hidden", async () => {
    const { content, ...folder } = await get("");
    expect(folder).toMatchObject({
      name: "",
      path: "",
      type: "directory",
      format: "json",
      size: null,
      mimetype: null,
    });
    const entries = content as Model[];
    expect(entries.map(({ path, type }) => `${path} ${type}`).sort()).toEqual([
      "broken.ipynb notebook",
      "latin.txt file",
      "link.txt file",
      "n.ipynb notebook",
      "old.ipynb notebook",
      "sub directory",
      "text.txt file",
    ]);
    expect(entries.every((one) => one.content === null && one.format === null)).toBe(true);
    expect(((await get("sub")).content as Model[]).map(({ path }) => path)).toEqual(["sub/b.csv"]);
  });

  it("gives texts as text, others as base64, with their MIME types", async () => {
    expect(await get("text.txt")).toMatchObject({
      type: "file",
      format: "text",
      content: "größe\n",
      mimetype: "text/plain",
    });
    expect(await get("latin.txt")).toMatchObject({
      format: "base64",
      content: "5P8A",
      mimetype: "text/plain",
    });
    expect(await get("sub/b.csv")).toMatchObject({
      format: "text",
      mimetype: "text/csv",
      size: 4,
      writable: true,
    });
    expect(await get("text.txt?format=base64")).toMatchObject({ format: "base64", content: "Z3LDtsOfZQo=" });
    expect((await ask("latin.txt?format=text")).status).toBe(400);
  });

  it("gives a notebook with its texts joined, and as text when that is asked", async () => {
    const { content, type, format } = await get("n.ipynb");
    const [first] = (content as { cells: { source: string; outputs: (typeof shown)[] }[] }).cells;
    expect([type, format, first!.source]).toEqual(["notebook", "json", "let a = 1;\na"]);
    expect(first!.outputs[0]!.data["image/svg+xml"]).toBe("<svg>\n</svg>");
    expect(await get("n.ipynb?type=file")).toMatchObject({
      type: "file",
      format: "text",
      content: onDisk("n.ipynb"),
    });
  });

  it("describes without content, with a hash when asked", async () => {
    const hash = createHash("sha256").update("größe\n").digest("hex");
    const short: Model = (await ask("text.txt?content=0&hash=1")).json;
    expect(short).toMatchObject({ content: null, format: null, hash, hash_algorithm: "sha256" });
    expect(short.last_modified).toBe(statSync(join(lab.root, "text.txt")).mtime.toISOString());
    expect(await get("text.txt?hash=1")).toMatchObject({ content: "größe\n", hash });
    expect(await get("text.txt")).toMatchObject({ hash: null, hash_algorithm: null });
    expect(await get("?hash=1")).toMatchObject({ hash: null });
  });

  it.each([
    ["none.txt", 404, /does not exist/],
    ["none/none.txt", 404, /does not exist/],
    ["text.txt/x", 404, /does not exist/],
    [".hidden", 404, /does not exist/],
    ["..%2Foutside.txt", 404, /does not exist/],
    ["%2e%2e/outside.txt", 404, /does not exist/],
    ["link.txt", 403, /link out of the folder/],
    ["text.txt?type=directory", 400, /is not a folder/],
    ["sub?type=file", 400, /is a folder/],
    ["text.txt?type=soup", 400, /no type/],
    ["text.txt?format=soup", 400, /no format/],
    ["broken.ipynb", 400, /broken\.ipynb: this is not a notebook, because it is not JSON/],
    ["old.ipynb", 400, /old\.ipynb: nbformat 3 cannot be read/],
    ["%E0%A4%A", 400, /not encoded/],
  ])("%s is refused with %i", async (path, status, words) => {
    const reply = await ask(path);
    expect([reply.status, (reply.json as { message: string }).message]).toEqual([
      status,
      expect.stringMatching(words),
    ]);
  });

  it("does not wait for a pipe", async (context) => {
    if (process.platform === "win32") return context.skip();
    const { execFileSync } = await import("node:child_process");
    execFileSync("mkfifo", [join(lab.root, "pipe")]);
    expect((await ask("pipe")).status).toBe(400);
    expect((await lab.ask("files/pipe")).status).toBe(400);
    expect(((await get("")).content as Model[]).map(({ name }) => name)).not.toContain("pipe");
  });
});

describe("saving", () => {
  it("makes and replaces files of every format", async () => {
    const made = await put("new.txt", { type: "file", format: "text", content: "eins\r\nzwei" });
    expect([made.status, made.headers.location, onDisk("new.txt")]).toEqual([
      201,
      "/api/contents/new.txt",
      "eins\r\nzwei",
    ]);
    expect((await put("new.txt", { type: "file", format: "base64", content: "AAEC" })).status).toBe(200);
    expect([...readFileSync(join(lab.root, "new.txt"))]).toEqual([0, 1, 2]);
    expect((await put("new.json", { type: "file", format: "json", content: { a: 1 } })).status).toBe(201);
    expect(JSON.parse(onDisk("new.json"))).toEqual({ a: 1 });
  });

  it("writes a notebook as Jupyter does, and says the same when it is read", async () => {
    const content = notebook(cell("let b = 2;\nb", [{ ...shown, data: { "text/plain": "a\nb" } }]));
    const { status, json } = await put("saved.ipynb", { type: "notebook", format: "json", content });
    expect([status, (json as Model).type]).toEqual([201, "notebook"]);
    const text = onDisk("saved.ipynb");
    expect(JSON.parse(text)).toMatchObject({
      cells: [{ source: ["let b = 2;\n", "b"], outputs: [{ data: { "text/plain": ["a\n", "b"] } }] }],
    });
    expect(text.startsWith('{\n "cells": [\n') && text.endsWith("}\n")).toBe(true);
    expect(text).not.toContain("trusted");
    expect((json as Model).hash).toBe(createHash("sha256").update(text).digest("hex"));
    const again = ((await get("saved.ipynb")).content as { cells: { source: string }[] }).cells[0]!;
    expect(again.source).toBe("let b = 2;\nb");
  });

  it.each([
    [{ content: "x" }, /its type must be/],
    [{ type: "soup", content: "x" }, /its type must be/],
    [{ type: "file", format: "text" }, /there is no content/],
    [{ type: "file", format: "text", content: 1 }, /formats of its content/],
    [{ type: "file", format: "base64", content: "§" }, /not base64/],
    [{ type: "notebook", content: {} }, /was not saved/],
    [{ type: "notebook", content: null }, /was not saved/],
    [
      { type: "notebook", content: notebook({ cell_type: "soup", source: "" }) },
      /cell 1 has the type "soup".*not saved/,
    ],
  ])("%j is refused and nothing is touched", async (body, words) => {
    await put("kept.txt", { type: "file", format: "text", content: "kept" });
    const { status, json } = await put("kept.txt", body);
    expect([status, (json as { message: string }).message]).toEqual([400, expect.stringMatching(words)]);
    expect(onDisk("kept.txt")).toBe("kept");
  });

  it("refuses what is hidden, outside, in no folder, and no JSON", async () => {
    const body = { type: "file", format: "text", content: "x" };
    expect((await put(".profile", body)).status).toBe(400);
    expect((await put("link.txt", body)).status).toBe(403);
    expect((await put("..%2Fnew.txt", body)).status).toBe(404);
    expect((await put("no-folder/new.txt", body)).status).toBe(404);
    expect((await put("sub", body)).status).toBe(400);
    expect((await put("a".repeat(300), body)).status).toBe(400);
    expect((await ask("x.txt", { method: "PUT", body: "[1]" })).status).toBe(400);
    expect((await ask("x.txt", { method: "PUT", body: "{" })).status).toBe(400);
    expect(readFileSync(join(lab.around, "outside.txt"), "utf8")).toBe("outside");
    expect(readdirSync(lab.around).sort()).toEqual(["outside.txt", "root", "state"]);
  });

  it("tells when the file has changed since, and does not save over it", async () => {
    const first: Model = (await put("shared.txt", { type: "file", format: "text", content: "mine" })).json;
    writeFileSync(join(lab.root, "shared.txt"), "of another program");
    const body = { type: "file", format: "text", content: "mine, longer", hash: first.hash };
    const { status, json } = await put("shared.txt", body);
    expect([status, (json as { message: string }).message]).toEqual([
      409,
      expect.stringMatching(/has changed on the disk/),
    ]);
    expect(onDisk("shared.txt")).toBe("of another program");
    const now: Model = (await ask("shared.txt?content=0&hash=1")).json;
    expect((await put("shared.txt", { ...body, hash: now.hash })).status).toBe(200);
  });

  it("of two at once lets one win whole", async () => {
    const texts = Array.from({ length: 12 }, (_, i) => String(i).repeat(200_000));
    await Promise.all(texts.map((content) => put("race.txt", { type: "file", format: "text", content })));
    expect(texts).toContain(onDisk("race.txt"));
    const first: Model = (await ask("race.txt?content=0&hash=1")).json;
    const body = { type: "file", format: "text", hash: first.hash };
    const saved = await Promise.all(["a", "b", "c"].map((content) => put("race.txt", { ...body, content })));
    expect(saved.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it("takes large files in pieces", async () => {
    for (const [chunk, content] of [
      [1, "AAE="],
      [2, "AgM="],
      [-1, "BA=="],
    ])
      expect(
        (await put("large.bin", { type: "file", format: "base64", content, chunk })).status,
      ).toBeLessThan(300);
    expect([...readFileSync(join(lab.root, "large.bin"))]).toEqual([0, 1, 2, 3, 4]);
  });

  it("leaves no temporary file, keeps permissions, and follows a link within the folder", async () => {
    writeFileSync(join(lab.root, "sub", "script.sh"), "old");
    chmodSync(join(lab.root, "sub", "script.sh"), 0o750);
    symlinkSync("sub/script.sh", join(lab.root, "inside.sh"));
    await put("inside.sh", { type: "file", format: "text", content: "new" });
    expect(onDisk("sub/script.sh")).toBe("new");
    expect(statSync(join(lab.root, "sub", "script.sh")).mode & 0o777).toBe(0o750);
    expect(lstatSync(join(lab.root, "inside.sh")).isSymbolicLink()).toBe(true);
    expect(
      [...readdirSync(lab.root), ...readdirSync(join(lab.root, "sub"))].filter((one) =>
        one.endsWith(".part"),
      ),
    ).toEqual([]);
  });

  it("takes a notebook of 20 MB, and gives it back", async () => {
    const text = `${"0123456789abcde\n".repeat(64)}`.repeat(100);
    const cells = Array.from({ length: 200 }, (_, i) => ({
      ...cell(`// ${i}`, [{ output_type: "stream", name: "stdout", text }]),
      id: `cell-${i}`,
    }));
    expect(
      (await put("huge.ipynb", { type: "notebook", format: "json", content: notebook(...cells) })).status,
    ).toBe(201);
    expect(statSync(join(lab.root, "huge.ipynb")).size).toBeGreaterThan(20e6);
    const back = (await get("huge.ipynb")).content as { cells: { outputs: { text: string }[] }[] };
    expect(back.cells[199]!.outputs[0]!.text).toBe(text);
  });
});

describe("making, copying, renaming, deleting", () => {
  const post = async (path: string, body: object): Promise<[number, string]> => {
    const { status, json } = await ask(path, { method: "POST", body });
    return [status, (json as Model).path];
  };

  it("finds names that are free", async () => {
    mkdirSync(join(lab.root, "names"));
    expect(await post("names", { type: "notebook" })).toEqual([201, "names/Untitled.ipynb"]);
    expect(await post("names", { type: "notebook" })).toEqual([201, "names/Untitled1.ipynb"]);
    expect(await post("names", { ext: ".ipynb" })).toEqual([201, "names/Untitled2.ipynb"]);
    expect(await post("names", { type: "file", ext: ".md" })).toEqual([201, "names/untitled.md"]);
    expect(await post("names", { type: "file" })).toEqual([201, "names/untitled"]);
    expect(await post("names", { type: "directory" })).toEqual([201, "names/Untitled Folder"]);
    expect(await post("names", { type: "directory" })).toEqual([201, "names/Untitled Folder 1"]);
    expect(await get("names/Untitled.ipynb")).toMatchObject({ content: { cells: [], nbformat: 4 } });
    expect((await ask("names", { method: "POST", body: { type: "file", ext: "/../../x" } })).status).toBe(
      400,
    );
    expect((await ask("none", { method: "POST", body: { type: "file" } })).status).toBe(404);
  });

  it("gives two who ask at once two names", async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => post("sub", { type: "notebook" })));
    expect(new Set(made.map(([, path]) => path)).size).toBe(4);
  });

  it("copies beside the file, or into another folder", async () => {
    expect(await post("", { copy_from: "text.txt" })).toEqual([201, "text-Copy1.txt"]);
    expect(await post("", { copy_from: "text.txt" })).toEqual([201, "text-Copy2.txt"]);
    expect(await post("", { copy_from: "text-Copy1.txt" })).toEqual([201, "text-Copy3.txt"]);
    expect(await post("sub", { copy_from: "text.txt" })).toEqual([201, "sub/text.txt"]);
    expect(onDisk("sub/text.txt")).toBe("größe\n");
    expect((await ask("", { method: "POST", body: { copy_from: "link.txt" } })).status).toBe(403);
    expect((await ask("", { method: "POST", body: { copy_from: ".hidden" } })).status).toBe(400);
  });

  it("copies a folder with what is in it: not its checkpoints, not what links lead to, never into itself", async () => {
    mkdirSync(join(lab.root, "whole/inner/.ipynb_checkpoints"), { recursive: true });
    writeFileSync(join(lab.root, "whole/inner/a.txt"), "a");
    symlinkSync(join(lab.around, "outside.txt"), join(lab.root, "whole/way-out.txt"));
    expect(await post("", { copy_from: "whole" })).toEqual([201, "whole-Copy1"]);
    expect(await post("sub", { copy_from: "whole" })).toEqual([201, "sub/whole"]);
    expect(onDisk("whole-Copy1/inner/a.txt")).toBe("a");
    expect(readdirSync(join(lab.root, "sub/whole/inner"))).toEqual(["a.txt"]);
    expect((await ask("sub/whole/way-out.txt")).status).toBe(403);
    for (const to of ["whole", "whole/inner"])
      expect((await ask(to, { method: "POST", body: { copy_from: "whole" } })).status).toBe(400);
  });

  it("says which file of the interface a program means, and nothing of files outside", async () => {
    mkdirSync(join(lab.root, "traced"));
    writeFileSync(join(lab.root, "traced/a b.ts"), "");
    const resolved = async (name: string): Promise<unknown> =>
      (await lab.ask(`api/resolvePath?path=${encodeURIComponent(name)}`)).json;
    const there = { resolved: [{ scope: "server", path: "traced/a b.ts" }], unresolved: [] };
    expect(await resolved("traced/a b.ts")).toEqual(there);
    expect(await resolved("traced/../traced/a b.ts")).toEqual(there);
    expect(await resolved(join(lab.root, "traced/a b.ts"))).toEqual(there);
    symlinkSync(lab.root, join(lab.around, "by-another-name"));
    expect(await resolved(join(lab.around, "by-another-name/traced/a b.ts"))).toEqual(there);
    const root = await RootFolder.open(lab.root);
    expect(await resolvedPath(root, "~/root/traced/a b.ts", lab.around)).toBe("traced/a b.ts");
    const none = { resolved: [], unresolved: [] };
    for (const name of [
      "none.ts",
      "../outside.txt",
      join(lab.around, "outside.txt"),
      "link.txt",
      ".hidden",
      "a\0b",
    ])
      expect(await resolved(name), name).toEqual(none);
    expect((await lab.ask("api/resolvePath")).status).toBe(400);
  });

  it("renames with the checkpoint, and over nothing", async () => {
    await put("old%20name.txt", { type: "file", format: "text", content: "v1" });
    await ask("old%20name.txt/checkpoints", { method: "POST" });
    const rename = (from: string, path: unknown): Promise<Reply> =>
      ask(from, { method: "PATCH", body: { path } });
    const { status, headers, json } = await rename("old%20name.txt", "sub/neü.txt");
    expect([status, headers.location, (json as Model).name]).toEqual([
      200,
      "/api/contents/sub/ne%C3%BC.txt",
      "neü.txt",
    ]);
    expect((await ask("sub/ne%C3%BC.txt/checkpoints")).json).toHaveLength(1);
    expect((await rename("text.txt", "new.txt")).status).toBe(409);
    expect((await rename("text.txt", "../x")).status).toBe(404);
    expect((await rename("text.txt", ".x")).status).toBe(400);
    expect((await rename("text.txt", "link.txt/x")).status).toBe(403);
    expect((await rename("text.txt", 7)).status).toBe(400);
    expect((await rename("none.txt", "x.txt")).status).toBe(404);
    expect((await rename("", "x")).status).toBe(400);
    expect(onDisk("text.txt")).toBe("größe\n");
  });

  it("deletes files, empty folders, and of a link the link", async () => {
    const remove = async (path: string): Promise<number> => (await ask(path, { method: "DELETE" })).status;
    mkdirSync(join(lab.root, "bin", ".ipynb_checkpoints"), { recursive: true });
    writeFileSync(join(lab.root, "bin", "a.txt"), "");
    expect(await remove("bin")).toBe(400);
    expect(await remove("bin/a.txt")).toBe(204);
    expect(await remove("bin")).toBe(204);
    expect(existsSync(join(lab.root, "bin"))).toBe(false);
    expect(await remove("bin")).toBe(404);
    expect(await remove("")).toBe(400);
    expect(await remove(".hidden")).toBe(400);
    symlinkSync("sub", join(lab.root, "to-sub"));
    expect(await remove("to-sub")).toBe(204);
    expect(existsSync(join(lab.root, "sub", "b.csv"))).toBe(true);
  });
});

describe("checkpoints", () => {
  it("are made, restored and deleted, where Jupyter keeps them", async () => {
    await put("c.ipynb", { type: "notebook", content: notebook(cell("first")) });
    expect((await ask("c.ipynb/checkpoints")).json).toEqual([]);
    const made = await ask("c.ipynb/checkpoints", { method: "POST" });
    expect([made.status, made.json]).toEqual([
      201,
      { id: "checkpoint", last_modified: expect.any(String) as string },
    ]);
    const first = onDisk("c.ipynb");
    expect(onDisk(".ipynb_checkpoints/c-checkpoint.ipynb")).toBe(first);
    await put("c.ipynb", { type: "notebook", content: notebook(cell("second")) });
    expect((await ask("c.ipynb/checkpoints/other", { method: "POST" })).status).toBe(404);
    expect((await ask("c.ipynb/checkpoints/checkpoint", { method: "POST" })).status).toBe(204);
    expect(onDisk("c.ipynb")).toBe(first);
    expect((await ask("c.ipynb/checkpoints/checkpoint", { method: "DELETE" })).status).toBe(204);
    expect((await ask("c.ipynb/checkpoints/checkpoint", { method: "POST" })).status).toBe(404);
    expect((await ask("sub/checkpoints", { method: "POST" })).status).toBe(400);
  });

  it("do not lead out of the folder", async () => {
    mkdirSync(join(lab.root, "trap"));
    symlinkSync(lab.around, join(lab.root, "trap", ".ipynb_checkpoints"));
    await put("trap/a.txt", { type: "file", format: "text", content: "a" });
    expect((await ask("trap/a.txt/checkpoints", { method: "POST" })).status).toBe(403);
    expect(existsSync(join(lab.around, "a-checkpoint.txt"))).toBe(false);
  });
});

describe("trust", () => {
  const isTrusted = async (path: string): Promise<unknown> =>
    ((await get(path)).content as { cells: { metadata: { trusted?: boolean } }[] }).cells[0]!.metadata
      .trusted;
  const save = (path: string, trusted: boolean): Promise<Reply> =>
    put(path, {
      type: "notebook",
      content: notebook({ ...cell("x", [shown]), metadata: { trusted } }),
    });

  it("is not had by a notebook from elsewhere, until its user says so", async () => {
    writeFileSync(join(lab.root, "foreign.ipynb"), JSON.stringify(notebook(cell("x", [shown]))));
    expect(await isTrusted("foreign.ipynb")).toBe(false);
    expect((await ask("foreign.ipynb/trust", { method: "POST" })).status).toBe(201);
    expect(await isTrusted("foreign.ipynb")).toBe(true);
    writeFileSync(join(lab.root, "foreign.ipynb"), JSON.stringify(notebook(cell("y", [shown]))));
    expect(await isTrusted("foreign.ipynb")).toBe(false);
  });

  it("comes from running the cells, and stays after a restart", async () => {
    await save("run.ipynb", true);
    expect(await isTrusted("run.ipynb")).toBe(true);
    await save("not-run.ipynb", false);
    expect(await isTrusted("not-run.ipynb")).toBe(true); // the same bytes as the one that was run
    await put("other.ipynb", {
      type: "notebook",
      content: notebook({ ...cell("z", [shown]), metadata: { trusted: false } }),
    });
    expect(await isTrusted("other.ipynb")).toBe(false);
    const again = await TestLab.start({}, { root: lab.root, state: join(lab.around, "state") });
    const { content }: Model = (await again.ask("api/contents/run.ipynb")).json;
    expect(content).toMatchObject({ cells: [{ metadata: { trusted: true } }] });
    await again.close();
  });

  it("is not needed where nothing is shown", async () => {
    writeFileSync(join(lab.root, "silent.ipynb"), JSON.stringify(notebook(cell("x"))));
    expect(await isTrusted("silent.ipynb")).toBe(true);
  });
});

describe("files as they are", () => {
  it("are sent with their types, once, and for download when asked", async () => {
    const first = await lab.ask("files/text.txt");
    expect([first.text, first.headers["content-type"]]).toEqual(["größe\n", "text/plain; charset=utf-8"]);
    const again = await lab.ask("files/text.txt", { headers: { "If-None-Match": first.headers.etag! } });
    expect([again.status, again.text]).toEqual([304, ""]);
    const download = await lab.ask("files/text.txt?download=1");
    expect(download.headers["content-disposition"]).toBe("attachment; filename*=UTF-8''text.txt");
    expect((await lab.ask("files/n.ipynb")).headers["content-disposition"]).toContain("attachment");
    const head = await lab.ask("files/text.txt", { method: "HEAD" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "8"]);
  });

  it.each([
    ["files/.hidden", 404],
    ["files/link.txt", 403],
    ["files/..%2Foutside.txt", 404],
    ["files/%2e%2e%2foutside.txt", 404],
    ["files/sub", 400],
    ["files/none", 404],
    ["files/text.txt%00.png", 404],
  ])("%s: %i", async (path, status) => {
    expect((await lab.ask(path)).status).toBe(status);
  });
});

it("methods that are not answered, and addresses that are none, are told so", async () => {
  expect((await ask("text.txt", { method: "OPTIONS" })).status).toBe(405);
  expect((await lab.ask("api/none")).status).toBe(404);
});
