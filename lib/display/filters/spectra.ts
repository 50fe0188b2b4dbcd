/** Filters with their Fourier spectra: stripes give two spots, a spot gives a ring, an edge gives a cross. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { filterRaster } from "./filter-raster.js";
import { isTensor, weightsOf, type HasWeights } from "./filters.js";
import { frame } from "../figure/frame.js";
import { showNumber, showPlural, summarize } from "../figure/numbers.js";
import { colorize, fitRaster, type Raster } from "../figure/pixels.js";
import { spectrum, strongestWave } from "../../signal/spectrum.js";
import { box, fitText, image, INK, path, text } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** How many filters `spectra` draws, how large, and how many in a row. */
export interface SpectraOptions {
  readonly title?: string;
  /** Pairs in a row; 8. */
  readonly columns?: number;
  /** How many filters to draw at most; 32. */
  readonly limit?: number;
  /** The most CSS pixels of a picture's longer side; 80. */
  readonly side?: number;
}

/**
 * Draws each filter, and under it the amplitude of its Fourier transform: frequency 0 is in the middle, half a cycle per
 * pixel at the edges. Each spectrum has its own scale from 0 (white) to its maximum (dark blue).
 *
 *     spectra(net.get("conv1"))
 *     spectra({ "ψc": gabor(31, { orientation: 90, frequency: 0.1 }), "ψs": gabor(31, { orientation: 90, frequency: 0.1, phase: -90 }) })
 *
 * @param filters  F×C×H×W, a layer with such weights, or single filters, C×H×W or H×W, by name
 * @throws ShapeError when it is none of these, ValueError when a layer has no weights or there is no filter
 */
export function spectra(
  filters: Tensor | HasWeights | Readonly<Record<string, Tensor>>,
  options: SpectraOptions = {},
): Figure {
  const { title = "Filters and their spectra", limit = 32, side = 80 } = options;
  const all = read(filters);
  if (all.length === 0) throw new ValueError("spectra: no filter to draw; give one or more.");
  const shown = all.slice(0, limit).map(({ name, filter }) => {
    const finite = flat(filter).every(Number.isFinite);
    return {
      name,
      finite,
      wave: finite ? strongestWave(filter) : undefined,
      picture: filterRaster(filter, side),
      spectrum: finite ? paint(filter, side) : undefined,
    };
  });
  const odd = shown.filter(({ finite }) => !finite).length;
  const columns = Math.min(options.columns ?? 8, shown.length);
  const width = Math.max(side, ...shown.map(({ picture }) => picture.width));
  const tall = Math.max(...shown.map(({ picture }) => picture.height));
  const named = shown.some(({ name }) => name !== "");
  const heading = named ? 18 : 0;
  const rowHeight = heading + tall + 6 + side + 18;
  const pitch = width + 14;
  const rows = Math.ceil(shown.length / columns);
  const cut = shown.length < all.length ? ` The first ${shown.length} are drawn.` : "";
  const words = odd > 0 ? ` ${showPlural(odd, "filter")} with numbers that are not finite.` : "";
  const sentence = `${showPlural(all.length, "filter")} and the amplitudes of the Fourier transform.${cut}${words}`;
  const strongest = shown.map(({ wave }) => (wave === undefined ? "–" : describeWave(wave)));
  const alt = `${title}. ${sentence} Strongest: ${strongest.join("; ")}.`;
  const svg = frame(
    {
      title,
      note:
        "Upper: the filter. Lower: its spectrum, frequency 0 in the middle, ±½ cycle per pixel at the edges; white is 0, " +
        `dark the greatest. Words: the strongest wave.${words}`,
      width: columns * pitch - 14,
      height: rows * (rowHeight + 12) - 12,
      alt,
    },
    (left, top) =>
      shown.flatMap(({ name, picture, spectrum: amplitude }, i) => {
        const x = left + (i % columns) * pitch;
        const y = top + Math.floor(i / columns) * (rowHeight + 12);
        const px = x + Math.round((width - picture.width) / 2);
        const sx = x + (width - side) / 2;
        const sy = y + heading + tall + 6;
        const middle = [sx + side / 2, sy + side / 2];
        return [
          named
            ? text(x + width / 2, y + 12, fitText(name, width + 8, 12, true), {
                bold: true,
                anchor: "middle",
              })
            : "",
          image(px, y + heading, picture.width, picture.height, picture),
          box(px + 0.5, y + heading + 0.5, picture.width - 1, picture.height - 1, { stroke: INK.faint }),
          amplitude === undefined ? "" : image(sx, sy, side, side, amplitude),
          path(
            [
              [middle[0], sy],
              [middle[0], sy + side],
            ],
            { stroke: INK.muted, opacity: 0.35 },
          ),
          path(
            [
              [sx, middle[1]],
              [sx + side, middle[1]],
            ],
            { stroke: INK.muted, opacity: 0.35 },
          ),
          box(sx + 0.5, sy + 0.5, side - 1, side - 1, { stroke: INK.faint }),
          text(x + width / 2, sy + side + 13, strongest[i], { size: 11, fill: INK.muted, anchor: "middle" }),
        ];
      }),
  );
  const table = textTable(
    ["filter", "orientation", "cycles/pixel"],
    shown.map(({ name, wave }, i) => [
      name || String(i),
      wave === undefined ? "–" : `${wave.orientation.toFixed(0)}°`,
      wave === undefined ? "not finite" : showNumber(wave.frequency),
    ]),
  );
  return new Figure({ alt, text: [`${title}. ${sentence}`, table].join("\n"), svg });
}

function describeWave({ orientation, frequency }: { orientation: number; frequency: number }): string {
  return frequency === 0 ? "no wave" : `${orientation.toFixed(0)}°, ${frequency.toFixed(2)}`;
}

function paint(filter: Tensor, side: number): Raster {
  const amplitude = spectrum(filter);
  const [size] = amplitude.shape;
  const values = flat(amplitude);
  const { max } = summarize(values);
  return fitRaster(
    colorize(values, size, size, { kind: "heat", low: 0, high: max || 1 }),
    Math.max(size, side),
  );
}

function read(
  filters: Tensor | HasWeights | Readonly<Record<string, Tensor>>,
): { name: string; filter: Tensor }[] {
  if (!isTensor(filters) && !("parameters" in filters && !isTensor(filters.parameters as object))) {
    return Object.entries(filters as Readonly<Record<string, Tensor>>).map(([name, filter]) => ({
      name,
      filter,
    }));
  }
  const w = weightsOf("spectra", filters as Tensor | HasWeights);
  if (w.shape.length !== 4) {
    throw new ShapeError(
      `spectra: a ${showShape(w.shape)} tensor is no stack of filters; give F×C×H×W, or single filters by name.`,
    );
  }
  return Array.from({ length: w.shape[0] }, (_, f) => ({ name: "", filter: w.pick(f) }));
}
