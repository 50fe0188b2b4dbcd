/**
 * Tensor arithmetic beside NumPy and TensorFlow.js' plain backend: a million numbers an operation, float32, each the
 * least time of rounds in turns, as milliseconds and as ratios to NumPy.
 *
 *     npm run bench:tensors -- [--rounds 15]
 */
import { existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import * as library from "../../dist/lib/index.js";
import { here, node, peers, python, start } from "./contender.mjs";

const rounds = Number(process.argv[process.argv.indexOf("--rounds") + 1]) || 15;
const {
  Random,
  add,
  multiply,
  exp,
  greater,
  where,
  sum,
  mean,
  max,
  argmax,
  variance,
  matmul,
  transpose,
  concat,
  slice,
} = library;

const random = new Random(1);
const x = random.normal([1000, 1000]);
const y = random.normal([1000, 1000]);
const row = random.normal([1000]);
const positive = library.abs(x);
const there = library.zeros([1000, 1000]);
const x64 = library.cast(x, "float64");
const there64 = library.cast(x, "float64");
const ours = {
  add: () => add(x, y),
  "add, into a tensor that is there": () => add(x, y, { out: there }),
  "add a row": () => add(x, row),
  "multiply by a number": () => multiply(x, 2),
  exp: () => exp(x),
  log: () => library.log(positive),
  tanh: () => library.tanh(x),
  sqrt: () => library.sqrt(positive),
  maximum: () => library.maximum(x, y),
  "power 1.5": () => library.power(positive, 1.5),
  sin: () => library.sin(x),
  greater: () => greater(x, 0),
  where: () => where(x, x, y),
  clip: () => library.clip(x, -1, 1),
  sum: () => sum(x),
  "sum of rows": () => sum(x, 1),
  "sum of columns": () => sum(x, 0),
  mean: () => mean(x),
  variance: () => variance(x),
  max: () => max(x),
  "max of columns": () => max(x, 0),
  argmax: () => argmax(x, 1),
  transpose: () => transpose(x),
  concat: () => concat([x, y]),
  "every second": () => slice(x, [null, null, 2], [null, null, 2]),
  "add, float64": () => add(x64, x64, { out: there64 }),
  "exp, float64": () => exp(x64, { out: there64 }),
  "sum, float64": () => sum(x64),
  matmul: () => matmul(x, y),
};

if (!existsSync(`${peers}/node_modules/@tensorflow/tfjs`))
  execFileSync("npm", ["install", "--prefix", peers, "--no-audit", "--no-fund", "@tensorflow/tfjs@4.22.0"], {
    stdio: "inherit",
  });

const contenders = {
  numpy: start([python, [`${here}worker-tensors.py`], {}]),
  "tfjs-cpu": start(node("worker-tensors-tfjs.mjs", { PEERS: peers })),
};
const best = Object.fromEntries(["chainrule", ...Object.keys(contenders)].map((name) => [name, {}]));
const keep = (who, what, milliseconds) => {
  best[who][what] = Math.min(best[who][what] ?? Infinity, milliseconds);
};
for (let round = 0; round < rounds; round++) {
  for (const [what, run] of Object.entries(ours)) {
    const start = performance.now();
    run();
    keep("chainrule", what, performance.now() - start);
    for (const [who, contender] of Object.entries(contenders)) {
      // A product of matrices takes a second there.
      if (who === "tfjs-cpu" && what === "matmul" && round > 1) continue;
      const { milliseconds } = await contender.ask({ what });
      if (milliseconds !== undefined) keep(who, what, milliseconds);
    }
  }
}
for (const { child } of Object.values(contenders)) child.kill();

const show = (value) => (value === undefined ? "–" : value.toPrecision(3));
console.log(
  `| a million numbers, ms | chainrule | NumPy | tfjs-cpu | chainrule / NumPy |\n|---|--:|--:|--:|--:|`,
);
for (const what of Object.keys(ours)) {
  const [a, b, c] = [best.chainrule[what], best.numpy[what], best["tfjs-cpu"][what]];
  console.log(`| ${what} | ${show(a)} | ${show(b)} | ${show(c)} | ${show(a / b)} |`);
}
