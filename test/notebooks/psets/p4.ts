/** What goes wrong in batch normalisation. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";
const output = "(gamma.get(c) * (x.get(n, c) - mean)) / scale + beta.get(c)";
const whole = "dy.get(n, c) - dbeta / N - (normalised * dgamma) / N";

export const mistakes: readonly Mistake[] = [
  ...inCell("p4-forward", [
    {
      name: "variance by N − 1",
      change: ["** 2 / N", "** 2 / (N - 1)"],
      says: "The variance is divided by N − 1: here it is divided by N, at test time too.",
    },
    {
      name: "divided by the variance",
      change: ["Math.sqrt(variance + epsilon)", "variance + epsilon"],
      says: "This divides by the variance: divide by its square root, the deviation.",
    },
    {
      name: "ε beside the deviation",
      change: ["Math.sqrt(variance + epsilon)", "Math.sqrt(variance) + epsilon"],
      says: "ε is added to the deviation: it belongs under the root, beside the variance.",
    },
    {
      name: "ε forgotten",
      change: ["Math.sqrt(variance + epsilon)", "Math.sqrt(variance)"],
      says: "ε is forgotten: it belongs under the root, beside the variance.",
    },
    {
      name: "mean not subtracted",
      change: [output, "(gamma.get(c) * x.get(n, c)) / scale + beta.get(c)"],
      says: "The mean is not subtracted.",
    },
    {
      name: "γ and β exchanged",
      change: [output, "(beta.get(c) * (x.get(n, c) - mean)) / scale + gamma.get(c)"],
      says: "γ and β change places: γ scales, β shifts.",
    },
    {
      name: "mean square instead of variance",
      change: ["(x.get(n, c) - mean) ** 2 / N", "x.get(n, c) ** 2 / N"],
      says: "This divides by the root of the mean square: subtract the mean before you square.",
    },
    {
      name: "γ and β forgotten",
      change: [output, "(x.get(n, c) - mean) / scale"],
      says: "γ and β are forgotten: this is x̂.",
    },
  ]),
  ...inCell("p4-dx", [
    {
      name: "statistics as constants",
      change: [whole, "dy.get(n, c)"],
      says: "Mean and deviation are treated as constants: x acts on y through them too.",
    },
    {
      name: "way through the deviation missing",
      change: [whole, "dy.get(n, c) - dbeta / N"],
      says: "The way through the deviation is missing: σ depends on x.",
    },
    {
      name: "way through the mean missing",
      change: [whole, "dy.get(n, c) - (normalised * dgamma) / N"],
      says: "The way through the mean is missing: µ depends on x.",
    },
    {
      name: "γ forgotten",
      change: ["gamma.get(c) * r * inner", "r * inner"],
      says: "γ is forgotten: y = γ x̂ + β.",
    },
    {
      name: "r forgotten",
      change: ["gamma.get(c) * r * inner", "gamma.get(c) * inner"],
      says: "The factor 1/√(σ² + ε) is forgotten.",
    },
    {
      name: "sums not divided",
      change: [whole, "dy.get(n, c) - dbeta - normalised * dgamma"],
      says: "The sums are not divided by N.",
    },
    {
      name: "sign of the deviation's part",
      change: [whole, "dy.get(n, c) - dbeta / N + (normalised * dgamma) / N"],
      says: "The part through the deviation has the wrong sign.",
    },
    {
      name: "variance by N − 1",
      change: ["** 2 / N", "** 2 / (N - 1)"],
      says: "The variance is divided by N − 1: here it is divided by N.",
    },
  ]),
  ...inCell("p4-dgamma", [
    {
      name: "x instead of x̂",
      change: ["dy.get(n, c) * (x.get(n, c) - mean) * r", "dy.get(n, c) * x.get(n, c)"],
      says: "dy meets x: it must meet x̂, which γ multiplies.",
    },
    {
      name: "r forgotten",
      change: ["(x.get(n, c) - mean) * r", "(x.get(n, c) - mean)"],
      says: "dy meets x − µ: it must meet x̂, which γ multiplies.",
    },
    {
      name: "mean over the batch",
      change: ["(x.get(n, c) - mean) * r", "(x.get(n, c) - mean) * r / N"],
      says: "This is the mean over the batch: add.",
    },
  ]),
  ...inCell("p4-dbeta", [
    {
      name: "mean over the batch",
      change: ["dy.get(n, c)", "dy.get(n, c) / N"],
      says: "This is the mean over the batch: β is added in every example, so add.",
    },
  ]),
  ...inCell(
    "p4-inference",
    [
      {
        name: "test batch's own statistics",
        change: [
          "const deviation = ",
          'let own = 0;\n      for (let k = 0; k < N; k++) own += x.get(k, c) / N;\n      let spread = 0;\n      for (let k = 0; k < N; k++) spread += (x.get(k, c) - own) ** 2 / N;\n      [mean, variance] = [tensor([own, own, own], [3], "float64"), tensor([spread, spread, spread], [3], "float64")];\n      const deviation = ',
        ],
        points: 2,
        says: "The test batch is normalised by its own statistics: use the ones that are given.",
      },
    ],
    "p4-test-test",
  ),
  ...inCell(
    "p4-statistics",
    [
      {
        name: "mean of the batches' variances",
        change: [
          "batch.get(n, c) - mean.get(c)",
          "batch.get(n, c) - Array.from({ length: batch.shape[0] }, (_, k) => batch.get(k, c)).reduce((sum, one) => sum + one / batch.shape[0], 0)",
        ],
        points: 2,
        says: "This is the mean of the batches' variances: how far the batches' means lie apart is missing.",
      },
      {
        name: "variance by N − 1",
        change: ["** 2 / count", "** 2 / (count - 1)"],
        points: 2,
        says: "The variance is divided by N − 1: here it is divided by N.",
      },
      {
        name: "small batches as heavy as large ones",
        change: ["batch.get(n, c) / count", "batch.get(n, c) / batch.shape[0] / batches.length"],
        points: 2,
        says: "Small batches count as much as large ones: weigh them by their size.",
      },
    ],
    "p4-test-test",
  ),
  ...inCell("p4-dx", [
    {
      name: "ε forgotten",
      change: ["variance + epsilon", "variance"],
      says: "ε is forgotten: it belongs under the root, beside the variance.",
    },
  ]),
  ...inCell("p4-dgamma", [
    {
      name: "not centred",
      change: ["dy.get(n, c) * (x.get(n, c) - mean) * r", "dy.get(n, c) * x.get(n, c) * r"],
      says: "The mean is not subtracted: dy must meet x̂, which γ multiplies.",
    },
    {
      name: "ε forgotten",
      change: ["variance + epsilon", "variance"],
      says: "ε is forgotten: it belongs under the root, beside the variance.",
    },
  ]),
  ...inCell(
    "p4-inference",
    [
      {
        name: "ε forgotten",
        change: ["variance.get(c) + epsilon", "variance.get(c)"],
        points: 2,
        says: "ε is forgotten: it belongs under the root, beside the variance.",
      },
    ],
    "p4-test-test",
  ),
  ...inCell("p4-dx", [
    {
      name: "dbeta =",
      change: ["dbeta += ", "dbeta = "],
      says: "Only the last example counts in Σ dy: add it to what is already there.",
    },
    {
      name: "dgamma =",
      change: ["dgamma += ", "dgamma = "],
      says: "Only the last example counts in Σ dy·x̂: add it to what is already there.",
    },
    {
      name: "last example gets none",
      change: ["dx.set(n, c, gamma", "if (n < N - 1) dx.set(n, c, gamma"],
      says: "The last example gets no gradient: n goes up to N − 1.",
    },
    {
      name: "dgamma not centred",
      change: ["(x.get(n, c) - mean) * r;\n    }", "x.get(n, c) * r;\n    }"],
      says: "dγ is not centred: in its sum dy must meet x̂.",
    },
    {
      name: "ε outside root",
      change: ["1 / Math.sqrt(variance + epsilon)", "1 / (Math.sqrt(variance) + epsilon)"],
      says: "ε is added to the deviation: it belongs under the root, beside the variance.",
    },
  ]),
  ...inCell("p4-dgamma", [
    {
      name: "overwritten, not added",
      change: ["dgamma.get(c) + ", ""],
      says: "Only the last example counts: add it to what is already there.",
    },
    {
      name: "ε outside root",
      change: ["1 / Math.sqrt(variance + epsilon)", "1 / (Math.sqrt(variance) + epsilon)"],
      says: "ε is added to the deviation: it belongs under the root, beside the variance.",
    },
    {
      name: "last example",
      change: ["dgamma.set(c, d", "if (n < N - 1) dgamma.set(c, d"],
      says: "The last example is left out: n goes up to N − 1.",
    },
  ]),
  ...inCell("p4-dbeta", [
    {
      name: "overwritten, not added",
      change: ["dbeta.get(c) + ", ""],
      says: "Only the last example counts.",
    },
    {
      name: "last example",
      change: ["n < N", "n < N - 1"],
      says: "The last example is left out: n goes up to N − 1.",
    },
  ]),
  ...inCell(
    "p4-inference",
    [
      {
        name: "ε outside root",
        change: ["Math.sqrt(variance.get(c) + epsilon)", "(Math.sqrt(variance.get(c)) + epsilon)"],
        points: 2,
        says: "ε is added to the deviation: it belongs under the root, beside the variance.",
      },
      {
        name: "mean not subtracted",
        change: ["(x.get(n, c) - mean.get(c))", "x.get(n, c)"],
        points: 2,
        says: "The mean is not subtracted.",
      },
    ],
    "p4-test-test",
  ),
  ...inCell("p4-forward", [
    {
      name: "beta inside gamma",
      change: [
        "(gamma.get(c) * (x.get(n, c) - mean)) / scale + beta.get(c)",
        "gamma.get(c) * ((x.get(n, c) - mean) / scale + beta.get(c))",
      ],
      says: "β is added before the scaling: y = γ x̂ + β.",
    },
    {
      name: "gamma forgotten",
      change: ["(gamma.get(c) * (x.get(n, c) - mean))", "(x.get(n, c) - mean)"],
      says: "✗ the tiny example: The scale γ is forgotten: y = γ x̂ + β.",
    },
    {
      name: "variance not divided",
      change: ["** 2 / N", "** 2"],
      says: "The sum of the squares is not divided by N: the variance is their mean.",
    },
    {
      name: "multiplied by deviation",
      change: ["/ scale", "* scale"],
      says: "This multiplies by the deviation: divide by it.",
    },
    {
      name: "first gamma for all",
      change: ["gamma.get(c)", "gamma.get(0)"],
      points: 0.71,
      says: "All features get the first scale: c is forgotten in γ.",
    },
    {
      name: "first beta for all",
      change: ["beta.get(c)", "beta.get(0)"],
      points: 0.71,
      says: "All features get the first shift: c is forgotten in β.",
    },
  ]),
];
