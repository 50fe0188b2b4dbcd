/** What goes wrong in max-pooling along a signal. */
import type { Mistake } from "./mistakes.js";

const forward = { part: "p2-forward-test" };
const dx = { part: "p2-dx-test" };
const update = "dx.set(n, c, winner, dx.get(n, c, winner) + dy.get(n, c, t));";

export const mistakes: readonly Mistake[] = [
  {
    ...forward,
    name: "search starts at zero",
    change: ["p2-forward", "let best = -Infinity", "let best = 0"],
    points: 0.5,
    says: "The search starts at 0, so windows of negative numbers give 0: start with the window's first sample, or with −∞.",
  },
  {
    ...forward,
    name: "largest absolute value",
    change: ["p2-forward", "const value = x.get(n, c, u);", "const value = Math.abs(x.get(n, c, u));"],
    points: 0.5,
    says: "This is the largest absolute value, not the largest value.",
  },
  {
    ...forward,
    name: "stride forgotten",
    change: ["p2-forward", "t * stride", "t"],
    points: 1,
    says: "The stride is forgotten: window t starts at sample ts.",
  },
  {
    ...forward,
    name: "windows do not overlap",
    change: ["p2-forward", "t * stride", "t * size"],
    points: 2,
    says: "The windows do not overlap: window t starts at sample ts, not at t times the window's size.",
  },
  {
    ...forward,
    name: "window one too short",
    change: ["p2-forward", "t * stride + size", "t * stride + size - 1"],
    points: 0,
    says: "The window is one sample too short.",
  },
  {
    ...forward,
    name: "reads the next channel",
    change: ["p2-forward", "Math.min(t * stride + size, L)", "t * stride + size"],
    points: 2.5,
    says: "The last window reads beyond the end of its channel, where the next channel lies: stop at the end of the signal.",
  },
  {
    ...forward,
    name: "cut window left at zero",
    change: ["p2-forward", "y.set(n, c, t, best);", "if (t * stride + size <= L) y.set(n, c, t, best);"],
    points: 2.5,
    says: "The window that the end cuts short is left at 0.",
  },
  {
    ...forward,
    name: "minimum",
    change: ["p2-forward", "if (value > best)", "if (value < best || best === -Infinity)"],
    points: 0.5,
    says: "This is the smallest number of each window.",
  },
  {
    ...forward,
    name: "first example alone",
    change: ["p2-forward", "n < N", "n < 1"],
    points: 0.5,
    says: "Only the first example of the batch is computed.",
  },
  {
    ...forward,
    name: "sorts the input",
    change: ["p2-forward", "return y;", "x.data.sort();\n  return y;"],
    points: 3.5,
    says: "it writes into its input x, which others still need; copy first, and write into the copy.",
  },
  {
    ...dx,
    name: "gradient to every sample",
    change: [
      "p2-dx",
      update,
      "for (let u = t * stride; u < Math.min(t * stride + size, L); u++) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t));",
    ],
    points: 0,
    says: "Every sample of the window gets the gradient: only the winner's change reaches the output.",
  },
  {
    ...dx,
    name: "gradient of the mean",
    change: [
      "p2-dx",
      update,
      "{ const end = Math.min(t * stride + size, L); for (let u = t * stride; u < end; u++) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t) / (end - t * stride)); }",
    ],
    points: 0,
    says: "This is the gradient of the mean: only the winner's change reaches the output.",
  },
  {
    ...dx,
    name: "overwritten, not added",
    change: ["p2-dx", "dx.get(n, c, winner) + ", ""],
    points: 4,
    says: "Where windows overlap, a later window overwrites what an earlier one gave: add.",
  },
  {
    ...dx,
    name: "gradient to every tie",
    change: [
      "p2-dx",
      update,
      "for (let u = t * stride; u < Math.min(t * stride + size, L); u++) if (x.get(n, c, u) === x.get(n, c, winner)) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t));",
    ],
    points: 5,
    says: "Every one of several equal samples gets the whole gradient: one of them, the first, is the winner.",
  },
  {
    ...dx,
    name: "ties share",
    change: [
      "p2-dx",
      update,
      "{ const ties: number[] = []; for (let u = t * stride; u < Math.min(t * stride + size, L); u++) if (x.get(n, c, u) === x.get(n, c, winner)) ties.push(u); for (const u of ties) dx.set(n, c, u, dx.get(n, c, u) + dy.get(n, c, t) / ties.length); }",
    ],
    points: 5,
    says: "Equal samples share the gradient: the whole goes to the first of them.",
  },
  {
    ...dx,
    name: "last tie wins",
    change: ["p2-dx", "x.get(n, c, u) > x", "x.get(n, c, u) >= x"],
    points: 5,
    says: "Of several equal samples the last one gets the gradient: the first of them is the winner.",
  },
  {
    ...dx,
    name: "first sample wins",
    change: ["p2-dx", "if (x.get(n, c, u) > x.get(n, c, winner)) winner = u;", ""],
    points: 0,
    says: "The gradient goes to the first sample of each window, whoever won.",
  },
  {
    ...dx,
    name: "multiplied by the winner",
    change: ["p2-dx", "+ dy.get(n, c, t)", "+ dy.get(n, c, t) * x.get(n, c, winner)"],
    points: 0,
    says: "The gradient is multiplied by the winner itself: the derivative of a maximum is 1.",
  },
  {
    ...dx,
    name: "stride forgotten",
    change: ["p2-dx", "t * stride", "t"],
    points: 1,
    says: "The stride is forgotten: window t starts at sample ts.",
  },
  {
    ...dx,
    name: "cut window sends nothing",
    change: ["p2-dx", update, `if (t * stride + size <= L) ${update}`],
    points: 4,
    says: "The window that the end cuts short sends nothing back.",
  },
  {
    ...dx,
    name: "first example alone",
    change: ["p2-dx", "n < N", "n < 1"],
    points: 1,
    says: "Only the first example of the batch gets a gradient.",
  },
  {
    ...dx,
    name: "shape of dy",
    change: ["p2-dx", "return dx;", "return dy;"],
    points: 0,
    says: "dx is 1×1×3, but x is 1×1×7; a gradient has the shape of its argument.",
  },
];
