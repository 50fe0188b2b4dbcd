/** The bench's contender for this library: whole training steps through its public door. */
import {
  BatchNorm,
  Conv2d,
  Linear,
  MaxPool2d,
  Pass,
  Random,
  ReLU,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
} from "../../dist/lib/index.js";
import { answer } from "./answers.mjs";
import { nets } from "./nets.mjs";

function network({ input, layers }) {
  let [channels, size = 1] = input;
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
    const layer = new Linear({ in: channels * size ** 2, out: numbers[0] });
    [channels, size] = [numbers[0], 1];
    return layer;
  });
  return new Sequential(Object.fromEntries(made.map((layer, i) => [`layer${i}`, layer])), { input });
}

await answer((name, batch) => {
  const net = network(nets[name]);
  const x = new Random(1).normal([batch, ...nets[name].input]);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
  const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.01 })];
  return () => {
    const pass = new Pass({ training: true });
    const value = loss.forward(net.forward(x, pass), labels, pass);
    net.backward(loss.backward(pass), pass, false);
    optimizer.step(pass.gradients, pass.engine);
    return value;
  };
});
