/** Sound as a picture: time to the right, pitch upwards, loudness as darkness. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { BAR_HEIGHT, colorBar, frame } from "../figure/frame.js";
import { hertzToMel } from "../../signal/mel.js";
import { showCount, showNumber, showOddities, showPlural, summarize } from "../figure/numbers.js";
import { colorize } from "../figure/pixels.js";
import { box, fitText, image, INK, text, textWidth } from "../figure/svg.js";

/** The time between frames, the captions and the number of sounds that `spectrogram` draws. */
export interface SpectrogramOptions {
  readonly title?: string;
  /** A line of text for each sound. */
  readonly captions?: readonly string[];
  /** Seconds from one frame to the next, for the time axis; 0.01, which is logMel's at 8 kHz. */
  readonly seconds?: number;
  /** Where the lowest band begins and the highest ends, in hertz, as given to `logMel`: for the axis of pitch. */
  readonly range?: readonly [number, number];
  /** How many sounds to draw at most; 12. */
  readonly limit?: number;
}

/**
 * Draws the log-mel frames of sounds, all on one scale: white is the least number of all, dark the greatest. With `range` the
 * axis of pitch has hertz, which are evenly spaced in mel; without it, it has the numbers of the bands.
 *
 *     spectrogram(logMel(samples, 8000), { range: [80, 4000] })
 *     spectrogram(data.test.images, { captions: labels })
 *
 * @param sounds  bands×frames, or N×bands×frames
 * @throws ShapeError for anything else, ValueError when the captions do not fit or the range is none
 */
export function spectrogram(sounds: Tensor, options: SpectrogramOptions = {}): Figure {
  const { shape } = sounds;
  if ((shape.length !== 2 && shape.length !== 3) || shape.includes(0)) {
    throw new ShapeError(
      `spectrogram: the sounds are ${showShape(shape)}, expected bands×frames or N×bands×frames.`,
    );
  }
  const [count, bands, frames] = shape.length === 2 ? [1, ...shape] : shape;
  const { title = "Log-mel frames", captions, seconds = 0.01, range, limit = 12 } = options;
  if (captions !== undefined && captions.length !== count) {
    throw new ValueError(
      `spectrogram: ${captions.length} captions for ${showPlural(count, "sound")}; give one each.`,
    );
  }
  if (range !== undefined && !(range[0] >= 0 && range[0] < range[1] && Number.isFinite(range[1]))) {
    throw new ValueError(
      `spectrogram: range is [${range.join(", ")}] Hz; give where the lowest band begins and the highest ends.`,
    );
  }
  const values = flat(sounds);
  const summary = summarize(values);
  const shown = Math.min(count, limit);
  const odd = showOddities(summary);
  const sentence =
    `${shown < count ? `${shown} of ` : ""}${showPlural(count, "sound")}, ${bands} bands by ${showPlural(frames, "frame")}, ` +
    `log power from ${showNumber(summary.min)} to ${showNumber(summary.max)}${odd ? `; ${odd}, in magenta` : ""}.`;
  const columns = shown === 1 ? 1 : Math.min(3, shown);
  const [width, height] = shown === 1 ? [Math.min(640, Math.max(240, frames * 6)), 170] : [210, 96];
  const ticks = pitchTicks(bands, range);
  const margin = Math.max(...ticks.map(([, word]) => textWidth(word, 11))) + 8;
  const [pitchX, pitchY] = [margin + width + 22, height + (captions ? 18 : 0) + 30];
  const rows = Math.ceil(shown / columns);
  const scale = { kind: "heat", low: summary.min, high: summary.max } as const;
  const alt = `${title}. ${sentence}`;
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note: `Time runs to the right, in seconds; ${range ? "pitch runs upwards, in hertz" : "bands run upwards, from low pitch to high"}; the darker, the louder.`,
      width: columns * pitchX - 22,
      height: rows * pitchY + BAR_HEIGHT,
      alt,
    },
    (left, top) => [
      ...Array.from({ length: shown }, (_, n) => {
        const x = left + margin + (n % columns) * pitchX;
        const y = top + Math.floor(n / columns) * pitchY + (captions ? 18 : 0);
        const one = values.subarray(n * bands * frames, (n + 1) * bands * frames);
        // The lowest band is the last row of the picture.
        const turned = Float64Array.from(
          one,
          (_, i) => one[(bands - 1 - Math.floor(i / frames)) * frames + (i % frames)],
        );
        return [
          captions ? text(x, y - 6, fitText(captions[n], width, 12, true), { bold: true }) : "",
          image(x, y, width, height, colorize(turned, frames, bands, scale)),
          box(x + 0.5, y + 0.5, width - 1, height - 1, { stroke: INK.faint }),
          ...ticks.flatMap(([place, word]) => [
            box(x - 4, y + height * (1 - place) - 0.5, 4, 1, { fill: INK.faint }),
            text(x - 6, y + Math.min(height, Math.max(8, height * (1 - place) + 4)), word, {
              size: 11,
              fill: INK.muted,
              anchor: "end",
            }),
          ]),
          ...[0, 0.5, 1].map((part, i) =>
            text(x + part * width, y + height + 13, timeOf(part * frames * seconds), {
              size: 11,
              fill: INK.muted,
              anchor: (["start", "middle", "end"] as const)[i],
            }),
          ),
        ];
      }).flat(),
      ...colorBar(left + margin, top + rows * pitchY, scale, {
        odd: odd !== "",
      }),
    ],
  );
  const list = (captions ?? []).slice(0, shown).map((caption, n) => `  ${n}  ${caption}`);
  return new Figure({ alt, text: [title, sentence, ...list].join("\n"), svg });
}

/** A time of the axis. */
const timeOf = (seconds: number): string => (seconds === 0 ? "0" : `${showNumber(seconds, 2)} s`);

/** Places from 0, the lowest band's beginning, to 1, the highest one's end, and what stands there. */
function pitchTicks(bands: number, range: readonly [number, number] | undefined): [number, string][] {
  if (range === undefined)
    return [
      [0.5 / bands, "band 0"],
      ...(bands > 1 ? [[1 - 0.5 / bands, `${bands - 1}`] as [number, string]] : []),
    ];
  const [low, high] = range.map(hertzToMel);
  const placed = ROUND.filter((hertz) => hertz >= range[0] && hertz <= range[1]).map(
    (hertz): [number, string] => [(hertzToMel(hertz) - low) / (high - low), `${showCount(hertz)} Hz`],
  );
  // A range between two round numbers has its own ends.
  if (placed.length >= 2) return placed;
  return range.map((hertz, i) => [i, `${showNumber(hertz)} Hz`]);
}

/** Hertz that are written beside the axis: about as far apart, in mel, as their words are high. */
const ROUND = [0, 250, 500, 1000, 2000, 4000, 8000, 16_000];
