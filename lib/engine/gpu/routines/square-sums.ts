/**
 * The sum of squares of a tensor, for the norm of all gradients. PARTS work groups sum a stretch each, as in
 * `channel-sums.ts`; JavaScript reads the parts of all gradients at once and adds them in doubles.
 */
import { sumOfGroup, routine } from "./routine.js";

/** How many parts the sum of so many squares has: one for some thousands, and no more than keep a card busy. */
export function partsOf(count: number): number {
  return Math.min(64, Math.ceil(count / 4096));
}

/** Part p goes to `sums[FIRST + p]`. */
export const squareSums = routine("squareSums", {
  sizes: "COUNT FIRST PARTS",
  read: ["x"],
  written: ["sums"],
  code: `
${sumOfGroup}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) own: u32) {
  let stretch = (sizes.COUNT + sizes.PARTS - 1u) / sizes.PARTS;
  let end = min(sizes.COUNT, (group.x + 1u) * stretch);
  var s = 0.0;
  for (var i = group.x * stretch + own; i < end; i += 256u) { s += x[i] * x[i]; }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { sums[sizes.FIRST + group.x] = sum; }
}`,
});
