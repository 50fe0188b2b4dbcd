/** The pieces of images that give the largest activations of a unit, in order. */
import type { TopPatches } from "../../vision/top-patches.js";
import type { Figure } from "../figure/figure.js";
import { imageGrid, type ImageGridOptions } from "../figure/image-grid.js";
import { showNumber } from "../figure/numbers.js";

/**
 * Draws the patches of `topPatches`, the strongest first, each with the unit's activation and the class of the image.
 *
 *     patchGrid(topPatches(net, "conv2", data.test, 5))
 */
export function patchGrid(
  top: TopPatches,
  options: Pick<ImageGridOptions, "title" | "columns" | "side"> = {},
): Figure {
  const { layer, unit, patches, activations, labels, classes } = top;
  return imageGrid(patches, {
    title: `What unit ${unit} of ${layer} answers to most`,
    ...options,
    captions: activations.map((value, i) => `${showNumber(value, 2)} · ${classes[labels[i]] ?? labels[i]}`),
  });
}
