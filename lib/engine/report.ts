/** Which path each layer of a network takes through an engine, and why: for whoever wonders where the time goes. */
import { sizeOf, type Shape } from "../array/tensor.js";
import { Layer } from "../layers/layer.js";
import { leaves } from "../layers/walk.js";
import type { Engine } from "./engine.js";

/** How an engine computes a layer. */
export interface Path {
  /** "winograd", "direct", "vectors", "typescript", "reference", … */
  readonly path: string;
  /** One sentence. */
  readonly why: string;
}

export interface ReportRow extends Path {
  /** The layer's path in the network: "conv1", "block2.conv1". */
  readonly name: string;
  /** The layer's class. */
  readonly kind: string;
}

/**
 * A row a layer; networks inside are opened.
 * @param net    a Sequential, or a single layer
 * @param input  the shape of one example, such as [1, 28, 28]
 * @throws ShapeError when the layers do not fit the input
 */
export function report(net: Layer, input: Shape, engine: Engine): ReportRow[] {
  const rows: ReportRow[] = [];
  for (const { path: name, layer, input: from = input } of leaves(net, input)) {
    if (layer instanceof Layer)
      rows.push({ name, kind: layer.kind, ...(engine.describe?.(layer, from) ?? plain(layer, from)) });
  }
  return rows;
}

function plain(layer: Layer, input: Shape): Path {
  return {
    path: "reference",
    why: `${layer.kind} on ${sizeOf(input)} numbers is computed by the loops of its own file`,
  };
}
