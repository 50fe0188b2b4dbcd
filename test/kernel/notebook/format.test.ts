/** Reading and writing notebook files: Jupyter's own bytes, stable ids, and errors that say where. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatNotebook, parseNotebook } from "../../../kernel/notebook/format.js";
import { withTool } from "../../support/shared.js";

const file = {
  nbformat: 4,
  nbformat_minor: 4,
  metadata: { zebra: 1, apple: { b: [], a: {} }, signature: "x" },
  cells: [
    {
      cell_type: "markdown",
      metadata: {},
      source: ["# Faltung ∗ 😀\n", "zwei"],
      attachments: { "a.svg": { "image/svg+xml": ["<svg>\n", "</svg>"] } },
    },
    {
      cell_type: "code",
      metadata: { tags: ["x"], trusted: true },
      execution_count: 3,
      source: "a\r\nb\u2028c\x0cd\n\n",
      outputs: [
        { output_type: "stream", name: "stdout", text: ["one\n", "\rtwo"] },
        {
          output_type: "execute_result",
          execution_count: 3,
          metadata: {},
          data: { "text/plain": "1\n2", "application/json": ["a", "b"], "image/png": "iVBORw0KGgo=\n" },
        },
        { output_type: "error", ename: "E", evalue: "", traceback: ["a\nb", "c"] },
      ],
    },
    { cell_type: "code", metadata: {}, execution_count: null, source: [], outputs: [] },
    { cell_type: "code", metadata: {}, execution_count: null, source: "", outputs: [] },
  ],
};

it("joins lines in memory and gives a notebook without ids the same ids every time", () => {
  const first = parseNotebook(JSON.stringify(file));
  const second = parseNotebook(JSON.stringify(file));
  expect(first.nbformat_minor).toBe(5);
  expect(first.cells[0]!.source).toBe("# Faltung ∗ 😀\nzwei");
  expect(first.cells[1]).toMatchObject({
    outputs: [
      { text: "one\n\rtwo" },
      { data: { "application/json": ["a", "b"] } },
      { traceback: ["a\nb", "c"] },
    ],
  });
  const ids = first.cells.map((cell) => cell.id);
  expect(ids).toEqual(second.cells.map((cell) => cell.id));
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id).toMatch(/^[\w-]{1,64}$/);
});

it("reads back what it writes", () => {
  const notebook = parseNotebook(JSON.stringify(file));
  const text = formatNotebook(notebook);
  expect(parseNotebook(text)).toEqual(notebook);
  expect(formatNotebook(parseNotebook(text))).toBe(text);
  expect(text.endsWith("}\n")).toBe(true);
  expect(text).not.toContain("trusted");
  expect(text).not.toContain("signature");
});

it("keeps good ids and replaces bad and doubled ones", () => {
  const cell = (id: unknown) => ({ cell_type: "raw", metadata: {}, source: "", id });
  const cells = [cell("keep-me_1"), cell("keep-me_1"), cell("no spaces"), cell(7)];
  const ids = parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, cells })).cells.map((c) => c.id);
  expect(ids[0]).toBe("keep-me_1");
  expect(new Set(ids).size).toBe(4);
});

it.each([
  ["{", "a.ipynb: this is not a notebook, because it is not JSON"],
  ["[1]", 'a.ipynb: this is JSON but not a notebook: it has no number "nbformat"'],
  ['{"nbformat": 3, "worksheets": []}', "a.ipynb: nbformat 3 cannot be read"],
  ['{"nbformat": 4}', 'a.ipynb: this notebook has no list of "cells"'],
  ['{"nbformat": 4, "cells": [{"cell_type": "heading"}]}', 'a.ipynb: cell 1 has the type "heading"'],
  ['{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', 'a.ipynb: cell 1 has a "source"'],
  [
    '{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [{"output_type": "pyout"}]}]}',
    'a.ipynb: cell 1 has an output, number 1, that has the type "pyout"',
  ],
])("refuses %s and says why", (text, message) => {
  expect(() => parseNotebook(text, "a.ipynb")).toThrow(message);
});

withTool("jupyter", "the bytes that Jupyter writes", () => {
  it("are the bytes written here", () => {
    const folder = mkdtempSync(join(tmpdir(), "chainrule-"));
    try {
      const path = join(folder, "a.ipynb");
      const ours = formatNotebook(parseNotebook(JSON.stringify(file)));
      writeFileSync(path, ours);
      const script =
        "import nbformat, sys; nb = nbformat.read(sys.argv[1], as_version=4); nbformat.validate(nb); " +
        "nbformat.write(nb, sys.argv[1])";
      const python = spawnSync("/usr/bin/python3", ["-Xfrozen_modules=off", "-c", script, path], {
        encoding: "utf8",
      });
      expect(python.status, python.stderr).toBe(0);
      expect(readFileSync(path, "utf8")).toBe(ours);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
