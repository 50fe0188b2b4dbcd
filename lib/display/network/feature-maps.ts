/** The output of each layer of a network for one image. */
import { ShapeError, showShape } from "../../array/errors.js";
import { reshape, type Tensor } from "../../array/tensor.js";
import { activationMaps, type ActivationEntry, type ActivationMapsOptions } from "./activation-maps.js";
import type { Figure } from "../figure/figure.js";

/** A network that returns the output of every layer for a batch, such as a Sequential. */
export interface HasActivations {
  /** The output of each layer for a batch, in the network's order. */
  activations(x: Tensor): ActivationEntry[];
}

/**
 * Sends one image through the network and draws the image and the output of every layer.
 *
 *     featureMaps(net, data.test.images, { classes: data.test.classes })
 *
 * @param image  C×H×W (or C×L), or a batch, of which the first image is used
 * @throws ShapeError for anything else
 */
export function featureMaps(net: HasActivations, image: Tensor, options: ActivationMapsOptions = {}): Figure {
  const rank = image.shape.length;
  if (rank < 2 || rank > 4) {
    throw new ShapeError(
      `featureMaps: the image is ${showShape(image.shape)}, expected C×H×W or a batch N×C×H×W.`,
    );
  }
  const batch = rank === 4 ? image.hi(1, ...image.shape.slice(1)) : reshape(image, [1, ...image.shape]);
  return activationMaps([{ name: "input", activation: batch }, ...net.activations(batch)], options);
}
