/**
 * A number of a whole tensor: the sum of squares, for the norm of all gradients, or how many numbers lie beyond a limit. PARTS work
 * groups sum a stretch each, as in `channel-sums.ts`. JavaScript reads the parts of all gradients at once and adds them in
 * doubles; in a late pass `clipFactor` adds them on the device.
 */
import { eachGroup, isFinite, isNaN, routine, sumOfGroup, type Routine } from "./routine.js";

/** How many parts the sum of so many numbers has: one for some thousands, and no more than keep a card busy. */
export function partsOf(count: number): number {
  return Math.min(64, Math.ceil(count / 4096));
}

/** Part p goes to `sums[FIRST + p]`. @param term  what is summed, of `v` */
function sums(name: string, more: string, term: string): Routine {
  return routine(name, {
    sizes: `COUNT FIRST PARTS${more}`,
    read: ["x"],
    written: ["sums"],
    code: `
${isNaN}
${sumOfGroup}
${eachGroup}
  let stretch = (sizes.COUNT + sizes.PARTS - 1u) / sizes.PARTS;
  let end = min(sizes.COUNT, (group.x + 1u) * stretch);
  var s = 0.0;
  for (var i = group.x * stretch + own; i < end; i += 256u) {
    let v = x[i];
    s += ${term};
  }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { sums[sizes.FIRST + group.x] = sum; }
}`,
  });
}

export const squareSums = sums("squareSums", "", "v * v");

/** NaN lies nowhere. */
export const countBeyond = sums(
  "countBeyond",
  " LIMIT:f32",
  "select(0.0, 1.0, abs(v) > sizes.LIMIT && !isNaN(v))",
);

/**
 * The norm from COUNT parts of sums of squares, and the factor that scales it down to LIMIT; one work group. A norm that is not
 * finite raises the flag, as a loss does (`loss.ts`).
 */
export const clipFactor = routine("clipFactor", {
  sizes: "COUNT LIMIT:f32",
  read: ["squares"],
  written: ["norm", "factor", "flag"],
  code: `
${isFinite}
${sumOfGroup}
${eachGroup}
  var s = 0.0;
  for (var i = own; i < sizes.COUNT; i += 256u) { s += squares[i]; }
  let length = sqrt(sumOfGroup(s, own));
  if (own != 0u) { return; }
  norm[0] = length;
  factor[0] = select(1.0, sizes.LIMIT / length, length > sizes.LIMIT);
  if (!isFinite(length)) { flag[0] = 1.0; }
}`,
});
