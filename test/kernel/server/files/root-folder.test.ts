/** From a path of the interface to a file: what leads out of the folder is refused, on every system. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HttpError } from "../../../../kernel/server/http/http-error.js";
import { RootFolder } from "../../../../kernel/server/files/root-folder.js";
import type { RootOptions } from "../../../../kernel/server/files/root-folder.js";

let around: string;
let folder: string;
beforeAll(() => {
  around = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-root-")));
  folder = join(around, "root");
  mkdirSync(join(folder, "sub"), { recursive: true });
  mkdirSync(join(around, "rooted"));
  writeFileSync(join(around, "secret.txt"), "secret");
  writeFileSync(join(around, "rooted", "secret.txt"), "secret");
  writeFileSync(join(folder, "sub", "a.txt"), "a");
  symlinkSync(around, join(folder, "up"));
  symlinkSync("..", join(folder, "dots"));
  symlinkSync(join(around, "secret.txt"), join(folder, "secret-link"));
  symlinkSync(join(around, "rooted"), join(folder, "beside"));
  symlinkSync(join(around, "not-yet.txt"), join(folder, "dangling"));
  symlinkSync("sub", join(folder, "inside"));
  symlinkSync("loop", join(folder, "loop"));
});
afterAll(() => rmSync(around, { recursive: true }));

async function locate(path: string, options: RootOptions = {}): Promise<string | number> {
  const root = await RootFolder.open(folder, options);
  return root.locate(path).then(
    (file) => file.slice(folder.length),
    (error: HttpError) => error.status,
  );
}

describe("a path", () => {
  it.each([
    ["", ""],
    ["/", ""],
    ["sub", "/sub"],
    ["sub/a.txt", "/sub/a.txt"],
    ["/sub//a.txt/", "/sub/a.txt"],
    ["new.txt", "/new.txt"],
    ["größe 😀.txt", "/größe 😀.txt"],
    ["a..b/..c", 404],
    ["a..b", "/a..b"],
    ["inside/a.txt", "/inside/a.txt"],
  ])("%j leads to %j", async (path, file) => {
    expect(await locate(path)).toBe(file);
  });

  it.each([
    "..",
    "../secret.txt",
    "sub/../../secret.txt",
    "sub/..",
    ".",
    "./sub",
    "sub/./a.txt",
    "..\\secret.txt",
    "sub\\a.txt",
    "C:\\Windows",
    "a\0.txt",
    "sub/a.txt\0.png",
    "a\nb",
    ".hidden",
    "sub/.git/config",
    ".ipynb_checkpoints/a-checkpoint.ipynb",
  ])("%j does not exist", async (path) => {
    expect(await locate(path)).toBe(404);
  });

  it.each([
    "up/secret.txt",
    "up",
    "up/new.txt",
    "dots/secret.txt",
    "dots/root/sub/a.txt/x",
    "secret-link",
    "beside/secret.txt",
    "beside/new/file.txt",
    "dangling",
    "loop",
    "loop/x",
  ])("%j is a link out of the folder", async (path) => {
    // A way out and in again is none.
    expect(await locate(path)).toBe(path.startsWith("dots/root") ? "/dots/root/sub/a.txt/x" : 403);
  });

  it("of a link says so in a sentence, without where it leads", async () => {
    const root = await RootFolder.open(folder);
    const refused = root.locate("up/secret.txt");
    await expect(refused).rejects.toThrow(/up\/secret\.txt is a link out of the folder.*--follow-links/);
    await expect(refused).rejects.not.toThrow(around);
  });

  it("follows links when it may", async () => {
    expect(await locate("up/secret.txt", { followLinks: true })).toBe("/up/secret.txt");
    expect(await locate("up/../secret.txt", { followLinks: true })).toBe(404);
  });

  it.each([
    "CON",
    "con.txt",
    "sub/aux",
    "nul.ipynb",
    "COM1",
    "lpt9.csv",
    "COM¹",
    "conout$",
    "a.txt:stream",
    "a.txt::$DATA",
    "c:",
    "a.txt.",
    "a.txt ",
    "a<b",
    'a"b',
    "a|b",
    "a?b",
    "a*b",
  ])("%j does not exist on Windows", async (path) => {
    expect(await locate(path, { platform: "win32" })).toBe(404);
  });

  it("may have such names elsewhere, and names that only look so on Windows", async () => {
    for (const path of ["con.txt", "a:b"]) expect(await locate(path, { platform: "linux" })).toBe(`/${path}`);
    for (const path of ["console.txt", "COM.txt", "com10", "null"])
      expect(await locate(path, { platform: "win32" })).toBe(`/${path}`);
  });
});

it("a folder that is itself a link is served as what it leads to", async () => {
  const root = await RootFolder.open(join(folder, "inside"));
  expect(await root.locate("a.txt")).toBe(join(folder, "sub", "a.txt"));
});

it("a folder that is withheld is not there, by whatever way", async () => {
  const withheld = [join(folder, "sub")];
  const root = await RootFolder.open(folder, { withheld, followLinks: true });
  for (const path of ["sub", "sub/a.txt", "sub/new", "inside/a.txt", "up/root/sub/a.txt"])
    await expect(root.locate(path), path).rejects.toThrow(/does not exist/);
  expect(await root.locate("other")).toBe(join(folder, "other"));
});

it("the whole disk can be served", async () => {
  const root = await RootFolder.open("/");
  expect(await root.locate(join(folder, "sub"))).toBe(join(folder, "sub"));
});
