/** A network as a table: its layers, what comes out of each, what each costs. */
import { showShape, ValueError } from "../array/errors.js";
import type { Figure } from "./figure.js";
import { showCount, showPlural } from "./numbers.js";
import { table } from "./table.js";

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
}

export interface LayerTableOptions {
  readonly title?: string;
  /** The shape of one example, such as [1, 28, 28], for the table's first row. */
  readonly inputShape?: readonly number[];
}

/**
 * The table of a network's layers with the sums of parameters and multiply-adds.
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
  const lines = rows.map((row) => [
    row.name,
    row.layer,
    row.outputShape === undefined ? "–" : showShape(row.outputShape),
    count(row.parameters),
    count(row.multiplyAdds),
  ]);
  if (options.inputShape !== undefined) lines.unshift(["input", "", showShape(options.inputShape), "", ""]);
  lines.push([
    "total",
    showPlural(rows.length, "layer"),
    "",
    showCount(parameters),
    known ? showCount(multiplyAdds) : "–",
  ]);
  return table(["name", "layer", "output", "parameters", "multiply-adds"], lines, {
    title: options.title,
    left: [0, 1],
    total: true,
    alt: `A network of ${showPlural(rows.length, "layer")} with ${showPlural(parameters, "parameter")}.`,
  });
}
