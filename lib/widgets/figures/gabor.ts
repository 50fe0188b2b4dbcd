/** A Gabor filter by the hand: its picture, its spectrum, and how near it comes to a filter that was measured or learned. Lecture 18. */
import type { FigureKind } from "./figure-kind.js";
import { flow, shown, signedColour, text, type Panel } from "./paint.js";

/** The state of the figure of the Gabor filter. */
export interface GaborState {
  /** The width of its window along the wave, in pixels. */
  sigma: number;
  /** How much longer the window is across the wave. */
  length: number;
  /** The direction in which the wave runs, in degrees. */
  angle: number;
  /** Waves to a pixel. */
  frequency: number;
  /** The wave's phase, in degrees: 0 is even, 90 odd. */
  phase: number;
  /** The filter to come near to: a square of numbers. */
  target: readonly (readonly number[])[];
}

/** A Gabor filter of so many pixels a side. */
export function gaborAt(
  { sigma, length, angle, frequency, phase }: Omit<GaborState, "target">,
  size: number,
): number[][] {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const middle = (size - 1) / 2;
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      const [x, y] = [j - middle, middle - i];
      const [along, across] = [x * cos + y * sin, y * cos - x * sin];
      const window = Math.exp(-(along ** 2 + (across / length) ** 2) / (2 * sigma ** 2));
      return window * Math.cos(2 * Math.PI * frequency * along + (phase * Math.PI) / 180);
    }),
  );
}

/** The correlation of two filters: 1 for the same shape, 0 for shapes that have nothing in common. */
export function correlationOf(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const [x, y] = [a.flat(), b.flat()];
  const [mx, my] = [x, y].map((values) => values.reduce((sum, one) => sum + one, 0) / values.length);
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, i) => {
    xy += (value - mx) * (y[i] - my);
    xx += (value - mx) ** 2;
    yy += (y[i] - my) ** 2;
  });
  return xx * yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}

/** Points of the spectrum a side, from −½ to ½ waves a pixel. */
const POINTS = 25;

/** The amplitude of each frequency, from −½ to ½ in both directions; row 0 is the highest. */
export function spectrumOf(filter: readonly (readonly number[])[]): number[][] {
  const size = filter.length;
  const waves = Array.from({ length: POINTS }, (_, k) => (k - (POINTS - 1) / 2) / (POINTS - 1));
  const turned = waves.map((f) =>
    Array.from({ length: size }, (_, n) => [Math.cos(2 * Math.PI * f * n), Math.sin(2 * Math.PI * f * n)]),
  );
  // Along the rows first: each row by each frequency.
  const rows = filter.map((row) =>
    turned.map((wave) =>
      row.reduce<[number, number]>(([re, im], v, n) => [re + v * wave[n][0], im - v * wave[n][1]], [0, 0]),
    ),
  );
  return turned.map((wave) =>
    waves.map((_, k) => {
      let [re, im] = [0, 0];
      rows.forEach((row, n) => {
        const [a, b] = row[k];
        re += a * wave[n][0] + b * wave[n][1];
        im += b * wave[n][0] - a * wave[n][1];
      });
      return Math.hypot(re, im);
    }),
  );
}

/** A filter that hides its numbers, for whoever has no measured one. */
const hidden = gaborAt({ sigma: 2.2, length: 1.5, angle: 55, frequency: 0.16, phase: 60 }, 11).map((row) =>
  row.map((value) => Math.round(value * 1000) / 1000),
);

/** The figure of the Gabor filter. */
export const figure: FigureKind<GaborState> = {
  name: "gabor",
  title: "A Gabor filter by the hand",
  task: "Bring R, the explained variance, above 0.9: first the angle, then the frequency, then the phase, then the window.",
  question: "You make the window σ smaller. What becomes of the two spots of the spectrum?",
  answer:
    "They grow: a filter that knows its place better knows its frequency worse. The product of both widths stays.",
  keys: "Left and right turn the filter, up and down change its frequency.",
  state: { sigma: 2, length: 1.2, angle: 0, frequency: 0.1, phase: 0, target: hidden },
  controls: () => [
    { kind: "slider", name: "angle", label: "angle θ (degrees)", min: 0, max: 175, step: 5 },
    { kind: "slider", name: "frequency", label: "frequency f", min: 0, max: 0.45, step: 0.01 },
    { kind: "slider", name: "phase", label: "phase φ (degrees)", min: 0, max: 345, step: 15 },
    { kind: "slider", name: "sigma", label: "window σ (pixels)", min: 0.6, max: 6, step: 0.1 },
    { kind: "slider", name: "length", label: "length across", min: 0.5, max: 3, step: 0.1 },
  ],
  draw(state, canvas) {
    const { palette } = canvas;
    const { target } = state;
    const filter = gaborAt(state, target.length);
    const side = Math.min(168, (canvas.width - 20) / 2);
    const picture = (title: string, values: readonly (readonly number[])[], at?: string): Panel => ({
      width: side,
      height: side + 24,
      draw: (left, top) => {
        const peak = Math.max(...values.flat().map(Math.abs), 1e-12);
        const cell = side / values.length;
        const squares = values.flatMap((row, i) =>
          row.map(
            (value, j) =>
              `<rect x="${(left + j * cell).toFixed(2)}" y="${(top + 20 + i * cell).toFixed(2)}" width="${(cell + 0.3).toFixed(2)}" height="${(cell + 0.3).toFixed(2)}" fill="${signedColour(value / peak, palette)}"/>`,
          ),
        );
        return (
          text(left, top + 12, title, { size: 12.5, bold: true, fill: palette.text }) +
          `<g${at ? ` data-at="${at}"` : ""}>${squares.join("")}</g>` +
          `<rect x="${left}" y="${top + 20}" width="${side}" height="${side}" fill="none" stroke="${palette.muted}" pointer-events="none"/>`
        );
      },
    });
    return flow(
      [
        picture("yours", filter),
        picture("to come near to", target),
        picture("your spectrum", spectrumOf(filter), "plane"),
        picture("its spectrum", spectrumOf(target)),
      ],
      canvas,
      16,
    );
  },
  words(state) {
    const { angle, frequency, phase, sigma, target } = state;
    const r = correlationOf(gaborAt(state, target.length), target);
    const wave = frequency === 0 ? "no wave" : `a wave of ${shown(1 / frequency)} pixels`;
    // With the best amplitude the explained variance of a fit is the square of the correlation.
    return `R = ${(r * r).toFixed(2)}: so much of the other's variance yours explains (the correlation is ${r.toFixed(2).replace("-", "−")}). θ ${angle}°, ${wave}, φ ${phase}°, σ ${shown(sigma)}.`;
  },
  act(state, act, { width }) {
    const turned = (angle: number): number => ((angle % 180) + 180) % 180;
    const between = (frequency: number): number =>
      Math.round(Math.max(0, Math.min(0.45, frequency)) * 100) / 100;
    if (act.kind === "key") {
      const step = { ArrowLeft: -5, ArrowRight: 5 }[act.key];
      if (step) return { angle: turned(state.angle + step) };
      const more = { ArrowUp: 0.01, ArrowDown: -0.01 }[act.key];
      return more === undefined ? undefined : { frequency: between(state.frequency + more) };
    }
    if (act.kind === "button" || act.kind === "move" || act.at !== "plane") return undefined;
    const place = spectrumPlace(width);
    const [u, v] = [(act.x - place.x) / place.side - 0.5, 0.5 - (act.y - place.y) / place.side];
    const angle = Math.round((Math.atan2(v, u) * 180) / Math.PI / 5) * 5;
    return { angle: turned(angle), frequency: between(Math.hypot(u, v)) };
  },
};

/** Where the spectrum is drawn: the third of four panels. */
function spectrumPlace(width: number): { x: number; y: number; side: number } {
  const side = Math.min(168, (width - 20) / 2);
  const gap = 16;
  const inRow = Math.max(1, Math.min(4, Math.floor((width + gap) / (side + gap))));
  const [row, column] = [Math.floor(2 / inRow), 2 % inRow];
  const inThisRow = Math.min(inRow, 4 - row * inRow);
  const left = Math.max(0, (width - inThisRow * side - (inThisRow - 1) * gap) / 2);
  return { x: left + column * (side + gap), y: 8 + row * (side + 24 + 14) + 20, side };
}
