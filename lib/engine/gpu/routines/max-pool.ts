/**
 * Max-pooling: y[n, c, i, j] is the largest x in its window, and the gradient goes to the pixel that was chosen.
 *
 * Forward. An invocation has one output. It looks at its window in reading order and remembers the place of the winner in the
 * map; of equal numbers the first wins, and a NaN wins over all. Places are stored as float32 numbers, which are exact up to
 * 2²⁴; the engine takes no larger maps.
 *
 * Backward. The equations scatter: every output adds its dy to its winner. Two outputs whose windows overlap may have the same
 * winner; then two invocations would write to one number, in an order that changes from run to run. So here an invocation has
 * one *pixel* and gathers: it goes through the outputs whose windows saw it (for tap k the output i = (h + p − k·d)/s, if that
 * is whole) and adds the dy of those whose winner it is. It reads a little more and has one order.
 */
import { each, isNaN, routine } from "./routine.js";
import { forEachOutput, forEachTap, windows } from "./windows.js";

export const maxPool = routine("maxPool", {
  sizes: `${windows} COUNT`,
  read: ["x"],
  written: ["y", "winners"],
  code: `
${isNaN}
${each}
  var best = 0.0;
  var winner = sizes.H * sizes.W; // nowhere
  ${forEachTap(`
      let here = x[(map * sizes.H + h) * sizes.W + v];
      if (winner == sizes.H * sizes.W || here > best || (isNaN(here) && !isNaN(best))) { best = here; winner = h * sizes.W + v; }`)}
  y[i] = best;
  winners[i] = f32(winner);
}`,
});

export const maxPoolBack = routine("maxPoolBack", {
  sizes: `${windows} COUNT`,
  read: ["winners", "dy"],
  written: ["dx"],
  code: `
${each}
  var s = 0.0;
  ${forEachOutput(`
      let at = map * sizes.I * sizes.J + place;
      if (u32(winners[at]) == i % (sizes.H * sizes.W)) { s += dy[at]; }`)}
  dx[i] = s;
}`,
});
