/**
 * Winograd's convolution: fewer multiplications for 3×3 and 5×5 filters at stride 1.
 *
 * Bring a tile of inputs (Bᵀ·B) and the filters (G·Gᵀ) to the points, multiply point by point, and come back
 * (Aᵀ·A): 36 multiplications instead of 144 for 4×4 outputs of 3×3, 64 instead of 400 for 4×4 outputs of 5×5. The
 * product at each point is a matrix product over channels: tiles × channels by channels × filters. S. Winograd,
 * 1980; A. Lavin and S. Gray, 2016. points.ts has the transforms, tiles.ts how tiles lie in memory. The points cost
 * accuracy, the more of them and the further from ±1 the more: with these, float32 comes out within some 1e-6 of
 * the sums' size (measured in the tests), against 4e-7 for plain sums. And an output hangs, by rounding, on all numbers
 * of its tile, not on those alone that its filter covers.
 *
 * The gradient with respect to the weights uses the same points the other way: dw = Gᵀ(Σ Bᵀ·x·B ⊙ A·dy·Aᵀ)G.
 */
import { FILTER, INPUT, pointsOf, square, UPSTREAM, WEIGHTS } from "./points";
import { floats } from "./simd";
import { channelsLast, eights, fours, lines, multiply, planeBytes, pointsToMaps, tilesIn, tilesToPoints } from "./tiles";

/**
 * Filters at the points: U[points][maps][filters rounded up to 8], for the maps first … last−1.
 * @param filterBytes, mapBytes  from one filter's (map's) weights to the next one's
 * @param flip  1 to read each filter backwards
 */
export function winogradFilters(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  filters: i32,
  maps: i32,
  w: usize,
  filterBytes: i32,
  mapBytes: i32,
  flip: i32,
  u: usize,
): void {
  const plane = planeBytes(maps, eights(filters));
  const taps = size * size;
  const rows = scratch + <usize>(16 * taps);
  const line = <usize>(16 * size);
  const down = plane * <usize>(size + 3);
  for (let c = first; c < last; c++) {
    for (let f = 0; f < eights(filters); f += 4) {
      for (let tap = 0; tap < taps; tap++) {
        const from = w + <usize>(f * filterBytes + c * mapBytes) + floats(flip ? taps - 1 - tap : tap);
        for (let lane = 0; lane < 4; lane++) {
          const value: f32 = f + lane < filters ? load<f32>(from + <usize>(lane * filterBytes)) : 0;
          store<f32>(scratch + floats(4 * tap + lane), value);
        }
      }
      const to = u + floats(c * eights(filters) + f);
      if (size == 3) square(3, FILTER, scratch, line, 16, rows, to, down, plane);
      else square(5, FILTER, scratch, line, 16, rows, to, down, plane);
    }
  }
}

/** Scratch begins with room for a square on its way through the transforms. */
const SQUARE: usize = 1024;

/*
 * What is handled together should stay in the second-level cache: small images go some at a time (`block`), large
 * ones in bands of so many rows of tiles (`band`), one band at a time. A piece is an image or a band of one.
 */

/** Pieces of an image. */
@inline
function piecesIn(tileRows: i32, band: i32): i32 {
  return (tileRows + band - 1) / band;
}

/**
 * y = max(bias + w ⋆ x, least) for the blocks first … last−1 of `block` pieces each.
 * @param size     3 or 5: the filter's extent
 * @param band     rows of tiles in a piece; less than an image has only if block is 1
 * @param u        what winogradFilters made of the weights
 * @param xImage, yImage  floats from one image to the next
 * @param scratch  winogradScratch(…) bytes
 * @param odd      becomes 1 when an output is NaN or infinite: the points then spread what only some of a tile's outputs
 *   see over the whole tile, so that none of it is to be trusted
 * @param least    −∞, or 0 for the ReLU of y
 */
export function winograd(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  block: i32,
  band: i32,
  batch: i32,
  x: usize,
  xImage: i32,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  u: usize,
  bias: usize,
  filters: i32,
  rows: i32,
  columns: i32,
  y: usize,
  yImage: i32,
  odd: usize,
  least: f32,
): void {
  const floor = f32x4.splat(least);
  let strange = f32x4.splat(0);
  const tileRows = tilesIn(rows);
  const tileColumns = tilesIn(columns);
  const pieces = piecesIn(tileRows, band);
  const most = min(band, tileRows);
  const wide = 4 * tileColumns + size - 1;
  const across = fours(maps);
  const filters8 = eights(filters);
  const points = pointsOf(size);
  const image = scratch + SQUARE;
  const imageBytes = floats((4 * most + size - 1) * wide * across);
  const v = image + lines((4 * most + size - 1) * wide * across);
  const m = v + planeBytes(block * most * tileColumns, across) * <usize>points;
  const staging = m + planeBytes(block * most * tileColumns, filters8) * <usize>points;
  const planeU = planeBytes(maps, filters8);
  memory.fill(image, 0, imageBytes);
  for (let b = first; b < last; b++) {
    const from = b * block;
    const count = min(block, batch * pieces - from);
    const top = (from % pieces) * band;
    const here = min(band, tileRows - top);
    const high = 4 * here + size - 1;
    const tiles = here * tileColumns;
    const planeV = planeBytes(count * tiles, across);
    const planeM = planeBytes(count * tiles, filters8);
    if (pieces > 1) memory.fill(image, 0, imageBytes); // a band's padding is not where the last one's was
    for (let n = 0; n < count; n++) {
      const from0 = x + floats(((from + n) / pieces) * xImage);
      channelsLast(from0, maps, height, width, above - 4 * top, left, high, wide, across, image);
      const to = v + floats(n * tiles * across);
      if (size == 3) tilesToPoints(3, INPUT, image, across, wide, here, tileColumns, to, planeV, scratch);
      else tilesToPoints(5, INPUT, image, across, wide, here, tileColumns, to, planeV, scratch);
    }
    for (let p = 0; p < points; p++) {
      const a = v + planeV * <usize>p;
      multiply(count * tiles, filters8, maps, a, floats(across), 4, u + planeU * <usize>p, m + planeM * <usize>p, 0);
    }
    const low = min(rows - 4 * top, 4 * here);
    const map = floats(rows * columns);
    for (let n = 0; n < count; n++) {
      const product = m + floats(n * tiles * filters8);
      const to = y + floats(((from + n) / pieces) * yImage + 4 * top * columns);
      const one =
        size == 3
          ? pointsToMaps(3, product, planeM, filters, low, columns, bias, floor, to, map, scratch, staging)
          : pointsToMaps(5, product, planeM, filters, low, columns, bias, floor, to, map, scratch, staging);
      strange = f32x4.add(strange, one);
    }
  }
  if (v128.any_true(f32x4.ne(strange, strange))) store<i32>(odd, 1);
}

/** Bytes of scratch that winograd and winogradWeights need for blocks of so many pieces. */
export function winogradScratch(
  size: i32,
  block: i32,
  band: i32,
  maps: i32,
  filters: i32,
  rows: i32,
  columns: i32,
): usize {
  const tileRows = min(band, tilesIn(rows));
  const tileColumns = tilesIn(columns);
  const tiles = tileRows * tileColumns;
  const pixels = (4 * tileRows + size - 1) * (4 * tileColumns + size - 1);
  return (
    SQUARE +
    lines(pixels * fours(maps)) +
    lines(pixels * eights(filters)) +
    (planeBytes(block * tiles, fours(maps)) + planeBytes(block * tiles, eights(filters))) * <usize>pointsOf(size) +
    lines(16 * tileColumns * eights(filters))
  );
}

/** Bytes of points × rows × columns floats; `columns` is rounded up as the routines do. */
export function winogradPointBytes(size: i32, rows: i32, columns: i32): usize {
  return planeBytes(rows, columns) * <usize>pointsOf(size);
}
/**
 * The sums of dw at the points, in parts: part p sums over the pieces p·all/parts … (p+1)·all/parts − 1, `block`
 * of them at a time, into sums[p][points][maps][filters rounded up to 8]. The parts, not the threads, fix the order
 * of the sums; and a part is done by one thread from the images to the sum.
 * @param scratch  winogradScratch(…) bytes
 */
export function winogradWeights(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  block: i32,
  band: i32,
  batch: i32,
  parts: i32,
  x: usize,
  xImage: i32,
  maps: i32,
  height: i32,
  width: i32,
  above: i32,
  left: i32,
  dy: usize,
  dyImage: i32,
  filters: i32,
  rows: i32,
  columns: i32,
  sums: usize,
): void {
  const tileRows = tilesIn(rows);
  const tileColumns = tilesIn(columns);
  const pieces = piecesIn(tileRows, band);
  const all = batch * pieces;
  const most = min(band, tileRows);
  const wide = 4 * tileColumns + size - 1;
  const across = fours(maps);
  const filters8 = eights(filters);
  const points = pointsOf(size);
  const pixels = (4 * most + size - 1) * wide;
  const image = scratch + SQUARE;
  const upstream = image + lines(pixels * across);
  const v = upstream + lines(pixels * filters8);
  const z = v + planeBytes(block * most * tileColumns, across) * <usize>points;
  const planeSum = planeBytes(maps, filters8);
  memory.fill(image, 0, floats(pixels * across));
  memory.fill(upstream, 0, floats(pixels * filters8));
  for (let part = first; part < last; part++) {
    const sum = sums + planeSum * <usize>(part * points);
    const begin = (part * all) / parts;
    const end = ((part + 1) * all) / parts;
    for (let from = begin; from < end; from += block) {
      const count = min(block, end - from);
      const top = (from % pieces) * band;
      const here = min(band, tileRows - top);
      const high = 4 * here + size - 1;
      const tiles = here * tileColumns;
      const planeV = planeBytes(count * tiles, across);
      const planeZ = planeBytes(count * tiles, filters8);
      if (pieces > 1) {
        memory.fill(image, 0, floats(pixels * across));
        memory.fill(upstream, 0, floats(pixels * filters8));
      }
      for (let n = 0; n < count; n++) {
        const number = (from + n) / pieces;
        const from0 = x + floats(number * xImage);
        channelsLast(from0, maps, height, width, above - 4 * top, left, high, wide, across, image);
        const from1 = dy + floats(number * dyImage);
        channelsLast(from1, filters, rows, columns, -4 * top, 0, 4 * here, 4 * tileColumns, filters8, upstream);
        const toV = v + floats(n * tiles * across);
        const toZ = z + floats(n * tiles * filters8);
        if (size == 3) {
          tilesToPoints(3, INPUT, image, across, wide, here, tileColumns, toV, planeV, scratch);
          tilesToPoints(3, UPSTREAM, upstream, filters8, 4 * tileColumns, here, tileColumns, toZ, planeZ, scratch);
        } else {
          tilesToPoints(5, INPUT, image, across, wide, here, tileColumns, toV, planeV, scratch);
          tilesToPoints(5, UPSTREAM, upstream, filters8, 4 * tileColumns, here, tileColumns, toZ, planeZ, scratch);
        }
      }
      const add = from > begin ? 1 : 0;
      for (let p = 0; p < points; p++) {
        const a = v + planeV * <usize>p;
        multiply(maps, filters8, count * tiles, a, 4, floats(across), z + planeZ * <usize>p, sum + planeSum * <usize>p, add);
      }
    }
  }
}

/** dw's weights of the maps first … last−1 from the parts' sums at the points. */
export function winogradFilterGradient(
  first: i32,
  last: i32,
  scratch: usize,
  size: i32,
  filters: i32,
  maps: i32,
  parts: i32,
  sums: usize,
  flip: i32,
  dw: usize,
): void {
  const plane = planeBytes(maps, eights(filters));
  const points = pointsOf(size);
  const taps = size * size;
  const weights = scratch + <usize>(16 * points);
  const rows = weights + <usize>(16 * taps);
  const line = <usize>(16 * size);
  const down = <usize>(16 * (size + 3));
  for (let c = first; c < last; c++) {
    for (let f = 0; f < filters; f += 4) {
      const high = min(4, filters - f);
      for (let p = 0; p < points; p++) {
        let from = sums + plane * <usize>p + floats(c * eights(filters) + f);
        let sum = v128.load(from);
        for (let part = 1; part < parts; part++) {
          from += plane * <usize>points;
          sum = f32x4.add(sum, v128.load(from));
        }
        v128.store(scratch + <usize>(16 * p), sum);
      }
      if (size == 3) square(3, WEIGHTS, scratch, down, 16, rows, weights, line, 16);
      else square(5, WEIGHTS, scratch, down, 16, rows, weights, line, 16);
      for (let lane = 0; lane < high; lane++) {
        const to = dw + floats(((f + lane) * maps + c) * taps);
        for (let tap = 0; tap < taps; tap++) {
          store<f32>(to + floats(flip ? taps - 1 - tap : tap), load<f32>(weights + floats(4 * tap + lane)));
        }
      }
    }
  }
}
