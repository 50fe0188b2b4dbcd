/** Walks through a network: visits everything in it, by path, in the order of the forward. */
import type { Shape } from "../array/tensor.js";
import { Merge, type Layer } from "./layer.js";

/** A layer or merge that a walk visits. */
export interface LayerPlace {
  /** "conv1", "block2.conv1"; "" for the layer at which the walk starts. */
  readonly path: string;
  /** The layer or merge; one that is used in two places is visited twice. */
  readonly layer: Layer | Merge;
  /** The shape of one example of its (first) input; undefined in a walk without shapes. */
  readonly input: Shape | undefined;
  /** The shapes of all inputs of a merge. */
  readonly inputs: readonly Shape[] | undefined;
  readonly output: Shape | undefined;
  /** How many examples it gets for each example of the whole network; 1, unless a layer rearranges them. */
  readonly count: number;
  /** The layer that alone reads its output, if there is one. */
  readonly next?: Layer;
}

/**
 * Visits the layer itself, then everything inside it.
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

/** The leaves, which contain no other layers: there the numbers are computed. */
export function leaves(layer: Layer, input?: Shape): LayerPlace[] {
  return [...walk(layer, input)].filter(
    (place) => place.layer instanceof Merge || place.layer.inside().length === 0,
  );
}

function* visit(outer: LayerPlace, opens: (layer: Layer) => boolean): Generator<LayerPlace> {
  yield outer;
  const { path, layer, input } = outer;
  if (layer instanceof Merge || !opens(layer)) return;
  for (const { name, layer: part, inputs, output: known, count = 1, next } of layer.inside(input)) {
    const output =
      known ?? (inputs && (part instanceof Merge ? part.outputShape(inputs) : part.outputShape(inputs[0])));
    const at = path === "" ? name : `${path}.${name}`;
    const place = { path: at, layer: part, input: inputs?.[0], inputs, output, next };
    yield* visit({ ...place, count: outer.count * count }, opens);
  }
}
