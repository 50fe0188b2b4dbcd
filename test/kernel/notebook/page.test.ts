/** The frame of a page: by default it runs no script and asks nobody. */
import { expect, it } from "vitest";
import { pageToHtml } from "../../../kernel/notebook/page.js";

const page = pageToHtml({ title: "A class", style: "main {}", body: "<body>\n</body>" });

it("has its parts where a browser looks for them, and says its language", () => {
  expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n/);
  expect(page).toMatch(
    /<title>A class<\/title>\n<style>main \{\}<\/style>\n<\/head>\n<body>\n<\/body>\n<\/html>\n$/,
  );
});

it("runs no script and loads nothing, unless its policy is another", () => {
  expect(page).toContain(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'">`,
  );
  const open = pageToHtml({ title: "", style: "", body: "", policy: "img-src data:", language: "de" });
  expect(open).toContain('Policy" content="img-src data:">');
  expect(open).toContain('<html lang="de">');
});
