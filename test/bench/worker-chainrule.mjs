/** The bench's contender for this library: training by `fit` with its panel off, or forward passes. */
import { Pass, SGD, SoftmaxCrossEntropy, fit } from "../../dist/lib/index.js";
import { answer, repeated } from "./answers.mjs";
import { examples, network } from "./network.mjs";
import { netOf } from "./nets.mjs";

/** Batches in the training set: so many that an epoch's end is rare, as in life. */
const BATCHES = 16;

await answer((name, batch, forward) => {
  const description = netOf(name);
  const net = network(description);
  if (forward) {
    const { images } = examples(description, batch);
    return repeated(() => net.forward(images, new Pass({ backward: false })), batch);
  }
  const data = examples(description, batch === 1 ? 1 : BATCHES * batch);
  const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.01 })];
  const options = { loss, optimizer, batchSize: batch, epochs: 1e9, validation: false, live: false };
  return async (seconds) => {
    const end = performance.now() + 1000 * seconds;
    const run = await fit(net, data, { ...options, onStep: () => performance.now() < end });
    return run.steps.length * batch;
  };
});
