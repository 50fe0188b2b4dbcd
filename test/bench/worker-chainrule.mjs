/** The bench's contender for this library: whole training steps through the public door, one answer a line. */
import { createInterface } from "node:readline";
import * as chainrule from "../../dist/lib/index.js";
import { nets } from "./nets.mjs";

const {
  BatchNorm,
  compute,
  Conv2d,
  Linear,
  MaxPool2d,
  Pass,
  Random,
  ReLU,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
} = chainrule;

function build({ input, layers }) {
  let [channels, size] = input;
  const made = layers.map(([kind, ...numbers]) => {
    if (kind === "conv") {
      const layer = new Conv2d({
        in: channels,
        out: numbers[1],
        size: numbers[0],
        pad: (numbers[0] - 1) / 2,
      });
      channels = numbers[1];
      return layer;
    }
    if (kind === "bn") return new BatchNorm({ size: channels });
    if (kind === "relu") return new ReLU();
    if (kind === "pool") {
      size /= 2;
      return new MaxPool2d({ size: 2 });
    }
    const layer = new Linear({ in: channels * (size ?? 1) ** 2, out: numbers[0] });
    [channels, size] = [numbers[0], 1];
    return layer;
  });
  return new Sequential(Object.fromEntries(made.map((layer, i) => [`layer${i}`, layer])), { input });
}

const steps = new Map();

function stepFor(name, batch) {
  const key = `${name} ${batch}`;
  if (steps.has(key)) return steps.get(key);
  const net = build(nets[name]);
  const x = new Random(1).normal([batch, ...nets[name].input]);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.01 })];
  const step = () => {
    const pass = new Pass({ training: true });
    const value = loss.forward(net.forward(x, pass), labels, pass);
    net.backward(loss.backward(pass), pass, false);
    optimizer.step(pass.gradients, pass.engine);
    return value;
  };
  steps.set(key, step);
  return step;
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  if (question.quit) break;
  if (question.engine) compute.use(question.engine);
  try {
    const step = stepFor(question.net, question.batch);
    let [count, value, seconds] = [0, 0, 0];
    const start = performance.now();
    do {
      value = step();
      count++;
      seconds = (performance.now() - start) / 1000;
    } while (seconds < question.seconds);
    process.stdout.write(
      `@${JSON.stringify({ examplesPerSecond: (count * question.batch) / seconds, loss: value })}\n`,
    );
  } catch (error) {
    process.stdout.write(`@${JSON.stringify({ error: String(error) })}\n`);
  }
}
process.exit(0);
