/** Three scores as bars to drag; the hinge and the cross-entropy and their gradients follow. Lecture 02. */
import { tensor, flat } from "../../array/tensor.js";
import { hingeBackward, hingeForward } from "../../losses/hinge.js";
import {
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
} from "../../losses/softmax-cross-entropy.js";
import type { FigureKind } from "./figure-kind.js";
import { arrow, box, path, shown, text } from "./paint.js";

/** The state of the figure of scores. */
export interface ScoresState {
  /** The scores of the classes. */
  scores: readonly number[];
  /** The names of the classes. */
  classes: readonly string[];
  /** The true class. */
  label: number;
  /** The class that the arrow keys change. */
  chosen: number;
}

/** Both losses and their gradients, by the library's own functions. */
export function lossesOf({ scores, label }: Pick<ScoresState, "scores" | "label">): {
  hinge: { loss: number; gradient: number[] };
  crossEntropy: { loss: number; gradient: number[] };
} {
  const s = tensor([[...scores]], "float64");
  const hinge = hingeForward(s, [label]);
  const entropy = softmaxCrossEntropyForward(s, [label]);
  return {
    hinge: { loss: hinge.loss, gradient: [...flat(hingeBackward(hinge.cache).dscores)] },
    crossEntropy: {
      loss: entropy.loss,
      gradient: [...flat(softmaxCrossEntropyBackward(entropy.cache).dlogits)],
    },
  };
}

const LIMIT = 5;
const HEIGHT = 250;
const MIDDLE = 20 + HEIGHT / 2;
const toY = (score: number): number => MIDDLE - (score / LIMIT) * (HEIGHT / 2);
const tenth = (value: number): number => Math.round(Math.max(-LIMIT, Math.min(LIMIT, value)) * 10) / 10;

/** The figure of scores. */
export const figure: FigureKind<ScoresState> = {
  name: "scores",
  title: "Two losses of the same scores",
  task: "Drag a bar. Lift the true class above the others: at which distance does the hinge rest, and does the cross-entropy ever?",
  question: "The true class leads by 3. Which loss still asks for more, and by how much?",
  answer:
    "With a lead of 3 over both others the hinge is 0 and its arrows are gone, since a lead of 1 is enough for it. The cross-entropy is log(1 + 2e⁻³) = 0.095, small and never 0: its arrows are the probabilities that are still wrong, 0.045 for each other class.",
  keys: "Left and right choose a class, up and down change its score.",
  state: { scores: [3.2, 4.1, -1.7], classes: ["cat", "car", "frog"], label: 0, chosen: 0 },
  controls: ({ classes }) => [
    ...classes.map((name, i) => ({
      kind: "slider" as const,
      name: `scores ${i}`,
      label: name,
      min: -LIMIT,
      max: LIMIT,
      step: 0.1,
    })),
    { kind: "choice", name: "label", label: "true class", options: classes },
  ],
  draw(state, { width, palette }) {
    const { scores, classes, label, chosen } = state;
    const { hinge, crossEntropy } = lossesOf(state);
    const count = scores.length;
    const span = Math.min(width, 640);
    const left = (width - span) / 2;
    const step = span / count;
    let body = path(
      [
        [left, MIDDLE],
        [left + span, MIDDLE],
      ],
      { stroke: palette.muted },
    );
    const border = toY(Math.max(-LIMIT, Math.min(LIMIT, scores[label] - 1)));
    body += path(
      [
        [left, border],
        [left + span, border],
      ],
      { stroke: palette.chosen, dash: "5 4", width: 1.5 },
    );
    body += text(left + span, border - 5, "true score − 1", {
      anchor: "end",
      size: 11,
      fill: palette.chosen,
    });
    scores.forEach((score, i) => {
      const x = left + i * step + step * 0.22;
      const bar = step * 0.3;
      const [top, bottom] = [Math.min(toY(score), MIDDLE), Math.max(toY(score), MIDDLE)];
      const colour = i === label ? palette.good : palette.first;
      body +=
        `<g data-at="bar ${i}" style="cursor:ns-resize">` +
        box(left + i * step, 10, step, HEIGHT + 20, { fill: palette.card, opacity: 0.01 }) +
        box(x, top, bar, Math.max(2, bottom - top), { fill: colour, radius: 2 }) +
        box(x - 4, toY(score) - 5, bar + 8, 10, {
          fill: palette.card,
          stroke: i === chosen ? palette.chosen : colour,
          width: i === chosen ? 3 : 2,
          radius: 4,
        }) +
        text(x + bar / 2, score >= 0 ? toY(score) - 12 : toY(score) + 22, shown(score), {
          anchor: "middle",
          bold: true,
          fill: palette.text,
        }) +
        "</g>";
      // Down the gradient: where a step of training moves the score.
      const from = toY(score);
      const scale = 34;
      body += arrow(
        [x + bar + 16, from],
        [x + bar + 16, from + hinge.gradient[i] * scale],
        palette.second,
        3,
      );
      body += arrow(
        [x + bar + 30, from],
        [x + bar + 30, from + crossEntropy.gradient[i] * scale],
        palette.third,
        3,
      );
      body += text(x + bar / 2, HEIGHT + 48, `${classes[i]}${i === label ? " (true)" : ""}`, {
        anchor: "middle",
        bold: i === label,
        fill: palette.text,
      });
    });
    const total = Math.max(hinge.loss, crossEntropy.loss, 4);
    const rows: [string, number, string][] = [
      ["hinge", hinge.loss, palette.second],
      ["cross-entropy", crossEntropy.loss, palette.third],
    ];
    rows.forEach(([name, loss, colour], i) => {
      const y = HEIGHT + 66 + i * 26;
      body += text(left + 96, y + 13, name, { anchor: "end", fill: palette.text });
      body += box(left + 104, y, Math.max(1, ((span - 170) * loss) / total), 18, { fill: colour, radius: 2 });
      body += text(left + 110 + ((span - 170) * loss) / total, y + 13, shown(loss), {
        bold: true,
        fill: palette.text,
      });
    });
    return { body, height: HEIGHT + 124 };
  },
  words(state) {
    const { hinge, crossEntropy } = lossesOf(state);
    const list = (values: readonly number[]): string => values.map(shown).join(", ");
    return (
      `Scores ${list(state.scores)}; the true class is ${state.classes[state.label]}. ` +
      `Hinge ${shown(hinge.loss)}, gradient ${list(hinge.gradient)}; cross-entropy ${shown(crossEntropy.loss)}, gradient ${list(crossEntropy.gradient)}. ` +
      "The arrows point down the gradients."
    );
  },
  act(state, act) {
    const count = state.scores.length;
    const withScore = (i: number, score: number): Partial<ScoresState> => ({
      scores: state.scores.map((one, k) => (k === i ? tenth(score) : one)),
      chosen: i,
    });
    if (act.kind === "key") {
      const { chosen } = state;
      if (act.key === "ArrowLeft") return { chosen: Math.max(0, chosen - 1) };
      if (act.key === "ArrowRight") return { chosen: Math.min(count - 1, chosen + 1) };
      if (act.key === "ArrowUp") return withScore(chosen, state.scores[chosen] + 0.1);
      if (act.key === "ArrowDown") return withScore(chosen, state.scores[chosen] - 0.1);
      return undefined;
    }
    if (act.kind === "button" || act.kind === "move" || !act.at.startsWith("bar ")) return undefined;
    return withScore(Number(act.at.slice(4)), ((MIDDLE - act.y) / (HEIGHT / 2)) * LIMIT);
  },
};
