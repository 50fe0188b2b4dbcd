/** A network as a table: its layers, with the output shape and the cost of each. */
import { showShape, ValueError } from "../../array/errors.js";
import type { Figure } from "../figure/figure.js";
import { showCount, showPlural } from "../figure/numbers.js";
import { table } from "../figure/table.js";

/** One layer of the table. */
export interface LayerRow {
  /** The layer's name in the network: "conv1". */
  readonly name: string;
  /** The layer's description: "Conv2d 8 filters of 5×5, pad 2". */
  readonly layer: string;
  /** The shape of one output, without the batch axis; absent while the input's shape is unknown. */
  readonly outputShape?: readonly number[];
  readonly parameters: number;
  /** The multiply-adds of a forward for one example; absent while the input's shape is unknown. */
  readonly multiplyAdds?: number;
  /** The part of the input that one unit sees, as `receptiveField` returns it; with it the table has another column. */
  readonly receptiveField?: { readonly height: number; readonly width: number };
}

/** The title of a `layerTable`, the input shape in its first row, and whether it has a column for memory. */
export interface LayerTableOptions {
  readonly title?: string;
  /** The shape of one example, such as [1, 28, 28], for the table's first row. */
  readonly inputShape?: readonly number[];
  /** Whether to add the memory of each output for one example, with 4 bytes for each number; false. */
  readonly memory?: boolean;
}

const NUMBER_BYTES = 4;

/**
 * The table of a network's layers, with the sums of parameters and multiply-adds.
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
  // Optional columns are to the right of the others.
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
