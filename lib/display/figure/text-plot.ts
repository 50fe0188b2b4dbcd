/** A chart as text, for a terminal: one character for each series on a grid, numbers on the axes. */
import { showNumber } from "./numbers.js";

export interface TextSeries {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const MARKS = "●○▲△■□◆◇";

/** The chart as lines of text, `width` characters wide and `height` high, without the axes; empty without points. */
export function textPlot(series: readonly TextSeries[], width = 60, height = 12): string {
  const finite = series.map(({ name, points }) => ({
    name,
    points: points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
  }));
  const all = finite.flatMap(({ points }) => points);
  if (all.length === 0) return "";
  const range = (axis: 0 | 1) => {
    let low = Infinity;
    let high = -Infinity;
    for (const point of all) {
      low = Math.min(low, point[axis]);
      high = Math.max(high, point[axis]);
    }
    return [low, high];
  };
  const [xLow, xHigh] = range(0);
  const [yLow, yHigh] = range(1);
  const grid = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  finite.forEach(({ points }, index) => {
    for (const [x, y] of points) {
      const column = Math.round(((width - 1) * (x - xLow)) / (xHigh - xLow || 1));
      const row = Math.round(((height - 1) * (yHigh - y)) / (yHigh - yLow || 1));
      grid[row][column] = MARKS[index % MARKS.length];
    }
  });
  const top = showNumber(yHigh);
  const bottom = showNumber(yLow);
  const margin = Math.max(top.length, bottom.length);
  const lines = grid.map((row, i) => {
    const label = i === 0 ? top : i === height - 1 ? bottom : "";
    return `${label.padStart(margin)} ┤${row.join("").trimEnd()}`;
  });
  const [left, right] = [showNumber(xLow), showNumber(xHigh)];
  lines.push(`${" ".repeat(margin)} └${"─".repeat(width)}`);
  lines.push(`${" ".repeat(margin + 2)}${left}${right.padStart(width - left.length)}`);
  lines.push(
    `${" ".repeat(margin + 2)}${series.map(({ name }, i) => `${MARKS[i % MARKS.length]} ${name}`).join("   ")}`,
  );
  return lines.join("\n");
}
