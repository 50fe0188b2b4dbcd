/** The bench's contender ConvNetJS. It has no batch normalisation, so net c is not for it. */
import { createRequire } from "node:module";
import { answer, repeated } from "./answers.mjs";
import { nets, resolve } from "./nets.mjs";

const { Net, SGDTrainer, Trainer, Vol } = createRequire(`${process.env.PEERS}/`)("convnetjs");

await answer((name, batch, forward) => {
  if (forward) throw new Error("it is here for training");
  const [channels, size = 1] = nets[name].input;
  const layers = resolve(nets[name], ["conv", "relu", "pool", "fc"]);
  const definitions = [{ type: "input", out_sx: size, out_sy: size, out_depth: channels }];
  layers.forEach(({ kind, ...layer }, i) => {
    const activation = layers[i + 1]?.kind === "relu" ? { activation: "relu" } : {};
    if (kind === "conv") {
      const { extent: sx, filters, stride, pad } = layer;
      definitions.push({ type: "conv", sx, filters, stride, pad, ...activation });
    }
    if (kind === "pool") definitions.push({ type: "pool", sx: layer.extent, stride: layer.stride });
    if (kind === "fc" && i === layers.length - 1)
      definitions.push({ type: "softmax", num_classes: layer.outputs });
    else if (kind === "fc") definitions.push({ type: "fc", num_neurons: layer.outputs, ...activation });
  });
  const net = new Net();
  net.makeLayers(definitions);
  const options = { method: "sgd", learning_rate: 0.01, momentum: 0, batch_size: batch, l2_decay: 0 };
  const trainer = new (SGDTrainer ?? Trainer)(net, options);
  const examples = Array.from({ length: batch }, () => new Vol(size, size, channels));
  return repeated(() => examples.forEach((example, i) => trainer.train(example, i % 10)), batch);
});
