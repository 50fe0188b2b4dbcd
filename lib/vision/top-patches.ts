/** The pieces of a data set's images to which a unit responds most (Zeiler and Fergus, 2013). */
import { expectInteger } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { allocate, dtypeOf, flat, wrap, type Tensor } from "../array/tensor.js";
import type { Dataset } from "../data/dataset.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import { receptiveField, type Field } from "./receptive-field.js";

/** The patches to which a unit responds most. */
export interface TopPatches {
  readonly layer: string;
  readonly unit: number;
  /** count×C×h×w: the receptive field of the unit in each image; 0 where it reaches beyond the image. */
  readonly patches: Tensor;
  /** The unit's outputs, greatest first. */
  readonly activations: readonly number[];
  /** The example that each patch is from, and its position there. */
  readonly places: readonly (Field & { readonly example: number })[];
  /** The classes of these examples, by number. */
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

/**
 * Finds the images to which a unit responds most, with the best position of each image, and cuts out the unit's receptive
 * field there.
 * @param layer  the layer's name: "conv2", or "block2.conv1" when nested
 * @param unit   the channel, from 0
 * @throws ValueError for a layer or unit that does not exist; ShapeError for a network whose input is not an image
 */
export function topPatches(
  net: Sequential,
  layer: string,
  dataset: Dataset,
  unit: number,
  { count = 9, batchSize = 100 }: { count?: number; batchSize?: number } = {},
): TopPatches {
  expectInteger("topPatches", "count", count, 1);
  expectInteger("topPatches", "batchSize", batchSize, 1);
  const best: { example: number; activation: number; place: number }[] = [];
  let output: readonly number[] = [];
  for (let start = 0; start < dataset.size; start += batchSize) {
    const indices = Int32Array.from(
      { length: Math.min(batchSize, dataset.size - start) },
      (_, i) => start + i,
    );
    const y = outputOf(net, layer, dataset.subset(indices).images);
    output = y.shape.slice(1);
    const [channels] = output;
    if (!(Number.isInteger(unit) && unit >= 0 && unit < channels)) {
      throw new ValueError(
        `topPatches: ${layer} has no unit ${unit}; its ${channels} are numbered 0 to ${channels - 1}.`,
      );
    }
    const values = flat(y);
    const plane = output.slice(1).reduce((product, extent) => product * extent, 1);
    indices.forEach((example, n) => {
      const map = values.subarray((n * channels + unit) * plane, (n * channels + unit + 1) * plane);
      let place = 0;
      for (let i = 1; i < plane; i++) if (map[i] > map[place]) place = i;
      best.push({ example, activation: map[place], place });
    });
    best.sort((a, b) => b.activation - a.activation || a.example - b.example);
    best.length = Math.min(best.length, count);
  }
  const places = best.map(({ example, place }) => {
    const at: [number, number] =
      output.length === 3 ? [Math.floor(place / output[2]), place % output[2]] : [0, 0];
    return { example, ...receptiveField(net, layer, at) };
  });
  return {
    layer,
    unit,
    patches: crop(dataset.images, places),
    activations: best.map(({ activation }) => activation),
    places,
    labels: places.map(({ example }) => dataset.labels[example]),
    classes: dataset.classes,
  };
}

/** A layer's output for a batch. @throws ValueError when the forward does not run the layer */
export function outputOf(net: Sequential, layer: string, x: Tensor): Tensor {
  let seen: Tensor | undefined;
  net.forward(
    x,
    new Pass({
      backward: false,
      tap: (path, phase, tensor) => {
        if (path === layer && phase === "forward") seen = tensor;
      },
    }),
  );
  if (seen === undefined) {
    net.get(layer); // its error lists the layers
    throw new ValueError(`vision: the layer "${layer}" showed no output; name one of the network's layers.`);
  }
  return seen;
}

function crop(images: Tensor, places: readonly (Field & { readonly example: number })[]): Tensor {
  const [, channels, height, width] = images.shape;
  if (images.shape.length !== 4) {
    throw new ShapeError(`topPatches: the images are ${showShape(images.shape)}, expected N×C×H×W.`);
  }
  const [h, w] = places.length > 0 ? [places[0].height, places[0].width] : [1, 1];
  const patches = allocate(places.length * channels * h * w, dtypeOf(images));
  const values = flat(images);
  places.forEach(({ example, top, left }, n) => {
    for (let c = 0; c < channels; c++) {
      for (let row = Math.max(0, -top); row < Math.min(h, height - top); row++) {
        for (let column = Math.max(0, -left); column < Math.min(w, width - left); column++) {
          patches[((n * channels + c) * h + row) * w + column] =
            values[((example * channels + c) * height + top + row) * width + left + column];
        }
      }
    }
  });
  return wrap(patches, [places.length, channels, h, w]);
}
