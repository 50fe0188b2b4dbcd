/** A network as a table: its layers, what comes out of each, what each costs. */
import { showShape, ValueError } from "../../array/errors.js";
import type { Figure } from "../figure/figure.js";
import { showCount, showPlural } from "../figure/numbers.js";
import { table } from "../figure/table.js";

/** One layer of the table. */
export interface LayerRow {
  /** What the network calls it: "conv1". */
  readonly name: string;
  /** What it is: "Conv2d 8 filters of 5×5, pad 2". */
  readonly layer: string;
  /** Of one output, without the batch axis; absent when the input's shape is not known yet. */
  readonly outputShape?: readonly number[];
  readonly parameters: number;
  /** Of one forward on one example; absent when the input's shape is not known yet. */
  readonly multiplyAdds?: number;
  /** How much of the input one unit sees, as `receptiveField` gives it; the table then has a column for it. */
  readonly receptiveField?: { readonly height: number; readonly width: number };
}

/** The title of a `layerTable`, the input in its first row, and whether it has a column for memory. */
export interface LayerTableOptions {
  readonly title?: string;
  /** The shape of one example, such as [1, 28, 28], for the table's first row. */
  readonly inputShape?: readonly number[];
  /** Adds the memory of each output of one example, in numbers of 4 bytes; false. */
  readonly memory?: boolean;
}

const NUMBER_BYTES = 4;

/**
 * The table of a network's layers with the sums of parameters and multiply-adds.
 *
 *     layerTable(summary(net).map((row) => ({ ...row, receptiveField: receptiveField(net, row.name) })), { memory: true })
 *
 * @throws ValueError for a count that is negative or not whole
 */
export function layerTable(rows: readonly LayerRow[], options: LayerTableOptions = {}): Figure {
  for (const { name, parameters, multiplyAdds = 0 } of rows) {
    for (const count of [parameters, multiplyAdds]) {
      if (Number.isInteger(count) && count >= 0) continue;
      throw new ValueError(
        `layerTable: ${name} counts ${count}; parameters and multiply-adds are whole numbers from 0 up.`,
      );
    }
  }
  const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
  const known = rows.every(({ multiplyAdds }) => multiplyAdds !== undefined);
  const multiplyAdds = rows.reduce((sum, row) => sum + (row.multiplyAdds ?? 0), 0);
  const count = (value: number | undefined) =>
    value === undefined ? "–" : value === 0 ? "" : showCount(value);
  const { inputShape, memory = false } = options;
  const fields = rows.some(({ receptiveField }) => receptiveField !== undefined);
  const bytes = (shape: readonly number[] | undefined) => shape && NUMBER_BYTES * product(shape);
  const shapes = [...(inputShape ? [inputShape] : []), ...rows.map(({ outputShape }) => outputShape)];
  const allBytes = shapes.every((shape) => shape !== undefined)
    ? shapes.reduce((sum, shape) => sum + NUMBER_BYTES * product(shape), 0)
    : undefined;
  // What is asked for stands at the right of what always stands there.
  const more = (of: number | undefined, field: LayerRow["receptiveField"]) => [
    ...(memory ? [of === undefined ? "–" : showBytes(of)] : []),
    ...(fields ? [field === undefined ? "" : `${field.height}×${field.width}`] : []),
  ];
  const lines = rows.map((row) => [
    row.name,
    row.layer,
    row.outputShape === undefined ? "–" : showShape(row.outputShape),
    count(row.parameters),
    count(row.multiplyAdds),
    ...more(bytes(row.outputShape), row.receptiveField),
  ]);
  if (inputShape !== undefined)
    lines.unshift(["input", "", showShape(inputShape), "", "", ...more(bytes(inputShape), undefined)]);
  lines.push([
    "total",
    showPlural(rows.length, "layer"),
    "",
    showCount(parameters),
    known ? showCount(multiplyAdds) : "–",
    ...more(allBytes, undefined),
  ]);
  const headings = ["name", "layer", "output", "parameters", "multiply-adds"];
  if (memory) headings.push("memory");
  if (fields) headings.push("receptive field");
  return table(headings, lines, {
    title: options.title,
    left: [0, 1],
    total: true,
    alt: `A network of ${showPlural(rows.length, "layer")} with ${showPlural(parameters, "parameter")}.`,
  });
}

const product = (shape: readonly number[]) => shape.reduce((size, extent) => size * extent, 1);

/** `40 B`, `6.1 kB`, `1.2 MB`. */
function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
