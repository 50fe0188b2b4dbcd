/** What goes wrong in a transposed convolution, its gradients and its dot-product test. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";

const STRIDE = "The stride is forgotten: tap k of sample i belongs to place i·s + k − p.";
const CUT = "The cut is forgotten: tap k of sample i belongs to place i·s + k − p.";
const TAPS = "The stride moves the taps: it moves the samples, i·s + k − p.";
const BACKWARDS = "The filter is read backwards: tap 0 belongs to the first place that a sample writes.";
const SIGNS =
  "The signs of the dot products are lost, or they are added: subtract one from the other, then take the size.";
const ADDED = "p is added: p places are cut off in front, so subtract it.";

export const mistakes: readonly Mistake[] = [
  ...inCell("p8-forward", [
    {
      name: "stride forgotten",
      change: ["i * stride + k", "i + k"],
      points: 1,
      says: STRIDE,
    },
    {
      name: "cut forgotten",
      change: ["+ k - pad;", "+ k;"],
      points: 2,
      says: CUT,
    },
    {
      name: "p added",
      change: ["+ k - pad;", "+ k + pad;"],
      points: 2,
      says: ADDED,
    },
    {
      name: "stride at the taps",
      change: ["i * stride + k", "i + k * stride"],
      points: 0.5,
      says: TAPS,
    },
    {
      name: "filter backwards",
      change: ["w.get(c, f, k)", "w.get(c, f, M - 1 - k)"],
      says: BACKWARDS,
    },
    {
      name: "overwritten",
      change: ["y.get(n, f, h) + w", "w"],
      says: "Filters overwrite each other where they meet: add to what is already there.",
    },
    {
      name: "bias forgotten",
      change: ["y.set(n, f, h, b.get(f))", "y.set(n, f, h, 0)"],
      says: "The bias is forgotten.",
    },
    {
      name: "bias for every channel",
      change: ["y.set(n, f, h, b.get(f))", "y.set(n, f, h, C * b.get(f))"],
      points: 1.5,
      says: "The bias is added once for every channel: once for each number of y.",
    },
    {
      name: "bias with every product",
      change: ["y.get(n, f, h) + w", "y.get(n, f, h) + b.get(f) + w"],
      says: "The bias is added again with every product: once for each number of y.",
    },
    {
      name: "gaps without bias",
      change: [
        "for (let h = 0; h < H; h++) y.set(n, f, h, b.get(f));",
        "for (let h = 0; h < H; h++)\n        y.set(n, f, h, (h + pad) % stride < M ? b.get(f) : 0);",
      ],
      points: 3.5,
      says: "Places that no sample reaches stay 0: they have the bias.",
    },
    {
      name: "first bias for all",
      change: ["b.get(f)", "b.get(0)"],
      points: 1,
      says: "All outputs get the first bias.",
    },
    {
      name: "last channel only",
      change: ["let c = 0;", "let c = C - 1;"],
      points: 1.5,
      says: "Only the last channel counts: the channels add up.",
    },
    {
      name: "last tap",
      change: ["k < M;", "k < M - 1;"],
      says: "The last tap is left out: k goes up to M − 1.",
    },
    {
      name: "last sample",
      change: ["i < L;", "i < L - 1;"],
      says: "The last sample is left out: i goes up to L − 1.",
    },
    {
      name: "first place",
      change: ["h < 0 ||", "h <= 0 ||"],
      says: "The first place is left out: h begins at 0.",
    },
    {
      name: "last place",
      change: ["h >= H)", "h >= H - 1)"],
      says: "The last place is left out: h goes up to H − 1.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      points: 1.5,
      says: "Only the first example is computed.",
    },
    {
      name: "w's axes exchanged",
      change: ["w.get(c, f, k)", "w.get(f, c, k)"],
      points: 1,
      says: "The filters are read as w[f, c, k]: their first axis is the input's channel.",
    },
  ]),
  ...inCell("p8-dx", [
    {
      name: "stride forgotten",
      change: ["i * stride + k", "i + k"],
      points: 1,
      says: STRIDE,
    },
    {
      name: "cut forgotten",
      change: ["+ k - pad;", "+ k;"],
      points: 1.5,
      says: CUT,
    },
    {
      name: "stride at the taps",
      change: ["i * stride + k", "i + k * stride"],
      points: 0.5,
      says: TAPS,
    },
    {
      name: "filter backwards",
      change: ["w.get(c, f, k)", "w.get(c, f, M - 1 - k)"],
      says: BACKWARDS,
    },
    {
      name: "overwritten",
      change: ["dx.get(n, c, i) + part", "part"],
      says: "Only the last product counts: add to what is already there.",
    },
    {
      name: "last filter only",
      change: ["let f = 0;", "let f = F - 1;"],
      points: 0.5,
      says: "Only the last filter counts: a sample reaches the loss through all of them, add.",
    },
    {
      name: "last tap",
      change: ["k < M;", "k < M - 1;"],
      says: "The last tap is left out: k goes up to M − 1.",
    },
    {
      name: "last sample",
      change: ["i < L;", "i < L - 1;"],
      says: "The last sample gets no gradient: i goes up to L − 1.",
    },
    {
      name: "cut samples get nothing",
      change: [
        "if (h < 0 || h >= H) continue;",
        "if (i * stride - pad < 0 || i * stride - pad + M > H) continue;",
      ],
      points: 1.5,
      says: "Samples whose filter is partly cut off get nothing: the taps inside still count.",
    },
    {
      name: "dy forgotten",
      change: [" * dy.get(n, f, h)", ""],
      says: "dy is forgotten: these are sums of taps.",
    },
    {
      name: "w forgotten",
      change: ["w.get(c, f, k) * ", ""],
      says: "w is forgotten: these are sums of dy.",
    },
    {
      name: "sign",
      change: ["dx.get(n, c, i) + part", "dx.get(n, c, i) - part"],
      says: "The sign is wrong.",
    },
    {
      name: "mean over the taps",
      change: ["* dy.get(n, f, h)", "* dy.get(n, f, h) / M"],
      says: "This is the mean over the taps: add.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      points: 0.5,
      says: "Only the first example gets a gradient.",
    },
  ]),
  ...inCell("p8-dw", [
    {
      name: "stride forgotten",
      change: ["i * stride + k", "i + k"],
      points: 1.33,
      says: STRIDE,
    },
    {
      name: "cut forgotten",
      change: ["+ k - pad;", "+ k;"],
      points: 2,
      says: CUT,
    },
    {
      name: "filter backwards",
      change: [
        "dw.set(c, f, k, dw.get(c, f, k) + part)",
        "dw.set(c, f, M - 1 - k, dw.get(c, f, M - 1 - k) + part)",
      ],
      says: BACKWARDS,
    },
    {
      name: "overwritten",
      change: ["dw.get(c, f, k) + part", "part"],
      says: "Only the last product counts: add to what is already there.",
    },
    {
      name: "last example only",
      change: ["let n = 0;", "let n = N - 1;"],
      points: 0.67,
      says: "Only the last example counts: a filter is used by every example, add.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      points: 0.67,
      says: "Only the first example counts: a filter is used by every example, add.",
    },
    {
      name: "mean over the batch",
      change: ["* dy.get(n, f, h)", "* dy.get(n, f, h) / N"],
      points: 0.67,
      says: "This is the mean over the batch: how the examples are put together stands in dy already.",
    },
    {
      name: "mean over the samples",
      change: ["* dy.get(n, f, h)", "* dy.get(n, f, h) / L"],
      points: 0.67,
      says: "This is the mean over the samples: add.",
    },
    {
      name: "x forgotten",
      change: ["x.get(n, c, i) * ", ""],
      says: "x is forgotten: these are sums of dy.",
    },
    {
      name: "dy forgotten",
      change: [" * dy.get(n, f, h)", ""],
      says: "dy is forgotten: these are sums of samples.",
    },
    {
      name: "sign",
      change: ["+ part", "- part"],
      says: "The sign is wrong: the update subtracts, the gradient does not.",
    },
    {
      name: "last sample",
      change: ["i < L;", "i < L - 1;"],
      says: "The last sample is left out: i goes up to L − 1.",
    },
  ]),
  ...inCell("p8-db", [
    {
      name: "overwritten",
      change: ["db.get(f) + ", ""],
      says: "Only the last number counts: add to what is already there.",
    },
    {
      name: "mean over the places",
      change: ["+ dy.get(n, f, h)", "+ dy.get(n, f, h) / H"],
      says: "This is the mean over the places: the bias is added to every one of them, so add.",
    },
    {
      name: "last example only",
      change: ["let n = 0;", "let n = N - 1;"],
      points: 0.33,
      says: "Only the last example counts: add.",
    },
    {
      name: "last place",
      change: ["h < H;", "h < H - 1;"],
      says: "The last place is left out: h goes up to H − 1.",
    },
    {
      name: "sign",
      change: [" + dy", " - dy"],
      says: "The sign is wrong.",
    },
  ]),
  ...inCell("p8-gap", [
    {
      name: "signed",
      change: ["Math.abs(product(y, z) - product(x, back))", "product(y, z) - product(x, back)"],
      points: 1.2,
      says: "The gap has a sign: its size is asked for, the absolute value.",
    },
    {
      name: "not relative",
      change: ["apart / largest", "apart"],
      points: 0.4,
      says: "The gap is not relative: divide by the larger product of lengths.",
    },
    {
      name: "lengths of y and z",
      change: ["Math.max(length(y) * length(z), length(x) * length(back))", "length(y) * length(z)"],
      points: 1.2,
      says: "The gap is divided by the smaller product of lengths: divide by the larger.",
    },
    {
      name: "lengths of x and back",
      change: ["Math.max(length(y) * length(z), length(x) * length(back))", "length(x) * length(back)"],
      points: 1.2,
      says: "The gap is divided by the smaller product of lengths: divide by the larger.",
    },
    {
      name: "smaller product",
      change: ["Math.max", "Math.min"],
      points: 0.4,
      says: "The gap is divided by the smaller product of lengths: divide by the larger.",
    },
    {
      name: "sum of the lengths' products",
      change: [
        "Math.max(length(y) * length(z), length(x) * length(back))",
        "length(y) * length(z) + length(x) * length(back)",
      ],
      points: 0.4,
      says: "The gap is divided by the sum of the products of lengths: divide by the larger.",
    },
    {
      name: "roots forgotten",
      change: ["Math.sqrt(product(one, one))", "product(one, one)"],
      points: 0.4,
      says: "The roots of the lengths are forgotten.",
    },
    {
      name: "divided by the dot product",
      change: ["apart / largest", "apart / Math.abs(product(y, z))"],
      points: 0.4,
      says: "The gap is divided by the dot product: that may be 0 where the lengths are not.",
    },
    {
      name: "products added",
      change: ["product(y, z) - product(x, back)", "product(y, z) + product(x, back)"],
      says: SIGNS,
    },
    {
      name: "absolute values too early",
      change: [
        "Math.abs(product(y, z) - product(x, back))",
        "Math.abs(Math.abs(product(y, z)) - Math.abs(product(x, back)))",
      ],
      points: 1.2,
      says: SIGNS,
    },
  ]),
];
