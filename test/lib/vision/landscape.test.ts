/** The loss around the weights: measured where it says, with steps as long as the filters, and nothing left changed. */
import { expect, it } from "vitest";
import {
  Conv2d,
  Dataset,
  evaluate,
  flat,
  Flatten,
  landscapeView,
  Linear,
  lossLandscape,
  Random,
  Sequential,
  stateOf,
} from "../../../lib/index.js";

const data = new Dataset(new Random(1).normal([9, 1, 4, 4]), [0, 1, 2, 0, 1, 2, 0, 1, 2], ["a", "b", "c"]);
const make = () =>
  new Sequential({
    conv: new Conv2d({ in: 1, out: 2, size: 3 }),
    flat: new Flatten(),
    fc: new Linear({ in: 8, out: 3 }),
  });

it("holds the network's own loss in the middle, and leaves the network as it was", () => {
  const net = make();
  const before = stateOf(net);
  const { positions, losses } = lossLandscape(net, data, { points: 5, range: 0.5, batchSize: 4 });
  expect(positions).toEqual([-0.5, -0.25, 0, 0.25, 0.5]);
  expect(losses.shape).toEqual([5, 5]);
  expect(losses.get(2, 2)).toBeCloseTo(evaluate(net, data).loss, 6);
  expect(new Set(flat(losses)).size).toBe(25);
  expect(stateOf(net)).toEqual(before);
});

it("goes on a line along the first direction of the plane, and seeds decide which", () => {
  const net = make();
  const line = lossLandscape(net, data, { axes: 1, points: 3 });
  expect(line.losses.shape).toEqual([3]);
  expect(flat(lossLandscape(net, data, { axes: 1, points: 3 }).losses)).toEqual(flat(line.losses));
  expect(flat(lossLandscape(net, data, { axes: 1, points: 3, seed: 2 }).losses)).not.toEqual(
    flat(line.losses),
  );
});

it("does not hang on the scale of the weights where the loss does not", () => {
  // Twice the first layer and half the second is the same function, and so must be its surroundings.
  const [a, b] = [make(), make()];
  for (const [name, factor] of [
    ["conv.w", 2],
    ["fc.w", 0.5],
  ] as const) {
    const value = b.parameters[name].value;
    for (let i = 0; i < value.data.length; i++) value.data[i] *= factor;
  }
  const [one, other] = [a, b].map((net) => flat(lossLandscape(net, data, { points: 3 }).losses));
  one.forEach((value, i) => expect(other[i]).toBeCloseTo(value, 4));
});

it("says what it shows and refuses what is none", () => {
  const landscape = lossLandscape(make(), data, { points: 3 });
  expect(landscapeView(landscape).alt).toContain("at the weights");
  expect(landscapeView(lossLandscape(make(), data, { points: 3, axes: 1 })).alt).toContain("loss:");
  expect(() => lossLandscape(make(), data, { points: 4 })).toThrow("give an odd number of points");
  expect(() => lossLandscape(make(), data, { range: 0 })).toThrow("a range above 0");
});
