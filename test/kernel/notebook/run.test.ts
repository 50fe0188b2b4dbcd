/** Running a notebook: what runs, what stops it, what is written; against scripted cells. */
import { expect, it } from "vitest";
import type { CodeCell, Notebook, NotebookCell } from "../../../kernel/notebook/format.js";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import { runNotebook } from "../../../kernel/notebook/run.js";
import type { CellRunner, Progress, RunOptions } from "../../../kernel/notebook/run.js";
import type { Output } from "../../../kernel/cells/output.js";

const code = (source: string, metadata: Record<string, unknown> = {}): CodeCell => ({
  cell_type: "code",
  id: `id-${source.replace(/\W/g, "")}`,
  metadata,
  source,
  execution_count: 99,
  outputs: [{ output_type: "stream", name: "stdout", text: "stale" }],
});
const notebook = (cells: NotebookCell[], metadata: Record<string, unknown> = {}): Notebook => ({
  nbformat: 4,
  nbformat_minor: 5,
  metadata,
  cells,
});

/** A session whose cells are words: what each does stands here. */
class Scripted implements CellRunner {
  readonly seen: string[] = [];
  closed = false;
  #interrupt: (() => void) | undefined;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  async execute(source: string, { cell }: { cell: string | number }) {
    this.seen.push(source);
    const error = { ename: "TypeError", evalue: "boom", traceback: ["TypeError: boom"] };
    if (source === "throw") return { status: "error" as const, ...error };
    if (source === "stray") setImmediate(() => this.#output.error(error, cell));
    if (source === "print") this.#output.stream("stdout", "hello\n", cell);
    if (source === "wait") {
      await new Promise<void>((resolve) => (this.#interrupt = resolve));
      return { status: "error" as const, ename: "KeyboardInterrupt", evalue: "", traceback: [] };
    }
    if (source === "value")
      return { status: "ok" as const, result: { data: { "text/plain": "42" }, metadata: {} } };
    return { status: "ok" as const };
  }

  interrupt() {
    this.#interrupt?.();
  }

  close() {
    this.closed = true;
    return Promise.resolve();
  }
}

async function run(book: Notebook, options: Partial<RunOptions> = {}) {
  let session: Scripted | undefined;
  const start: RunOptions["start"] = ({ output }) => Promise.resolve((session = new Scripted(output)));
  const report = await runNotebook(book, { cwd: "/", start, ...options });
  return { ...report, session: session!, cells: report.notebook.cells as CodeCell[] };
}

it("runs the code cells in order and leaves the given notebook alone", async () => {
  const text: NotebookCell = { cell_type: "markdown", id: "t", metadata: {}, source: "text" };
  const book = notebook([code("print"), text, code("  \n"), code("value")]);
  const before = formatNotebook(book);
  const { session, cells, executed, total, failures } = await run(book);
  expect(session.seen).toEqual(["print", "value"]);
  expect(session.closed).toBe(true);
  expect({ executed, total, failures }).toEqual({ executed: 2, total: 2, failures: [] });
  expect(cells.map((cell) => cell.execution_count)).toEqual([1, undefined, null, 2]);
  expect(cells[0]!.outputs).toEqual([{ output_type: "stream", name: "stdout", text: "hello\n" }]);
  expect(cells[2]!.outputs).toEqual([]);
  expect(cells[3]!.outputs).toEqual([
    { output_type: "execute_result", data: { "text/plain": "42" }, metadata: {}, execution_count: 2 },
  ]);
  expect(formatNotebook(book)).toBe(before);
});

it("names the kernel and the language, and writes the same bytes twice", async () => {
  const first = await run(notebook([code("print")], { kernelspec: { name: "python3", language: "python" } }));
  const second = await run(notebook([code("print")]));
  expect(first.notebook.metadata).toMatchObject({
    kernelspec: { name: "chainrule", language: "typescript", display_name: "TypeScript (chainrule)" },
    language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/typescript" },
  });
  expect(formatNotebook(first.notebook)).toBe(formatNotebook(second.notebook));
});

it("stops at an error and says which cell it was", async () => {
  const { session, cells, failures, executed, total } = await run(
    notebook([code("print"), code("throw"), code("value")]),
  );
  expect(session.seen).toEqual(["print", "throw"]);
  expect({ executed, total }).toEqual({ executed: 2, total: 3 });
  expect(failures).toMatchObject([{ position: 2, error: { ename: "TypeError", evalue: "boom" } }]);
  expect(cells[1]!.outputs).toEqual([
    { output_type: "error", ename: "TypeError", evalue: "boom", traceback: ["TypeError: boom"] },
  ]);
  expect(cells[2]!.execution_count).toBeNull();
  expect(cells[2]!.outputs).toEqual([]);
});

it("goes on after errors that the notebook or the cell allows", async () => {
  const byTag = await run(notebook([code("throw", { tags: ["raises-exception"] }), code("value")]));
  expect(byTag.session.seen).toEqual(["throw", "value"]);
  expect(byTag.failures).toEqual([]);
  const allowed = notebook([code("throw"), code("stray"), code("value")], {
    execution: { allow_errors: true },
  });
  const byMetadata = await run(allowed);
  expect(byMetadata.session.seen).toHaveLength(3);
  expect(byMetadata.failures).toEqual([]);
  expect(byMetadata.cells[0]!.outputs).toHaveLength(1);
});

it("leaves cells tagged skip-execution as they are", async () => {
  const { session, cells } = await run(
    notebook([code("throw", { tags: ["skip-execution"] }), code("value")]),
  );
  expect(session.seen).toEqual(["value"]);
  expect(cells[0]).toMatchObject({ execution_count: 99, outputs: [{ text: "stale" }] });
  expect(cells[1]!.execution_count).toBe(1);
});

it("fails for an error that no cell awaited", async () => {
  const { session, failures, cells } = await run(notebook([code("stray"), code("value")]));
  expect(session.seen).toEqual(["stray"]);
  expect(failures).toMatchObject([{ position: 1, error: { ename: "TypeError" } }]);
  expect(cells[0]!.outputs).toHaveLength(1);
});

it("stops a cell that takes too long, by option or metadata, whatever the cell allows", async () => {
  const tags = ["raises-exception"];
  const byOption = await run(notebook([code("wait", { tags }), code("value")]), { timeout: 0.05 });
  expect(byOption.session.seen).toEqual(["wait"]);
  expect(byOption.failures[0]!.error.ename).toBe("CellTimeoutError");
  expect(byOption.failures[0]!.error.evalue).toContain("more than 0.05 s");
  const byMetadata = await run(notebook([code("wait")], { execution: { timeout: 0.05 } }), { timeout: 3600 });
  expect(byMetadata.failures[0]!.error.evalue).toContain("more than 0.05 s");
});

it("tells of each cell's start and end", async () => {
  const seen: Progress[] = [];
  await run(notebook([code("value"), code("throw")]), { onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ state, number, total }) => [state, number, total])).toEqual([
    ["running", 1, 2],
    ["ok", 1, 2],
    ["running", 2, 2],
    ["failed", 2, 2],
  ]);
});
