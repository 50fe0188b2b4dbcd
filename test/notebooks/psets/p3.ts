/** What goes wrong in a convolution in two dimensions. */
import type { Mistake } from "./mistakes.js";

const forward = { part: "p3-forward-test" };
const dx = { part: "p3-dx-test" };
const dw = { part: "p3-dw-test" };
const db = { part: "p3-db-test" };
const inside = "if (i >= pad && j >= pad && i - pad + R <= H && j - pad + S <= W) ";

export const mistakes: readonly Mistake[] = [
  {
    ...forward,
    name: "filter turned",
    change: ["p3-forward", "w.get(f, c, k, l)", "w.get(f, c, R - 1 - k, S - 1 - l)"],
    points: 0.71,
    says: "The filter is turned by 180°: this is convolution in the signal processor's sense; here it is read as it stands.",
  },
  {
    ...forward,
    name: "filter transposed",
    change: ["p3-forward", "w.get(f, c, k, l)", "w.get(f, c, l, k)"],
    points: 0.71,
    says: "Rows and columns of the filter are exchanged: k goes with i, l with j.",
  },
  {
    ...forward,
    name: "bias forgotten",
    change: ["p3-forward", "let sum = b.get(f)", "let sum = 0"],
    points: 0,
    says: "This is the answer without the bias.",
  },
  {
    ...forward,
    name: "last channel alone",
    change: ["p3-forward", "let c = 0;", "let c = C - 1;"],
    points: 0.71,
    says: "This is the answer of the last channel alone: the sum over the channels starts anew each time.",
  },
  {
    ...forward,
    name: "border at zero",
    change: ["p3-forward", "y.set(n, f, i, j, sum);", `${inside}y.set(n, f, i, j, sum);`],
    points: 2.14,
    says: "Outputs at the border are left at zero: their window leaves the image, but the pixels that are inside still count.",
  },
  {
    ...forward,
    name: "border forgotten",
    change: ["p3-forward", "[i + k - pad, j + l - pad]", "[i + k, j + l]"],
    points: 2.14,
    says: "The border is forgotten: output (i, j) starts at pixel (i − p, j − p).",
  },
  {
    ...forward,
    name: "columns not checked",
    change: ["p3-forward", " && v >= 0 && v < W", ""],
    points: 2.14,
    says: "NaN comes from a number that is not there",
  },
  {
    ...forward,
    name: "first filter alone",
    change: ["p3-forward", "f < F", "f < 1"],
    points: 0.71,
    says: "Only the first filter is computed.",
  },
  {
    ...dx,
    name: "filter not turned",
    change: ["p3-dx", "w.get(f, c, k, l)", "w.get(f, c, R - 1 - k, S - 1 - l)"],
    points: 0,
    says: "The filter is not turned: forward reads it as it stands, so backward reads it turned by 180°.",
  },
  {
    ...dx,
    name: "only rows mirrored",
    change: ["p3-dx", "w.get(f, c, k, l)", "w.get(f, c, k, S - 1 - l)"],
    points: 0,
    says: "The filter is mirrored top to bottom only: backward it is turned by 180°, rows and columns both.",
  },
  {
    ...dx,
    name: "filter transposed",
    change: ["p3-dx", "w.get(f, c, k, l)", "w.get(f, c, l, k)"],
    points: 0,
    says: "The filter is transposed: turning by 180° exchanges first and last, not rows and columns.",
  },
  {
    ...dx,
    name: "overwritten by the last filter",
    change: ["p3-dx", "let sum = dx.get(n, c, u, v);", "let sum = 0;"],
    points: 0.83,
    says: "Only the last filter's gradient arrives: every filter adds to the same dx.",
  },
  {
    ...dx,
    name: "boundary lost",
    change: [
      "p3-dx",
      "if (i >= 0 && i < rows && j >= 0 && j < columns)",
      "if (i >= pad && i < rows - pad && j >= pad && j < columns - pad)",
    ],
    points: 1.67,
    says: "The boundary is lost: outputs whose window leaves the image send their gradient back too.",
  },
  {
    ...dx,
    name: "border forgotten",
    change: ["p3-dx", "[u + pad - k, v + pad - l]", "[u - k, v - l]"],
    points: 1.67,
    says: "The border is forgotten: pixel (u, v) was seen as pixel (u + p, v + p) of the image with its border.",
  },
  {
    ...dw,
    name: "dw turned",
    change: ["p3-dw", "dw.set(f, c, k, l, sum)", "dw.set(f, c, R - 1 - k, S - 1 - l, sum)"],
    points: 0,
    says: "dw is turned by 180°: the image is correlated with dy as it stands, nothing is turned.",
  },
  {
    ...dw,
    name: "dy turned",
    change: ["p3-dw", "dy.get(n, f, i, j)", "dy.get(n, f, rows - 1 - i, columns - 1 - j)"],
    points: 0.83,
    says: "dy is turned by 180°: the image is correlated with dy as it stands.",
  },
  {
    ...dw,
    name: "last example alone",
    change: ["p3-dw", "let n = 0;", "let n = N - 1;"],
    points: 0.83,
    says: "The sum over the batch is forgotten: only the last example counts, and every example adds to the same dw.",
  },
  {
    ...dw,
    name: "mean over the batch",
    change: ["p3-dw", "dw.set(f, c, k, l, sum)", "dw.set(f, c, k, l, sum / N)"],
    points: 0.83,
    says: "This is the mean over the batch: the loss already says how the examples are weighed, so add.",
  },
  {
    ...dw,
    name: "sign",
    change: ["p3-dw", "sum += dy", "sum -= dy"],
    points: 0,
    says: "every sign is wrong",
  },
  {
    ...db,
    name: "last example alone",
    change: ["p3-db", "let n = 0;", "let n = N - 1;"],
    points: 0.5,
    says: "The sum over the batch is forgotten: only the last example counts.",
  },
  {
    ...db,
    name: "mean",
    change: ["p3-db", "dy.get(n, f, i, j)", "dy.get(n, f, i, j) / (N * rows * columns)"],
    points: 0,
    says: "This is the mean over the outputs: the bias is added to every one of them, so add.",
  },
];
