/**
 * The bench's contender TensorFlow.js; argv is "cpu" or "wasm". Its WASM backend cannot train a convolution (it has
 * no kernel for the filters' gradient), so here it gets one made of its own convolution: dw = xᵀ ⋆ dyᵀ.
 */
import { createRequire } from "node:module";
import { answer, repeated } from "./answers.mjs";
import { nets, resolve } from "./nets.mjs";

const require = createRequire(`${process.env.PEERS}/`);
const tf = require("@tensorflow/tfjs");

async function begin(backend) {
  if (backend === "wasm") {
    const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(`${process.env.PEERS}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
  }
  await tf.setBackend(backend);
  if (backend !== "wasm") return;
  tf.registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => {
        const of = (info) => tf.engine().makeTensorFromTensorInfo(info);
        const pad = Math.floor((attrs.filterShape[0] - 1) / 2);
        const sides = [pad, pad];
        const x = tf.transpose(tf.pad(of(inputs.x), [[0, 0], sides, sides, [0, 0]]), [3, 1, 2, 0]);
        return tf.transpose(
          tf.conv2d(x, tf.transpose(of(inputs.dy), [1, 2, 0, 3]), 1, "valid"),
          [1, 2, 0, 3],
        );
      }),
  });
}

await begin(process.argv[2]);
await answer((name, batch, forward) => {
  const { input } = nets[name];
  const variables = [];
  const variable = (tensor) => {
    variables.push(tf.variable(tensor));
    return variables.at(-1);
  };
  const weights = (shape, fanIn) => variable(tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn)));
  const functions = resolve(nets[name], ["conv", "bn", "relu", "pool", "fc"]).map(({ kind, ...layer }) => {
    const { channels, extent, filters, inputs, outputs } = layer;
    if (kind === "conv") {
      const w = weights([extent, extent, channels, filters], extent * extent * channels);
      const b = variable(tf.zeros([filters]));
      return (x) => tf.add(tf.conv2d(x, w, 1, "same"), b);
    }
    if (kind === "relu") return (x) => tf.relu(x);
    if (kind === "pool") return (x) => tf.maxPool(x, extent, layer.stride, "valid");
    if (kind === "bn") {
      const [gamma, beta] = [variable(tf.ones([channels])), variable(tf.zeros([channels]))];
      return (x) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(x, mean, variance, beta, gamma, 1e-5);
      };
    }
    const [w, b] = [weights([inputs, outputs], inputs), variable(tf.zeros([outputs]))];
    return (x) => tf.add(tf.matMul(x.reshape([batch, -1]), w), b);
  });
  const x = tf.randomNormal(input.length === 1 ? [batch, ...input] : [batch, input[1], input[2], input[0]]);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % 10),
      "int32",
    ),
    10,
  );
  const optimizer = tf.train.sgd(0.01);
  const predict = () => functions.reduce((value, apply) => apply(value), x);
  if (forward) return repeated(() => tf.tidy(() => void predict().dataSync()), batch);
  return repeated(() => {
    const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, predict()), true, variables);
    loss.dataSync();
    loss.dispose();
  }, batch);
});
