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

  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ name: `conv${i}`, layer: "Conv2d", outputShape: [64 + i, 8, 8], parameters: 1 },
    }));
  const arrows = (svg: string) => svg.match(/<path [^>]*stroke-width="1.4"/g)?.length ?? 0;

  test("an arrow leads from each block to the next, also over the end of a line", async () => {
    // An arrow is a line and a tip.
    expect(arrows(await architecture(rows(3)).svg())).toBe(2 * 2);
    const long = await architecture(rows(12)).svg();
    const lines = new Set([...long.matchAll(/y="([\d.]+)"[^>]*bold">?[^>]*>conv\d+</g)].map(([, y]) => y));
    expect(lines.size).toBeGreaterThan(1);
    expect(arrows(long)).toBe(2 * (11 + lines.size - 1));
    expect(arrows(await architecture(rows(1)).svg())).toBe(0);
  });

  test("no line is wider than was asked for, and names are whole", async () => {
    const named = [
      ...rows(8),
      { name: "norm", layer: "LocalResponseNorm", outputShape: [71, 8, 8], parameters: 0 },
    ];
    for (const width of [320, 500, 720]) {
      const svg = await architecture(named, { width }).svg();
      expect(Number(/width="(\d+)"/.exec(svg)![1])).toBeLessThanOrEqual(width + 32);
      expect(svg).toContain(">LocalResponse</text>");
      expect(svg).toContain(">Norm</text>");
      expect(svg).not.toContain("…");
    }
  });
});
