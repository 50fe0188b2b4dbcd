/**
 * Saves checkpoints as fast as it can until it is killed and prints a dot after each, or trains one to its end; run by checkpoint.test.ts. The first
 * argument is the file; with a second the network is trained for so many epochs, and the weights come out in hexadecimal.
 */
import {
  Adam,
  BatchNorm,
  Dataset,
  Linear,
  Random,
  ReLU,
  Sequential,
  fit,
  saveCheckpoint,
  stateOf,
  writeSafetensors,
} from "../../../dist/lib/index.js";

const [, , file, epochs] = process.argv;

export function build() {
  const layers = {
    fc1: new Linear({ in: 12, out: 40 }),
    bn1: new BatchNorm({ size: 40 }),
    relu1: new ReLU(),
  };
  return new Sequential({ ...layers, fc2: new Linear({ in: 40, out: 3 }) }, { seed: 1 });
}

const net = build();
const optimizer = new Adam();
if (epochs === undefined) {
  // Every tensor of the nth checkpoint is n everywhere, so that a mixture of two shows.
  const random = new Random(1);
  process.stdout.write(".");
  for (let n = 1; ; n++) {
    for (const parameter of Object.values(net.parameters)) parameter.value.data.fill(n);
    for (const buffer of Object.values(net.buffers)) buffer.data.fill(n);
    await saveCheckpoint(file, { net, optimizer, random }, { n });
    process.stdout.write(".");
  }
}
const random = new Random(7);
const images = random.normal([96, 12]);
const data = new Dataset(
  images,
  Int32Array.from({ length: 96 }, () => random.integer(3)),
  ["a", "b", "c"],
);
const checkpoint = file === "none" ? undefined : { file, every: 1 };
const run = await fit(net, data, {
  optimizer,
  epochs: Number(epochs),
  batchSize: 8,
  checkpoint,
  live: false,
  augment: (x, r) => (r.next(), x),
  onStep: () => void process.stderr.write("."),
});
const losses = run.steps.map(({ loss }) => loss);
process.stdout.write(
  JSON.stringify({ losses, weights: Buffer.from(writeSafetensors(stateOf(net))).toString("hex") }),
);
