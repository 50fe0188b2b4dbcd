/** A file is written whole or not at all, where its path leads, and what killed writers left goes. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeWhole } from "../../../../lib/host/node/write-whole.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "chainrule-write-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const read = (name: string): number[] => [...readFileSync(path.join(folder, name))];

it("makes the folder and leaves nothing but the file", async () => {
  await writeWhole(path.join(folder, "deep/er/a"), bytes(1, 2));
  await writeWhole(path.join(folder, "deep/er/a"), bytes(3));
  expect([readdirSync(path.join(folder, "deep/er")), read("deep/er/a")]).toEqual([["a"], [3]]);
});

it("is one of several writers' files, whole, when they write at once", async () => {
  const all = Array.from({ length: 8 }, (_, i) => new Uint8Array(100_000).fill(i));
  await Promise.all(all.map((each) => writeWhole(path.join(folder, "a"), each)));
  const found = read("a");
  expect([readdirSync(folder), found.length, new Set(found).size]).toEqual([["a"], 100_000, 1]);
});

it("leaves the old file when the new one cannot be written", async () => {
  writeFileSync(path.join(folder, "a"), "old");
  mkdirSync(path.join(folder, "full"));
  await expect(writeWhole(path.join(folder, "full"), bytes(1))).rejects.toThrow(
    /EISDIR|EEXIST|ENOTEMPTY|EPERM/,
  );
  await expect(writeWhole(path.join(folder, "a/b"), bytes(1))).rejects.toThrow(/ENOTDIR|EEXIST|ENOENT/);
  expect(readdirSync(folder)).toEqual(["a", "full"]);
  expect(readFileSync(path.join(folder, "a"), "utf8")).toBe("old");
});

it.skipIf(process.platform === "win32")("writes the file that a link leads to", async () => {
  mkdirSync(path.join(folder, "elsewhere"));
  writeFileSync(path.join(folder, "elsewhere/a"), "old");
  symlinkSync(path.join(folder, "elsewhere/a"), path.join(folder, "link"));
  await writeWhole(path.join(folder, "link"), bytes(7));
  expect([read("elsewhere/a"), read("link")]).toEqual([[7], [7]]);
  expect(readdirSync(path.join(folder, "elsewhere"))).toEqual(["a"]);
});

it.skipIf(process.platform === "win32")("keeps the permissions of the file", async () => {
  writeFileSync(path.join(folder, "a"), "old");
  chmodSync(path.join(folder, "a"), 0o751);
  await writeWhole(path.join(folder, "a"), bytes(7));
  expect([read("a"), statSync(path.join(folder, "a")).mode & 0o777]).toEqual([[7], 0o751]);
});

it.skipIf(process.getuid?.() === 0)("refuses a file that may only be read", async () => {
  writeFileSync(path.join(folder, "a"), "old");
  chmodSync(path.join(folder, "a"), 0o444);
  await expect(writeWhole(path.join(folder, "a"), bytes(7))).rejects.toThrow(/EACCES|EPERM/);
  expect(readFileSync(path.join(folder, "a"), "utf8")).toBe("old");
});

it("writes a file whose name is as long as a name can be", async () => {
  const name = "n".repeat(255);
  await writeWhole(path.join(folder, name), bytes(7));
  expect([readdirSync(folder), read(name)]).toEqual([[name], [7]]);
});

it("sweeps away what was left an hour ago, and no more", async () => {
  for (const [name, hours] of [
    [".a.1.part", 2],
    [".a.2.part", 0.5],
    [".b.3.part", 2],
  ] as const) {
    writeFileSync(path.join(folder, name), "part");
    const then = new Date(Date.now() - hours * 3_600_000);
    utimesSync(path.join(folder, name), then, then);
  }
  await writeWhole(path.join(folder, "a"), bytes(1));
  expect(readdirSync(folder).sort()).toEqual([".a.2.part", ".b.3.part", "a"]);
});
