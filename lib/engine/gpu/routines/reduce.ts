/**
 * Reductions: mean, sum, norms, largest and smallest of the numbers along an axis (or along several that follow each other, which are one
 * line of LENGTH numbers that lie INNER apart).
 *
 * A work group has a line, as in `channel-sums.ts`, because a line may be a whole map. For the largest number each of its invocations
 * looks at every 256th number, and then the 256 winners are compared in pairs: of equal numbers the first in the line wins, and a NaN
 * wins over all. The winner's place in the line is kept as a float32 number, which is exact up to 2²⁴.
 */
import { mathematics } from "./mathematics.js";
import { each, eachRow, routine, sumOfGroup, type Routine } from "./routine.js";

/** The place in memory of number k of the line that is the row. */
const inLine = `(row / sizes.INNER) * sizes.LENGTH * sizes.INNER + row % sizes.INNER + k * sizes.INNER`;

/** @param term  what is summed, of `x` @param value  y, of the sum `s` */
function sums(name: string, term: string, value: string): Routine {
  return routine(name, {
    sizes: "LENGTH INNER ROWS",
    read: ["xs"],
    written: ["ys"],
    code: `
${sumOfGroup}
${eachRow}
  var mine = 0.0;
  for (var k = own; k < sizes.LENGTH; k += 256u) {
    let x = xs[${inLine}];
    mine += ${term};
  }
  let s = sumOfGroup(mine, own);
  if (own == 0u) { ys[row] = ${value}; }
}`,
  });
}

/** @param sign  1 for the largest, −1 for the smallest */
function extreme(name: string, sign: string): Routine {
  return routine(name, {
    sizes: "LENGTH INNER ROWS",
    read: ["xs"],
    written: ["ys", "winners"],
    code: `
${mathematics}
var<workgroup> values: array<f32, 256>;
var<workgroup> places: array<u32, 256>;
/** Whether number a at place k wins over b at place l. */
fn wins(a: f32, k: u32, b: f32, l: u32) -> bool {
  if (isNaN(a) || isNaN(b)) { return isNaN(a) && (!isNaN(b) || k < l); }
  return ${sign} * a > ${sign} * b || (a == b && k < l);
}
${eachRow}
  // Behind the line's end nobody wins: the first number is there for those who have none.
  var k = 0u;
  var best = xs[${inLine}];
  var place = 0u;
  for (k = own; k < sizes.LENGTH; k += 256u) {
    let here = xs[${inLine}];
    if (wins(here, k, best, place)) { best = here; place = k; }
  }
  values[own] = best;
  places[own] = place;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (own < half && wins(values[own + half], places[own + half], values[own], places[own])) {
      values[own] = values[own + half];
      places[own] = places[own + half];
    }
  }
  if (own == 0u) { ys[row] = values[0]; winners[row] = f32(places[0]); }
}`,
  });
}

/** @param gradient  dx, of `x`, and of its line's `y` and `dy`; of an extreme, `y` is the winner and `k` the place in the line */
function spread(name: string, gradient: string): Routine {
  return routine(name, {
    sizes: "LENGTH INNER COUNT",
    read: ["xs", "ys", "dys"],
    written: ["dxs"],
    code: `
${mathematics}
${each}
  let line = i / (sizes.LENGTH * sizes.INNER) * sizes.INNER + i % sizes.INNER;
  let k = (i / sizes.INNER) % sizes.LENGTH;
  let x = xs[i];
  let y = ys[line];
  let dy = dys[line];
  dxs[i] = ${gradient};
}`,
  });
}

const toWinner = spread("extremeBack", `select(0.0, dy, u32(y) == k)`);

/** For each kind its forward and its backward. */
export const reductions = {
  mean: [sums("mean", `x`, `s / f32(sizes.LENGTH)`), spread("meanBack", `dy / f32(sizes.LENGTH)`)],
  sum: [sums("sum", `x`, `s`), spread("sumBack", `dy`)],
  l1: [sums("l1", `abs(x)`, `s`), spread("l1Back", `dy * select(sign(x), x, isNaN(x))`)],
  l2: [sums("l2", `x * x`, `sqrt(s)`), spread("l2Back", `select(dy * x / y, 0.0, y == 0.0)`)],
  max: [extreme("largest", `1.0`), toWinner],
  min: [extreme("smallest", `-1.0`), toWinner],
} as const;
