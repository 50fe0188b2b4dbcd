/** The table of a network: what each layer gives, how many parameters it has, how much it computes. */
import { ValueError } from "../array/errors.js";
import { sizeOf, type Shape } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import { Sequential } from "./sequential.js";

export interface SummaryRow {
  /** The layer's path in the network. */
  readonly name: string;
  /** The layer's class. */
  readonly kind: string;
  /** The shape of one output, or undefined when the input's shape is not known. */
  readonly output: Shape | undefined;
  /** How many numbers training changes. */
  readonly parameters: number;
  /** Multiply-adds of one forward on one example, or undefined when the input's shape is not known. */
  readonly multiplyAdds: number | undefined;
}

/**
 * A row a layer; nested networks are opened.
 * @param input  the shape of one example; the network's own when it knows it
 * @throws ShapeError naming the layer that does not fit
 */
export function summary(net: Sequential, input: Shape | undefined = net.input): SummaryRow[] {
  if (input !== undefined && input.some((extent) => !(extent > 0))) {
    throw new ValueError(
      `summary: ${JSON.stringify(input)} is not the shape of an example; give one such as [1, 28, 28].`,
    );
  }
  if (input !== undefined) net.outputShape(input);
  return rows(net, "", input);
}

function rows(net: Sequential, prefix: string, input: Shape | undefined): SummaryRow[] {
  let shape = input;
  return Object.entries(net.layers).flatMap(([name, layer]) => {
    const before = shape;
    shape = before && layer.outputShape(before);
    if (layer instanceof Sequential) return rows(layer, `${prefix}${name}.`, before);
    return [
      {
        name: prefix + name,
        kind: layer.kind,
        output: shape,
        parameters: countParameters(layer),
        multiplyAdds: before && layer.multiplyAdds(before),
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
