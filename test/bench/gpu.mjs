/**
 * How near to its graphics card's roof does training come? Measures what the card can do first: a large product, and moving
 * numbers (ReLU of a large tensor reads and writes each once), both in the engine's own routines. From these and from the
 * arithmetic and the bytes of every layer follows the least time of a step; printed is what `fit` takes, and the share.
 *
 *     npm run bench:gpu [-- --nets a,b,c --batches 64,512 --size 2048 --seconds 3]
 *
 * It wants the package webgpu (npm install webgpu). --size is the side of the product's matrices: smaller for a card in software.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { compute, fit, SGD } from "../../dist/lib/index.js";
import { Device } from "../../dist/lib/engine/gpu/device.js";
import { product, TILE } from "../../dist/lib/engine/gpu/routines/product.js";
import { relu } from "../../dist/lib/engine/gpu/routines/relu.js";
import { examples, network } from "./network.mjs";
import { nets, resolve } from "./nets.mjs";

const { values: options } = parseArgs({
  options: {
    nets: { type: "string", default: "a,b,c" },
    batches: { type: "string", default: "64,512" },
    size: { type: "string", default: "2048" },
    seconds: { type: "string", default: "3" },
  },
});
const seconds = Number(options.seconds);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Seconds of one call: calls without waiting, then one small reading; the median of five such rows. */
function timed(device, call, block) {
  const row = (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    device.read([block], [1]);
    return (performance.now() - start) / 1000;
  };
  row(1); // compiles
  const count = Math.max(1, Math.ceil(seconds / 10 / row(1)));
  return median(Array.from({ length: 5 }, () => row(count))) / count;
}

/** Operations a second of a large product, and bytes a second of moving numbers. */
function rates() {
  const device = new Device();
  const n = Number(options.size);
  const [a, b, c] = Array.from({ length: 3 }, () => device.take(4 * n * n));
  for (const block of [a, b]) device.write(block, new Float32Array(n * n).fill(0.5));
  const sizes = {
    ...{ ROWS: n, COLUMNS: n, DEPTH: n, PARTS: 1 },
    ...{ A_ROW: n, A_COLUMN: 1, B_ROW: n, B_COLUMN: 1, BIAS: 0 },
  };
  const groups = Math.ceil(n / TILE);
  const multiply = () => device.run(product, sizes, [a, b, a, c], [groups, groups]);
  const move = () => device.spread(relu, {}, [a, c], n * n);
  const result = {
    card: device.name,
    flops: (2 * n ** 3) / timed(device, multiply, c),
    bytes: (8 * n * n) / timed(device, move, c),
  };
  device.destroy();
  return result;
}

/** Operations, and bytes read or written, of a step: each layer reads its input and writes its output, once a pass. */
function workOf(net, batch) {
  let [flops, bytes] = [0, 0];
  let side = net.input[1] ?? 1;
  let isFirst = true;
  for (const layer of resolve(net, ["conv", "bn", "relu", "pool", "fc"])) {
    const numbers = (channels, extent) => 4 * batch * channels * extent ** 2;
    if (layer.kind === "conv") {
      const weights = layer.channels * layer.filters * layer.extent ** 2;
      const passes = isFirst ? 2 : 3; // the images' gradient is not needed
      flops += passes * 2 * batch * side ** 2 * weights;
      bytes += passes * (numbers(layer.channels, side) + numbers(layer.filters, side) + 4 * weights);
      isFirst = false;
    } else if (layer.kind === "fc") {
      flops += 6 * batch * layer.inputs * layer.outputs;
      bytes += 12 * (batch * (layer.inputs + layer.outputs) + layer.inputs * layer.outputs);
    } else if (layer.kind === "bn") {
      // Forward reads twice and writes; backward reads x and dy twice and writes. A ReLU behind it costs nothing.
      bytes += 8 * numbers(layer.channels, side);
    } else if (layer.kind === "pool") {
      const [from, to] = [numbers(layer.channels, side), numbers(layer.channels, side / layer.stride)];
      bytes += 2 * (from + 2 * to);
      side /= layer.stride;
    }
  }
  return { flops, bytes };
}

/** Milliseconds of a step, by the whole steps of `fit` after two for compiling. */
async function stepOf(name, batch) {
  const data = examples(nets[name], 4 * batch);
  const given = { optimizer: new SGD({ lr: 0.01 }), batchSize: batch, validation: false, live: false };
  await fit(network(nets[name]), data, { ...given, onStep: ({ steps }) => steps.length < 2 });
  const start = performance.now();
  const run = await fit(network(nets[name]), data, {
    ...given,
    epochs: 1e9,
    onStep: () => performance.now() - start < 1000 * seconds,
  });
  return (performance.now() - start) / run.steps.length;
}

const { card, flops, bytes } = rates();
console.log(
  `${card}; ${new Date().toISOString().slice(0, 16)}, load ${loadavg()[0].toFixed(0)}, Node ${process.version}`,
);
console.log(
  `product ${options.size}×${options.size}×${options.size}: ${(flops / 1e9).toPrecision(3)} GFLOP/s; ` +
    `moving: ${(bytes / 1e9).toPrecision(3)} GB/s`,
);
console.log(
  "| net | batch | ms a step | least ms | share of the roof |\n| --- | ---: | ---: | ---: | ---: |",
);
compute.use("gpu");
for (const name of options.nets.split(",")) {
  for (const batch of options.batches.split(",").map(Number)) {
    const work = workOf(nets[name], batch);
    const least = 1000 * (work.flops / flops + work.bytes / bytes);
    const took = await stepOf(name, batch);
    const share = `${((100 * least) / took).toFixed(0)} %`;
    console.log(`| ${name} | ${batch} | ${took.toPrecision(3)} | ${least.toPrecision(3)} | ${share} |`);
  }
}
process.exit(0); // the device's thread would keep nothing, but its driver may
