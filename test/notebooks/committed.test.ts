/** The notebooks as they are kept: executed, in order, without errors, with pictures that show something. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encode } from "fast-png";
import { formatNotebook } from "../../kernel/notebook/format.js";
import type { CodeCell } from "../../kernel/notebook/format.js";
import { projectRoot } from "../support/shared.js";
import { colours, faults, isUnexecuted, notebookPaths, readNotebook, runnableCells } from "./support.js";

describe.each(notebookPaths())("%s", (path) => {
  const notebook = readNotebook(path);

  it("is written as Jupyter writes it", () => {
    expect(formatNotebook(notebook)).toBe(readFileSync(join(projectRoot, path), "utf8"));
  });

  it("names this kernel, and has ids that will stay", () => {
    expect(notebook.metadata).toMatchObject({ kernelspec: { name: "chainrule", language: "typescript" } });
    const raw = JSON.parse(readFileSync(join(projectRoot, path), "utf8")) as { cells: { id?: string }[] };
    expect(raw.cells.every(({ id }) => typeof id === "string")).toBe(true);
  });

  it("has outputs of less than three megabytes", () => {
    const outputs = runnableCells(notebook).map((cell) => cell.outputs);
    expect(JSON.stringify(outputs).length).toBeLessThan(3e6);
  });

  if (isUnexecuted(notebook)) {
    it("is kept without outputs", () => {
      for (const cell of runnableCells(notebook)) expect(cell.outputs).toEqual([]);
    });
  } else {
    it("holds the outputs of one run from top to bottom", () => {
      expect(faults(notebook)).toEqual([]);
      const counts = runnableCells(notebook).map((cell) => cell.execution_count);
      expect(counts).toEqual(counts.map((_, i) => i + 1));
    });
  }
});

it("names every fault of a notebook", () => {
  const cell = (id: string, count: number | null, outputs: CodeCell["outputs"] = []): CodeCell => ({
    ...{ cell_type: "code", id, metadata: {}, source: `// ${id}`, execution_count: count, outputs },
  });
  const blank = encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(7) });
  const show = (data: Record<string, unknown>) => ({
    output_type: "display_data" as const,
    data,
    metadata: {},
  });
  const cells = [
    cell("fine", 1, [show({ "text/plain": "1" })]),
    cell("waiting", null),
    cell("failed", 2, [{ output_type: "error", ename: "E", evalue: "no", traceback: [] }]),
    cell("blank", 3, [show({ "text/plain": "", "image/png": Buffer.from(blank).toString("base64") })]),
    cell("wordless", 4, [show({ "text/html": "<b>1</b>" })]),
  ];
  expect(faults({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })).toEqual([
    "cell waiting (// waiting) was not run",
    "cell failed (// failed) failed: E: no",
    "cell blank (// blank) shows a blank picture",
    "cell wordless (// wordless) has an output without plain text",
  ]);
});

it("a picture of one colour is called blank", () => {
  const png = (data: number[]) =>
    Buffer.from(encode({ width: 2, height: 1, channels: 3, data: new Uint8Array(data) })).toString("base64");
  expect(colours(png([1, 2, 3, 1, 2, 3]))).toBe(1);
  expect(colours(png([1, 2, 3, 1, 2, 4]))).toBe(2);
});
