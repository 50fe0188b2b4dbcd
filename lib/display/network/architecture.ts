/** A network drawn as blocks, whose height shows the size of the planes and whose thickness the number of channels. */
import { ValueError, showShape } from "../../array/errors.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import type { LayerRow } from "./layer-table.js";
import { showCount, showPlural } from "../figure/numbers.js";
import { fitText, INK, path, text, textWidth } from "../figure/svg.js";

/** The title of an `architecture`, and the shape of the example that its blocks are drawn for. */
export interface ArchitectureOptions {
  readonly title?: string;
  /** The shape of one example, C×H×W, C×L or F. */
  readonly inputShape?: readonly number[];
  /** The most CSS pixels of a line of blocks; 720. A deep network is continued on more lines of about equal length. */
  readonly width?: number;
}

interface Block {
  readonly shape: readonly number[];
  /** The names of the layers since the previous block. */
  readonly names: string[];
  readonly details: string[];
}

/**
 * Draws the shapes of a network's activations, with an arrow from each to the next. Sides and thicknesses are proportional to
 * the square roots of H, W and C, so that both a picture of 227×227 and a map of 6×6 can be seen. Layers that keep the shape
 * (ReLU, batch norm, dropout) are named at the block before them.
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
      /^(\w*ReLU|ELU|Sigmoid|\w*Tanh|\w*Norm\w*|Dropout|Softmax|PlaceBias|PositionalEncoding)/.test(kind)
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
  const labels = blocks.map(({ names, shape, details }) => [
    names[0],
    showShape(shape),
    ...stack(details).flatMap(unbroken),
  ]);
  const widths = solids.map((solid, i) =>
    Math.max(
      solid.front + solid.depth,
      ...labels[i].map((label, line) => Math.min(140, textWidth(label, line === 0 ? 12 : 11, line === 0))),
    ),
  );
  const width = options.width ?? 720;
  const all = widths.reduce((sum, one) => sum + one + GAP, -GAP);
  const lines = all <= width ? [widths.map((_, i) => i)] : linesOf(widths, width - 2 * STUB);
  const lineHeights = lines.map(
    (line) =>
      Math.max(20, ...line.map((i) => solids[i].tall + solids[i].depth)) +
      12 +
      15 * Math.max(0, ...line.map((i) => labels[i].length)) +
      14,
  );
  const lineWidths = lines.map(
    (line) => line.reduce((sum, i) => sum + widths[i] + GAP, -GAP) + (lines.length > 1 ? 2 * STUB : 0),
  );
  const svg = frame(
    {
      title: options.title ?? "Architecture",
      subtitle: `${showPlural(rows.length, "layer")}, ${showPlural(parameters, "parameter")}`,
      note:
        "The height and depth of a block show the planes' height and width, its thickness the number of channels. Sides are drawn by their square roots: four times as much is twice as long." +
        (extents.some(({ vector }) => vector) ? " Grey bars are vectors." : ""),
      width: Math.max(280, ...lineWidths),
      room: options.width,
      height: lineHeights.reduce((sum, height) => sum + height, 0),
      alt: sentence,
    },
    (left, top) => {
      const parts: string[] = [];
      let y = top;
      lines.forEach((line, l) => {
        const labelHeight = 15 * Math.max(0, ...line.map((i) => labels[i].length)) + 14;
        const base = y + lineHeights[l] - labelHeight - 12;
        let x = left + (lines.length > 1 ? STUB : 0);
        let from: readonly [x: number, height: number] | undefined = l > 0 ? [left, Infinity] : undefined;
        for (const i of line) {
          const solid = solids[i];
          const middle = x + widths[i] / 2;
          const start = middle - (solid.front + solid.depth) / 2;
          if (from !== undefined) {
            const height = Math.min(from[1], solid.tall / 2);
            parts.push(...arrow(from[0] + 5, start - 5, base - height));
          }
          parts.push(...drawSolid(start, base, solid));
          const next = solids[i + 1];
          const height = Math.min(solid.tall, next?.tall ?? Infinity) / 2;
          from = [start + solid.front + Math.min(solid.depth, height), height];
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
                fitText(label, Math.max(140, widths[i]), style.size, bold),
                style,
              ),
            );
          });
          x += widths[i] + GAP;
        }
        if (l < lines.length - 1 && from !== undefined) {
          const end = Math.max(x - GAP + STUB, from[0] + 22);
          parts.push(...arrow(from[0] + 5, end, base - from[1]));
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

/** Between two blocks, with room for an arrow. */
const GAP = 26;
/** The arrow at the end of a line, and the one at the beginning of the next. */
const STUB = 24;

/** The blocks in as few lines as fit, of about equal length. */
function linesOf(widths: readonly number[], most: number): number[][] {
  const fill = (limit: number): number[][] => {
    const lines: number[][] = [[]];
    let used = 0;
    widths.forEach((width, i) => {
      if (used > 0 && used + GAP + width > limit) {
        lines.push([]);
        used = 0;
      }
      lines.at(-1)!.push(i);
      used += width + (used > 0 ? GAP : 0);
    });
    return lines;
  };
  const fewest = fill(most).length;
  let limit = most;
  while (limit > 60 && fill(limit - 10).length === fewest) limit -= 10;
  return fill(limit);
}

/** An arrow from left to right; none where there is no room for it. */
function arrow(from: number, to: number, y: number): string[] {
  if (to - from < 6) return [];
  const tip = [
    [to - 5, y - 3.5],
    [to, y],
    [to - 5, y + 3.5],
  ] as const;
  return [
    path(
      [
        [from, y],
        [to, y],
      ],
      { stroke: INK.muted, width: 1.4 },
    ),
    path(tip, { stroke: INK.muted, width: 1.4 }),
  ];
}

/** A name in one line; a long one in several, broken before capital letters: LocalResponse, Norm. */
function unbroken(name: string): string[] {
  const lines: string[] = [];
  for (const part of name.split(/(?<=[a-z0-9])(?=[A-Z])/)) {
    const longer = `${lines.at(-1) ?? ""}${part}`;
    if (lines.length > 0 && textWidth(longer, 11) <= 84) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
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
