/** What strategies propose: as many as asked, the same for the same seed, and better ones the more they know. */
import { expect, it } from "vitest";
import { choice, integers, logUniform, uniform } from "../../../../lib/train/search/space.js";
import type { Space } from "../../../../lib/train/search/space.js";
import { strategies } from "../../../../lib/train/search/strategies.js";
import type { StrategyInRounds, StrategyOptions } from "../../../../lib/train/search/strategies.js";
import type { Proposal, Trial } from "../../../../lib/train/search/trial.js";

const options: StrategyOptions = { trials: 20, budget: 1, seed: 1, points: 3, halving: {} };

/** Plays a whole search with a function in the place of training. */
function play(
  name: StrategyInRounds,
  space: Space,
  score: (proposal: Proposal<never>) => number | undefined,
  changes: Partial<StrategyOptions> = {},
): Trial[][] {
  const strategy = strategies[name](space, { ...options, ...changes });
  const rounds: Trial[][] = [];
  let number = 0;
  for (let round = strategy.next(); !round.done;) {
    const trials = round.value.map((proposal): Trial => {
      const value = score(proposal as never);
      const common = { ...proposal, number: number++ };
      return value === undefined
        ? { ...common, status: "failed" }
        : { ...common, status: "done", score: value };
    });
    rounds.push(trials);
    round = strategy.next(trials);
  }
  return rounds;
}

const valley = { x: uniform(0, 1), y: uniform(0, 1) };
/** Highest, at 0, in (0.3, 0.7). */
const hill = ({ configuration: { x, y } }: Proposal<never>): number => -((x - 0.3) ** 2) - (y - 0.7) ** 2;
const bestOf = (rounds: Trial[][]): number =>
  Math.max(...rounds.flat().map(({ score }) => score ?? -Infinity));

it("random proposes everything at once, from its seed", () => {
  const [first, ...others] = play("random", valley, hill);
  expect(others).toEqual([]);
  expect(first).toHaveLength(20);
  expect(play("random", valley, hill)[0]).toEqual(first);
  expect(play("random", valley, hill, { seed: 2 })[0]).not.toEqual(first);
});

it("grid proposes every combination once, or says how many there are", () => {
  const space = { a: choice(["x", "y"]), n: integers(1, 2), lr: logUniform(0.01, 1) };
  const [all] = play("grid", space, () => 0);
  expect(new Set(all!.map(({ configuration }) => JSON.stringify(configuration))).size).toBe(12);
  expect(() => play("grid", space, () => 0, { trials: 11 })).toThrow(
    "the grid has 12 combinations and 11 trials are allowed; give { trials: 12 }",
  );
});

it("halving gives the best third three times as much, up to the most", () => {
  const rounds = play("halving", valley, hill, { trials: 27, halving: { least: 1, most: 9, factor: 3 } });
  expect(rounds.map((round) => [round.length, round[0]!.budget])).toEqual([
    [27, 1],
    [9, 3],
    [3, 9],
  ]);
  const kept = [...rounds[0]!].sort((a, b) => b.score! - a.score!).slice(0, 9);
  expect(rounds[1]!.map(({ configuration }) => configuration)).toEqual(
    kept.map(({ configuration }) => configuration),
  );
  expect(() => play("halving", valley, hill, { halving: { least: 3, most: 1 } })).toThrow(
    "halving from 3 to 1",
  );
});

it("halving drops what failed and ends when nothing is left", () => {
  const rounds = play("halving", valley, ({ budget }) => (budget > 1 ? undefined : 0.5), { trials: 9 });
  expect(rounds.map((round) => round.length)).toEqual([9, 3]);
});

it("gp finds the top better than random search does, with as many trials, whatever the seed", () => {
  const gains = [1, 2, 3, 4, 5].map((seed) => {
    const [guessed, drawn] = [
      bestOf(play("gp", valley, hill, { seed })),
      bestOf(play("random", valley, hill, { seed })),
    ];
    expect(guessed).toBeGreaterThan(-0.002);
    return guessed - drawn;
  });
  expect(gains.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  expect(gains.filter((gain) => gain > 0).length).toBeGreaterThanOrEqual(4);
});

it("gp proposes the same for the same scores, two at a time, and exactly as many as asked", () => {
  const rounds = play("gp", valley, hill, { trials: 9 });
  expect(rounds.map((round) => round.length)).toEqual([4, 2, 2, 1]);
  expect(play("gp", valley, hill, { trials: 9 })).toEqual(rounds);
});

it("gp goes on when trials fail, all of them too", () => {
  expect(play("gp", valley, () => undefined, { trials: 7 }).flat()).toHaveLength(7);
  expect(play("gp", valley, (one) => (hill(one) < -0.1 ? undefined : hill(one))).flat()).toHaveLength(20);
});

it("hyperband begins with many cheap ones, and ends with few that get the most at once", () => {
  const rounds = play("hyperband", valley, hill, { trials: 22, halving: { least: 1, most: 9, factor: 3 } });
  expect(rounds.map((round) => [round.length, round[0]!.budget])).toEqual([
    [9, 1], [3, 3], [1, 9], // of Li et al.'s table for R = 9, η = 3
    [5, 3], [1, 9],
    [3, 9],
    [5, 1], [1, 3], [1, 9], // what is left of 22
  ]); // prettier-ignore
});
