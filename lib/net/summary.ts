/** The table of a network: each layer's output shape, its number of parameters, and its multiply-adds. */
import { ValueError } from "../array/errors.js";
import { sizeOf, type Shape } from "../array/tensor.js";
import type { LayerRow } from "../display/network/layer-table.js";
import { Layer, type Merge } from "../layers/layer.js";
import { walk } from "../layers/walk.js";
import { Container } from "./container.js";
import type { Sequential } from "./sequential.js";

/**
 * One row for each layer; nested networks are opened. A layer of another class that has layers inside is one row: only it
 * knows how often it runs them and what else it computes.
 * @param input  the shape of one example; by default the network's own, if known. Without it shapes and costs are left out
 * @throws ShapeError naming the layer that does not fit
 */
export function summary(net: Sequential, input: Shape | undefined = net.input): LayerRow[] {
  if (input !== undefined && !input.every((extent) => extent > 0)) {
    throw new ValueError(
      `summary: ${JSON.stringify(input)} is not the shape of an example; give one such as [1, 28, 28].`,
    );
  }
  if (input !== undefined) net.outputShape(input);
  return [...walk(net, input, isNetwork)]
    .filter(({ layer }) => !isNetwork(layer))
    .map(({ path, layer, inputs, output, count }) => ({
      name: path,
      layer: layer.describe(),
      outputShape: output && [...output],
      parameters: layer instanceof Layer ? countParameters(layer) : 0,
      multiplyAdds:
        inputs &&
        count * (layer instanceof Layer ? layer.multiplyAdds(inputs[0]) : layer.multiplyAdds(inputs)),
    }));
}

const isNetwork = (layer: Layer | Merge): boolean => layer instanceof Container;

/** How many numbers training changes; a parameter that is used in two places counts once. */
export function countParameters(layer: Layer): number {
  return [...new Set(Object.values(layer.parameters))].reduce(
    (total, { value }) => total + sizeOf(value.shape),
    0,
  );
}
