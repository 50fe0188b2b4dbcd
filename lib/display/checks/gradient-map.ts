/**
 * Shows where a derived gradient differs from the measured one, as a picture and in a sentence. Common mistakes have
 * typical patterns (a mirrored filter, a forgotten border, a factor), and the sentence names them.
 */
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { BAR_HEIGHT, colorBar, frame } from "../figure/frame.js";
import { showApart, showCount, showNumber } from "../figure/numbers.js";
import { colorize, enlarge, montage, scaleFor, type ColorScale, type Raster } from "../figure/pixels.js";
import { box, image, INK, text } from "../figure/svg.js";

/** The same gradient twice: as derived by backward, and as measured by central differences. */
export interface GradientPair {
  readonly derived: Tensor;
  /** NaN where nothing was measured, for example at a kink. */
  readonly measured: Tensor;
  /** The relative error of each number, where it was worked out closer; else those larger than the tolerance are wrong. */
  readonly error?: Tensor;
}

/** The name of the gradient that `gradientMap` draws, and the tolerance for two numbers to agree. */
export interface GradientMapOptions {
  /** The gradient's name, such as "dw". */
  readonly name?: string;
  /** The relative error up to which two numbers agree; 1e-6. */
  readonly tolerance?: number;
}

const MOST_TILES = 36;

/**
 * Draws the derived gradient, the measured one, and their difference; numbers that disagree have a frame.
 *
 *     gradientMap(report.of("w").map, { name: "dw" })
 *
 * @throws ShapeError when the two shapes differ
 */
export function gradientMap(pair: GradientPair, options: GradientMapOptions = {}): Figure {
  const { name = "the gradient", tolerance = 1e-6 } = options;
  const { shape } = pair.measured;
  const sentence = `${name}: ${diagnose(pair, tolerance)}`;
  const [derived, measured] = [flat(pair.derived), flat(pair.measured)];
  const difference = Float64Array.from(derived, (value, i) => value - measured[i]);
  const wrong = wrongCells(derived, measured, tolerance, pair.error && flat(pair.error));
  const scale = symmetric(scaleFor([...extremes(measured), ...extremes(derived)]));
  const wrongCount = wrong.reduce((sum, one) => sum + one, 0);
  // With a scale of their own, rounding differences would look as large as errors.
  const ownScale = wrongCount > 0 ? symmetric(scaleFor(extremes(difference))) : scale;
  const layout = layoutOf(shape);
  const panels = [
    { title: "derived by backward", values: derived, scale },
    { title: "measured by differences", values: measured, scale },
    { title: "derived − measured", values: difference, scale: ownScale },
  ];
  const gap = 28;
  const width = Math.max(layout.width, 150);
  const svg = frame(
    {
      title: `Gradient check of ${name}`,
      subtitle: sentence,
      note:
        (layout.shown < layout.tiles
          ? `The first ${layout.shown} of ${showCount(layout.tiles)} parts are drawn. `
          : "") +
        howToRead(shape) +
        `Blue is negative, white zero, orange positive; a red frame marks numbers that disagree by more than ${showNumber(tolerance)} of their size.${measured.some((value) => !Number.isFinite(value)) ? " Magenta was not measured." : ""}`,
      width: 3 * width + 2 * gap,
      height: 20 + layout.height + 12 + BAR_HEIGHT,
      alt: sentence,
    },
    (left, top) =>
      panels.flatMap(({ title, values, scale }, i) => {
        const x = left + i * (width + gap);
        const raster = draw(values, layout, scale);
        const parts = [
          text(x, top + 12, title, { bold: true }),
          image(x, top + 20, raster.width, raster.height, raster),
          ...tileFrames(x, top + 20, layout),
          ...colorBar(x, top + 20 + layout.height + 12, scale, { width: Math.min(150, width) }),
        ];
        if (i !== 1) parts.push(...marks(x, top + 20, layout, wrong));
        return parts;
      }),
  );
  return new Figure({ alt: sentence, text: sentence, svg });
}

/**
 * One sentence on how a derived gradient differs from a measured one: not at all, by a factor, mirrored, transposed, only at
 * the border, or by how many numbers, with the worst one.
 * @throws ShapeError when the two shapes differ
 */
export function diagnose({ derived, measured, error }: GradientPair, tolerance = 1e-6): string {
  if (showShape(derived.shape) !== showShape(measured.shape)) {
    throw new ShapeError(
      `gradientMap: the derived gradient is ${showShape(derived.shape)} and the measured one ${showShape(measured.shape)}; both have the shape of the argument.`,
    );
  }
  const [d, m] = [flat(derived), flat(measured)];
  const errors = error && flat(error);
  const wrong = wrongCells(d, m, tolerance, errors);
  const count = wrong.reduce((sum, one) => sum + one, 0);
  let compared = 0;
  for (const value of m) if (Number.isFinite(value)) compared++;
  if (compared === 0) return "nothing was measured.";
  if (count === 0) return `all ${showCount(compared)} numbers agree.`;
  const start = `${showCount(count)} of ${showCount(compared)} numbers disagree`;
  const isMeasured = (i: number) => Number.isFinite(m[i]);
  const odd = d.findIndex((value, i) => isMeasured(i) && !Number.isFinite(value));
  if (odd >= 0) {
    const what = Number.isNaN(d[odd]) ? "NaN" : "∞";
    return (
      `${start}, and the derived gradient has ${what}, first at [${indexOf(odd, measured.shape).join(", ")}]; ` +
      `look for a division by zero or a number never written.`
    );
  }
  if (d.every((value, i) => !isMeasured(i) || value === 0))
    return `${start}: the derived gradient is zero everywhere.`;
  const factor = factorBetween(d, m);
  const scaled = Float64Array.from(m, (value) => value * factor);
  if (Math.abs(factor) > 1e-12 && agree(d, scaled, tolerance, wrong)) {
    return factor < 0 && Math.abs(factor + 1) < 1e-6
      ? `${start}: every sign is wrong.`
      : `${start}: the derived gradient is ${showApart(factor, 1, 4)[0]} times the measured one${Math.abs(factor - 1) < SLIGHT ? `, ${SLIGHT_CAUSE}` : ""}.`;
  }
  const twin = rearrangement(d, m, wrong, measured.shape, tolerance);
  if (twin !== undefined) return `${start}: the derived gradient is the measured one ${twin}.`;
  const slight = slightness(d, m, wrong);
  const place = count > 1 ? whereWrong(wrong, m, measured.shape) : undefined;
  if (place !== undefined) return `${start}, all ${place}; the others are right${slight}.`;
  const worst = worstOf(d, m, wrong);
  const [is, must] = showApart(d[worst], m[worst], 4);
  return (
    `${start}; the farthest apart, at [${indexOf(worst, measured.shape).join(", ")}], are ` +
    `${is} derived and ${must} measured${slight}.`
  );
}

/** A relative error below this means that the formula is right except for a small constant. */
const SLIGHT = 1e-3;
const SLIGHT_CAUSE = "as where an ε is left out or added twice, or numbers are rounded to float32 on the way";

/** A clause, with a semicolon before it, for the case that every wrong number is only slightly wrong; else empty. */
function slightness(derived: Numbers, measured: Numbers, wrong: Uint8Array): string {
  let most = 0;
  wrong.forEach((one, i) => {
    const size = Math.max(Math.abs(measured[i]), Math.abs(derived[i]));
    if (one === 1) most = Math.max(most, Math.abs(derived[i] - measured[i]) / size);
  });
  return most < SLIGHT ? `; each is off by at most ${showNumber(most, 2)} of its size, ${SLIGHT_CAUSE}` : "";
}

type Numbers = Float32Array | Float64Array;

/** 1 where two numbers disagree: relative to the larger of them, or to a thousandth of the largest of all. */
function wrongCells(derived: Numbers, measured: Numbers, tolerance: number, errors?: Numbers): Uint8Array {
  const floor = floorOf(measured);
  return Uint8Array.from(measured, (value, i) => {
    if (!Number.isFinite(value)) return 0;
    if (!Number.isFinite(derived[i])) return 1;
    if (errors !== undefined) return errors[i] > tolerance ? 1 : 0;
    const size = Math.max(Math.abs(value), Math.abs(derived[i]), floor);
    return Math.abs(value - derived[i]) <= tolerance * size ? 0 : 1;
  });
}

const floorOf = (measured: Numbers): number => Math.max(...extremes(measured).map(Math.abs), 0) / 1000;

/** Whether all numbers agree within the tolerance, or within 1e-9 if that is larger: a factor of 1.000001 is not 1. */
function agree(derived: Numbers, measured: Numbers, tolerance: number, wrong: Uint8Array): boolean {
  const allowed = Math.max(tolerance, 1e-9);
  return wrongCells(derived, measured, allowed).every((one, i) => {
    if (one === 1) return false;
    // What is wrong beside numbers that are far larger must be explained too.
    const size = Math.max(Math.abs(derived[i]), Math.abs(measured[i]));
    return (
      wrong[i] === 0 || !Number.isFinite(measured[i]) || Math.abs(derived[i] - measured[i]) <= SLIGHT * size
    );
  });
}

/** The factor by which the measured numbers fit the derived ones best, by least squares. */
function factorBetween(derived: Numbers, measured: Numbers): number {
  let products = 0;
  let squares = 0;
  measured.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    products += value * derived[i];
    squares += value * value;
  });
  return squares > 0 ? products / squares : 0;
}

/** The reflection or rotation that turns the measured numbers into the derived ones, if there is one. */
function rearrangement(
  derived: Numbers,
  measured: Numbers,
  wrong: Uint8Array,
  shape: readonly number[],
  tolerance: number,
): string | undefined {
  const count = wrong.reduce((sum, one) => sum + one, 0);
  const width = shape.at(-1) ?? 1;
  const height = shape.at(-2) ?? 1;
  const flat = shape.length < 2 || height === 1;
  const moves: [string, (row: number, column: number) => [number, number], boolean][] = [
    [flat ? "mirrored" : "mirrored left to right", (row, column) => [row, width - 1 - column], true],
    ["mirrored top to bottom", (row, column) => [height - 1 - row, column], !flat],
    ["turned by 180° (a filter flipped)", (row, column) => [height - 1 - row, width - 1 - column], !flat],
    ["transposed", (row, column) => [column, row], !flat && width === height],
  ];
  const plane = width * height;
  for (const [words, move, applies] of moves) {
    if (!applies) continue;
    const moved = measured.map((_, i) => {
      const inPlane = i % plane;
      const [row, column] = move(Math.floor(inPlane / width), inPlane % width);
      return measured[i - inPlane + row * width + column];
    });
    // If only a sample was measured, few numbers have a partner that was measured too; two such pairs prove nothing.
    let [met, explained] = [0, 0];
    moved.forEach((value, i) => {
      if (!Number.isFinite(value) || !Number.isFinite(measured[i])) return;
      met++;
      explained += wrong[i];
    });
    const enough = met >= Math.min(4, measured.length) && explained >= count / 2;
    if (enough && agree(derived, moved, tolerance, wrong)) return words;
  }
  return undefined;
}

/** The named region whose measured cells are exactly the wrong ones, if there is one. */
function whereWrong(wrong: Uint8Array, measured: Numbers, shape: readonly number[]): string | undefined {
  const width = shape.at(-1) ?? 1;
  const height = shape.at(-2) ?? 1;
  const corner = (atRow: number, atColumn: number) => (row: number, column: number) =>
    height > 1 && width > 1 && row === atRow && column === atColumn;
  const regions: [string, (row: number, column: number) => boolean][] = [
    ["in the top left corner", corner(0, 0)],
    ["in the top right corner", corner(0, width - 1)],
    ["in the bottom left corner", corner(height - 1, 0)],
    ["in the bottom right corner", corner(height - 1, width - 1)],
    [height === 1 ? "at the first place" : "in the first column", (_, column) => column === 0],
    [height === 1 ? "at the last place" : "in the last column", (_, column) => column === width - 1],
    [
      height === 1 ? "at the two ends" : "in the first and last columns",
      (_, column) => column === 0 || column === width - 1,
    ],
    ["in the first row", (row) => height > 1 && row === 0],
    ["in the last row", (row) => height > 1 && row === height - 1],
    [
      "on the border",
      (row, column) =>
        height > 1 && (row === 0 || column === 0 || row === height - 1 || column === width - 1),
    ],
  ];
  const cells = Array.from(measured, (value, i) => ({
    row: Math.floor(i / width) % height,
    column: i % width,
    wrong: wrong[i] === 1,
    measured: Number.isFinite(value),
  })).filter(({ measured }) => measured);
  const region = regions.find(([, inside]) => {
    const within = cells.filter(({ row, column }) => inside(row, column));
    const wrongWithin = within.filter((cell) => cell.wrong).length;
    // A region that is mostly right does not count.
    const isMostlyWrong = 2 * wrongWithin >= within.length;
    return (
      within.length < cells.length &&
      isMostlyWrong &&
      wrongWithin === cells.filter((cell) => cell.wrong).length
    );
  });
  return region?.[0] ?? commonIndex(wrong, measured, shape);
}

/** "at [·, 2, ·, ·]" when exactly the cells at one index of an axis are wrong. */
function commonIndex(wrong: Uint8Array, measured: Numbers, shape: readonly number[]): string | undefined {
  const indices = Array.from(wrong, (one, i) => ({
    wrong: one === 1,
    index: indexOf(i, shape),
    value: measured[i],
  }));
  const known = indices.filter(({ value }) => Number.isFinite(value));
  const faults = known.filter((cell) => cell.wrong);
  const axis = shape.findIndex((_, along) => {
    const at = faults[0].index[along];
    const there = known.filter(({ index }) => index[along] === at);
    return (
      there.length < known.length &&
      2 * faults.length >= there.length &&
      faults.every(({ index }) => index[along] === at)
    );
  });
  if (axis < 0) return undefined;
  return `at [${shape.map((_, along) => (along === axis ? faults[0].index[axis] : "·")).join(", ")}]`;
}

/** The wrong number that differs most from the measured one. */
function worstOf(derived: Numbers, measured: Numbers, wrong: Uint8Array): number {
  let worst = wrong.indexOf(1);
  wrong.forEach((one, i) => {
    const distance = Math.abs(measured[i] - derived[i]);
    if (one === 1 && distance > Math.abs(measured[worst] - derived[worst])) worst = i;
  });
  return worst;
}

function indexOf(position: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = position; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

function extremes(values: Numbers): [number, number] {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function symmetric({ low, high }: ColorScale): ColorScale {
  const reach = Math.max(-low, high);
  return { kind: "diverging", low: -reach, high: reach };
}

interface Layout {
  readonly tiles: number;
  readonly shown: number;
  readonly columns: number;
  readonly rows: number;
  /** Cells of one tile. */
  readonly across: number;
  readonly down: number;
  /** Pixels to a cell. */
  readonly cell: number;
  readonly width: number;
  readonly height: number;
}

const GAP = 6;

// The last two axes are a tile; the axes before them count the tiles, the last of these along the row.
function layoutOf(shape: readonly number[]): Layout {
  const across = shape.at(-1) ?? 1;
  const down = shape.at(-2) ?? 1;
  const tiles = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const inRow = Math.max(1, Math.min(6, shape.at(-3) ?? 1));
  const columns = tiles > 1 && inRow === 1 ? Math.min(6, Math.ceil(Math.sqrt(tiles))) : inRow;
  const shown = Math.min(tiles, MOST_TILES);
  const rows = Math.ceil(shown / columns);
  const room = (240 - GAP * (columns - 1)) / (columns * across);
  const cell = Math.max(1, Math.min(22, Math.floor(room)));
  return {
    tiles,
    shown,
    columns,
    rows,
    across,
    down,
    cell,
    width: columns * (across * cell + GAP) - GAP,
    height: rows * (down * cell + GAP) - GAP,
  };
}

/** A sentence that says which index is the block, the row and the column of the drawing. */
function howToRead(shape: readonly number[]): string {
  const tiles = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  if (tiles === 1 || shape.length > 6) return "";
  const names = ["n", "m", "k", "l"].slice(0, shape.length - 2);
  const block = names.length > 1 ? `(${names.join(", ")})` : names[0];
  return `Entry [${[...names, "i", "j"].join(", ")}] is in block ${block}, row i, column j, counted from 0. `;
}

function draw(values: Numbers, layout: Layout, scale: ColorScale): Raster {
  const { across, down, shown, columns, cell } = layout;
  const tiles = Array.from({ length: shown }, (_, i) =>
    enlarge(colorize(values.subarray(i * across * down, (i + 1) * across * down), across, down, scale), cell),
  );
  return montage(tiles, { columns, gap: GAP });
}

function tileCorner(layout: Layout, tile: number): [number, number] {
  const { columns, across, down, cell } = layout;
  return [(tile % columns) * (across * cell + GAP), Math.floor(tile / columns) * (down * cell + GAP)];
}

function tileFrames(x: number, y: number, layout: Layout): string[] {
  const { across, down, cell, shown } = layout;
  return Array.from({ length: shown }, (_, tile) => {
    const [left, top] = tileCorner(layout, tile);
    return box(x + left - 0.5, y + top - 0.5, across * cell + 1, down * cell + 1, { stroke: INK.faint });
  });
}

function marks(x: number, y: number, layout: Layout, wrong: Uint8Array): string[] {
  const { across, down, cell, shown } = layout;
  if (cell < 4) return [];
  const parts: string[] = [];
  for (let i = 0; i < shown * across * down; i++) {
    if (wrong[i] === 0) continue;
    const [left, top] = tileCorner(layout, Math.floor(i / (across * down)));
    const [row, column] = [Math.floor(i / across) % down, i % across];
    parts.push(
      box(x + left + column * cell + 1, y + top + row * cell + 1, cell - 2, cell - 2, {
        stroke: INK.bad,
        width: 1.4,
      }),
    );
  }
  return parts;
}
