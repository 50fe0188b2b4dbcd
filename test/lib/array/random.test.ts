/** Random numbers: the same for the same seed for ever, different for others, and of the distributions they claim. */
import { describe, expect, it } from "vitest";
import { Random, flat } from "../../../lib/index.js";

const draws = (random: Random, count = 5): number[] => Array.from({ length: count }, () => random.next());

describe("Random", () => {
  it("never changes for a seed: other machines and versions must draw the same", () => {
    const random = new Random(1);
    expect(draws(random, 3)).toMatchInlineSnapshot(`
      [
        0.6736728088076744,
        0.6843181698669564,
        0.9293370349823898,
      ]
    `);
    expect(Array.from(new Random(7).permutation(8))).toMatchInlineSnapshot(`
      [
        7,
        1,
        6,
        4,
        2,
        5,
        0,
        3,
      ]
    `);
  });
  it("repeats for the same seed and differs for neighbours", () => {
    expect(draws(new Random(5))).toEqual(draws(new Random(5)));
    const firsts = new Set(Array.from({ length: 500 }, (_, seed) => new Random(seed).next()));
    expect(firsts.size).toBe(500);
    const mean = [...firsts].reduce((a, b) => a + b, 0) / 500;
    expect(mean).toBeGreaterThan(0.45); // neighbours' first draws are spread over the whole interval
    expect(mean).toBeLessThan(0.55);
  });
  it("continues from a saved state", () => {
    const random = new Random(3);
    draws(random);
    const state = random.state;
    const next = draws(random);
    random.state = state;
    expect(draws(random)).toEqual(next);
  });
  it("forks into a generator whose draws leave the parent's alone", () => {
    const [one, two] = [new Random(9), new Random(9)];
    const child = one.fork();
    two.fork();
    draws(child, 100);
    expect(draws(one)).toEqual(draws(two));
    expect(draws(new Random(9).fork())).not.toEqual(draws(two));
  });
  it("has the moments of its distributions", () => {
    const random = new Random(11);
    const moments = (values: Float64Array): [number, number] => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return [mean, values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length];
    };
    const [normalMean, normalVariance] = moments(
      random.normal([40000], 2, 3, "float64").data as Float64Array,
    );
    expect(normalMean).toBeCloseTo(2, 1);
    expect(normalVariance / 9).toBeCloseTo(1, 1);
    const uniform = random.uniform([40000], -1, 3, "float64").data as Float64Array;
    expect(Math.min(...uniform.subarray(0, 1000))).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...uniform.subarray(0, 1000))).toBeLessThan(3);
    const [uniformMean, uniformVariance] = moments(uniform);
    expect(uniformMean).toBeCloseTo(1, 1);
    expect(uniformVariance).toBeCloseTo(16 / 12, 1);
  });
  it("draws integers below a bound, all of them, and permutations without loss", () => {
    const random = new Random(13);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[random.integer(3)]++;
    for (const count of counts) expect(count).toBeGreaterThan(900);
    const order = random.permutation(50);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(Array.from(order)).not.toEqual(Array.from(order).sort((a, b) => a - b));
  });
  it.each([
    [0, [0.9999999999927239, 1.633332265103472, 198206, 967777]],
    [1, [0.6736728088076744, 1.3713338196026437, 975418, 846822]],
    [2, [0.7609747861670896, -0.5944629856755712, 24254, 282875]],
    [12345, [0.9308705880288906, -0.6995648913693425, 876576, 61972]],
    [2 ** 31, [0.6910185810898375, -0.5769156384446147, 867044, 566433]],
    [2 ** 32 - 1, [0.5142241456308065, -0.2456030303343363, 346488, 409194]],
  ])("draws from seed %d what it always drew", (seed, expected) => {
    const random = new Random(seed);
    const drawn = [random.next(), random.gaussian(), random.integer(1e6), random.fork().integer(1e6)];
    expect(drawn).toEqual(expected);
  });
});

describe("every whole number is a seed of its own", () => {
  /** Around zero, the edges of 32 bits and those of the safe integers. */
  const seeds = [
    ...Array.from({ length: 400 }, (_, k) => k - 200),
    ...[2 ** 31, 2 ** 32, 2 ** 33, 3 * 2 ** 32, 2 ** 40, 2 ** 52, 2 ** 53 - 50].flatMap((middle) =>
      Array.from({ length: 40 }, (_, k) => middle + k - 20),
    ),
  ];
  const all = [...new Set([...seeds, ...seeds.map((seed) => 0 - seed)])].filter(Number.isSafeInteger);

  it("with a stream of its own: no two begin alike", () => {
    const states = new Set(all.map((seed) => new Random(seed).state.join()));
    expect(states.size).toBe(all.length);
    const beginnings = new Set(all.map((seed) => draws(new Random(seed), 3).join()));
    expect(beginnings.size).toBe(all.length);
  });

  const first: [string, (random: Random) => number][] = [
    ["number", (random) => random.next()],
    ["second number", (random) => draws(random, 2)[1]],
    ["normal number", (random) => random.gaussian()],
    ["whole number", (random) => random.integer(1000)],
    ["number of a fork", (random) => random.fork().next()],
  ];
  it.each(first)("and the first %s of a seed says nothing of its neighbours'", (_, draw) => {
    for (const [from, step] of [
      [0, 1],
      [-5000, 1],
      [2 ** 40, 1],
      [0, 2 ** 32],
      [0, 1000],
    ]) {
      const values = Array.from({ length: 3000 }, (__, k) => draw(new Random(from + k * step)));
      for (const apart of [1, 2, 3]) {
        const related = correlation(values.slice(apart), values.slice(0, -apart));
        expect(Math.abs(related), `from ${from} in steps of ${step}, ${apart} apart`).toBeLessThan(0.08);
      }
    }
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = mean(a.map((value, i) => (value - ma) * (b[i] - mb)));
  return product / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)));
}

describe("what is out of range is refused", () => {
  const random = new Random(1);
  it.each([1.5, NaN, Infinity, 2 ** 53, -(2 ** 53), "1", undefined, null, 1n])("a seed of %s", (seed) => {
    expect(() => new Random(seed as number)).toThrow(
      `random: the seed ${String(seed)} is not a whole number`,
    );
  });
  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 53])("a whole number below %d", (below) => {
    expect(() => random.integer(below)).toThrow(`random: there is no whole number from 0 to below ${below}`);
  });
  it.each([-1, 1.5, NaN, Infinity, 2 ** 31])("a permutation of %d", (count) => {
    expect(() => random.permutation(count)).toThrow(`random: ${count} numbers cannot be put in order`);
  });
  it.each([
    [3, 1],
    [NaN, 1],
    [0, Infinity],
    [-1e308, 1e308],
  ])("uniform numbers from %d to %d", (low, high) => {
    expect(() => random.uniform([2], low, high)).toThrow(`random: uniform numbers from ${low} to ${high}`);
  });
  it.each([
    [0, -1],
    [NaN, 1],
    [0, Infinity],
  ])("normal numbers of mean %d and deviation %d", (mean, deviation) => {
    expect(() => random.normal([2], mean, deviation)).toThrow(`random: normal numbers of mean ${mean}`);
  });
  it.each([[[1, 2]], [[0, 0, 0, 0]], [[1, 2, 3, 2 ** 40]], [[1, 2, 3, NaN]]])("a state of %j", (state) => {
    expect(() => (random.state = state)).toThrow("is no state of a generator");
  });
  it("and what is in range goes to its ends", () => {
    expect(random.integer(1)).toBe(0);
    expect(random.integer(2 ** 53 - 1)).toBeLessThan(2 ** 53 - 1);
    expect(random.permutation(0)).toHaveLength(0);
    expect(Array.from(flat(random.uniform([2], 3, 3)))).toEqual([3, 3]);
    expect(Array.from(flat(random.normal([2], 3, 0)))).toEqual([3, 3]);
  });
  it("a uniform number stays below its end when it is rounded", () => {
    // The first number of seed 0 is 1 − 7·10⁻¹², which float32 rounds to 1.
    expect(flat(new Random(0).uniform([1]))[0]).toBe(1 - 2 ** -24);
    for (const [low, high] of [
      [1, 1 + 2 ** -52],
      [-1, 0],
      [-3, -2],
      [0, 1e-320],
      [1e300, 1.5e300],
    ]) {
      const [one] = flat(new Random(0).uniform([1], low, high, "float64"));
      expect(one).toBeLessThan(high);
      expect(one).toBeGreaterThanOrEqual(low);
    }
  });
});
