/** What is said of a module that is not found: the file of one's own that was meant, the folder that is not there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withWayOut } from "../../../kernel/language/missing-modules.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-missing-"));
  mkdirSync(join(folder, "src"));
  for (const name of ["util.ts", "numbers.json", "x.js"]) writeFileSync(join(folder, "src", name), "");
  writeFileSync(join(folder, "helpers.mts"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (specifier: string, code = 2307): string => {
  const message = `Cannot find module '${specifier}' or its corresponding type declarations.`;
  return withWayOut({ code, message }, folder).message.slice(message.length).trim();
};

it.each([
  ["./src/utli", 'Is it "./src/util"?'],
  ["./src/Util", 'Is it "./src/util"?'],
  ["./src/number.json", 'Is it "./src/numbers.json"?'],
  ["./helper", 'Is it "./helpers"?'],
  ["./src/../helpes", 'Is it "./src/../helpers"?'],
  ["./scr/util", "There is no folder ./scr here."],
  ["./src/y", ""],
  ["./src/other", ""],
  ["./src/", ""],
  ["../nothing-like-it-anywhere", ""],
])("of %s: %s", (specifier, words) => expect(said(specifier)).toBe(words));

it("leaves other errors as they were", () => {
  const error = { code: 2304, message: "Cannot find name './src/utli'." };
  expect(withWayOut(error, folder)).toBe(error);
  expect(said("no-such-package")).toMatch(/^%npm install no-such-package installs it/);
});
