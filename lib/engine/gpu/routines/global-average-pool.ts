/**
 * Global average pooling: the mean of each map, and backward dy/m for every pixel of the map. A work group has a map, and sums as in
 * `channel-sums.ts`; as a window as large as the map it would be one invocation's work.
 */
import { each, eachRow, routine, sumOfGroup } from "./routine.js";

export const globalAveragePool = routine("globalAveragePool", {
  sizes: "PLACES ROWS",
  read: ["x"],
  written: ["y"],
  code: `
${sumOfGroup}
${eachRow}
  var s = 0.0;
  for (var i = own; i < sizes.PLACES; i += 256u) { s += x[row * sizes.PLACES + i]; }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { y[row] = sum / f32(sizes.PLACES); }
}`,
});

export const globalAveragePoolBack = routine("globalAveragePoolBack", {
  sizes: "PLACES COUNT",
  read: ["dy"],
  written: ["dx"],
  code: `
${each}
  dx[i] = dy[i / sizes.PLACES] / f32(sizes.PLACES);
}`,
});
