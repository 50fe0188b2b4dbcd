/**
 * What does it bring to compute two layers at once? Steps of training in one process and on one thread, in turns: all layers
 * apart, one of the fusions alone, all of them. What counts is the process's processor time, so that the table holds on a
 * busy machine too. Then two pairs of layers alone, where the difference is larger than a busy machine's noise. Quoted is the median, over the rounds, of
 * the time apart divided by the same round's time.
 *
 *     node test/bench/fusion.mjs [--nets a,b,c] [--seconds 20] [--batch 64]
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import {
  BatchNorm,
  MaxPool2d,
  Pass,
  Random,
  ReLU,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  compute,
} from "../../dist/lib/index.js";
import { median, ratios } from "./contender.mjs";
import { examples, network } from "./network.mjs";
import { netOf } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    nets: { type: "string", default: "a,b,c" },
    seconds: { type: "string", default: "20" },
    batch: { type: "string", default: "64" },
  },
});
compute.use("wasm");
compute.threads = 1;
const batch = Number(options.batch);

/** What is derived from Pass may look between the layers, so that they are computed apart. */
class Apart extends Pass {}

/** Puts its own method into every layer that `which` chooses: like a hook, it keeps the layer's fusion from happening. */
function hooked(net, which, method) {
  for (const layer of Object.values(net.layers)) if (which(layer)) layer[method] = layer[method].bind(layer);
  return net;
}
const isPool = (layer) => layer instanceof MaxPool2d;
const sides = {
  apart: { net: network, Kind: Apart },
  "ReLU with the layer before it": { net: (of) => hooked(network(of), isPool, "backward"), Kind: Pass },
  "ReLU's mask with the pooling behind it": {
    net: (of) => hooked(network(of), (layer) => !isPool(layer), "forward"),
    Kind: Pass,
  },
  both: { net: network, Kind: Pass },
};

/** Median, and the middle half. */
function spread(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
  return `${median(sorted).toFixed(3)} (${at(0.25)}–${at(0.75)})`;
}

/** Processor milliseconds of this process. */
function processor() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0].model}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(0)}`,
);
for (const name of options.nets.split(",")) {
  const description = netOf(name);
  const { images, labels } = examples(description, batch);
  const steps = Object.values(sides).map(({ net: make, Kind }) => {
    const net = make(description);
    const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 1e-3 })];
    return () => {
      const start = processor();
      const pass = new Kind({ training: true, lend: true });
      const value = loss.forward(net.forward(images, pass), labels, pass);
      net.backward(loss.backward(pass), pass, false);
      optimizer.step(pass.gradients, compute.engine);
      pass.end();
      return { time: processor() - start, value };
    };
  });
  const times = steps.map(() => []);
  const until = processor() + 1000 * Number(options.seconds);
  for (let round = 0; processor() < until; round++) {
    const values = new Set();
    steps.forEach((_, k) => {
      const side = (k + round) % steps.length;
      const { time, value } = steps[side]();
      values.add(value);
      if (round >= 3) times[side].push(time); // the first rounds warm up
    });
    if (values.size > 1) throw new Error(`net ${name}: the losses are ${[...values].join(" and ")}`);
  }
  console.log(
    `\n| net ${name}, batch ${batch}, ${times[0].length} rounds | ms a step | times as fast, middle half of the rounds |\n|---|--:|---|`,
  );
  Object.keys(sides).forEach((side, i) => {
    console.log(`| ${side} | ${median(times[i]).toFixed(2)} | ${spread(ratios(times[0], times[i]))} |`);
  });
}
const pairs = [
  ["batch norm and ReLU", { norm: new BatchNorm({ size: 32 }), relu: new ReLU() }, [batch, 32, 32, 32]],
  ["ReLU and pooling", { relu: new ReLU(), pool: new MaxPool2d({ size: 2 }) }, [batch, 16, 32, 32]],
];
console.log(
  "\n| two layers | ms apart → at once | times as fast, middle half | shortest |\n|---|---|---|---|",
);
for (const [name, layers, shape] of pairs) {
  const net = new Sequential(layers);
  const x = new Random(1).normal(shape);
  const dy = net.forward(x);
  const times = { forward: [[], []], backward: [[], []] };
  const until = processor() + 250 * Number(options.seconds);
  for (let round = 0; processor() < until; round++) {
    for (const side of round % 2 ? [0, 1] : [1, 0]) {
      const pass = new [Apart, Pass][side]({ training: true, lend: true });
      const start = processor();
      net.forward(x, pass);
      const middle = processor();
      net.backward(dy, pass, false);
      const end = processor();
      pass.end();
      if (round < 3) continue;
      times.forward[side].push(middle - start);
      times.backward[side].push(end - middle);
    }
  }
  for (const [way, [apart, together]] of Object.entries(times)) {
    const shortest = [apart, together].map((all) => Math.min(...all).toFixed(2)).join(" → ");
    const medians = [apart, together].map((all) => median(all).toFixed(2)).join(" → ");
    console.log(
      `| ${name}, ${shape.join("×")}: ${way} | ${medians} | ${spread(ratios(apart, together))} | ${shortest} |`,
    );
  }
}
console.log(`\nLoad ${loadavg()[0].toFixed(0)} after.`);
