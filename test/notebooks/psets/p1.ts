/** What goes wrong in a convolution along a signal. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";

export const mistakes: readonly Mistake[] = [
  ...inCell("p1-forward", [
    {
      name: "filter read backwards",
      change: ["w.get(f, c, m)", "w.get(f, c, M - 1 - m)"],
      points: 0.5,
      says: "This is the answer with the filter read backwards: tap m belongs to the sample at ts + m − p.",
    },
    {
      name: "bias forgotten",
      change: ["let sum = b.get(f)", "let sum = 0"],
      says: "This is the answer without the bias.",
    },
    {
      name: "bias added for every channel",
      change: ["let sum = b.get(f);", "let sum = (C - 1) * b.get(f) + b.get(f);"],
      points: 0.5,
      says: "This is the answer with the bias added once for every channel.",
    },
    {
      name: "ends left at zero",
      change: [
        "y.set(n, f, t, sum);",
        "if (t * stride >= p && t * stride - p + M <= L) y.set(n, f, t, sum);",
      ],
      points: 0.5,
      says: "Outputs near the ends are left at zero: their window leaves the signal, but the taps that are inside still count.",
    },
    {
      name: "no padding",
      change: ["t * stride + m - p", "t * stride + m"],
      points: 0.5,
      says: "The window begins at sample ts: it must begin p samples earlier.",
    },
    {
      name: "padding of M/2 for even M",
      change: ["const p = zerosBefore(M)", "const p = Math.floor(M / 2)"],
      points: 3,
      says: "The window stands one sample too far left: with an even number of taps p is M/2 − 1.",
    },
    {
      name: "reads outside the signal",
      change: ["if (u >= 0 && u < L) ", ""],
      points: 0.5,
      says: "NaN comes from a number that is not there",
    },
    {
      name: "last channel alone",
      change: ["let c = 0;", "let c = C - 1;"],
      points: 0.5,
      says: "This is the answer of the last channel alone: the sum over the channels starts anew each time.",
    },
    {
      name: "stride ignored",
      change: ["t * stride + m - p", "t + m - p"],
      points: 3,
      says: "The stride is forgotten: output t looks at the samples from ts − p on.",
    },
    {
      name: "first example alone",
      change: ["n < N", "n < 1"],
      points: 0.5,
      says: "Only the first example of the batch is computed.",
    },
    {
      name: "input overwritten",
      change: ["return y;", "x.set(0, 0, 0, 0);\n  return y;"],
      points: 3.5,
      says: "it writes into its input x, which others still need; copy first, and write into the copy.",
    },
    {
      name: "single precision",
      change: ['"float64"', '"float32"'],
      says: "y is float32, but its inputs are float64; give it their precision.",
    },
  ]),
  ...inCell("p1-dx", [
    {
      name: "filter not turned round",
      change: ["w.get(f, c, m)", "w.get(f, c, M - 1 - m)"],
      says: "This is the answer with the filter read in the wrong direction: forward reads it from left to right, so backward reads it from right to left.",
    },
    {
      name: "overwritten, not added",
      change: ["dx.get(n, c, u) + ", ""],
      says: "Every product overwrites the one before: add it to what is already there.",
    },
    {
      name: "boundary lost",
      change: ["if (u >= 0 && u < L)", "if (t * stride >= p && t * stride - p + M <= L)"],
      says: "The boundary is lost: outputs whose window leaves the signal send their gradient back too.",
    },
    {
      name: "padding forgotten",
      change: ["t * stride + m - p", "t * stride + m"],
      says: "The padding is forgotten: output t looked at the samples from ts − p on.",
    },
    {
      name: "stride ignored",
      change: ["t * stride + m - p", "t + m - p"],
      points: 3.13,
      says: "The stride is forgotten: output t looked at the samples from ts − p on.",
    },
    {
      name: "last filter alone",
      change: ["let f = 0;", "let f = F - 1;"],
      points: 0.63,
      says: "Only the last filter's gradient arrives: every filter adds to the same dx.",
    },
    {
      name: "shape of dy",
      change: ["zeros([N, C, L]", "zeros([N, C, L + M - 1]"],
      says: "dx is 1×1×7, but x is 1×1×5; a gradient has the shape of its argument.",
    },
    {
      name: "sign",
      change: ["+ part", "- part"],
      says: "every sign is wrong",
    },
  ]),
  ...inCell("p1-dw", [
    {
      name: "last example alone",
      change: ["let n = 0;", "let n = N - 1;"],
      points: 0.5,
      says: "The sum over the batch is forgotten: only the last example counts, and every example adds to the same dw.",
    },
    {
      name: "mean over the batch",
      change: ["dw.set(f, c, m, sum)", "dw.set(f, c, m, sum / N)"],
      points: 0.5,
      says: "This is the mean over the batch: the loss already says how the examples are weighed, so add.",
    },
    {
      name: "taps mirrored",
      change: ["dw.set(f, c, m, sum)", "dw.set(f, c, M - 1 - m, sum)"],
      points: 0.5,
      says: "The taps are in the wrong order: dw is mirrored.",
    },
    {
      name: "dy read backwards",
      change: ["dy.get(n, f, t)", "dy.get(n, f, outputs - 1 - t)"],
      says: "dy is read backwards.",
    },
    {
      name: "boundary lost",
      change: ["if (u >= 0 && u < L)", "if (t * stride >= p && t * stride - p + M <= L)"],
      points: 0.5,
      says: "The boundary is lost: outputs whose window leaves the signal used some weights too.",
    },
  ]),
  ...inCell("p1-db", [
    {
      name: "last example alone",
      change: ["let n = 0;", "let n = N - 1;"],
      points: 0.33,
      says: "The sum over the batch is forgotten: only the last example counts.",
    },
    {
      name: "mean along the signal",
      change: ["dy.get(n, f, t)", "dy.get(n, f, t) / outputs"],
      says: "This is the mean along the signal: add.",
    },
  ]),
  ...inCell("p1-update", [
    {
      name: "uphill",
      change: ["- rate", "+ rate"],
      says: "The step goes uphill: subtract.",
    },
  ]),
  ...inCell("p1-forward", [
    {
      name: "overwritten, not added",
      change: ["sum += w", "sum = w"],
      says: "Every product overwrites the one before: add it to what is already there.",
    },
    {
      name: "last sample ignored",
      change: ["u < L", "u < L - 1"],
      says: "The last sample of the signal is left out: u goes up to L − 1.",
    },
    {
      name: "last output ignored",
      change: ["t < outputs", "t < outputs - 1"],
      says: "The last output is left out: t goes up to ⌈L/s⌉ − 1.",
    },
  ]),
  ...inCell("p1-dx", [
    {
      name: "last sample ignored",
      change: ["u < L", "u < L - 1"],
      says: "The last sample of the signal gets no gradient: u goes up to L − 1.",
    },
    {
      name: "last output ignored",
      change: ["t < outputs", "t < outputs - 1"],
      says: "The last output sends nothing back: t goes up to ⌈L/s⌉ − 1.",
    },
  ]),
  ...inCell("p1-dw", [
    {
      name: "overwritten, not added",
      change: ["sum += dy", "sum = dy"],
      says: "Every product overwrites the one before: add it to what is already there.",
    },
    {
      name: "padding forgotten",
      change: ["t * stride + m - p", "t * stride + m"],
      points: 0.5,
      says: "The padding is forgotten: output t looked at the samples from ts − p on.",
    },
    {
      name: "last sample ignored",
      change: ["u < L", "u < L - 1"],
      says: "The last sample of the signal is left out: u goes up to L − 1.",
    },
    {
      name: "last output ignored",
      change: ["t < outputs", "t < outputs - 1"],
      says: "The last output is left out: t goes up to ⌈L/s⌉ − 1.",
    },
  ]),
  ...inCell("p1-db", [
    {
      name: "overwritten, not added",
      change: ["db.get(f) + ", ""],
      says: "Every number overwrites the one before: add it to what is already there.",
    },
    {
      name: "last output ignored",
      change: ["t < outputs", "t < outputs - 1"],
      says: "The last output is left out: t goes up to ⌈L/s⌉ − 1.",
    },
  ]),
  ...inCell(
    "p1-dw",
    [
      {
        name: "weight gradient reads outside",
        change: ["if (u >= 0 && u < L) ", ""],
        says: "weightGradient gives numbers that are not finite.",
      },
    ],
    "p1-train-test",
  ),
  ...inCell("p1-forward", [
    {
      name: "first filter for all",
      change: ["w.get(f, c, m)", "w.get(0, c, m)"],
      points: 0.5,
      says: "All outputs are made by the first filter: f is forgotten in w.",
    },
    {
      name: "mean over channels",
      change: ["sum += w.get(f, c, m) * x.get(n, c, u)", "sum += w.get(f, c, m) * x.get(n, c, u) / C"],
      points: 0.5,
      says: "This is the mean over the channels: add.",
    },
    {
      name: "first channel only",
      change: ["c < C", "c < 1"],
      points: 0.5,
      says: "This is the answer of the first channel alone: add up all channels.",
    },
    {
      name: "first bias for all",
      change: ["b.get(f)", "b.get(0)"],
      points: 0.5,
      says: "All outputs get the first bias: f is forgotten in b.",
    },
    {
      name: "first example's x",
      change: ["x.get(n, c, u)", "x.get(0, c, u)"],
      points: 0.5,
      says: "All of them are where the first index is not 0.",
    },
  ]),
  ...inCell("p1-dx", [
    {
      name: "first filter only",
      change: ["f < F", "f < 1"],
      points: 0.63,
      says: "Only the first filter's gradient arrives: every filter adds to the same dx.",
    },
    {
      name: "padding wrong side",
      change: ["const p = zerosBefore(M)", "const p = M - 1 - zerosBefore(M)"],
      points: 3.75,
      says: "The padding is on the wrong side: with an even number of taps p is M/2 − 1.",
    },
    {
      name: "dy forgotten",
      change: ["const part = w.get(f, c, m) * dy.get(n, f, t)", "const part = w.get(f, c, m)"],
      says: "dy is forgotten: every way of a number is its slope times the gradient from above.",
    },
    {
      name: "mean over the batch",
      change: ["w.get(f, c, m) * dy.get(n, f, t)", "w.get(f, c, m) * dy.get(n, f, t) / N"],
      points: 0.63,
      says: "is this a mean over 3, in place of a sum?",
    },
  ]),
  ...inCell("p1-dw", [
    {
      name: "dy forgotten",
      change: ["dy.get(n, f, t) * x.get(n, c, u)", "x.get(n, c, u)"],
      says: "dy is forgotten: a weight's slope is x, times the gradient from above.",
    },
    {
      name: "x forgotten",
      change: ["dy.get(n, f, t) * x.get(n, c, u)", "dy.get(n, f, t)"],
      says: "x is forgotten: a weight's slope is the sample that it met.",
    },
    {
      name: "padding wrong side",
      change: ["const p = zerosBefore(M)", "const p = M - 1 - zerosBefore(M)"],
      points: 3,
      says: "The padding is on the wrong side: with an even number of taps p is M/2 − 1.",
    },
  ]),
  ...inCell("p1-update", [
    {
      name: "in place",
      change: ["next.set(f", "w.set(f"],
      says: "it writes into its input w, which others still need",
    },
    {
      name: "gradient alone",
      change: ["w.get(f, c, m) - rate * dw.get(f, c, m)", "-rate * dw.get(f, c, m)"],
      says: "This is the step alone: take it from w.",
    },
    {
      name: "first filter only",
      change: ["f < w.shape[0]", "f < 1"],
      points: 0.33,
      says: "All of them are 0: nothing was written there.",
    },
  ]),
];
