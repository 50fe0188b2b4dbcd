/** The table of a network: what each layer gives, how many parameters it has, how much it computes. */
import { ValueError } from "../array/errors.js";
import { sizeOf, type Shape } from "../array/tensor.js";
import type { LayerRow } from "../display/network/layer-table.js";
import { Layer } from "../layers/layer.js";
import { Graph } from "./graph.js";
import type { Sequential } from "./sequential.js";

/**
 * A row a layer; nested networks are opened.
 * @param input  the shape of one example; the network's own when it knows it, else shapes and costs are left out
 * @throws ShapeError naming the layer that does not fit
 */
export function summary(net: Sequential, input: Shape | undefined = net.input): LayerRow[] {
  if (input !== undefined && !input.every((extent) => extent > 0)) {
    throw new ValueError(
      `summary: ${JSON.stringify(input)} is not the shape of an example; give one such as [1, 28, 28].`,
    );
  }
  if (input !== undefined) net.outputShape(input);
  return rows(net.layers, "", input);
}

function rows(layers: Readonly<Record<string, Layer>>, prefix: string, input: Shape | undefined): LayerRow[] {
  let shape = input;
  return Object.entries(layers).flatMap(([name, layer]) => {
    const before = shape;
    shape = before && layer.outputShape(before);
    return rowsOf(layer, prefix + name, before);
  });
}

/** A layer's own row, or those of what is inside it. */
function rowsOf(layer: Layer, name: string, input: Shape | undefined): LayerRow[] {
  if ("layers" in layer) {
    return rows(layer.layers as Readonly<Record<string, Layer>>, `${name}.`, input);
  }
  if (layer instanceof Graph) return graphRows(layer, `${name}.`, input);
  return [
    {
      name,
      layer: layer.describe(),
      outputShape: input && layer.outputShape(input),
      parameters: countParameters(layer),
      multiplyAdds: input && layer.multiplyAdds(input),
    },
  ];
}

function graphRows(graph: Graph, prefix: string, input: Shape | undefined): LayerRow[] {
  const shapes = input && graph.shapes(input);
  return Object.entries(graph.nodes).flatMap(([name, { layer, from }]) => {
    const before = shapes?.get(typeof from === "string" ? from : from[0]);
    if (layer instanceof Layer) return rowsOf(layer, prefix + name, before);
    return [
      {
        name: prefix + name,
        layer: layer.describe(),
        outputShape: shapes?.get(name),
        parameters: 0,
        multiplyAdds: before && 0,
      },
    ];
  });
}

/** How many numbers training changes; a parameter that stands in two places counts once. */
export function countParameters(layer: Layer): number {
  return [...new Set(Object.values(layer.parameters))].reduce(
    (total, { value }) => total + sizeOf(value.shape),
    0,
  );
}
