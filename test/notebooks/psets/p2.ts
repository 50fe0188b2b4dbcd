/** What goes wrong in max-pooling along a signal. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";
const update = "dx.set(n, c, winner, dx.get(n, c, winner) + dy.get(n, c, t));";

export const mistakes: readonly Mistake[] = [
  ...inCell("p2-forward", [
    {
      name: "search starts at zero",
      change: ["let best = -Infinity", "let best = 0"],
      points: 0.5,
      says: "The search starts at 0, so windows of negative numbers give 0: start with the window's first sample, or with −∞.",
    },
    {
      name: "largest absolute value",
      change: ["const value = x.get(n, c, u);", "const value = Math.abs(x.get(n, c, u));"],
      points: 0.5,
      says: "This is the largest absolute value, not the largest value.",
    },
    {
      name: "stride forgotten",
      change: ["t * stride", "t"],
      points: 1,
      says: "The stride is forgotten: window t starts at sample ts.",
    },
    {
      name: "windows do not overlap",
      change: ["t * stride", "t * size"],
      points: 2,
      says: "The windows do not overlap: window t starts at sample ts, not at t times the window's size.",
    },
    {
      name: "window one too short",
      change: ["t * stride + size", "t * stride + size - 1"],
      says: "The window is one sample too short.",
    },
    {
      name: "reads the next channel",
      change: ["Math.min(t * stride + size, L)", "t * stride + size"],
      points: 2.5,
      says: "The last window reads beyond the end of its channel, where the next channel lies: stop at the end of the signal.",
    },
    {
      name: "cut window left at zero",
      change: ["y.set(n, c, t, best);", "if (t * stride + size <= L) y.set(n, c, t, best);"],
      points: 2.5,
      says: "The window that the end cuts short is left at 0.",
    },
    {
      name: "minimum",
      change: ["if (value > best)", "if (value < best || best === -Infinity)"],
      points: 0.5,
      says: "This is the smallest number of each window.",
    },
    {
      name: "first example alone",
      change: ["n < N", "n < 1"],
      points: 0.5,
      says: "Only the first example of the batch is computed.",
    },
    {
      name: "sorts the input",
      change: ["return y;", "x.data.sort();\n  return y;"],
      points: 3.5,
      says: "it writes into its input x, which others still need; copy first, and write into the copy.",
    },
  ]),
  ...inCell("p2-dx", [
    {
      name: "gradient to every sample",
      change: [
        update,
        "for (let u = t * stride; u < Math.min(t * stride + size, L); u++) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t));",
      ],
      says: "Every sample of the window gets the gradient: only the winner's change reaches the output.",
    },
    {
      name: "gradient of the mean",
      change: [
        update,
        "{ const end = Math.min(t * stride + size, L); for (let u = t * stride; u < end; u++) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t) / (end - t * stride)); }",
      ],
      says: "This is the gradient of the mean: only the winner's change reaches the output.",
    },
    {
      name: "overwritten, not added",
      change: ["dx.get(n, c, winner) + ", ""],
      points: 3,
      says: "Where windows overlap, a later window overwrites what an earlier one gave: add.",
    },
    {
      name: "gradient to every tie",
      change: [
        update,
        "for (let u = t * stride; u < Math.min(t * stride + size, L); u++) if (x.get(n, c, u) === x.get(n, c, winner)) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t));",
      ],
      points: 5,
      says: "Every one of several equal samples gets the whole gradient: one of them, the first, is the winner.",
    },
    {
      name: "ties share",
      change: [
        update,
        "{ const ties: number[] = []; for (let u = t * stride; u < Math.min(t * stride + size, L); u++) if (x.get(n, c, u) === x.get(n, c, winner)) ties.push(u); for (const u of ties) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t) / ties.length); }",
      ],
      points: 5,
      says: "Equal samples share the gradient: the whole goes to the first of them.",
    },
    {
      name: "last tie wins",
      change: ["x.get(n, c, u) > x", "x.get(n, c, u) >= x"],
      points: 5,
      says: "Of several equal samples the last one gets the gradient: the first of them is the winner.",
    },
    {
      name: "first sample wins",
      change: ["if (x.get(n, c, u) > x.get(n, c, winner)) winner = u;", ""],
      says: "The gradient goes to the first sample of each window, whoever won.",
    },
    {
      name: "multiplied by the winner",
      change: ["+ dy.get(n, c, t)", "+ dy.get(n, c, t) * x.get(n, c, winner)"],
      says: "The gradient is multiplied by the winner itself: the derivative of a maximum is 1.",
    },
    {
      name: "stride forgotten",
      change: ["t * stride", "t"],
      points: 1,
      says: "The stride is forgotten: window t starts at sample ts.",
    },
    {
      name: "cut window sends nothing",
      change: [update, `if (t * stride + size <= L) ${update}`],
      points: 4,
      says: "The window that the end cuts short sends nothing back.",
    },
    {
      name: "first example alone",
      change: ["n < N", "n < 1"],
      points: 1,
      says: "Only the first example of the batch gets a gradient.",
    },
    {
      name: "shape of dy",
      change: ["return dx;", "return dy;"],
      says: "dx is 1×1×3, but x is 1×1×7; a gradient has the shape of its argument.",
    },
  ]),
  ...inCell("p2-forward", [
    {
      name: "last sample ignored",
      change: ["t * stride + size, L)", "t * stride + size, L - 1)"],
      says: "The last sample of the signal is left out: u goes up to L − 1.",
    },
  ]),
  ...inCell("p2-dx", [
    {
      name: "winner counted from its window",
      change: [
        "dx.set(n, c, winner, dx.get(n, c, winner)",
        "dx.set(n, c, winner - t * stride, dx.get(n, c, winner - t * stride)",
      ],
      says: "The winner's place is counted from the start of its window: its place k there is sample ts + k of the signal.",
    },
    {
      name: "last sample ignored",
      change: ["t * stride + size, L)", "t * stride + size, L - 1)"],
      says: "The last sample of the signal is left out: u goes up to L − 1.",
    },
  ]),
  ...inCell(
    "p2-forward",
    [
      {
        name: "reads past the end",
        change: [
          "for (let u = t * stride; u < Math.min(t * stride + size, L); u++) {\n          const value = x.get(n, c, u);\n          if (value > best) best = value;",
          "for (let u = t * stride; u < t * stride + size; u++) {\n          best = Math.max(best, x.get(n, c, u));",
        ],
        says: "your forward pass gives numbers that are not finite. NaN comes from a number that is not there",
      },
    ],
    "p2-train-test",
  ),
  ...inCell("p2-forward", [
    {
      name: "last window missing",
      change: ["t < windows", "t < windows - 1"],
      says: "The last window is left out: t goes up to T − 1.",
    },
  ]),
  ...inCell("p2-dx", [
    {
      name: "last window missing",
      change: ["t < windows", "t < windows - 1"],
      says: "The last window sends nothing back: t goes up to T − 1.",
    },
    {
      name: "window too short",
      change: ["t * stride + size, L", "t * stride + size - 1, L"],
      says: "The window is one sample too short.",
    },
  ]),
  ...inCell("p2-forward", [
    {
      name: "window too long",
      change: ["u < Math.min(t * stride + size, L)", "u < Math.min(t * stride + size + 1, L)"],
      points: 2.5,
      says: "The window is one sample too long.",
    },
    {
      name: "starts with the channel's first",
      change: ["let best = -Infinity", "let best = x.get(n, c, 0)"],
      points: 1,
      says: "The search starts at the channel's first sample: start at the window's own.",
    },
    {
      name: "the place",
      change: [
        "if (value > best) best = value;",
        "if (best === -Infinity || value > x.get(n, c, best)) best = u;",
      ],
      says: "This is the place of the largest number, not the number.",
    },
    {
      name: "sum",
      change: ["if (value > best) best = value;", "best = (best === -Infinity ? 0 : best) + value;"],
      points: 0.5,
      says: "This is the sum of each window, not its maximum.",
    },
    {
      name: "last of window",
      change: ["if (value > best) best = value;", "best = value;"],
      points: 1,
      says: "This is the last number of each window, whatever its size.",
    },
    {
      name: "first channel for all",
      change: ["x.get(n, c, u)", "x.get(n, 0, u)"],
      points: 1.5,
      says: "All channels read the first one: c is forgotten in x.",
    },
    {
      name: "written into x",
      change: ["y.set(n, c, t, best)", "x.set(n, c, t, best)"],
      says: "it writes into its input x, which others still need",
    },
  ]),
  ...inCell("p2-dx", [
    {
      name: "window too long",
      change: ["u < Math.min(t * stride + size, L)", "u < Math.min(t * stride + size + 1, L)"],
      points: 3,
      says: "The window is one sample too long.",
    },
    {
      name: "windows do not overlap",
      change: ["t * stride", "t * size"],
      points: 3,
      says: "The windows do not overlap: window t starts at sample ts",
    },
    {
      name: "smallest wins",
      change: ["x.get(n, c, u) > x.get(n, c, winner)", "x.get(n, c, u) < x.get(n, c, winner)"],
      says: "The smallest sample of each window gets the gradient.",
    },
    {
      name: "absolute value",
      change: [
        "x.get(n, c, u) > x.get(n, c, winner)",
        "Math.abs(x.get(n, c, u)) > Math.abs(x.get(n, c, winner))",
      ],
      points: 1,
      says: "The sample with the largest absolute value gets the gradient.",
    },
    {
      name: "only positive winners",
      change: ["dx.set(n, c, winner,", "if (x.get(n, c, winner) > 0) dx.set(n, c, winner,"],
      points: 1,
      says: "A winner that is not positive sends nothing back: the search starts at 0.",
    },
    {
      name: "last of window",
      change: ["if (x.get(n, c, u) > x.get(n, c, winner)) winner = u;", "winner = u;"],
      says: "The last sample of each window gets the gradient, whoever won.",
    },
    {
      name: "dy forgotten",
      change: ["dx.get(n, c, winner) + dy.get(n, c, t)", "dx.get(n, c, winner) + 1"],
      says: "dy is forgotten: the winner's slope is 1, times the gradient from above.",
    },
    {
      name: "winner at output's place",
      change: ["dx.set(n, c, winner, dx.get(n, c, winner)", "dx.set(n, c, t, dx.get(n, c, t)"],
      says: "The gradient goes to place t of dx: it belongs to the winner's place in the signal.",
    },
    {
      name: "mean over batch",
      change: ["dy.get(n, c, t))", "dy.get(n, c, t) / N)"],
      points: 1,
      says: "is this a mean over 3, in place of a sum?",
    },
  ]),
];
