/** What goes wrong in a convolution in two dimensions. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";
const inside = "if (i >= pad && j >= pad && i - pad + R <= H && j - pad + S <= W) ";

export const mistakes: readonly Mistake[] = [
  ...inCell("p3-forward", [
    {
      name: "filter turned",
      change: ["w.get(f, c, k, l)", "w.get(f, c, R - 1 - k, S - 1 - l)"],
      points: 0.71,
      says: "The filter is turned by 180°: this is convolution in the signal processor's sense; here it is read as it stands.",
    },
    {
      name: "filter transposed",
      change: ["w.get(f, c, k, l)", "w.get(f, c, l, k)"],
      points: 0.71,
      says: "Rows and columns of the filter are exchanged: k goes with i, l with j.",
    },
    {
      name: "bias forgotten",
      change: ["let sum = b.get(f)", "let sum = 0"],
      says: "This is the answer without the bias.",
    },
    {
      name: "last channel alone",
      change: ["let c = 0;", "let c = C - 1;"],
      points: 0.71,
      says: "This is the answer of the last channel alone: the sum over the channels starts anew each time.",
    },
    {
      name: "border at zero",
      change: ["y.set(n, f, i, j, sum);", `${inside}y.set(n, f, i, j, sum);`],
      points: 2.14,
      says: "Outputs at the border are left at zero: their window leaves the image, but the pixels that are inside still count.",
    },
    {
      name: "border forgotten",
      change: ["[i + k - pad, j + l - pad]", "[i + k, j + l]"],
      points: 2.14,
      says: "The border is forgotten: output (i, j) starts at pixel (i − p, j − p).",
    },
    {
      name: "columns not checked",
      change: [" && v >= 0 && v < W", ""],
      points: 2.14,
      says: "NaN comes from a number that is not there",
    },
    {
      name: "first filter alone",
      change: ["f < F", "f < 1"],
      points: 0.71,
      says: "Only the first filter is computed.",
    },
  ]),
  ...inCell("p3-dx", [
    {
      name: "filter not turned",
      change: ["w.get(f, c, k, l)", "w.get(f, c, R - 1 - k, S - 1 - l)"],
      says: "The filter is not turned: forward reads it as it stands, so backward reads it turned by 180°.",
    },
    {
      name: "only rows mirrored",
      change: ["w.get(f, c, k, l)", "w.get(f, c, k, S - 1 - l)"],
      says: "The filter is mirrored top to bottom only: backward it is turned by 180°, rows and columns both.",
    },
    {
      name: "filter transposed",
      change: ["w.get(f, c, k, l)", "w.get(f, c, l, k)"],
      says: "The filter is transposed: turning by 180° exchanges first and last, not rows and columns.",
    },
    {
      name: "overwritten by the last filter",
      change: ["let sum = dx.get(n, c, u, v);", "let sum = 0;"],
      points: 0.83,
      says: "Only the last filter's gradient arrives: every filter adds to the same dx.",
    },
    {
      name: "boundary lost",
      change: [
        "if (i >= 0 && i < rows && j >= 0 && j < columns)",
        "if (i >= pad && i < rows - pad && j >= pad && j < columns - pad)",
      ],
      points: 1.67,
      says: "The boundary is lost: outputs whose window leaves the image send their gradient back too.",
    },
    {
      name: "border forgotten",
      change: ["[u + pad - k, v + pad - l]", "[u - k, v - l]"],
      points: 1.67,
      says: "The border is forgotten: pixel (u, v) was seen as pixel (u + p, v + p) of the image with its border.",
    },
  ]),
  ...inCell("p3-dw", [
    {
      name: "dw turned",
      change: ["dw.set(f, c, k, l, sum)", "dw.set(f, c, R - 1 - k, S - 1 - l, sum)"],
      says: "dw is turned by 180°: the image is correlated with dy as it stands, nothing is turned.",
    },
    {
      name: "dy turned",
      change: ["dy.get(n, f, i, j)", "dy.get(n, f, rows - 1 - i, columns - 1 - j)"],
      points: 0.83,
      says: "dy is turned by 180°: the image is correlated with dy as it stands.",
    },
    {
      name: "last example alone",
      change: ["let n = 0;", "let n = N - 1;"],
      points: 0.83,
      says: "The sum over the batch is forgotten: only the last example counts, and every example adds to the same dw.",
    },
    {
      name: "mean over the batch",
      change: ["dw.set(f, c, k, l, sum)", "dw.set(f, c, k, l, sum / N)"],
      points: 0.83,
      says: "This is the mean over the batch: the loss already says how the examples are weighed, so add.",
    },
    {
      name: "sign",
      change: ["sum += dy", "sum -= dy"],
      says: "every sign is wrong",
    },
  ]),
  ...inCell("p3-db", [
    {
      name: "last example alone",
      change: ["let n = 0;", "let n = N - 1;"],
      points: 0.5,
      says: "The sum over the batch is forgotten: only the last example counts.",
    },
    {
      name: "mean",
      change: ["dy.get(n, f, i, j)", "dy.get(n, f, i, j) / (N * rows * columns)"],
      says: "This is the mean over the outputs: the bias is added to every one of them, so add.",
    },
  ]),
  ...inCell("p3-forward", [
    {
      name: "H and W exchanged",
      change: ["u < H && v >= 0 && v < W", "u < W && v >= 0 && v < H"],
      points: 1.43,
      says: "H and W are exchanged: rows end at H, columns at W.",
    },
    {
      name: "rows and columns exchanged",
      change: ["x.get(n, c, u, v)", "x.get(n, c, v, u)"],
      says: "Rows and columns of the image are exchanged: the row comes first.",
    },
  ]),
  ...inCell("p3-dx", [
    {
      name: "H′ and W′ exchanged",
      change: ["i < rows && j >= 0 && j < columns", "i < columns && j >= 0 && j < rows"],
      points: 3.33,
      says: "H′ and W′ are exchanged: rows of dy end at H′, its columns at W′.",
    },
    {
      name: "rows and columns of dy exchanged",
      change: ["dy.get(n, f, i, j)", "dy.get(n, f, j, i)"],
      points: 0.83,
      says: "Rows and columns of dy are exchanged: the row comes first.",
    },
  ]),
  ...inCell("p3-dw", [
    {
      name: "border forgotten",
      change: ["[i + k - pad, j + l - pad]", "[i + k, j + l]"],
      points: 1.67,
      says: "The border is forgotten: output (i, j) starts at pixel (i − p, j − p).",
    },
    {
      name: "H and W exchanged",
      change: ["u < H && v >= 0 && v < W", "u < W && v >= 0 && v < H"],
      points: 1.67,
      says: "H and W are exchanged: rows end at H, columns at W.",
    },
    {
      name: "rows and columns exchanged",
      change: ["x.get(n, c, u, v)", "x.get(n, c, v, u)"],
      says: "Rows and columns of the image are exchanged: the row comes first.",
    },
    {
      name: "overwritten, not added",
      change: ["sum += dy", "sum = dy"],
      says: "Every product overwrites the one before: add it to what is already there.",
    },
  ]),
  ...inCell("p3-forward", [
    {
      name: "overwritten, not added",
      change: ["sum += w", "sum = w"],
      says: "Every product overwrites the one before: add it to what is already there.",
    },
    {
      name: "last row ignored",
      change: ["u < H &&", "u < H - 1 &&"],
      says: "The last row of the image is left out: u goes up to H − 1.",
    },
    {
      name: "last column ignored",
      change: ["v < W)", "v < W - 1)"],
      says: "The last column of the image is left out: v goes up to W − 1.",
    },
    {
      name: "last row of outputs",
      change: ["i < y.shape[2]", "i < y.shape[2] - 1"],
      says: "The last row of outputs is left out: i goes up to H′ − 1.",
    },
  ]),
  ...inCell("p3-dx", [
    {
      name: "overwritten, not added",
      change: ["sum += w", "sum = w"],
      says: "Every product overwrites the one before: add it to what is already there.",
    },
    {
      name: "last row of dy",
      change: ["i < rows", "i < rows - 1"],
      says: "The last row of dy is left out: i goes up to H′ − 1.",
    },
    {
      name: "last column of dy",
      change: ["j < columns)", "j < columns - 1)"],
      points: 0.83,
      says: "The last column of dy is left out: j goes up to W′ − 1.",
    },
    {
      name: "last row of the image",
      change: ["u < H;", "u < H - 1;"],
      says: "The last row of the image gets no gradient: u goes up to H − 1.",
    },
  ]),
  ...inCell("p3-dw", [
    {
      name: "last row of dy",
      change: ["i < rows", "i < rows - 1"],
      says: "The last row of dy is left out: i goes up to H′ − 1.",
    },
    {
      name: "last column of the image",
      change: ["v < W)", "v < W - 1)"],
      says: "The last column of the image is left out: v goes up to W − 1.",
    },
    {
      name: "last row of the image",
      change: ["u < H &&", "u < H - 1 &&"],
      says: "The last row of the image is left out: u goes up to H − 1.",
    },
    {
      name: "last column of dy",
      change: ["j < columns", "j < columns - 1"],
      points: 0.83,
      says: "The last column of dy is left out: j goes up to W′ − 1.",
    },
  ]),
  ...inCell("p3-db", [
    {
      name: "overwritten, not added",
      change: ["db.get(f) + ", ""],
      says: "Every number overwrites the one before: add it to what is already there.",
    },
    {
      name: "last row ignored",
      change: ["i < rows", "i < rows - 1"],
      says: "The last row of dy is left out: i goes up to H′ − 1.",
    },
  ]),
  ...inCell("p3-forward", [
    {
      name: "pad twice",
      change: ["[i + k - pad, j + l - pad]", "[i + k - 2 * pad, j + l - 2 * pad]"],
      points: 2.14,
      says: "p is taken off twice: output (i, j) starts at pixel (i − p, j − p).",
    },
    {
      name: "pad only rows",
      change: ["j + l - pad]", "j + l]"],
      points: 2.14,
      says: "The border is there for the rows only: columns begin at j − p too.",
    },
    {
      name: "pad added",
      change: ["[i + k - pad, j + l - pad]", "[i + k + pad, j + l + pad]"],
      points: 2.14,
      says: "p is added: output (i, j) starts at pixel (i − p, j − p).",
    },
    {
      name: "first channel only",
      change: ["c < C", "c < 1"],
      points: 0.71,
      says: "This is the answer of the first channel alone: add up all channels.",
    },
    {
      name: "first bias",
      change: ["b.get(f)", "b.get(0)"],
      points: 0.71,
      says: "All outputs get the first bias: f is forgotten in b.",
    },
    {
      name: "mean over window",
      change: ["y.set(n, f, i, j, sum)", "y.set(n, f, i, j, b.get(f) + (sum - b.get(f)) / (R * S))"],
      points: 0.71,
      says: "This is the mean over the window: add.",
    },
  ]),
  ...inCell("p3-dx", [
    {
      name: "first filter only",
      change: ["f < F", "f < 1"],
      points: 0.83,
      says: "Only the first filter's gradient arrives: every filter adds to the same dx.",
    },
    {
      name: "dy forgotten",
      change: ["w.get(f, c, k, l) * dy.get(n, f, i, j)", "w.get(f, c, k, l)"],
      says: "dy is forgotten: every way of a pixel is its slope times the gradient from above.",
    },
    {
      name: "border only in rows",
      change: ["v + pad - l]", "v - l]"],
      points: 1.67,
      says: "The border is there for the rows only: columns begin at j − p too.",
    },
    {
      name: "mean over filters",
      change: [
        "sum += w.get(f, c, k, l) * dy.get(n, f, i, j)",
        "sum += w.get(f, c, k, l) * dy.get(n, f, i, j) / F",
      ],
      points: 0.83,
      says: "is this a mean over 3, in place of a sum?",
    },
  ]),
  ...inCell("p3-dw", [
    {
      name: "dy forgotten",
      change: ["dy.get(n, f, i, j) * x.get(n, c, u, v)", "x.get(n, c, u, v)"],
      says: "dy is forgotten: a weight's slope is x, times the gradient from above.",
    },
    {
      name: "x forgotten",
      change: ["dy.get(n, f, i, j) * x.get(n, c, u, v)", "dy.get(n, f, i, j)"],
      says: "x is forgotten: a weight's slope is the pixel that it met.",
    },
    {
      name: "border only in rows",
      change: ["j + l - pad]", "j + l]"],
      points: 1.67,
      says: "The border is there for the rows only: columns begin at j − p too.",
    },
  ]),
];
