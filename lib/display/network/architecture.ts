/** A network drawn as blocks, whose height shows the size of the planes and whose thickness the number of channels. */
import { ValueError, showShape } from "../../array/errors.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import type { LayerRow } from "./layer-table.js";
import { showCount, showPlural } from "../figure/numbers.js";
import { fitText, INK, text, textWidth } from "../figure/svg.js";

/** The title of an `architecture`, and the shape of the example that its blocks are drawn for. */
export interface ArchitectureOptions {
  readonly title?: string;
  /** The shape of one example, C×H×W, C×L or F. */
  readonly inputShape?: readonly number[];
}

interface Block {
  readonly shape: readonly number[];
  /** The names of the layers since the previous block. */
  readonly names: string[];
  readonly details: string[];
}

/**
 * Draws the shapes of a network's activations. Sides and thicknesses are proportional to the square roots of H, W and C, so
 * that both a picture of 227×227 and a map of 6×6 can be seen. Layers that keep the shape (ReLU, batch norm, dropout) are
 * named at the block before them.
 * @param rows  as for layerTable; every output shape must be known
 * @throws ValueError for a row without an output shape
 */
export function architecture(rows: readonly LayerRow[], options: ArchitectureOptions = {}): Figure {
  const blocks: Block[] = [];
  if (options.inputShape !== undefined)
    blocks.push({ shape: options.inputShape, names: ["input"], details: [] });
  for (const { name, layer, outputShape } of rows) {
    if (outputShape === undefined) {
      throw new ValueError(
        `architecture: the output shape of ${name} is unknown; give the network's input shape.`,
      );
    }
    const last = blocks.at(-1);
    const kind = layer.split(/[\s(,]/)[0];
    if (
      last !== undefined &&
      showShape(last.shape) === showShape(outputShape) &&
      /^(\w*ReLU|ELU|Sigmoid|\w*Tanh|\w*Norm\w*|Dropout|Softmax|PlaceBias)/.test(kind)
    ) {
      last.details.push(kind);
    } else blocks.push({ shape: outputShape, names: [name], details: [kind] });
  }
  const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
  const sentence =
    blocks.length === 0
      ? "A network without layers."
      : `${blocks.map(({ names, shape }) => `${names[0]} ${showShape(shape)}`).join(" → ")}; ${showPlural(parameters, "parameter")}.`;

  const extents = blocks.map(({ shape }) => extentOf(shape));
  const tallest = Math.max(
    1,
    ...extents.map(({ height, width, vector }) => (vector ? 1 : Math.max(height, width))),
  );
  const most = (vector: boolean) =>
    Math.max(1, ...extents.filter((extent) => extent.vector === vector).map(({ channels }) => channels));
  const [thickest, longest] = [most(false), most(true)];
  const solids = extents.map((extent) => solidOf(extent, tallest, extent.vector ? longest : thickest));
  const labels = blocks.map(({ names, shape, details }) => [names[0], showShape(shape), ...stack(details)]);
  const widths = solids.map((solid, i) =>
    Math.max(
      solid.front + solid.depth,
      ...labels[i].map((label, line) => Math.min(96, textWidth(label, line === 0 ? 12 : 11, line === 0))),
    ),
  );
  const gap = 20;
  // A deep network is continued on more lines.
  const lines: number[][] = [[]];
  let used = 0;
  widths.forEach((width, i) => {
    if (used > 0 && used + gap + width > 900) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)!.push(i);
    used += width + gap;
  });
  const lineHeights = lines.map(
    (line) =>
      Math.max(20, ...line.map((i) => solids[i].tall + solids[i].depth)) +
      12 +
      15 * Math.max(0, ...line.map((i) => labels[i].length)) +
      14,
  );
  const lineWidths = lines.map((line) => line.reduce((sum, i) => sum + widths[i] + gap, -gap));
  const svg = frame(
    {
      title: options.title ?? "Architecture",
      subtitle: `${showPlural(rows.length, "layer")}, ${showPlural(parameters, "parameter")}`,
      note: "Height and depth: the square root of the planes' height and width; thickness: of the number of channels. Grey bars are vectors.",
      width: Math.max(300, ...lineWidths),
      height: lineHeights.reduce((sum, height) => sum + height, 0),
      alt: sentence,
    },
    (left, top) => {
      const parts: string[] = [];
      let y = top;
      lines.forEach((line, l) => {
        const labelHeight = 15 * Math.max(0, ...line.map((i) => labels[i].length)) + 14;
        const base = y + lineHeights[l] - labelHeight - 12;
        let x = left;
        for (const i of line) {
          const solid = solids[i];
          const middle = x + widths[i] / 2;
          parts.push(...drawSolid(middle - (solid.front + solid.depth) / 2, base, solid));
          labels[i].forEach((label, row) => {
            const bold = row === 0;
            const style = {
              size: bold ? 12 : 11,
              bold,
              anchor: "middle",
              fill: bold ? INK.text : INK.muted,
            } as const;
            parts.push(
              text(
                middle,
                base + 16 + 15 * row,
                fitText(label, Math.max(96, widths[i]), style.size, bold),
                style,
              ),
            );
          });
          x += widths[i] + gap;
        }
        y += lineHeights[l];
      });
      return parts;
    },
  );
  return new Figure({
    alt: sentence,
    text: [
      options.title ?? "Architecture",
      ...blocks.map(({ names, shape, details }) =>
        `  ${names[0]}  ${showShape(shape)}  ${details.join(", ")}`.trimEnd(),
      ),
      `  ${showCount(parameters)} parameters`,
    ].join("\n"),
    svg,
  });
}

/** The details on separate lines, at most three. */
function stack(details: readonly string[]): string[] {
  return details.length <= 3 ? [...details] : [...details.slice(0, 2), `and ${details.length - 2} more`];
}

interface Extent {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly vector: boolean;
}

function extentOf(shape: readonly number[]): Extent {
  if (shape.length <= 1) return { channels: shape[0] ?? 1, height: 1, width: 1, vector: true };
  const [channels, height, width] = shape.length === 2 ? [shape[0], shape[1], 1] : shape;
  return { channels, height, width, vector: false };
}

interface Solid {
  readonly tall: number;
  /** The width of the front face: the channels. */
  readonly front: number;
  /** The depth, drawn at 45°: the planes' width. */
  readonly depth: number;
  readonly vector: boolean;
}

function solidOf({ channels, height, width, vector }: Extent, tallest: number, most: number): Solid {
  if (vector)
    return {
      tall: Math.max(16, 120 * Math.sqrt(channels / most)),
      front: 10,
      depth: 4,
      vector,
    };
  const side = (extent: number) => Math.max(5, 110 * Math.sqrt(extent / tallest));
  return {
    tall: side(height),
    front: Math.max(5, 70 * Math.sqrt(channels / most)),
    depth: 0.45 * side(width),
    vector,
  };
}

function drawSolid(x: number, base: number, { tall, front, depth, vector }: Solid): string[] {
  const [side, face, roof] = vector ? ["#9aa4ae", "#c4ccd4", "#dfe4e9"] : ["#5b93c4", "#8fbbe0", "#c3dcf1"];
  const polygon = (points: readonly (readonly [number, number])[], fill: string) =>
    `<polygon points="${points.map(([u, v]) => `${Math.round(u * 10) / 10},${Math.round(v * 10) / 10}`).join(" ")}" fill="${fill}" stroke="#ffffff" stroke-width="1" stroke-linejoin="round"/>`;
  const top = base - tall;
  return [
    polygon(
      [
        [x, top],
        [x + depth, top - depth],
        [x + front + depth, top - depth],
        [x + front, top],
      ],
      roof,
    ),
    polygon(
      [
        [x + front, top],
        [x + front + depth, top - depth],
        [x + front + depth, base - depth],
        [x + front, base],
      ],
      side,
    ),
    polygon(
      [
        [x, top],
        [x + front, top],
        [x + front, base],
        [x, base],
      ],
      face,
    ),
  ];
}
