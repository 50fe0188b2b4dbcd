/** What a front end writes into a notebook that is only opened does not count as its reader's; all that she can change does. */
import { expect, it } from "vitest";
import { ownContent } from "../../../kernel/notebook/own-content.js";

const file = () => ({
  nbformat: 4,
  nbformat_minor: 4,
  metadata: { kernelspec: { name: "a" }, title: "One" } as Record<string, unknown>,
  cells: [
    { cell_type: "markdown", source: ["# One\n", "two"], metadata: {} as Record<string, unknown> },
    {
      cell_type: "code",
      source: ["1 + 1"],
      metadata: { tags: ["a", "b"] } as Record<string, unknown>,
      execution_count: 1 as number | null,
      outputs: [
        { output_type: "stream", name: "stdout", text: ["one\n", "two\n"] },
        { output_type: "execute_result", data: { "text/plain": ["2"] }, metadata: {}, execution_count: 1 },
      ] as Record<string, unknown>[],
    },
  ],
});

/** The same notebook, as JupyterLab writes it when a kernel has started. */
const opened = {
  cells: [
    { id: "x", cell_type: "markdown", attachments: {}, metadata: { trusted: true }, source: "# One\ntwo" },
    {
      id: "y",
      cell_type: "code",
      execution_count: 7,
      metadata: { trusted: true, execution: { "iopub.status.busy": "now" }, tags: ["a", "b"] },
      outputs: [
        { name: "stdout", output_type: "stream", text: "one\ntwo\n" },
        { data: { "text/plain": "2" }, execution_count: 7, metadata: {}, output_type: "execute_result" },
      ],
      source: "1 + 1",
    },
  ],
  metadata: { language_info: { name: "typescript" }, widgets: {}, title: "One", kernelspec: { name: "b" } },
  nbformat: 4,
  nbformat_minor: 5,
};

it("is the same when the front end has opened the notebook", () => {
  expect(ownContent(opened)).toBe(ownContent(file()));
});

it.each<[string, (notebook: ReturnType<typeof file>) => void]>([
  ["a text", ({ cells }) => (cells[0]!.source = ["# One\n", "three"])],
  ["a cell's code", ({ cells }) => (cells[1]!.source = ["1 + 2"])],
  ["an output's text", ({ cells }) => (cells[1]!.outputs![0]!["text"] = "one\n")],
  ["a result", ({ cells }) => (cells[1]!.outputs![1]!["data"] = { "text/plain": "3" })],
  ["outputs that are cleared", ({ cells }) => (cells[1]!.outputs = [])],
  ["a cell that is folded", ({ cells }) => (cells[1]!.metadata["jupyter"] = { source_hidden: true })],
  ["a tag", ({ cells }) => (cells[1]!.metadata["tags"] = ["ab"])],
  ["an attachment", ({ cells }) => Object.assign(cells[0]!, { attachments: { a: { "image/png": "A" } } })],
  ["a kind of cell", ({ cells }) => (cells[0]!.cell_type = "raw")],
  ["a new cell", ({ cells }) => cells.push({ ...cells[0]! })],
  ["the order of cells", ({ cells }) => cells.reverse()],
  ["the notebook's metadata", ({ metadata }) => (metadata["title"] = "Two")],
])("is another one after a change of %s", (_, change) => {
  const changed = file();
  change(changed);
  expect(ownContent(changed)).not.toBe(ownContent(file()));
});
