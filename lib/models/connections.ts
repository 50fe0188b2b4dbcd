/**
 * Counts connections as the early papers do: every use of a weight or a bias by a unit is one connection. A network that
 * shares weights has many more connections than parameters.
 */
import { StateError } from "../array/errors.js";
import { sizeOf, type Shape } from "../array/tensor.js";
import { Layer } from "../layers/layer.js";
import { leaves } from "../layers/walk.js";
import type { Sequential } from "../net/sequential.js";

/**
 * The multiply-adds of one forward on one example, plus one for every unit that has a bias. Windows that reach over the
 * border are counted in full.
 * @param input  the shape of one example; the network's own unless given
 * @throws StateError when the shape of an example is unknown
 */
export function countConnections(net: Sequential, input: Shape | undefined = net.input): number {
  if (input === undefined) {
    throw new StateError(`countConnections: the shape of an example is unknown; give it, as in [1, 28, 28].`);
  }
  let total = 0;
  for (const { layer, input: shape, output } of leaves(net, input)) {
    if (shape && output && layer instanceof Layer) total += ofLayer(layer, shape, output);
  }
  return total;
}

function ofLayer(layer: Layer, input: Shape, output: Shape): number {
  return layer.multiplyAdds(input) + ("b" in layer.parameters ? sizeOf(output) : 0);
}
