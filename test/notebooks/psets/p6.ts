/** What goes wrong in a graph of gates and in the linear layer. */
import { inCell } from "./in-cell.js";
import type { Mistake } from "./in-cell.js";

export const mistakes: readonly Mistake[] = [
  ...inCell("p6-values", [
    {
      name: "smaller number",
      change: ["Math.max(a, b)", "Math.min(a, b)"],
      points: 1,
      says: "The max gate gives the smaller number, or always its first: it gives the larger.",
    },
    {
      name: "first of max",
      change: ["Math.max(a, b)", "a"],
      points: 1.5,
      says: "The max gate gives the smaller number, or always its first: it gives the larger.",
    },
    {
      name: "max not below 0",
      change: ["Math.max(a, b)", "Math.max(0, a, b)"],
      points: 2.5,
      says: "The max gate never gives less than 0: its numbers may be negative.",
    },
    {
      name: "product adds",
      change: ["a * b", "a + b"],
      points: 0.5,
      says: "The multiply gate adds.",
    },
    {
      name: "sum multiplies",
      change: ["values.set(i, a + b)", "values.set(i, a * b)"],
      points: 0.5,
      says: "The add gate multiplies.",
    },
    {
      name: "sum subtracts",
      change: ["values.set(i, a + b)", "values.set(i, a - b)"],
      points: 0.5,
      says: "The add gate subtracts.",
    },
    {
      name: "reciprocal as minus",
      change: ["1 / a", "-a"],
      points: 2.5,
      says: "The reciprocal gate changes the sign: 1/a.",
    },
    {
      name: "power of 2",
      change: ["Math.exp(a)", "2 ** a"],
      points: 2.5,
      says: "The exp gate takes a power of 2: it is e^a, Math.exp.",
    },
    {
      name: "last gate",
      change: ["i < gates.length;", "i < gates.length - 1;"],
      says: "The last gate is left at 0: i goes up to the number of gates.",
    },
    {
      name: "two gates before",
      change: ["from.map((one) => values.get(one))", "[values.get(i - 2), values.get(i - 1)]"],
      says: "Every gate reads the two gates before it: it reads those whose numbers stand in its `from`.",
    },
    {
      name: "input by place",
      change: ["inputs.get(next++)", "inputs.get(i)"],
      points: 2.5,
      says: "An input's number is taken from the place of its gate: the inputs are given one after the other, whatever stands between.",
    },
  ]),
  ...inCell("p6-gate", [
    {
      name: "sum exchanges",
      change: ["da.set(i, g);\n      db.set(i, g);", "da.set(i, g * q);\n      db.set(i, g * p);"],
      points: 3.2,
      says: "An add gate hands down what it gets, to each of its numbers: its slopes are 1, not the numbers.",
    },
    {
      name: "sum divides",
      change: ["da.set(i, g);\n      db.set(i, g);", "da.set(i, g / 2);\n      db.set(i, g / 2);"],
      points: 3.2,
      says: "The message is divided among the numbers of the sum: each gets all of it.",
    },
    {
      name: "product with its own number",
      change: ["da.set(i, g * q);\n      db.set(i, g * p);", "da.set(i, g * p);\n      db.set(i, g * q);"],
      points: 3.2,
      says: "A product's slope is the other number, not the number itself.",
    },
    {
      name: "product copies",
      change: ["da.set(i, g * q);\n      db.set(i, g * p);", "da.set(i, g);\n      db.set(i, g);"],
      points: 3.2,
      says: "A product's slope is the other number: this hands dy down as an add gate does.",
    },
    {
      name: "product without dy",
      change: ["da.set(i, g * q);\n      db.set(i, g * p);", "da.set(i, q);\n      db.set(i, p);"],
      points: 3.2,
      says: "dy is forgotten: this is the slope alone; multiply it by the message from above.",
    },
    {
      name: "max to both",
      change: [
        "da.set(i, p >= q ? g : 0);\n      db.set(i, p >= q ? 0 : g);",
        "da.set(i, g);\n      db.set(i, g);",
      ],
      points: 2.8,
      says: "Both numbers get the message: only the larger one reaches the result.",
    },
    {
      name: "max to the smaller",
      change: [
        "da.set(i, p >= q ? g : 0);\n      db.set(i, p >= q ? 0 : g);",
        "da.set(i, p < q ? g : 0);\n      db.set(i, p < q ? 0 : g);",
      ],
      points: 2.4,
      says: "The smaller number gets the message.",
    },
    {
      name: "max times the winner",
      change: ["p >= q ? g : 0", "p >= q ? g * p : 0"],
      points: 3.2,
      says: "The message is multiplied by the winner: the slope of a maximum is 1.",
    },
    {
      name: "second of equal ones",
      change: ["p >= q", "p > q"],
      points: 3.2,
      says: "Of equal numbers the second gets the message: the first gets all of it.",
    },
    {
      name: "rule of powers",
      change: ["g * Math.exp(p)", "g * p * Math.exp(p - 1)"],
      points: 3.6,
      says: "This is dy·a·e^(a − 1), the rule of powers of a: e^a is its own derivative.",
    },
    {
      name: "exp without dy",
      change: ["g * Math.exp(p)", "Math.exp(p)"],
      points: 3.6,
      says: "dy is forgotten: this is the slope alone; multiply it by the message from above.",
    },
    {
      name: "reciprocal sign",
      change: ["-g / p ** 2", "g / p ** 2"],
      points: 3.6,
      says: "The sign is wrong: 1/a falls as a grows, so its slope is −1/a².",
    },
    {
      name: "reciprocal not squared",
      change: ["-g / p ** 2", "-g / p"],
      points: 3.6,
      says: "The slope of 1/a is −1/a², not −1/a.",
    },
  ]),
  ...inCell("p6-order", [
    {
      name: "as listed",
      change: ["isDone[i] || !gates[i].from.every((one) => isDone[one])", "isDone[i]"],
      says: "The gates stand as they were listed: a gate may be listed before those that it reads.",
    },
    {
      name: "one input is enough",
      change: ["gates[i].from.every(", "(gates[i].from.length === 0 ? [] : [gates[i].from[0]]).every("],
      points: 0.4,
      says: "A gate stands before one that it reads: it must wait for all of them.",
    },
    {
      name: "the way back",
      change: ["order.push(i)", "order.unshift(i)"],
      says: "The order is the way back, from the result to the inputs: reverse it.",
    },
    {
      name: "inputs first",
      change: [
        "while (order.length < gates.length) {",
        "for (let i = 0; i < gates.length; i++)\n    if (gates[i].from.length === 0) order.push(i);\n  for (let i = 0; i < gates.length; i++)\n    if (gates[i].from.length > 0) order.push(i);\n  while (order.length < gates.length) {",
      ],
      says: "The inputs come first, but of the gates behind them some come before those that they read.",
    },
    {
      name: "inputs left out",
      change: ["return order;", "return order.filter((i) => gates[i].from.length > 0);"],
      says: "A gate is missing: every gate must stand in the order, read by others or not.",
    },
    {
      name: "one round",
      change: ["while (order.length < gates.length)", "if (order.length < gates.length)"],
      says: "A gate is missing: every gate must stand in the order, read by others or not.",
    },
  ]),
  ...inCell("p6-reverse", [
    {
      name: "overwritten",
      change: ["d.get(j) + d.get(i)", "d.get(i)"],
      says: "A later message overwrites an earlier one: a gate that several read adds what they send.",
    },
    {
      name: "dy forgotten",
      change: ["d.set(from.length - 1, dy)", "d.set(from.length - 1, 1)"],
      says: "dy is forgotten: the walk starts with it at the last gate, not with 1.",
    },
    {
      name: "no start",
      change: ["d.set(from.length - 1, dy);", ""],
      says: "The walk starts with 0: the last gate gets dy.",
    },
    {
      name: "forward",
      change: ["let i = from.length - 1; i >= 0; i--", "let i = 0; i < from.length; i++"],
      says: "The walk goes forward: a gate must have all its messages before it sends its own.",
    },
    {
      name: "slopes added",
      change: ["d.get(i) * slopes[i][k]", "(d.get(i) + slopes[i][k])"],
      says: "The slopes are added along the way: multiply them.",
    },
    {
      name: "slopes forgotten",
      change: ["d.get(i) * slopes[i][k]", "d.get(i)"],
      says: "The slopes are forgotten: a message is multiplied by the slope of its wire.",
    },
    {
      name: "slope alone",
      change: ["d.get(i) * slopes[i][k]", "slopes[i][k]"],
      says: "A gate sends its slope alone: multiply it by what the gate has got.",
    },
    {
      name: "dy at every gate",
      change: ["d.get(i) * slopes[i][k]", "dy * slopes[i][k]"],
      says: "A gate sends dy times its slope: multiply what the gate itself has got.",
    },
    {
      name: "slopes exchanged",
      change: ["slopes[i][k]", "slopes[i][slopes[i].length - 1 - k]"],
      says: "The slopes of a gate's two inputs are exchanged.",
    },
    {
      name: "first input only",
      change: ["k < from[i].length", "k < Math.min(1, from[i].length)"],
      says: "Only a gate's first input gets a message.",
    },
    {
      name: "read twice, told once",
      change: [
        "d.set(j, d.get(j) + d.get(i) * slopes[i][k]);",
        "if (from[i].indexOf(j) === k) d.set(j, d.get(j) + d.get(i) * slopes[i][k]);",
      ],
      points: 3.2,
      says: "A gate that is read twice by one other gets one message only: it gets one for each wire.",
    },
    {
      name: "first gate of the list",
      change: [
        "d.set(j, d.get(j) + d.get(i) * slopes[i][k]);",
        "if (j > 0) d.set(j, d.get(j) + d.get(i) * slopes[i][k]);",
      ],
      says: "The first gate of the list gets no message: its number is 0.",
    },
  ]),
  ...inCell("p6-forward", [
    {
      name: "bias forgotten",
      change: ["let sum = b.get(k)", "let sum = 0"],
      says: "The bias is forgotten.",
    },
    {
      name: "bias for each input",
      change: ["sum += w", "sum += (d > 0 ? b.get(k) : 0) + w"],
      says: "The bias is added once for each input.",
    },
    {
      name: "last input only",
      change: ["sum += w", "sum = b.get(k) + w"],
      says: "Only the last input counts: add to what is already there.",
    },
    {
      name: "last input",
      change: ["d < D", "d < D - 1"],
      says: "The last input is left out: d goes up to D − 1.",
    },
  ]),
  ...inCell("p6-dx", [
    {
      name: "overwritten",
      change: ["dx.get(n, d) + ", ""],
      says: "Only the last output counts: an input reaches the loss through all of them, add.",
    },
    {
      name: "last output",
      change: ["k < K", "k < K - 1"],
      says: "The last output is left out: k goes up to K − 1.",
    },
    {
      name: "dy forgotten",
      change: [" * dy.get(n, k)", ""],
      says: "dy is forgotten: these are sums of weights.",
    },
    {
      name: "weights forgotten",
      change: ["w.get(k, d) * ", ""],
      says: "The weights are forgotten: these are sums of dy.",
    },
    {
      name: "divided by N",
      change: [" * dy.get(n, k)", " * dy.get(n, k) / N"],
      says: "This is divided by N: how the examples are put together stands in dy already.",
    },
    {
      name: "first example only",
      change: ["n < N", "n < 1"],
      says: "Only the first example gets a gradient.",
    },
  ]),
  ...inCell("p6-dw", [
    {
      name: "overwritten",
      change: ["dw.get(k, d) + ", ""],
      says: "Only the last example counts: a weight is used by every example, add.",
    },
    {
      name: "last example",
      change: ["n < N", "n < N - 1"],
      says: "The last example is left out: n goes up to N − 1.",
    },
    {
      name: "mean",
      change: ["x.get(n, d))", "x.get(n, d) / N)"],
      says: "This is the mean over the batch: how the examples are put together stands in dy already.",
    },
    {
      name: "dy forgotten",
      change: ["dy.get(n, k) * ", ""],
      says: "dy is forgotten: these are sums of x.",
    },
    {
      name: "x forgotten",
      change: [" * x.get(n, d)", ""],
      says: "x is forgotten: these are sums of dy, the gradient of the bias.",
    },
    {
      name: "sign",
      change: [" + dy", " - dy"],
      says: "The sign is wrong: the update subtracts, the gradient does not.",
    },
  ]),
  ...inCell("p6-db", [
    {
      name: "overwritten",
      change: ["db.get(k) + ", ""],
      says: "Only the last example counts: add.",
    },
    {
      name: "mean",
      change: ["+ dy.get(n, k)", "+ dy.get(n, k) / N"],
      says: "This is the mean over the batch: the bias is added in every example, so add.",
    },
    {
      name: "sign",
      change: [" + dy", " - dy"],
      says: "The sign is wrong.",
    },
    {
      name: "last example",
      change: ["n < N", "n < N - 1"],
      says: "The last example is left out: n goes up to N − 1.",
    },
  ]),
];
