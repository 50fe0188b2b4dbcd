/** The orientations and frequencies that a layer's filters cover: a polar scatter plot over 180°. */
import { ValueError } from "../../array/errors.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showNumber, showPlural } from "../figure/numbers.js";
import type { Wave } from "../../signal/spectrum.js";
import { INK, path, text } from "../figure/svg.js";

/** A filter's position on the plot; a `GaborFit` is one. */
export interface OrientedWave extends Wave {
  /** Drawn as the distance from the middle instead of the frequency. */
  readonly peak?: number;
  /** 0 to 1: filters below 0.8 are drawn in another colour; their colour channels do not agree. */
  readonly greyness?: number;
  /** 0 to 1: below 0.5 the mark is a ring, because the wave describes little of the filter. */
  readonly explained?: number;
}

/** The title, the scale and the size of an `orientationPlot`. */
export interface OrientationPlotOptions {
  readonly title?: string;
  /**
   * The frequency of the outermost circle, in cycles per pixel; the least of 0.05, 0.1, … 0.5 that holds all filters. 0.5
   * are the finest stripes that pixels can show: give it to compare plots.
   */
  readonly limit?: number;
  /** The radius of the outermost circle in CSS pixels; 200. */
  readonly radius?: number;
}

/**
 * Draws a mark for each filter. The angle is that of the filter's stripes, counter-clockwise from horizontal; the distance
 * from the middle is the frequency.
 *
 *     orientationPlot(fitGabors(net.get("conv1")))
 *
 * @throws ValueError when there is nothing to draw
 */
export function orientationPlot(
  waves: readonly OrientedWave[],
  options: OrientationPlotOptions = {},
): Figure {
  const { title = "Orientations and frequencies", radius = 200 } = options;
  if (waves.length === 0) {
    throw new ValueError(
      "orientationPlot: no filters to draw; give the fits of fitGabors(…), or other waves.",
    );
  }
  const frequencyOf = (wave: OrientedWave) => wave.peak ?? wave.frequency;
  const drawable = waves.filter((wave) => Number.isFinite(wave.orientation) && frequencyOf(wave) >= 0);
  const highest = Math.max(0, ...drawable.map(frequencyOf));
  const limit = options.limit ?? Math.min(0.5, Math.max(0.05, Math.ceil(highest / 0.05 - 1e-9) * 0.05));
  const isColour = ({ greyness = 1 }: OrientedWave) => greyness < 0.8;
  const colours = drawable.filter(isColour).length;
  const rings = drawable.some(({ explained = 1 }) => !(explained >= 0.5));
  const sectors = countSectors(drawable.filter((wave) => frequencyOf(wave) >= EVEN));
  const sentence = describe(drawable, frequencyOf, sectors);
  const alt = `${title}. ${sentence}`;
  const margin = 34;
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note: [
        "Angle: that of the stripes. Distance from the middle: cycles per pixel.",
        rings ? "Ring: the Gabor function explains less than half of the filter." : "",
      ]
        .filter(Boolean)
        .join(" "),
      width: 2 * (radius + margin),
      height: radius + (colours > 0 ? 66 : 40),
      alt,
    },
    (left, top) => {
      const [x0, y0] = [left + radius + margin, top + radius + 20];
      const at = (angle: number, distance: number): [number, number] => [
        x0 + distance * Math.cos((angle * Math.PI) / 180),
        y0 - distance * Math.sin((angle * Math.PI) / 180),
      ];
      const parts: string[] = [];
      const steps = [0.2, 0.4, 0.6, 0.8, 1].map((part) => part * limit);
      for (const step of steps) {
        const arc = Array.from({ length: 91 }, (_, i) => at(2 * i, (radius * step) / limit));
        parts.push(path(arc, { stroke: step === limit ? INK.faint : INK.grid }));
        parts.push(
          text(x0 + (radius * step) / limit, y0 + 15, showNumber(step), {
            size: 11,
            fill: INK.muted,
            anchor: "middle",
          }),
        );
      }
      for (let angle = 0; angle <= 180; angle += 30) {
        parts.push(
          path([at(angle, 0), at(angle, radius)], { stroke: angle % 180 === 0 ? INK.faint : INK.grid }),
        );
        const [x, y] = at(angle, radius + 18);
        parts.push(text(x, y + 4, `${angle}°`, { size: 11, fill: INK.muted, anchor: "middle" }));
      }
      for (const wave of drawable) {
        const [x, y] = at(wave.orientation, (radius * Math.min(limit, frequencyOf(wave))) / limit);
        const fill = isColour(wave) ? INK.series[1] : INK.series[0];
        parts.push(mark(x, y, fill, (wave.explained ?? 1) >= 0.5));
      }
      if (colours > 0) {
        const y = y0 + 40;
        parts.push(mark(left + 6, y - 4, INK.series[0], true), text(left + 16, y, "grey filters"));
        parts.push(mark(left + 116, y - 4, INK.series[1], true), text(left + 126, y, "colour filters"));
      }
      return parts;
    },
  );
  const lines = sectors.map((count, i) => {
    const [from, to] = [i * 30 - 15, i * 30 + 15];
    return `  ${`${(from + 180) % 180}°`.padStart(4)} to ${`${to}°`.padStart(4)}  ${"■".repeat(count)} ${count}`;
  });
  return new Figure({ alt, text: [alt, ...lines].join("\n"), svg });
}

/** Cycles per pixel below which a filter of usual size has no complete stripe, so that its angle means nothing. */
export const EVEN = 0.025;

function mark(x: number, y: number, color: string, filled: boolean): string {
  const style = filled
    ? `fill="${color}" fill-opacity="0.75" stroke="${INK.card}" stroke-width="0.8"`
    : `fill="none" stroke="${color}" stroke-width="1.4"`;
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4.2" ${style}/>`;
}

/** How many waves are within 15° of 0°, 30°, … 150°. */
function countSectors(waves: readonly OrientedWave[]): number[] {
  const counts = [0, 0, 0, 0, 0, 0];
  for (const { orientation } of waves) counts[Math.round(orientation / 30) % 6]++;
  return counts;
}

function describe(
  waves: readonly OrientedWave[],
  frequencyOf: (wave: OrientedWave) => number,
  sectors: readonly number[],
): string {
  const striped = waves.map(frequencyOf).filter((frequency) => frequency >= EVEN);
  const blobs = waves.length - striped.length;
  if (striped.length === 0) return `${showPlural(waves.length, "filter")}, none of them with stripes.`;
  const sorted = striped.sort((a, b) => a - b);
  const most = sectors.indexOf(Math.max(...sectors));
  return (
    `${showPlural(striped.length, "filter")} with stripes of ${showNumber(sorted[0], 2)} to ${showNumber(sorted[sorted.length - 1], 2)} cycles per pixel, ` +
    `median ${showNumber(sorted[Math.floor(sorted.length / 2)], 2)}; most (${sectors[most]}) within 15° of ${most * 30}°` +
    `${blobs > 0 ? `; ${showPlural(blobs, "blob")} without` : ""}.`
  );
}
