/**
 * Maxout: the largest of every GROUP features at a place. As in `max-pool.ts` of equal numbers the first wins, a NaN wins over all, and
 * the winner, a number below GROUP, is kept as a float32 number. The groups do not overlap, so that an input has one output.
 */
import { each, isNaN, routine } from "./routine.js";

export const maxout = routine("maxout", {
  sizes: "GROUP PLACES COUNT",
  read: ["x"],
  written: ["y", "winners"],
  code: `
${isNaN}
${each}
  let first = i / sizes.PLACES * sizes.GROUP * sizes.PLACES + i % sizes.PLACES;
  var best = x[first];
  var winner = 0u;
  for (var k = 1u; k < sizes.GROUP; k++) {
    let here = x[first + k * sizes.PLACES];
    if (!isNaN(best) && (here > best || isNaN(here))) { best = here; winner = k; }
  }
  y[i] = best;
  winners[i] = f32(winner);
}`,
});

export const maxoutBack = routine("maxoutBack", {
  sizes: "GROUP PLACES COUNT",
  read: ["winners", "dy"],
  written: ["dx"],
  code: `
${each}
  let feature = i / sizes.PLACES;
  let at = feature / sizes.GROUP * sizes.PLACES + i % sizes.PLACES;
  dx[i] = select(0.0, dy[at], u32(winners[at]) == feature % sizes.GROUP);
}`,
});
