/** Notebooks in files, folders and archives, with their times; nothing else is taken for a submission. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, expect, it } from "vitest";
import { handInsOf, notebookOf } from "../../../../kernel/grade/class/hand-ins.js";
import { zipTimes } from "../../../../kernel/grade/class/zip-times.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-hand-ins-"));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: string | Uint8Array): string => {
  const file = join(folder, name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const at = new Date("2026-11-20T10:00:00Z");

it("finds the notebooks of nbgrader's folders, with timestamp.txt", () => {
  utimesSync(put("nb/submitted/ada/p1/p1.ipynb", "{}"), at, at);
  put("nb/submitted/ada/p1/timestamp.txt", "2026-11-19 09:00:00 UTC");
  put("nb/submitted/ada/p1/.ipynb_checkpoints/p1-checkpoint.ipynb", "{}");
  put("nb/submitted/ada/p1/notes.pdf", "");
  const [found, ...more] = handInsOf([join(folder, "nb")]);
  expect(more).toEqual([]);
  expect(found.path).toMatch(/submitted\/ada\/p1\/p1\.ipynb$/);
  expect(found).toMatchObject({ timestamp: "2026-11-19 09:00:00 UTC", changed: at });
});

it("finds those in an archive, and reads each when it is asked for", () => {
  const mtime = new Date(2026, 10, 20, 23, 59, 58);
  const bytes = zipSync({
    "Ada_1_assignsubmission_file_/p1.ipynb": [strToU8("one"), { mtime }],
    "b/p1.ipynb": strToU8("two"),
    "b/timestamp.txt": strToU8("2026-11-19 09:00:00 UTC"),
    "__MACOSX/b/._p1.ipynb": strToU8("no"),
    "c/.ipynb_checkpoints/p1.ipynb": strToU8("no"),
  });
  const found = handInsOf([put("bulk.zip", bytes)]);
  expect(found.map(({ path }) => path.split("/").slice(-3).join("/"))).toEqual([
    "bulk.zip/Ada_1_assignsubmission_file_/p1.ipynb",
    "bulk.zip/b/p1.ipynb",
  ]);
  expect(found.map(({ content }) => new TextDecoder().decode(content()))).toEqual(["one", "two"]);
  expect(found[1].timestamp).toBe("2026-11-19 09:00:00 UTC");
  expect(found[0]).toMatchObject({ timestamp: undefined, changed: "2026-11-20 23:59:58" });
});

it("opens an archive that a student handed in, and takes its faults for those of one submission", () => {
  const mtime = new Date(2026, 10, 20, 23, 59, 58);
  const inner = zipSync({
    "work/p1.ipynb": [strToU8("one"), { mtime: new Date(2026, 10, 1) }],
    "work/timestamp.txt": strToU8("2026-11-01 09:00:00 UTC"),
    // An archive may hold itself: the second is not opened.
    "more.zip": zipSync({ "p1.ipynb": strToU8("no") }),
  });
  const bytes = zipSync({
    "hopper_102_9001_work.zip": [inner, { mtime }],
    "lovelace_101_9002_p1.ipynb": strToU8("two"),
    "turing_103_9003_work.zip": strToU8("PK"),
    "noether_104_9004_work.zip": zipSync({ "notes.txt": strToU8("no") }),
  });
  const [grace, ada, alan, emmy, ...more] = handInsOf([put("inner.zip", bytes)]);
  expect(more).toEqual([]);
  expect(grace.path).toMatch(/inner\.zip\/hopper_102_9001_work\.zip\/work\/p1\.ipynb$/);
  expect(new TextDecoder().decode(grace.content())).toBe("one");
  // Its times were chosen by the student; those of the outer archive count.
  expect(grace).toMatchObject({ timestamp: undefined, changed: "2026-11-20 23:59:58" });
  expect(new TextDecoder().decode(ada.content())).toBe("two");
  expect(() => notebookOf(alan)).toThrow("turing_103_9003_work.zip is no ZIP archive");
  expect(() => notebookOf(emmy)).toThrow("noether_104_9004_work.zip: there is no notebook in it");
});

it("takes the exact time where an archive has one", () => {
  const seconds = Math.floor(at.getTime() / 1000);
  const field = new Uint8Array(5);
  field[0] = 1;
  new DataView(field.buffer).setUint32(1, seconds, true);
  const bytes = zipSync({ "p1.ipynb": [strToU8("one"), { extra: { 0x5455: field } }] });
  expect(zipTimes(bytes).get("p1.ipynb")).toEqual(at);
  // A directory that is cut off gives no wrong times.
  for (const length of [0, 10, bytes.length - 30, bytes.length - 1])
    expect(zipTimes(bytes.subarray(0, length)).size).toBe(0);
});

it.each([
  ["there is no such file", () => join(folder, "nothing.ipynb")],
  ["there is no notebook in it", () => join(put("empty/notes.txt", ""), "..")],
  ["is no ZIP archive", () => put("broken.zip", "PK")],
])("refuses: %s", (words, place) => {
  expect(() => handInsOf([place()])).toThrow(words);
});

it("opens no notebook that is far too large", () => {
  const file = put("bomb.zip", zipSync({ "p1.ipynb": new Uint8Array(2 ** 26 + 1) }));
  const [found] = handInsOf([file]);
  expect(() => found.content()).toThrow("the most is 64 MiB");
});
