/**
 * Dead leaves: discs of random size and shade that cover one another, as leaves do on the ground. They are the simplest
 * images with the statistics of photographs (A. Lee, D. Mumford, J. Huang, "Occlusion models for natural images", 2001),
 * so filters can be learned from them.
 *
 * The number of discs of radius r falls as r⁻³, which makes the images scale-invariant. So neighbouring pixels are similar,
 * the power spectrum falls about as 1/f², and the difference of neighbouring pixels is mostly near 0 and sometimes large (a
 * kurtosis far above the normal distribution's 3).
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { wrap, type Tensor } from "../array/tensor.js";

/** How many images `deadLeaves` draws, their size and channels, and the radii of the leaves. */
export interface DeadLeavesOptions {
  /** How many images. Default 100. */
  readonly count?: number;
  /** Height and width in pixels, 2 or more. Default 32. */
  readonly size?: number;
  /** 1 for grey, 3 for colour. Default 1. */
  readonly channels?: number;
  /** Least and greatest radius in pixels, the least 0.5 or more. Default 1 and half the size. */
  readonly radius?: readonly [number, number];
  /** Any whole number; the same seed gives the same images. Default 1. */
  readonly seed?: number;
}

/** Each pixel is the mean of this many by this many points. */
const oversampling = 2;

/**
 * Unlabelled images, N×C×size×size float32 in [0, 1]; a disc's shade is uniform in each channel.
 * @throws ValueError for an option out of its range
 */
export function deadLeaves(options: DeadLeavesOptions = {}): Tensor {
  const { count = 100, size = 32, channels = 1, seed = 1 } = options;
  expectInteger("deadLeaves", "count", count, 0);
  expectInteger("deadLeaves", "size", size, 2);
  expectInteger("deadLeaves", "channels", channels, 1);
  const [least, greatest] = options.radius ?? [1, Math.max(1, size / 2)];
  if (!(least >= 0.5 && least <= greatest && greatest < Infinity)) {
    throw new ValueError(
      `deadLeaves: radius is [${least}, ${greatest}]; give pixels, least first, 0.5 or more.`,
    );
  }
  const random = new Random(seed);
  const side = size * oversampling;
  const leaf = new Int32Array(side * side);
  const pixels = new Float32Array(count * channels * size * size);
  for (let n = 0; n < count; n++) {
    const shades = pile(random, leaf, side, least * oversampling, greatest * oversampling, channels);
    for (let c = 0; c < channels; c++) {
      const start = (n * channels + c) * size * size;
      for (let point = 0; point < leaf.length; point++) {
        const row = Math.floor(point / side / oversampling);
        const column = Math.floor((point % side) / oversampling);
        pixels[start + row * size + column] +=
          shades[leaf[point] * channels + c] / (oversampling * oversampling);
      }
    }
  }
  return wrap(pixels, [count, channels, size, size]);
}

/**
 * Writes into `leaf` the disc that each point shows, and returns the discs' shades.
 *
 * The pile is seen from above and built from the top down: a new disc shows only where no earlier disc lies, and the image
 * is finished when every point is covered (W. Kendall, E. Thönnes, 1999).
 */
function pile(
  random: Random,
  leaf: Int32Array,
  side: number,
  least: number,
  greatest: number,
  channels: number,
): number[] {
  leaf.fill(-1);
  const shades: number[] = [];
  const [most, fewest] = [1 / (least * least), 1 / (greatest * greatest)];
  for (let bare = side * side; bare > 0;) {
    const radius = 1 / Math.sqrt(most - (most - fewest) * random.next());
    // Centres are uniform over the area from which the largest disc can touch the image.
    const x = (side + 2 * greatest) * random.next() - greatest;
    const y = (side + 2 * greatest) * random.next() - greatest;
    const disc = shades.length / channels;
    let shown = false;
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(side - 1, y + radius); row++) {
      const half = Math.sqrt(radius * radius - (row - y) * (row - y));
      for (let column = Math.max(0, Math.ceil(x - half)); column <= Math.min(side - 1, x + half); column++) {
        if (leaf[row * side + column] !== -1) continue;
        leaf[row * side + column] = disc;
        shown = true;
        bare--;
      }
    }
    if (shown) for (let c = 0; c < channels; c++) shades.push(random.next());
  }
  return shades;
}
