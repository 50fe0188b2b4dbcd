/** Folders that commands make for what they write: what cannot be made is told in a sentence, and nothing hangs. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assignCommand } from "../../../kernel/grade/assign-command.js";
import { FileError, makeFolder, makeFolderOf, writeWhole } from "../../../kernel/notebook/files.js";
import { bookCommand } from "../../../kernel/site/book/command.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-files-"));
  writeFileSync(join(folder, "file"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

it("makes a folder with those that it lies in, and leaves one alone that is there", () => {
  const file = join(folder, "a", "b", "c.txt");
  makeFolderOf(file);
  writeWhole(file, "kept");
  makeFolderOf(file);
  makeFolder(join(folder, "a"));
  expect(readFileSync(file, "utf8")).toBe("kept");
});

it.skipIf(!existsSync("/proc/self"))(
  "below /proc, where Node's own never comes back, it is refused",
  async () => {
    expect(() => makeFolder("/proc/nope/x")).toThrow(FileError);
    expect(() => makeFolderOf("/proc/nope/x.ipynb")).toThrow(/^\/proc\/nope cannot be made \(ENOENT/);
    expect(() => assignCommand([], { out: "/proc/nope/x" }, () => {})).toThrow(FileError);
    await expect(bookCommand({ out: "/proc/nope/x" }, () => {})).rejects.toThrow(FileError);
  },
);

it("a file in its place, or above it, is told", () => {
  const file = join(folder, "file");
  expect(() => makeFolder(file)).toThrow(
    `${file} cannot be made (ENOTDIR: there is a file of that name, mkdir '${file}').`,
  );
  expect(() => makeFolder(join(file, "x"))).toThrow(FileError);
});
