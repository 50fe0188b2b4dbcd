/** Local convolutions of signals and images on the device. */
import { sameDType } from "../../array/check.js";
import { sizeOf, type Tensor } from "../../array/tensor.js";
import {
  checkLocalBias,
  localConv1dBackward,
  localConv1dForward,
  localConv2dBackward,
  localConv2dForward,
  localPlan1d,
  localPlan2d,
  type LocalConvCache,
  type Plan,
} from "../../layers/convolution/local-conv.js";
import type { WeightGradients } from "../../layers/weighted.js";
import { placedPair } from "../placed-rivals.js";
import { expectUpstream, windowSizes, type GpuRival, type Place } from "./rivals.js";
import {
  convolveLocally,
  convolveLocallyInputs,
  convolveLocallyWeights,
} from "./routines/local-convolution.js";
import { addParts } from "./routines/product.js";

export const localConvolutions: readonly GpuRival[] = [
  ...placedPair(
    localConv1dForward,
    (place: Place, x, w, b, options = {}) => {
      sameDType("localConv1d", { x, w, b });
      return forward(place, "localConv1d", localPlan1d(x.shape, w.shape, options), x, w, b);
    },
    localConv1dBackward,
    (place: Place, dy, cache) => backward(place, "localConv1dBackward", dy, cache),
  ),
  ...placedPair(
    localConv2dForward,
    (place: Place, x, w, b, options = {}) => {
      sameDType("localConv2d", { x, w, b });
      return forward(place, "localConv2d", localPlan2d(x.shape, w.shape, options), x, w, b);
    },
    localConv2dBackward,
    (place: Place, dy, cache) => backward(place, "localConv2dBackward", dy, cache),
  ),
];

function sizesOf(x: Tensor, plan: Plan): Record<string, number> {
  return { C: x.shape[1], F: plan.outputs[1], ...windowSizes(plan) };
}

function forward(
  { run }: Place,
  operation: string,
  plan: Plan,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
): { y: Tensor; cache: LocalConvCache } {
  checkLocalBias(operation, b, plan);
  return run((workspace) => {
    const y = workspace.result(plan.outputs);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const blocks = [weights, kept, b ?? weights].map((one) => workspace.read(one));
    const sizes = { ...sizesOf(x, plan), BIAS: b ? 1 : 0 };
    workspace.device.spread(convolveLocally, sizes, [...blocks, y.block], sizeOf(plan.outputs));
    return { y: y.tensor(), cache: { x: kept, w: weights, hasBias: b !== undefined, plan } };
  });
}

function backward(
  { run }: Place,
  operation: string,
  dy: Tensor,
  { x, w, hasBias, plan }: LocalConvCache,
): WeightGradients {
  expectUpstream(operation, dy, plan.outputs);
  const [examples, ...places] = plan.outputs;
  const sizes = sizesOf(x, plan);
  const gradients = run((workspace) => {
    const { device } = workspace;
    const dw = workspace.gradient(w.shape);
    const upstream = workspace.read(dy);
    const blocks = [upstream, workspace.read(x), dw.block];
    device.spread(convolveLocallyWeights, { ...sizes, EXAMPLES: examples }, blocks, w.size);
    if (!hasBias) return { dw: dw.tensor() };
    const db = workspace.gradient(places);
    device.spread(addParts, { PARTS: examples }, [upstream, db.block], dy.size / examples);
    return { dw: dw.tensor(), db: db.tensor() };
  });
  return {
    ...gradients,
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        const blocks = [workspace.read(w), workspace.read(dy), dx.block];
        workspace.device.spread(convolveLocallyInputs, sizes, blocks, x.size);
        return dx.tensor();
      });
    },
  };
}
