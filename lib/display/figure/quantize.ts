/**
 * Few colours that stand for many: boxes of colours are cut in two where they spread the most, until there are enough, and
 * then each colour goes to the nearest of the boxes' means (Heckbert, "Color image quantization for frame buffer
 * display", 1982; the cut at the mean of the axis of greatest variance is Wan, Wong and Prusinkiewicz's, 1988).
 */

/** Colours of three bytes each, and how many pixels have each. */
export interface WeightedColors {
  readonly rgb: Uint8Array;
  readonly counts: ArrayLike<number>;
}

export interface Quantized {
  /** Red, green and blue of each colour chosen. */
  readonly palette: readonly (readonly number[])[];
  /** For each colour that there was, which of the palette stands for it. */
  readonly places: Uint16Array;
  /** The root mean square over pixels and channels by which these differ, of 255. */
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
  /** Where the colours differ most. */
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
