/** A network's state by name: all that does not fit is said at once, and then nothing is changed. */
import { describe, expect, test } from "vitest";
import {
  BatchNorm,
  Conv2d,
  Linear,
  Random,
  Sequential,
  StateMismatchError,
  cast,
  flat,
  loadState,
  readSafetensors,
  stateOf,
  writeSafetensors,
  zeros,
} from "../../../lib/index.js";

const build = (seed: number): Sequential =>
  new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 2, size: 3 }),
      bn1: new BatchNorm({ size: 2 }),
      fc: new Linear({ in: 8, out: 3 }),
    },
    { seed, input: [1, 4, 4] },
  );

describe("state", () => {
  test("goes through a file into another network, which then computes the same bits", () => {
    const [one, other] = [build(1), build(2)];
    one.buffers["bn1.mean"].data.fill(0.5);
    const x = new Random(1).normal([2, 1, 4, 4]);
    expect(flat(other.forward(x))).not.toEqual(flat(one.forward(x)));
    loadState(other, readSafetensors(writeSafetensors(stateOf(one))).tensors);
    expect(flat(other.forward(x))).toEqual(flat(one.forward(x)));
  });

  test("is a copy", () => {
    const net = build(1);
    const state = stateOf(net);
    state["fc.w"].data.fill(0);
    expect(flat(net.parameters["fc.w"].value).some((w) => w !== 0)).toBe(true);
  });

  test("everything that does not fit is said in one error, and nothing is changed", () => {
    const net = build(1);
    const before = stateOf(net);
    const { "conv1.b": _, "bn1.variance": __, ...rest } = stateOf(build(2));
    const wrong = { ...rest, "fc.w": zeros([3, 9]), "fc.b": zeros([1, 3]), fc2: zeros([1]) };
    let error: unknown;
    try {
      loadState(net, wrong);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(StateMismatchError);
    expect(error).toMatchObject({
      missing: ["conv1.b", "bn1.variance"],
      unexpected: ["fc2"],
      misshapen: [
        { name: "fc.w", expected: [3, 8], got: [3, 9] },
        { name: "fc.b", expected: [3], got: [1, 3] },
      ],
    });
    expect((error as Error).message).toBe(
      "loadState: the tensors are not this network's: conv1.b, bn1.variance missing; fc2 unexpected; " +
        "fc.w is 3×9 instead of 3×8, fc.b is 1×3 instead of 3; build the network that they were saved from, or rename them first.",
    );
    expect(stateOf(net)).toEqual(before);
  });

  test("the other precision is refused, and nothing is changed", () => {
    const net = build(1);
    const before = stateOf(net);
    const state = { ...stateOf(build(2)), "fc.b": cast(zeros([3]), "float64") };
    expect(() => loadState(net, state)).toThrow("fc.b is float64, but the network computes in float32");
    expect(stateOf(net)).toEqual(before);
  });

  test("names that every object has are not taken for the network's", () => {
    expect(() => loadState(new Sequential({}), { toString: zeros([1]) })).toThrow("toString unexpected");
  });
});
