/** The TensorFlow.js contender of the bench of tensors: its plain JavaScript backend. */
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.PEERS}/package.json`);
const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");
const x = tf.randomNormal([1000, 1000]);
const y = tf.randomNormal([1000, 1000]);
const row = tf.randomNormal([1000]);
const runs = {
  add: () => x.add(y),
  "add a row": () => x.add(row),
  "multiply by a number": () => x.mul(2),
  exp: () => x.exp(),
  greater: () => x.greater(0).toFloat(),
  where: () => tf.where(x.notEqual(0), x, y),
  sum: () => x.sum(),
  "sum of rows": () => x.sum(1),
  "sum of columns": () => x.sum(0),
  mean: () => x.mean(),
  variance: () => tf.moments(x).variance,
  max: () => x.max(),
  argmax: () => x.argMax(1),
  transpose: () => x.transpose(),
  concat: () => tf.concat([x, y]),
  "every second": () => x.stridedSlice([0, 0], [1000, 1000], [2, 2]),
  matmul: () => x.matMul(y),
};
for await (const line of createInterface({ input: process.stdin })) {
  const { what } = JSON.parse(line);
  if (!(what in runs)) {
    console.log("@{}");
    continue;
  }
  const start = performance.now();
  tf.tidy(() => void runs[what]().dataSync());
  console.log(`@${JSON.stringify({ milliseconds: performance.now() - start })}`);
}
