/** The one walk through a network: everything that is in it, by path, in the order of the forward. */
import type { Shape } from "../array/tensor.js";
import { Merge, type Layer } from "./layer.js";

/** Where a walk comes by. */
export interface LayerPlace {
  /** "conv1", "block2.conv1"; "" for the layer that the walk began with. */
  readonly path: string;
  /** A layer that stands in two places is met at both. */
  readonly layer: Layer | Merge;
  /** The shape of one example that it is given (a merge: the first of them); undefined in a walk without shapes. */
  readonly input: Shape | undefined;
  /** Of all that a merge is given. */
  readonly inputs: readonly Shape[] | undefined;
  readonly output: Shape | undefined;
  /** How many examples it is given for one that the walk began with; 1, unless a layer lays them out otherwise. */
  readonly count: number;
}

/**
 * The layer itself, then what is inside it.
 * @param input  the shape of one example; without it the places have no shapes
 * @param opens  whether the walk goes into a layer; always
 * @throws ShapeError naming the layer that does not fit
 */
export function walk(
  layer: Layer,
  input?: Shape,
  opens: (layer: Layer) => boolean = () => true,
): Generator<LayerPlace> {
  const inputs = input && [input];
  return visit(
    { path: "", layer, input, inputs, output: input && layer.outputShape(input), count: 1 },
    opens,
  );
}

/** The places that hold no others: where numbers are computed in the end. */
export function leaves(layer: Layer, input?: Shape): LayerPlace[] {
  return [...walk(layer, input)].filter(
    (place) => place.layer instanceof Merge || place.layer.inside().length === 0,
  );
}

function* visit(outer: LayerPlace, opens: (layer: Layer) => boolean): Generator<LayerPlace> {
  yield outer;
  const { path, layer, input } = outer;
  if (layer instanceof Merge || !opens(layer)) return;
  for (const { name, layer: part, inputs, output: known, count = 1 } of layer.inside(input)) {
    const output =
      known ?? (inputs && (part instanceof Merge ? part.outputShape(inputs) : part.outputShape(inputs[0])));
    const at = path === "" ? name : `${path}.${name}`;
    const place = { path: at, layer: part, input: inputs?.[0], inputs, output };
    yield* visit({ ...place, count: outer.count * count }, opens);
  }
}
