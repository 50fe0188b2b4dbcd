/** The bench's contender onnxruntime-node; argv is the number of threads. It only runs networks forward: ours, as ONNX. */
import { createRequire } from "node:module";
import { answer, repeated } from "./answers.mjs";
import { examples, network } from "./network.mjs";
import { nets } from "./nets.mjs";
import { exportOnnx } from "../../dist/lib/index.js";

const { InferenceSession, Tensor } = createRequire(`${process.env.PEERS}/`)("onnxruntime-node");

await answer(async (name, batch, forward) => {
  if (!forward) throw new Error("it only goes forward");
  const threads = Number(process.argv[2]);
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const session = await InferenceSession.create(exportOnnx(network(nets[name])), options);
  const { images } = examples(nets[name], batch);
  const feeds = { [session.inputNames[0]]: new Tensor("float32", images.data, images.shape) };
  return repeated(() => session.run(feeds), batch);
});
