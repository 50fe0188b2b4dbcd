/** The architecture drawing: layers that keep the shape stand at the block that they follow. */
import { describe, expect, test } from "vitest";
import { architecture, summary, zipCodeNet } from "../../../../lib/index.js";

describe("architecture", () => {
  test("nonlinearities and biases of every place open no block of their own", () => {
    const { text } = architecture(summary(zipCodeNet()), { inputShape: [1, 16, 16] });
    const blocks = text.split("\n").slice(1, -1);
    expect(blocks.map((block) => block.trim().split(/\s/)[0])).toEqual(["input", "h1", "h2", "h3", "output"]);
    expect(blocks[1]).toContain("TableConv2d, PlaceBias, ScaledTanh");
  });
});
