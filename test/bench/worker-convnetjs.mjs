/** The bench's contender ConvNetJS. It has no batch normalisation, so net c is not for it. */
import { createRequire } from "node:module";
import { answer } from "./answers.mjs";
import { nets } from "./nets.mjs";

const { Net, SGDTrainer, Trainer, Vol } = createRequire(`${process.env.PEERS}/`)("convnetjs");

await answer((name, batch) => {
  const { input, layers } = nets[name];
  if (layers.some(([kind]) => kind === "bn")) throw new Error("no batch normalisation");
  const [channels, size = 1] = input;
  const definitions = [{ type: "input", out_sx: size, out_sy: size, out_depth: channels }];
  layers.forEach(([kind, ...numbers], i) => {
    const activation = layers[i + 1]?.[0] === "relu" ? { activation: "relu" } : {};
    if (kind === "conv") {
      const pad = (numbers[0] - 1) / 2;
      definitions.push({ type: "conv", sx: numbers[0], filters: numbers[1], stride: 1, pad, ...activation });
    }
    if (kind === "pool") definitions.push({ type: "pool", sx: 2, stride: 2 });
    if (kind === "fc" && i === layers.length - 1)
      definitions.push({ type: "softmax", num_classes: numbers[0] });
    else if (kind === "fc") definitions.push({ type: "fc", num_neurons: numbers[0], ...activation });
  });
  const net = new Net();
  net.makeLayers(definitions);
  const options = { method: "sgd", learning_rate: 0.01, momentum: 0, batch_size: batch, l2_decay: 0 };
  const trainer = new (SGDTrainer ?? Trainer)(net, options);
  const examples = Array.from({ length: batch }, () => new Vol(size, size, channels));
  return () => examples.reduce((sum, example, i) => sum + trainer.train(example, i % 10).loss, 0) / batch;
});
