/** How many examples each class has. */
import { ValueError } from "../../array/errors.js";
import { barChart } from "../figure/bars.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showCount, showPercent, showPlural } from "../figure/numbers.js";
import { box, INK, text, textWidth } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** Labels with the names of their classes, such as a Dataset. */
export interface Labelled {
  readonly labels: ArrayLike<number>;
  readonly classes: readonly string[];
}

/**
 * Draws how many examples each class has, in one set or in several, such as training and test: bars on one scale, so that a
 * small set has short bars; the percentage beside a bar is the class's part of its set.
 *
 *     classBalance({ train: data.train, test: data.test })
 *
 * @throws ValueError when the sets have different classes, or a label is not a class
 */
export function classBalance(sets: Labelled | Readonly<Record<string, Labelled>>): Figure {
  const named: [string, Labelled][] = isLabelled(sets) ? [["", sets]] : Object.entries(sets);
  const classes = named[0]?.[1].classes ?? [];
  const counts = named.map(([name, { labels, classes: own }]) => {
    if (own.length !== classes.length) {
      throw new ValueError(
        `classBalance: ${name} has ${own.length} classes and ${named[0][0]} has ${classes.length}; compare sets of the same classes.`,
      );
    }
    const count = new Array<number>(classes.length).fill(0);
    for (let i = 0; i < labels.length; i++) {
      if (!(labels[i] in count)) {
        throw new ValueError(
          `classBalance: label ${labels[i]} at place ${i} is no class; ${classes.length} classes are numbered 0 to ${classes.length - 1}.`,
        );
      }
      count[labels[i]]++;
    }
    return count;
  });
  const parts = counts.map((count, s) => count.map((one) => one / (named[s][1].labels.length || 1)));
  const largest = Math.max(...counts.flat(), 1);
  const sentence = named
    .map(([name, { labels }], s) => {
      const least = Math.min(...counts[s]);
      const most = Math.max(...counts[s]);
      const spread =
        classes.length === 0 || labels.length === 0
          ? ""
          : least === most
            ? `, ${showCount(least)} a class`
            : `, ${showCount(least)} to ${showCount(most)} a class`;
      return `${name ? `${name}: ` : ""}${showPlural(labels.length, "example")}${spread}`;
    })
    .join("; ");
  const bars = barChart(
    classes.map((name, c) => ({
      name,
      parts: counts.map((count) => count[c] / largest),
      labels: counts.map((count, s) => `${showCount(count[c])} (${showPercent(parts[s][c])})`),
    })),
    480,
  );
  const withLegend = named.length > 1 ? 24 : 0;
  const svg = frame(
    {
      title: "Examples of each class",
      subtitle: `${sentence}.`,
      width: bars.width,
      height: bars.height + withLegend,
      alt: `${sentence}.`,
    },
    (left, top) => [
      ...(withLegend
        ? swatches(
            left,
            top,
            named.map(([name]) => name),
          )
        : []),
      ...bars.draw(left, top + withLegend),
    ],
  );
  const table = textTable(
    ["class", ...named.map(([name]) => name || "examples")],
    classes.map((name, c) => [name, ...counts.map((count) => showCount(count[c]))]),
  );
  return new Figure({ alt: `${sentence}.`, text: `${sentence}.\n${table}`, svg });
}

/** The names of the sets, each after a square of its bars' colour. */
function swatches(left: number, top: number, names: readonly string[]): string[] {
  let x = left;
  return names.flatMap((name, s) => {
    const at = x;
    x += textWidth(name, 12) + 36;
    return [
      box(at, top, 11, 11, { fill: INK.series[s % INK.series.length], radius: 2 }),
      text(at + 17, top + 10, name),
    ];
  });
}

function isLabelled(sets: Labelled | Readonly<Record<string, Labelled>>): sets is Labelled {
  return "labels" in sets && "length" in sets.labels;
}
