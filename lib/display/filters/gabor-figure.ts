/**
 * Learned filters, the Gabor functions that fit them best, and the residuals. In such a figure Daugman (1988) compared
 * receptive fields of a cat's visual cortex, measured by Jones and Palmer, with Gabor functions (lecture B); here it shows a
 * network's first layer.
 */
import { ValueError } from "../../array/errors.js";
import type { GaborFit } from "../../vision/gabor.js";
import { Figure } from "../figure/figure.js";
import { filterRaster, reachOf } from "./filter-raster.js";
import { frame } from "../figure/frame.js";
import { showPercent, showPlural } from "../figure/numbers.js";
import { EVEN } from "./orientation-plot.js";
import { box, image, INK, text } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** How many filters `gaborFigure` draws, how large, and how many in a row. */
export interface GaborFigureOptions {
  readonly title?: string;
  /** Filters in a row; 8. */
  readonly columns?: number;
  /** How many filters to draw at most, from the first on; 16. The words describe all of them. */
  readonly limit?: number;
  /** The most CSS pixels of a filter's longer side; 66. */
  readonly side?: number;
}

const ROWS = ["filter", "Gabor", "residual"] as const;

/**
 * Draws each filter above its Gabor function and the residual, on one scale, with its orientation, frequency, bandwidth and
 * the fraction of variance explained.
 *
 *     gaborFigure(fitGabors(net.get("conv1")))
 *
 * @throws ValueError when there are no fits
 */
export function gaborFigure(fits: readonly GaborFit[], options: GaborFigureOptions = {}): Figure {
  if (fits.length === 0) throw new ValueError("gaborFigure: no fits to draw; give those of fitGabors(…).");
  const { title = "Filters, and the Gabor functions nearest to them", limit = 16, side = 66 } = options;
  const shown = fits.slice(0, limit);
  const columns = Math.min(options.columns ?? 8, shown.length);
  const rasters = shown.map((fit) => {
    const reach = reachOf(fit.filter);
    return [fit.filter, fit.fit, fit.residual].map((tensor) => filterRaster(tensor, side, reach));
  });
  const width = Math.max(...rasters.map(([{ width }]) => width));
  const height = Math.max(...rasters.map(([{ height }]) => height));
  const pitch = Math.max(width, 70) + 14;
  const label = 58;
  const words = 62;
  const block = 3 * (height + 4) + words;
  const blocks = Math.ceil(shown.length / columns);
  const sentence = describe(fits, shown.length);
  const alt = `${title}. ${sentence}`;
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note:
        "Under each: the angle of its stripes, counter-clockwise from horizontal; the frequency it answers to most, in cycles " +
        "per pixel; the bandwidth at half height, in octaves; the share of its variance that the Gabor function explains.",
      width: label + columns * pitch - 14,
      height: blocks * (block + 18) - 18,
      alt,
    },
    (left, top) => {
      const parts: string[] = [];
      for (let b = 0; b < blocks; b++) {
        const y = top + b * (block + 18);
        ROWS.forEach((name, row) =>
          parts.push(
            text(left, y + row * (height + 4) + height / 2 + 4, name, { size: 11, fill: INK.muted }),
          ),
        );
        for (let column = 0; column < columns; column++) {
          const i = b * columns + column;
          if (i >= shown.length) break;
          const x = left + label + column * pitch;
          rasters[i].forEach((raster, row) => {
            const v = y + row * (height + 4);
            parts.push(image(x, v, raster.width, raster.height, raster));
            parts.push(box(x + 0.5, v + 0.5, raster.width - 1, raster.height - 1, { stroke: INK.faint }));
          });
          const middle = x + width / 2;
          const { facts, explained } = factsOf(shown[i]);
          facts.forEach((fact, line) =>
            parts.push(
              text(middle, y + 3 * (height + 4) + 10 + 14 * line, fact, {
                size: 11,
                fill: INK.muted,
                anchor: "middle",
              }),
            ),
          );
          parts.push(
            text(middle, y + 3 * (height + 4) + 10 + 14 * facts.length, explained, {
              size: 12,
              bold: true,
              anchor: "middle",
            }),
          );
        }
      }
      return parts;
    },
  );
  const table = textTable(
    ["filter", "orientation", "cycles/pixel", "octaves", "phase", "explained"],
    fits.map((fit, i) => [
      String(i),
      `${fit.orientation.toFixed(0)}°`,
      fit.peak.toFixed(3),
      Number.isFinite(fit.bandwidth) ? fit.bandwidth.toFixed(1) : "–",
      `${fit.phase.toFixed(0)}°`.replace("-", "−"),
      showPercent(fit.explained, 0),
    ]),
  );
  return new Figure({ alt, text: [alt, table].join("\n"), svg });
}

function factsOf(fit: GaborFit): { facts: string[]; explained: string } {
  const tuned = Number.isFinite(fit.bandwidth);
  // A blob has no stripes and therefore no angle.
  const blob = fit.peak < EVEN;
  return {
    facts: [
      blob ? "blob" : `${fit.orientation.toFixed(0)}°`,
      blob ? "–" : `${fit.peak.toFixed(2)} c/px`,
      tuned ? `${fit.bandwidth.toFixed(1)} oct` : "–",
    ],
    explained: Number.isNaN(fit.explained) ? "even" : showPercent(fit.explained, 0),
  };
}

function describe(fits: readonly GaborFit[], shown: number): string {
  const shares = fits
    .map(({ explained }) => explained)
    .filter((share) => !Number.isNaN(share))
    .sort((a, b) => a - b);
  const cut = shown < fits.length ? ` The first ${shown} are drawn.` : "";
  if (shares.length === 0) return `${showPlural(fits.length, "filter")}, all even: nothing to explain.${cut}`;
  const median = (shares[Math.floor((shares.length - 1) / 2)] + shares[Math.floor(shares.length / 2)]) / 2;
  const good = shares.filter((share) => share >= 0.8).length;
  return (
    `${showPlural(fits.length, "filter")}: a Gabor function explains at least 80 % of the variance of ${good}; ` +
    `the median is ${showPercent(median, 0)}, the least ${showPercent(shares[0], 0)}.${cut}`
  );
}
