/**
 * Chooses a few colours to replace many. The box of all colours is split again and again, always the box with the largest
 * spread, until there are enough boxes; then each colour is replaced by the nearest mean of a box (Heckbert, "Color image
 * quantization for frame buffer display", 1982; to split at the mean of the axis of greatest variance is from Wan, Wong and
 * Prusinkiewicz, 1988).
 */

/** Colours of three bytes each, and how many pixels have each colour. */
export interface WeightedColors {
  readonly rgb: Uint8Array;
  readonly counts: ArrayLike<number>;
}

export interface Quantized {
  /** The red, green and blue of each chosen colour. */
  readonly palette: readonly (readonly number[])[];
  /** For each original colour, the index of its replacement in the palette. */
  readonly places: Uint16Array;
  /** The root mean square error over pixels and channels, of 255. */
  readonly error: number;
}

/** @param size  how many colours to choose, 1 or more */
export function quantize({ rgb, counts }: WeightedColors, size: number): Quantized {
  const boxes = [
    boxOf(
      rgb,
      counts,
      Array.from({ length: counts.length }, (_, i) => i),
    ),
  ];
  while (boxes.length < size) {
    const widest = boxes.reduce((best, box, at) => (box.spread > boxes[best].spread ? at : best), 0);
    const { members, axis, mean, spread } = boxes[widest];
    if (spread === 0) break;
    const below = members.filter((i) => rgb[3 * i + axis] <= mean[axis]);
    const above = members.filter((i) => rgb[3 * i + axis] > mean[axis]);
    boxes[widest] = boxOf(rgb, counts, below);
    boxes.push(boxOf(rgb, counts, above));
  }
  const palette = boxes.map(({ mean }) => mean.map(Math.round));
  const flatPalette = Int32Array.from(palette.flat());
  const places = new Uint16Array(counts.length);
  let [error, pixels] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    const [red, green, blue] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]];
    let least = Infinity;
    for (let at = 0; at < palette.length; at++) {
      const [dr, dg, db] = [
        red - flatPalette[3 * at],
        green - flatPalette[3 * at + 1],
        blue - flatPalette[3 * at + 2],
      ];
      const off = dr * dr + dg * dg + db * db;
      if (off < least) {
        least = off;
        places[i] = at;
      }
    }
    error += counts[i] * least;
    pixels += counts[i];
  }
  return { palette, places, error: Math.sqrt(error / (3 * Math.max(1, pixels))) };
}

interface Box {
  readonly members: readonly number[];
  readonly mean: readonly number[];
  /** The axis along which the colours differ most. */
  readonly axis: number;
  /** The sum of squared differences from the mean along that axis. */
  readonly spread: number;
}

function boxOf(rgb: Uint8Array, counts: ArrayLike<number>, members: readonly number[]): Box {
  let total = 0;
  const [sums, squares] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (const i of members) {
    total += counts[i];
    for (let c = 0; c < 3; c++) {
      const value = rgb[3 * i + c];
      sums[c] += counts[i] * value;
      squares[c] += counts[i] * value * value;
    }
  }
  const mean = sums.map((sum) => sum / total);
  const spreads = squares.map((square, c) => Math.max(0, square - sums[c] * mean[c]));
  const spread = members.length > 1 ? Math.max(...spreads) : 0;
  return { members, mean, axis: spreads.indexOf(Math.max(...spreads)), spread };
}
