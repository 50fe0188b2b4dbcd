/** Sound as a picture: time to the right, pitch upwards, loudness as darkness. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showNumber, showOddities, showPlural, summarize } from "../figure/numbers.js";
import { colorize } from "../figure/pixels.js";
import { box, fitText, image, INK, text } from "../figure/svg.js";

/** The time between frames, the captions and the number of sounds that `spectrogram` draws. */
export interface SpectrogramOptions {
  readonly title?: string;
  /** A line of text for each sound. */
  readonly captions?: readonly string[];
  /** Seconds from one frame to the next, for the time axis; 0.01, which is logMel's at 8 kHz. */
  readonly seconds?: number;
  /** How many sounds to draw at most; 12. */
  readonly limit?: number;
}

/**
 * Draws the log-mel frames of sounds, all on one scale: white is the least number of all, dark the greatest.
 *
 *     spectrogram(logMel(samples, 8000))
 *     spectrogram(data.test.images, { captions: labels })
 *
 * @param sounds  bands×frames, or N×bands×frames
 * @throws ShapeError for anything else, ValueError when the captions do not fit
 */
export function spectrogram(sounds: Tensor, options: SpectrogramOptions = {}): Figure {
  const { shape } = sounds;
  if ((shape.length !== 2 && shape.length !== 3) || shape.includes(0)) {
    throw new ShapeError(
      `spectrogram: the sounds are ${showShape(shape)}, expected bands×frames or N×bands×frames.`,
    );
  }
  const [count, bands, frames] = shape.length === 2 ? [1, ...shape] : shape;
  const { title = "Log-mel frames", captions, seconds = 0.01, limit = 12 } = options;
  if (captions !== undefined && captions.length !== count) {
    throw new ValueError(
      `spectrogram: ${captions.length} captions for ${showPlural(count, "sound")}; give one each.`,
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
  const [width, height] = shown === 1 ? [Math.min(640, Math.max(240, frames * 6)), 170] : [236, 96];
  const [pitchX, pitchY] = [width + 22, height + (captions ? 18 : 0) + 28];
  const alt = `${title}. ${sentence}`;
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note: "Time runs to the right, in seconds; low pitch is below, high above; the darker, the louder.",
      width: columns * pitchX - 22,
      height: Math.ceil(shown / columns) * pitchY - 8,
      alt,
    },
    (left, top) =>
      Array.from({ length: shown }, (_, n) => {
        const x = left + (n % columns) * pitchX;
        const y = top + Math.floor(n / columns) * pitchY + (captions ? 18 : 0);
        const one = values.subarray(n * bands * frames, (n + 1) * bands * frames);
        // The lowest band is the last row of the picture.
        const turned = Float64Array.from(
          one,
          (_, i) => one[(bands - 1 - Math.floor(i / frames)) * frames + (i % frames)],
        );
        const scale = { kind: "heat", low: summary.min, high: summary.max } as const;
        const end = `${showNumber(frames * seconds, 2)} s`;
        return [
          captions ? text(x, y - 6, fitText(captions[n], width, 12, true), { bold: true }) : "",
          image(x, y, width, height, colorize(turned, frames, bands, scale)),
          box(x + 0.5, y + 0.5, width - 1, height - 1, { stroke: INK.faint }),
          text(x, y + height + 13, "0", { size: 11, fill: INK.muted }),
          text(x + width, y + height + 13, end, { size: 11, fill: INK.muted, anchor: "end" }),
        ];
      }).flat(),
  );
  const list = (captions ?? []).slice(0, shown).map((caption, n) => `  ${n}  ${caption}`);
  return new Figure({ alt, text: [title, sentence, ...list].join("\n"), svg });
}
