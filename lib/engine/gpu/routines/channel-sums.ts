/**
 * The sum of each channel over all examples and places: db[c] = Σ_{n,p} dy[n, c, p], the gradient of a bias. For a linear layer
 * the outputs are the channels, and there is one place.
 *
 * A work group sums a channel. Its 256 invocations go through the channel's numbers side by side, so that neighbours read
 * neighbouring memory in the same moment: invocation t sums numbers t, t + 256, t + 512, …. Then the 256 sums are added in
 * pairs. Which numbers are added in which order depends on the sizes alone.
 */
import { eachGroup, routine, sumOfGroup } from "./routine.js";

export const channelSums = routine("channelSums", {
  sizes: "EXAMPLES CHANNELS PLACES",
  read: ["dy"],
  written: ["db"],
  code: `
${sumOfGroup}
${eachGroup}
  let c = group.x;
  var s = 0.0;
  for (var i = own; i < sizes.EXAMPLES * sizes.PLACES; i += 256u) {
    s += dy[((i / sizes.PLACES) * sizes.CHANNELS + c) * sizes.PLACES + i % sizes.PLACES];
  }
  let sum = sumOfGroup(s, own);
  if (own == 0u) { db[c] = sum; }
}`,
});
