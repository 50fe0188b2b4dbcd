/** The benches' networks as this library builds them. */
import {
  BatchNorm,
  Conv2d,
  Dataset,
  Dropout,
  Linear,
  LocalResponseNorm,
  MaxPool2d,
  Random,
  ReLU,
  Sequential,
  alexNet,
  tdnn,
} from "../../dist/lib/index.js";
import { classesOf, nets, resolve } from "./nets.mjs";

const make = {
  conv: ({ channels, filters, extent, stride, pad, groups }) =>
    new Conv2d({ in: channels, out: filters, size: extent, stride, pad, groups }),
  bn: ({ channels }) => new BatchNorm({ size: channels }),
  relu: () => new ReLU(),
  pool: ({ extent, stride }) => new MaxPool2d({ size: extent, stride }),
  lrn: () => new LocalResponseNorm({ size: 5, alpha: 5e-4, k: 2 }),
  dropout: () => new Dropout({ rate: 0.5 }),
  fc: ({ inputs, outputs }) => new Linear({ in: inputs, out: outputs }),
};

/** @param net  a description such as `nets.a` */
export function network(net) {
  if (net === nets.alexnet) return alexNet();
  if (net === nets.tdnn) return tdnn();
  const layers = resolve(net, [...Object.keys(make), "any conv"]).map((layer) => make[layer.kind](layer));
  return new Sequential(Object.fromEntries(layers.map((layer, i) => [`layer${i}`, layer])), {
    input: net.input,
  });
}

/** So many random examples with labels. */
export function examples(net, count) {
  const classes = Array.from({ length: classesOf(net) }, (_, k) => `${k}`);
  const labels = Array.from({ length: count }, (_, i) => i % classes.length);
  return new Dataset(new Random(1).normal([count, ...net.input]), labels, classes);
}
