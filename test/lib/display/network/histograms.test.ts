/** The names of the ridges: a short one is written out, though its width is not a round number. */
import { expect, it } from "vitest";
import { histograms, Random } from "../../../../lib/index.js";

it("writes out every name that has room", async () => {
  const names = ["bn1", "fc1", "a", "epoch 12", "conv3.w"];
  const values = new Random(1).normal([20]);
  for (const name of names) {
    const drawing = await histograms({ [name]: values }).svg();
    expect(drawing).toContain(`>${name}<`);
  }
});
