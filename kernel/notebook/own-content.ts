/**
 * What a notebook's reader writes, runs and folds, without what programs write beside it. A front end changes a notebook that is only
 * opened: it notes the kernel and its language, trusts cells, joins lines. By this text such a notebook is still the same one.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Of a notebook: what a front end writes when a kernel has started, or a widget is shown. */
const ABOUT_KERNEL = ["kernelspec", "language_info", "widgets", "orig_nbformat"];

/** Of a cell: whether its outputs may run scripts, and when it ran. */
const ABOUT_RUN = ["trusted", "execution"];

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const without = (value: unknown, names: readonly string[]): Fields =>
  isFields(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) : {};

/** A text, which a file may have as a list of lines. */
const joined = (value: unknown): unknown =>
  Array.isArray(value) && value.every((line) => typeof line === "string") ? value.join("") : value;

const joinedEach = (data: unknown): unknown =>
  isFields(data)
    ? Object.fromEntries(Object.entries(data).map(([type, value]) => [type, joined(value)]))
    : data;

function outputOf(output: unknown): unknown {
  const { text, data, metadata, ...rest } = without(output, ["execution_count", "transient"]);
  return { ...rest, text: joined(text), data: joinedEach(data), metadata: metadata ?? {} };
}

function cellOf(cell: unknown): unknown {
  const { cell_type, source, metadata, attachments, outputs } = without(cell, []);
  return {
    cell_type,
    source: joined(source),
    metadata: without(metadata, ABOUT_RUN),
    attachments: without(attachments, []),
    outputs: listOf(outputs).map(outputOf),
  };
}

/** Keys may stand in any order. */
const sorted = (_: string, value: unknown): unknown =>
  isFields(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/**
 * A text that is equal for two notebooks when their cells have the same sources, outputs, metadata and attachments, in the same order, and
 * they themselves the same metadata: whatever their kernel, the ids of their cells, the numbers of executions and the minor version.
 * @param notebook as JSON, nbformat 4
 */
export function ownContent(notebook: unknown): string {
  const { metadata, cells } = without(notebook, []);
  return JSON.stringify(
    { metadata: without(metadata, ABOUT_KERNEL), cells: listOf(cells).map(cellOf) },
    sorted,
  );
}
