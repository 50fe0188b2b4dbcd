/** Random numbers: the same for the same seed for ever, different for others, and of the distributions they claim. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/index.js";

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
});
