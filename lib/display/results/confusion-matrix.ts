/** Which classes a network confuses. */
import { ValueError } from "../../array/errors.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showCount, showPercent, showPlural } from "../figure/numbers.js";
import { colorOf, cssColor, type ColorScale } from "../figure/pixels.js";
import { box, fitText, INK, text, textWidth } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** The title of a `confusionMatrix`. */
export interface ConfusionMatrixOptions {
  readonly title?: string;
}

const PARTS: ColorScale = { kind: "heat", low: 0, high: 1 };

/**
 * Draws the confusion matrix: a row for each true class, a column for each predicted one. Each cell has the count, and its
 * colour shows the count's fraction of the row. At the right is the recall, the fraction of the class that was found.
 * @param truth      true class numbers, from 0
 * @param predicted  predicted class numbers, in the same order
 * @param classes    the classes' names, or how many there are
 * @throws ValueError when the two differ in length or a number is not a class
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: readonly string[] | number,
  options: ConfusionMatrixOptions = {},
): Figure {
  const names = typeof classes === "number" ? Array.from({ length: classes }, (_, i) => String(i)) : classes;
  const counts = countConfusions(truth, predicted, names.length);
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const right = counts.reduce((sum, row, i) => sum + row[i], 0);
  const recalls = counts.map((row, i) => (totals[i] > 0 ? row[i] / totals[i] : NaN));
  const worst = worstPair(counts, names);
  const title = options.title ?? "Confusion matrix";
  const sentence =
    truth.length === 0
      ? "No examples."
      : `${showCount(right)} of ${showPlural(truth.length, "example")} right (${showPercent(right / truth.length)})` +
        `${worst ? `; most often, ${worst}` : ""}.`;

  const many = names.length > 20;
  const longest = Math.max(...counts.flat().map((count) => textWidth(showCount(count), 11)), 0);
  const cell = many ? Math.max(6, Math.floor(560 / names.length)) : Math.max(34, longest + 10);
  const tall = many ? cell : 28;
  const gutter = many ? 20 : Math.min(110, Math.max(...names.map((name) => textWidth(name, 12)), 30)) + 34;
  const turned = !many && names.some((name) => textWidth(name, 12) > cell - 4);
  const header = many
    ? 18
    : turned
      ? Math.min(90, Math.max(...names.map((name) => textWidth(name, 12)))) * 0.75 + 34
      : 38;
  const size = names.length * cell;
  const recallWidth = many ? 0 : 62;
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note: "The darker a cell, the larger the part of the true class (row) that was given this prediction.",
      width: gutter + size + recallWidth + (turned ? 26 : 0),
      height: header + names.length * tall,
      alt: `${title}. ${sentence}`,
    },
    (left, top) => {
      const x0 = left + gutter;
      const y0 = top + header;
      const quiet = { size: 11, fill: INK.muted };
      const parts = [
        text(x0 + size / 2, top + 11, "predicted", { ...quiet, anchor: "middle" }),
        text(left + 10, y0 + (names.length * tall) / 2, "true", { ...quiet, anchor: "middle", rotate: -90 }),
      ];
      if (!many) parts.push(text(x0 + size + recallWidth - 4, y0 - 8, "recall", { ...quiet, anchor: "end" }));
      names.forEach((name, i) => {
        const y = y0 + i * tall;
        if (!many) {
          const x = x0 + (i + 0.5) * cell;
          parts.push(
            text(x0 - 8, y + tall / 2 + 4, fitText(name, gutter - 34, 12), { anchor: "end" }),
            turned
              ? text(x - 2, y0 - 8, fitText(name, 90, 12), { rotate: -45 })
              : text(x, y0 - 8, name, { anchor: "middle" }),
            text(x0 + size + recallWidth - 4, y + tall / 2 + 4, showPercent(recalls[i]), { anchor: "end" }),
          );
        }
        counts[i].forEach((count, j) => {
          const part = totals[i] > 0 ? count / totals[i] : 0;
          // With the square root, a few confusions among many right answers are still visible.
          const fill = cssColor(colorOf(Math.sqrt(part) * 0.9, PARTS));
          parts.push(box(x0 + j * cell, y, cell - 1, tall - 1, { fill: part > 0 ? fill : INK.wash }));
          if (!many && count > 0) {
            const ink = Math.sqrt(part) * 0.9 > 0.42 ? "#ffffff" : INK.text;
            const style = { size: 11, fill: ink, anchor: "middle", bold: i === j } as const;
            parts.push(text(x0 + (j + 0.5) * cell - 0.5, y + tall / 2 + 3.5, showCount(count), style));
          }
        });
      });
      return parts;
    },
  );
  const table = textTable(
    ["true \\ predicted", ...names, "recall"],
    counts.map((row, i) => [
      names[i],
      ...row.map((count) => (count > 0 ? showCount(count) : "·")),
      showPercent(recalls[i]),
    ]),
  );
  return new Figure({
    alt: `${title}. ${sentence}`,
    text: names.length <= 20 ? `${title}. ${sentence}\n${table}` : `${title}. ${sentence}`,
    svg,
  });
}

/** K×K counts; the row is the true class, the column the predicted one. @throws ValueError as confusionMatrix */
export function countConfusions(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  if (truth.length !== predicted.length) {
    throw new ValueError(
      `confusionMatrix: ${truth.length} true classes but ${predicted.length} predicted ones; give as many of both.`,
    );
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    for (const label of [truth[i], predicted[i]]) {
      if (Number.isInteger(label) && label >= 0 && label < classes) continue;
      throw new ValueError(
        `confusionMatrix: ${label} at place ${i} is no class; ${classes} classes are numbered 0 to ${classes - 1}.`,
      );
    }
    counts[truth[i]][predicted[i]]++;
  }
  return counts;
}

function worstPair(counts: readonly (readonly number[])[], names: readonly string[]): string {
  let [best, from, to] = [0, 0, 0];
  counts.forEach((row, i) =>
    row.forEach((count, j) => {
      if (i !== j && count > best) [best, from, to] = [count, i, j];
    }),
  );
  return best > 0 ? `${names[from]} was taken for ${names[to]} (${showPlural(best, "time")})` : "";
}
