/** What goes wrong in softmax cross-entropy and hinge. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";

const loss = "Math.log(sum) - (scores.get(n, labels[n]) - top)";
const slope = "dy.get(n) * (p - (k === labels[n] ? 1 : 0))";
const term = "Math.max(0, scores.get(n, j) - right + margin)";
const ofRight = "dscores.set(n, label, dscores.get(n, label) - dy.get(n));";

export const mistakes: readonly Mistake[] = [
  ...inCell("p5-entropy", [
    {
      name: "sign",
      change: [loss, `-(${loss})`],
      says: "The sign is missing: a probability is at most 1, its logarithm at most 0.",
    },
    {
      name: "probability",
      change: [loss, `Math.exp(-(${loss}))`],
      says: "This is the probability of the right class: take minus its logarithm.",
    },
    {
      name: "1 − p",
      change: [loss, `1 - Math.exp(-(${loss}))`],
      says: "This is 1 − p: take −log p.",
    },
    {
      name: "base 2",
      change: [loss, `(${loss}) / Math.LN2`],
      says: "The logarithm is to base 2: take the natural one, Math.log.",
    },
    {
      name: "largest score's loss",
      change: [loss, "Math.log(sum)"],
      says: "This is the loss of the class with the largest score: the label says which class is right.",
    },
    {
      name: "labels from 1",
      change: ["scores.get(n, labels[n])", "scores.get(n, (labels[n] + 1) % K)"],
      says: "This is the loss of the class after the right one: classes are counted from 0.",
    },
    {
      name: "right class not in the sum",
      change: ["k++) sum +=", "k++) if (k !== labels[n]) sum +="],
      says: "The sum leaves out the right class: it runs over all classes.",
    },
    {
      name: "last class",
      change: ["k < K; k++) sum", "k < K - 1; k++) sum"],
      says: "The sum leaves out the last class: j goes up to K − 1.",
    },
    {
      name: "right class missing",
      change: [loss, "Math.log(sum) + top"],
      says: "The score of the right class is missing: this is the logarithm of the sum alone.",
    },
    {
      name: "sum missing",
      change: [loss, "-scores.get(n, labels[n])"],
      says: "The logarithm of the sum is missing: this is minus the score of the right class.",
    },
    {
      name: "largest subtracted in the sum only",
      change: [loss, "Math.log(sum) - scores.get(n, labels[n])"],
      says: "The largest score is subtracted in the sum only: subtract it from the score of the right class too.",
    },
    {
      name: "divided by K",
      change: [loss, `(${loss}) / K`],
      says: "This is divided by the number of classes.",
    },
    {
      name: "divided by N",
      change: [loss, `(${loss}) / N`],
      says: "This is divided by the number of examples: each example has a loss of its own.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      says: "Only the first example is computed.",
    },
    {
      name: "overflow",
      change: [
        "let top = -Infinity;\n    for (let k = 0; k < K; k++) top = Math.max(top, scores.get(n, k));",
        "const top = 0;",
      ],
      points: 2.22,
      says: "e^z becomes ∞ for large scores, and 0 for very negative ones: subtract the row's largest score first.",
    },
    {
      name: "logarithm of p",
      change: [loss, "-Math.log(Math.exp(scores.get(n, labels[n]) - top) / sum)"],
      points: 3.56,
      says: "p becomes 0 for a very improbable class, and its logarithm −∞: compute log p without p.",
    },
    {
      name: "largest of all examples",
      change: [
        "top = Math.max(top, scores.get(n, k))",
        "for (let m = 0; m < N; m++) top = Math.max(top, scores.get(m, k))",
      ],
      points: 3.11,
      says: "The largest score of all examples is subtracted: take each row's own, or a row far below becomes 0.",
    },
    {
      name: "search starts at 0",
      change: ["let top = -Infinity", "let top = 0"],
      points: 3.11,
      says: "The search for the largest score starts at 0, so a row of very negative scores becomes 0",
    },
  ]),
  ...inCell("p5-entropy-dscores", [
    {
      name: "1 not subtracted",
      change: [slope, "dy.get(n) * p"],
      says: "The 1 of the right class is not subtracted: this is the probability.",
    },
    {
      name: "sign",
      change: [slope, `-${slope}`],
      says: "The sign is wrong: a step against the gradient must raise the score of the right class.",
    },
    {
      name: "right class only",
      change: [slope, "k === labels[n] ? dy.get(n) * (p - 1) : 0"],
      says: "Only the right class gets a gradient: every score is in the sum below p.",
    },
    {
      name: "dy forgotten",
      change: ["dy.get(n) * ", ""],
      says: "dℓ is forgotten: by the chain rule every row is multiplied by its number.",
    },
    {
      name: "dy times p only",
      change: [slope, "dy.get(n) * p - (k === labels[n] ? 1 : 0)"],
      says: "dℓ meets the probability only: it multiplies p − 1 as a whole.",
    },
    {
      name: "gradient of p",
      change: [
        slope,
        "dy.get(n) * (Math.exp(scores.get(n, labels[n]) - top) / sum) * ((k === labels[n] ? 1 : 0) - p)",
      ],
      says: "This is the gradient of p, not that of −log p: divide by −p.",
    },
    {
      name: "divided by N",
      change: [slope, `${slope} / N`],
      says: "This is divided by N: how the examples are put together stands in dℓ already.",
    },
    {
      name: "slope of a sigmoid",
      change: [slope, "dy.get(n) * p * (1 - p)"],
      says: "This is p·(1 − p), the slope of a sigmoid: derive the logarithm of p.",
    },
    {
      name: "last class",
      change: ["k++) {", "k++) {\n      if (k === K - 1) continue;"],
      says: "The last class gets no gradient: k goes up to K − 1.",
    },
    {
      name: "first number of dy",
      change: ["dy.get(n)", "dy.get(0)"],
      says: "Every example is multiplied by the first number of dℓ: each has its own.",
    },
    {
      name: "overflow",
      change: [
        "let top = -Infinity;\n    for (let k = 0; k < K; k++) top = Math.max(top, scores.get(n, k));",
        "const top = 0;",
      ],
      points: 3.13,
      says: "e^z becomes ∞ for large scores, and ∞/∞ is NaN: subtract the row's largest score first.",
    },
    {
      name: "search starts at 0",
      change: ["let top = -Infinity", "let top = 0"],
      points: 3.75,
      says: "The search for the largest score starts at 0, so a row of very negative scores becomes 0",
    },
  ]),
  ...inCell("p5-hinge", [
    {
      name: "right class counted",
      change: ["if (j === labels[n]) continue;", ""],
      says: "The right class is counted too, and adds Δ: j ≠ y.",
    },
    {
      name: "margin forgotten",
      change: [" + margin", ""],
      says: "The margin Δ is forgotten.",
    },
    {
      name: "margin subtracted",
      change: [" + margin", " - margin"],
      says: "The margin Δ is subtracted: add it.",
    },
    {
      name: "margin of 1",
      change: ["right + margin", "right + 1"],
      says: "The margin is taken to be 1: use the one that is given.",
    },
    {
      name: "difference reversed",
      change: [term, "Math.max(0, right - scores.get(n, j) + margin)"],
      says: "The difference has the wrong sign: a class is wrong when it scores more than the right one.",
    },
    {
      name: "maximum forgotten",
      change: [term, "scores.get(n, j) - right + margin"],
      says: "The maximum with 0 is forgotten: a margin that is cleared gives nothing back.",
    },
    {
      name: "largest violation",
      change: [`sum += ${term}`, `sum = Math.max(sum, ${term})`],
      says: "Only the largest violation counts here: add those of all classes.",
    },
    {
      name: "squared",
      change: [term, `${term} ** 2`],
      says: "The violations are squared.",
    },
    {
      name: "counted",
      change: [term, `${term} > 0 ? 1 : 0`],
      says: "The violations are counted: add how large they are.",
    },
    {
      name: "last class",
      change: ["j < K", "j < K - 1"],
      says: "The last class is left out: j goes up to K − 1.",
    },
  ]),
  ...inCell("p5-hinge-dscores", [
    {
      name: "right class once",
      change: [ofRight, "dscores.set(n, label, -dy.get(n));"],
      says: "The right class gets −dh once: it gets it for every class that violates the margin.",
    },
    {
      name: "right class never",
      change: [ofRight, ""],
      says: "The right class gets no gradient: its score is in every term.",
    },
    {
      name: "right class the wrong way",
      change: [ofRight, ofRight.replace(" - ", " + ")],
      says: "The right class is pushed the wrong way: its score is subtracted.",
    },
    {
      name: "cleared margins too",
      change: ["if (violation <= 0) continue;", ""],
      says: "Classes that clear the margin get a gradient too: there the maximum is 0, and flat.",
    },
    {
      name: "slope 1 at the kink",
      change: ["violation <= 0", "violation < 0"],
      points: 3.2,
      says: "Where the margin is cleared exactly, the slope counts as 0: m > 0, not m ≥ 0.",
    },
    {
      name: "times the violation",
      change: ["dy.get(n)", "dy.get(n) * violation"],
      says: "The violation multiplies the gradient: the slope of a straight line is 1.",
    },
    {
      name: "squared hinge",
      change: ["dy.get(n)", "2 * dy.get(n) * violation"],
      says: "This is the gradient of the squared hinge.",
    },
    {
      name: "margin forgotten",
      change: [" + margin", ""],
      says: "The margin Δ is forgotten.",
    },
    {
      name: "dy forgotten",
      change: ["dy.get(n)", "1"],
      says: "dh is forgotten: by the chain rule every row is multiplied by its number.",
    },
    {
      name: "divided by N",
      change: ["dy.get(n)", "dy.get(n) / N"],
      says: "This is divided by N: how the examples are put together stands in dh already.",
    },
    {
      name: "last class",
      change: ["j < K", "j < K - 1"],
      says: "The last class gets no gradient and gives none: j goes up to K − 1.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      says: "Only the first example gets a gradient.",
    },
  ]),
];
