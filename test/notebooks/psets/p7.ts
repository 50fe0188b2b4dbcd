/** What goes wrong in dropout and in local contrast normalisation. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";

export const mistakes: readonly Mistake[] = [
  ...inCell("p7-dropout", [
    {
      name: "growth forgotten",
      change: ["keep.get(n, d) / (1 - p)", "keep.get(n, d)"],
      points: 0.67,
      says: "What stays must grow by 1/(1 − p): here it is left as it is.",
    },
    {
      name: "shrinks",
      change: ["keep.get(n, d) / (1 - p)", "keep.get(n, d) * (1 - p)"],
      points: 0.67,
      says: "What stays shrinks by 1 − p: it must grow by 1/(1 − p), so that the mean over all masks is right.",
    },
    {
      name: "divided by p",
      change: ["/ (1 - p)", "/ p"],
      points: 0.67,
      says: "What stays is divided by p: that is the part which is dropped; divide by 1 − p, the part that stays.",
    },
    {
      name: "mask reversed",
      change: ["keep.get(n, d) / (1 - p)", "(1 - keep.get(n, d)) / (1 - p)"],
      points: 0.67,
      says: "The mask is read the wrong way round: 1 stays, 0 is dropped.",
    },
    {
      name: "mask forgotten",
      change: ["keep.get(n, d) / (1 - p)", "1 / (1 - p)"],
      points: 0.67,
      says: "Nothing is dropped: this only grows by 1/(1 − p).",
    },
    {
      name: "dropped ones left",
      change: ["training ? keep.get(n, d) / (1 - p) : 1", "training && keep.get(n, d) ? 1 / (1 - p) : 1"],
      points: 0.67,
      says: "Nothing is dropped: what the mask calls 0 must be 0.",
    },
    {
      name: "training reversed",
      change: ["training ?", "!training ?"],
      says: "This is what comes after training: in training the mask counts.",
    },
    {
      name: "dropped after training",
      change: [
        "training ? keep.get(n, d) / (1 - p) : 1",
        "training ? keep.get(n, d) / (1 - p) : keep.get(n, d)",
      ],
      points: 1.33,
      says: "The mask is used after training too, without the growth: there nothing is dropped.",
    },
    {
      name: "training ignored",
      change: ["training ? keep.get(n, d) / (1 - p) : 1", "keep.get(n, d) / (1 - p)"],
      points: 1.33,
      says: "The mask is used after training too: there nothing is dropped, and nothing grows.",
    },
    {
      name: "shrinks after training",
      change: [": 1;", ": 1 - p;"],
      points: 1.33,
      says: "After training the numbers shrink by 1 − p: inverted dropout has scaled them in training already.",
    },
    {
      name: "grows after training",
      change: [": 1;", ": 1 / (1 - p);"],
      points: 1.33,
      says: "After training the numbers still grow by 1/(1 − p): they stay as they are.",
    },
    {
      name: "first mask for all",
      change: ["keep.get(n, d)", "keep.get(0, d)"],
      points: 1,
      says: "Every example gets the first one's mask: each has its own.",
    },
    {
      name: "last number",
      change: ["d < D;", "d < D - 1;"],
      says: "The last number of every example is left out: d goes up to D − 1.",
    },
    {
      name: "written into x",
      change: [
        "y.set(n, d, factor * x.get(n, d));",
        "x.set(n, d, factor * x.get(n, d));\n      y.set(n, d, x.get(n, d));",
      ],
      points: 0.67,
      says: "it writes into its input x",
    },
  ]),
  ...inCell("p7-dropout-dx", [
    {
      name: "growth forgotten",
      change: ["keep.get(n, d) / (1 - p)", "keep.get(n, d)"],
      points: 0.67,
      says: "What stays must grow by 1/(1 − p): here it is left as it is.",
    },
    {
      name: "mask forgotten",
      change: ["keep.get(n, d) / (1 - p)", "1 / (1 - p)"],
      points: 0.67,
      says: "Nothing is dropped: this only grows by 1/(1 − p).",
    },
    {
      name: "copied",
      change: ["training ? keep.get(n, d) / (1 - p) : 1", "1"],
      points: 0.67,
      says: "This is what comes after training: in training the mask counts.",
    },
    {
      name: "growth twice",
      change: ["/ (1 - p)", "/ (1 - p) ** 2"],
      points: 0.67,
      says: "The growth is there twice: once, 1/(1 − p).",
    },
    {
      name: "mask reversed",
      change: ["keep.get(n, d) / (1 - p)", "(1 - keep.get(n, d)) / (1 - p)"],
      points: 0.67,
      says: "The mask is read the wrong way round: 1 stays, 0 is dropped.",
    },
    {
      name: "dy forgotten",
      change: ["slope * dy.get(n, d)", "slope"],
      says: "dy is forgotten: this is the slope alone; multiply it by dy.",
    },
    {
      name: "multiplied by p",
      change: ["/ (1 - p)", "* p"],
      points: 0.67,
      says: "What stays is multiplied by p: divide by 1 − p, the part that stays.",
    },
    {
      name: "training ignored",
      change: ["training ? keep.get(n, d) / (1 - p) : 1", "keep.get(n, d) / (1 - p)"],
      points: 1.33,
      says: "The mask is used after training too: there nothing is dropped, and nothing grows.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      points: 0.33,
      says: "Only the first example is computed.",
    },
  ]),
  ...inCell("p7-forward", [
    {
      name: "not divided",
      change: ["v[o] / Math.max(Math.sqrt(square), floor)", "v[o]"],
      says: "This is v: it is not divided yet.",
    },
    {
      name: "x divided",
      change: ["v[o] / Math.max", "x.get(n, o) / Math.max"],
      says: "The mean is not subtracted from what is divided: y = v/δ.",
    },
    {
      name: "root forgotten",
      change: ["Math.sqrt(square)", "square"],
      says: "The root is forgotten: this divides by the mean square of v.",
    },
    {
      name: "floor under the root",
      change: ["Math.max(Math.sqrt(square), floor)", "Math.sqrt(Math.max(square, floor))"],
      points: 1.6,
      says: "The floor stands under the root: δ is the larger of σ and f, after the root.",
    },
    {
      name: "no floor",
      change: ["Math.max(Math.sqrt(square), floor)", "Math.sqrt(square)"],
      points: 0.8,
      says: "The floor is forgotten: δ is never less than f.",
    },
    {
      name: "floor added",
      change: ["Math.max(Math.sqrt(square), floor)", "(Math.sqrt(square) + floor)"],
      says: "The floor is added to σ: δ is the larger of the two.",
    },
    {
      name: "smaller of the two",
      change: ["Math.max", "Math.min"],
      says: "This divides by the smaller of σ and f: δ is the larger of the two.",
    },
    {
      name: "x squared",
      change: ["v[u] ** 2", "x.get(n, u) ** 2"],
      says: "x is squared under the root: square v, which has its mean taken away.",
    },
    {
      name: "mean of the middle",
      change: ["v[u] ** 2", "(x.get(n, u) - x.get(n, o) + v[o]) ** 2"],
      says: "Under the root stands x − µ with the mean of sample o: each sample there has the mean of its own place, v.",
    },
    {
      name: "not squared",
      change: ["v[u] ** 2", "Math.abs(v[u])"],
      says: "Under the root the numbers are not squared, only made positive.",
    },
    {
      name: "transposed",
      change: ["a.get(o, u)", "a.get(u, o)"],
      says: "The weights are read as a[u, o]: row o has the weights of sample o.",
    },
    {
      name: "transposed in the mean",
      change: ["a.get(o, u) * x.get(n, u)", "a.get(u, o) * x.get(n, u)"],
      says: "The weights of the mean are read as a[u, o]: row o has the weights of sample o.",
    },
    {
      name: "transposed under the root",
      change: ["a.get(o, u) * v[u]", "a.get(u, o) * v[u]"],
      says: "The weights under the root are read as a[u, o]: row o has the weights of sample o.",
    },
    {
      name: "whole signal",
      change: ["a.get(o, u)", "(1 / L)"],
      says: "The weights are forgotten: this takes mean and deviation of the whole signal.",
    },
    {
      name: "mean of the whole signal",
      change: ["a.get(o, u) * x.get(n, u)", "x.get(n, u) / L"],
      says: "The mean of the whole signal is subtracted: every sample has the mean of its surroundings.",
    },
    {
      name: "deviation of the whole signal",
      change: ["a.get(o, u) * v[u] ** 2", "v[u] ** 2 / L"],
      says: "The deviation is that of the whole signal: every sample has that of its surroundings.",
    },
    {
      name: "last sample",
      change: ["u < L", "u < L - 1"],
      says: "The last sample is left out of the sums: u goes up to L − 1.",
    },
    {
      name: "mean added",
      change: ["x.get(n, o) - mean", "x.get(n, o) + mean"],
      says: "The mean is added: v = x − µ.",
    },
    {
      name: "first signal only",
      change: ["n < N", "n < 1"],
      points: 1.6,
      says: "Only the first signal is normalised.",
    },
  ]),
  ...inCell("p7-dx", [
    {
      name: "constants",
      change: ["dv[u] - back", "dy.get(n, u) / divisor[u]"],
      says: "Means and deviations are treated as constants: x acts on y through them too.",
    },
    {
      name: "no way through the deviations",
      change: [" + 2 * v[u] * spread", ""],
      says: "The way through the deviations is missing: every σ depends on the v around it.",
    },
    {
      name: "no way through the means",
      change: ["dv[u] - back", "dv[u]"],
      says: "The way through the means is missing: every µ depends on the x around it.",
    },
    {
      name: "direct part only through the means",
      change: ["* dv[o]", "* (dy.get(n, o) / divisor[o])"],
      says: "Only the direct part of dv goes back through the means: all of dv must.",
    },
    {
      name: "means added",
      change: ["dv[u] - back", "dv[u] + back"],
      says: "The means are added on the way back: they were subtracted, so is what comes through them.",
    },
    {
      name: "transposed through the means",
      change: ["a.get(o, u) * dv[o]", "a.get(u, o) * dv[o]"],
      says: "Through the means, the weights are read in forward's direction: backward, sample u adds up a[o, u] times what sample o sends.",
    },
    {
      name: "transposed through the deviations",
      change: ["a.get(o, u) * dSquare[o]", "a.get(u, o) * dSquare[o]"],
      says: "Through the deviations, the weights are read in forward's direction: backward, sample u adds up a[o, u] times what sample o sends.",
    },
    {
      name: "transposed in both sums",
      change: ["a.get(o, u) * d", "a.get(u, o) * d"],
      says: "Both sums read the weights in forward's direction: backward, sample u adds up a[o, u] times what sample o sends.",
    },
    {
      name: "floor forgotten on the way back",
      change: ["sigma > floor ? dDivisor / (2 * sigma) : 0", "dDivisor / (2 * sigma)"],
      points: 1,
      says: "The floor is forgotten on the way back: where σ is below it, δ is a constant.",
    },
    {
      name: "floor in the wrong direction",
      change: ["sigma > floor ?", "sigma < floor ?"],
      says: "The choice is the wrong way round: δ depends on x where σ is above the floor.",
    },
    {
      name: "sign",
      change: ["(-dy.get(n, o) * v[o])", "(dy.get(n, o) * v[o])"],
      says: "The part through the deviations has the wrong sign: y falls as δ grows.",
    },
    {
      name: "divisor not squared",
      change: ["divisor[o] ** 2", "divisor[o]"],
      says: "The slope of 1/δ is −1/δ²: here δ is not squared.",
    },
    {
      name: "v forgotten before the divisor",
      change: ["-dy.get(n, o) * v[o]", "-dy.get(n, o)"],
      says: "v is forgotten in what reaches δ: the slope of v/δ is −v/δ².",
    },
    {
      name: "root's 2 forgotten",
      change: ["(2 * sigma)", "sigma"],
      says: "The slope of the root is 1/(2σ): here the 2 is forgotten.",
    },
    {
      name: "square's 2 forgotten",
      change: ["2 * v[u] * spread", "v[u] * spread"],
      says: "The square's factor 2 is forgotten: the slope of v² is 2v.",
    },
    {
      name: "root forgotten",
      change: ["dDivisor / (2 * sigma)", "dDivisor"],
      says: "The root is forgotten on the way back: its slope is 1/(2σ).",
    },
    {
      name: "v forgotten behind the square",
      change: ["2 * v[u] * spread", "2 * spread"],
      says: "v is forgotten in the slope of the square, 2v.",
    },
    {
      name: "v of the wrong sample",
      change: [
        "dSquare[o];\n      dv.push(dy.get(n, u) / divisor[u] + 2 * v[u] * spread);",
        "dSquare[o] * v[o];\n      dv.push(dy.get(n, u) / divisor[u] + 2 * spread);",
      ],
      says: "v is taken at the sample whose deviation it is, o: the square that x acts through is that of its own place, v[u].",
    },
    {
      name: "only its own deviation",
      change: ["a.get(o, u) * dSquare[o]", "(o === u ? a.get(o, u) * dSquare[o] : 0)"],
      says: "A sample gets back only what its own deviation sends: it lies in the surroundings of others too.",
    },
    {
      name: "only its own mean",
      change: ["a.get(o, u) * dv[o]", "(o === u ? a.get(o, u) * dv[o] : 0)"],
      says: "A sample gets back only what its own mean sends: it lies in the surroundings of others too.",
    },
    {
      name: "weights forgotten",
      change: ["a.get(o, u) * dSquare[o]", "dSquare[o]"],
      says: "The weights are forgotten on the way through the deviations: sample o's square has weight a[o, u] in u.",
    },
    {
      name: "first signal only",
      change: ["n < N", "n < 1"],
      points: 2,
      says: "Only the first signal gets a gradient.",
    },
  ]),
];
