/** What goes wrong in batch normalisation. */
import type { Mistake } from "./mistakes.js";

const forward = { part: "p4-forward-test" };
const dx = { part: "p4-dx-test" };
const dgamma = { part: "p4-dgamma-test" };
const dbeta = { part: "p4-dbeta-test" };
const test = { part: "p4-test-test" };
const output = "(gamma.get(c) * (x.get(n, c) - mean)) / scale + beta.get(c)";
const whole = "dy.get(n, c) - dbeta / N - (normalised * dgamma) / N";

export const mistakes: readonly Mistake[] = [
  {
    ...forward,
    name: "variance by N − 1",
    change: ["p4-forward", "** 2 / N", "** 2 / (N - 1)"],
    points: 0,
    says: "The variance is divided by N − 1: here it is divided by N, at test time too.",
  },
  {
    ...forward,
    name: "divided by the variance",
    change: ["p4-forward", "Math.sqrt(variance + epsilon)", "variance + epsilon"],
    points: 0,
    says: "This divides by the variance: divide by its square root, the deviation.",
  },
  {
    ...forward,
    name: "ε beside the deviation",
    change: ["p4-forward", "Math.sqrt(variance + epsilon)", "Math.sqrt(variance) + epsilon"],
    points: 0,
    says: "ε is added to the deviation: it belongs under the root, beside the variance.",
  },
  {
    ...forward,
    name: "ε forgotten",
    change: ["p4-forward", "Math.sqrt(variance + epsilon)", "Math.sqrt(variance)"],
    points: 0,
    says: "ε is forgotten: it belongs under the root, beside the variance.",
  },
  {
    ...forward,
    name: "mean not subtracted",
    change: ["p4-forward", output, "(gamma.get(c) * x.get(n, c)) / scale + beta.get(c)"],
    points: 0,
    says: "The mean is not subtracted.",
  },
  {
    ...forward,
    name: "γ and β exchanged",
    change: ["p4-forward", output, "(beta.get(c) * (x.get(n, c) - mean)) / scale + gamma.get(c)"],
    points: 0,
    says: "γ and β change places: γ scales, β shifts.",
  },
  {
    ...forward,
    name: "mean square instead of variance",
    change: ["p4-forward", "(x.get(n, c) - mean) ** 2 / N", "x.get(n, c) ** 2 / N"],
    points: 0,
    says: "This divides by the root of the mean square: subtract the mean before you square.",
  },
  {
    ...forward,
    name: "γ and β forgotten",
    change: ["p4-forward", output, "(x.get(n, c) - mean) / scale"],
    points: 0,
    says: "γ and β are forgotten: this is x̂.",
  },
  {
    ...dx,
    name: "statistics as constants",
    change: ["p4-dx", whole, "dy.get(n, c)"],
    points: 0,
    says: "Mean and deviation are treated as constants: x acts on y through them too.",
  },
  {
    ...dx,
    name: "way through the deviation missing",
    change: ["p4-dx", whole, "dy.get(n, c) - dbeta / N"],
    points: 0,
    says: "The way through the deviation is missing: σ depends on x.",
  },
  {
    ...dx,
    name: "way through the mean missing",
    change: ["p4-dx", whole, "dy.get(n, c) - (normalised * dgamma) / N"],
    points: 0,
    says: "The way through the mean is missing: µ depends on x.",
  },
  {
    ...dx,
    name: "γ forgotten",
    change: ["p4-dx", "gamma.get(c) * r * inner", "r * inner"],
    points: 0,
    says: "γ is forgotten: y = γ x̂ + β.",
  },
  {
    ...dx,
    name: "r forgotten",
    change: ["p4-dx", "gamma.get(c) * r * inner", "gamma.get(c) * inner"],
    points: 0,
    says: "The factor 1/√(σ² + ε) is forgotten.",
  },
  {
    ...dx,
    name: "sums not divided",
    change: ["p4-dx", whole, "dy.get(n, c) - dbeta - normalised * dgamma"],
    points: 0,
    says: "The sums are not divided by N.",
  },
  {
    ...dx,
    name: "sign of the deviation's part",
    change: ["p4-dx", whole, "dy.get(n, c) - dbeta / N + (normalised * dgamma) / N"],
    points: 0,
    says: "The part through the deviation has the wrong sign.",
  },
  {
    ...dx,
    name: "variance by N − 1",
    change: ["p4-dx", "** 2 / N", "** 2 / (N - 1)"],
    points: 0,
    says: "The variance is divided by N − 1: here it is divided by N.",
  },
  {
    ...dgamma,
    name: "x instead of x̂",
    change: ["p4-dgamma", "dy.get(n, c) * (x.get(n, c) - mean) * r", "dy.get(n, c) * x.get(n, c)"],
    points: 0,
    says: "dy meets x: it must meet x̂, which γ multiplies.",
  },
  {
    ...dgamma,
    name: "r forgotten",
    change: ["p4-dgamma", "(x.get(n, c) - mean) * r", "(x.get(n, c) - mean)"],
    points: 0,
    says: "dy meets x − µ: it must meet x̂, which γ multiplies.",
  },
  {
    ...dgamma,
    name: "mean over the batch",
    change: ["p4-dgamma", "(x.get(n, c) - mean) * r", "(x.get(n, c) - mean) * r / N"],
    points: 0,
    says: "This is the mean over the batch: add.",
  },
  {
    ...dbeta,
    name: "mean over the batch",
    change: ["p4-dbeta", "dy.get(n, c)", "dy.get(n, c) / N"],
    points: 0,
    says: "This is the mean over the batch: β is added in every example, so add.",
  },
  {
    ...test,
    name: "test batch's own statistics",
    change: [
      "p4-inference",
      "const deviation = ",
      'let own = 0;\n      for (let k = 0; k < N; k++) own += x.get(k, c) / N;\n      let spread = 0;\n      for (let k = 0; k < N; k++) spread += (x.get(k, c) - own) ** 2 / N;\n      [mean, variance] = [tensor([own, own, own], [3], "float64"), tensor([spread, spread, spread], [3], "float64")];\n      const deviation = ',
    ],
    points: 2,
    says: "The test batch is normalised by its own statistics: use the ones that are given.",
  },
  {
    ...test,
    name: "mean of the batches' variances",
    change: [
      "p4-statistics",
      "batch.get(n, c) - mean.get(c)",
      "batch.get(n, c) - Array.from({ length: batch.shape[0] }, (_, k) => batch.get(k, c)).reduce((sum, one) => sum + one / batch.shape[0], 0)",
    ],
    points: 2,
    says: "This is the mean of the batches' variances: how far the batches' means lie apart is missing.",
  },
  {
    ...test,
    name: "variance by N − 1",
    change: ["p4-statistics", "** 2 / count", "** 2 / (count - 1)"],
    points: 2,
    says: "The variance is divided by N − 1: here it is divided by N.",
  },
  {
    ...test,
    name: "small batches as heavy as large ones",
    change: ["p4-statistics", "batch.get(n, c) / count", "batch.get(n, c) / batch.shape[0] / batches.length"],
    points: 2,
    says: "Small batches count as much as large ones: weigh them by their size.",
  },
  {
    ...dx,
    name: "ε forgotten",
    change: ["p4-dx", "variance + epsilon", "variance"],
    points: 0,
    says: "ε is forgotten: it belongs under the root, beside the variance.",
  },
  {
    ...dgamma,
    name: "not centred",
    change: ["p4-dgamma", "dy.get(n, c) * (x.get(n, c) - mean) * r", "dy.get(n, c) * x.get(n, c) * r"],
    points: 0,
    says: "The mean is not subtracted: dy must meet x̂, which γ multiplies.",
  },
  {
    ...dgamma,
    name: "ε forgotten",
    change: ["p4-dgamma", "variance + epsilon", "variance"],
    points: 0,
    says: "ε is forgotten: it belongs under the root, beside the variance.",
  },
  {
    ...test,
    name: "ε forgotten",
    change: ["p4-inference", "variance.get(c) + epsilon", "variance.get(c)"],
    points: 2,
    says: "ε is forgotten: it belongs under the root, beside the variance.",
  },
];
