/** Gradient descent on a bowl: drag the start, choose the rate and the momentum, and see it creep, swing or run away. Lecture 03. */
import type { FigureKind, Palette } from "./figure-kind.js";
import { box, path, shown, text } from "./paint.js";

/** The state of the figure of descent. */
export interface DescentState {
  /** Where it starts. */
  x: number;
  y: number;
  /** The learning rate. */
  rate: number;
  momentum: number;
  /** How many steps are drawn. */
  steps: number;
  /** The curvature of the bowl along y; along x it is 1. */
  curvature: number;
}

/** The loss: ½x² + ½ay², whose curvatures are 1 and a. */
export const lossAt = (x: number, y: number, curvature: number): number => (x * x + curvature * y * y) / 2;

/** The places of the descent, from the start; it ends where numbers are no longer of use. The steps are those of `sgdStep`. */
export function descend({ x, y, rate, momentum, steps, curvature }: DescentState): [number, number][] {
  const places: [number, number][] = [[x, y]];
  let [vx, vy] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const [px, py] = places[step];
    [vx, vy] = [momentum * vx + px, momentum * vy + curvature * py];
    const next: [number, number] = [px - rate * vx, py - rate * vy];
    if (Math.hypot(...next) > 1e6) break;
    places.push(next);
  }
  return places;
}

const RANGE = { x: 4, y: 3 };
/** Losses of the contour lines. */
const LEVELS = [0.05, 0.25, 0.75, 1.75, 3.5, 6.5, 11, 18, 28, 42];

function placesOf(width: number): {
  size: { w: number; h: number; left: number };
  to: (x: number, y: number) => [number, number];
} {
  const w = Math.min(width - 8, 560);
  const h = Math.round((w * RANGE.y) / RANGE.x);
  const left = (width - w) / 2;
  return {
    size: { w, h, left },
    to: (x, y) => [left + (w * (x + RANGE.x)) / (2 * RANGE.x), 6 + (h * (RANGE.y - y)) / (2 * RANGE.y)],
  };
}

/** What becomes of it, in a word. */
export function fateOf(state: DescentState): "creeps" | "arrives" | "swings" | "diverges" {
  const places = descend(state);
  const losses = places.map(([x, y]) => lossAt(x, y, state.curvature));
  const last = losses.at(-1)!;
  if (places.length <= state.steps || last > 2 * Math.max(losses[0], 1e-9)) return "diverges";
  const turns = places.filter(([, y], i) => i > 0 && y * places[i - 1][1] < 0 && Math.abs(y) > 0.02).length;
  if (turns > state.steps / 3) return "swings";
  return last < 0.01 * Math.max(losses[0], 1e-9) ? "arrives" : "creeps";
}

/** The figure of descent. */
export const figure: FigureKind<DescentState> = {
  name: "descent",
  title: "Down a bowl that is steeper one way",
  task: "Drag the start. Raise the learning rate until the path swings, then until it runs away. Then make the rate small and add momentum.",
  question: "The bowl's larger curvature is a. From which learning rate on does plain descent run away?",
  answer:
    "From 2/a on: the step along the steep axis multiplies the distance by 1 − rate·a, which is beyond −1 then. With momentum μ the border is 2(1 + μ)/a.",
  keys: "The arrow keys move the start.",
  state: { x: -3.2, y: 1.8, rate: 0.08, momentum: 0, steps: 30, curvature: 10 },
  controls: () => [
    { kind: "slider", name: "rate", label: "learning rate", min: 0.005, max: 0.4, step: 0.005 },
    { kind: "slider", name: "momentum", label: "momentum", min: 0, max: 0.95, step: 0.05 },
    { kind: "slider", name: "curvature", label: "curvature a", min: 1, max: 20, step: 1 },
    { kind: "slider", name: "steps", label: "steps", min: 1, max: 100, step: 1 },
  ],
  draw(state, { width, palette }) {
    const { size, to } = placesOf(width);
    const { w, h, left } = size;
    let body = `<g data-at="plane">${box(left, 6, w, h, { fill: palette.wash, stroke: palette.faint })}</g>`;
    body += `<clipPath id="cr-plane"><rect x="${left}" y="6" width="${w}" height="${h}"/></clipPath><g clip-path="url(#cr-plane)" pointer-events="none">`;
    const [cx, cy] = to(0, 0);
    for (const level of LEVELS) {
      const [ex] = to(Math.sqrt(2 * level), 0);
      const [, ey] = to(0, -Math.sqrt((2 * level) / state.curvature));
      body += `<ellipse cx="${cx}" cy="${cy}" rx="${(ex - cx).toFixed(1)}" ry="${(ey - cy).toFixed(1)}" fill="none" stroke="${palette.muted}" stroke-width="0.8" opacity="0.7"/>`;
    }
    const places = descend(state).map(([x, y]) => to(clip(x), clip(y)));
    const isBad = fateOf(state) === "diverges";
    const colour = isBad ? palette.bad : palette.first;
    body += path(places, { stroke: colour, width: 2 });
    body += places
      .slice(1)
      .map(([x, y]) => spot(x, y, 3, colour))
      .join("");
    body += spot(cx, cy, 4, palette.good) + "</g>";
    const [sx, sy] = places[0];
    body +=
      `<g data-at="start" style="cursor:grab">${spot(sx, sy, 14, palette.chosen, 0.25)}${spot(sx, sy, 7, palette.chosen)}</g>` +
      label(sx, sy, left, w, palette);
    return { body, height: h + 16 };
  },
  words(state) {
    const places = descend(state);
    const [x, y] = places.at(-1)!;
    const fate = fateOf(state);
    const border = (2 * (1 + state.momentum)) / state.curvature;
    const words = {
      creeps: "it creeps and is not there yet",
      arrives: "it arrives",
      swings: "it swings across the valley",
      diverges: "it runs away",
    }[fate];
    return (
      `Rate ${shown(state.rate)}, momentum ${shown(state.momentum)}: after ${places.length - 1} steps the loss is ${shown(lossAt(x, y, state.curvature))} ` +
      `(${shown(lossAt(state.x, state.y, state.curvature))} at the start): ${words}. It runs away from the rate ${shown(border)} on.`
    );
  },
  act(state, act, { width }) {
    const inside = (x: number, y: number): Partial<DescentState> => ({
      x: Math.round(Math.max(-RANGE.x, Math.min(RANGE.x, x)) * 100) / 100,
      y: Math.round(Math.max(-RANGE.y, Math.min(RANGE.y, y)) * 100) / 100,
    });
    if (act.kind === "key") {
      const step = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, 0.2], ArrowDown: [0, -0.2] }[
        act.key
      ];
      return step && inside(state.x + step[0], state.y + step[1]);
    }
    if (act.kind === "button" || act.kind === "move") return undefined;
    const { size } = placesOf(width);
    return inside(
      ((act.x - size.left) / size.w) * 2 * RANGE.x - RANGE.x,
      RANGE.y - ((act.y - 6) / size.h) * 2 * RANGE.y,
    );
  },
};

const clip = (value: number): number => Math.max(-50, Math.min(50, value));
const spot = (x: number, y: number, r: number, fill: string, opacity = 1): string =>
  `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${r}" fill="${fill}"${opacity < 1 ? ` opacity="${opacity}"` : ""}/>`;

function label(x: number, y: number, left: number, w: number, palette: Palette): string {
  const isRight = x > left + w - 60;
  return text(isRight ? x - 16 : x + 16, y + 4, "start", {
    anchor: isRight ? "end" : "start",
    fill: palette.text,
    bold: true,
  });
}
