/** One filter as pixels, for figures that draw filters together with other things. */
import type { Tensor } from "../../array/tensor.js";
import { flat } from "../../array/tensor.js";
import { summarize } from "../figure/numbers.js";
import { colorize, colorizeRgb, fitRaster, type Raster } from "../figure/pixels.js";

/** The largest absolute value of the finite numbers; 1 if all are 0. */
export function reachOf(filter: Tensor): number {
  const { min, max } = summarize(flat(filter));
  return Math.max(-min, max) || 1;
}

/**
 * @param filter  C×H×W or H×W: three channels are drawn in colour on grey, one in blue and orange; of any other number of
 *                channels the mean is drawn
 * @param side    the most CSS pixels of the longer side
 * @param reach   the absolute value that is drawn in full colour
 */
export function filterRaster(filter: Tensor, side: number, reach: number = reachOf(filter)): Raster {
  const [channels, height, width] = filter.shape.length === 2 ? [1, ...filter.shape] : filter.shape;
  const values = flat(filter);
  if (channels === 3) return fitRaster(colorizeRgb(values, width, height, -reach, reach), side);
  const plane = new Float64Array(width * height);
  values.forEach((value, i) => (plane[i % plane.length] += value / channels));
  return fitRaster(colorize(plane, width, height, { kind: "diverging", low: -reach, high: reach }), side);
}
