/**
 * How people write the ten digits: several styles for each digit, and the pen strokes of each style.
 *
 * A stroke is a list of points that the pen goes through, "x y" in hundredths of the digit's height, x to the right and y
 * downwards. Between them the pen follows a Catmull–Rom spline; at a point marked `*` it turns a corner.
 */

/** A point that the pen goes through, in units of the digit's height. */
export interface StrokePoint {
  readonly x: number;
  readonly y: number;
  /** Whether the pen stops here and continues in a new direction. */
  readonly corner: boolean;
}
export type Stroke = readonly StrokePoint[];

const written: readonly (readonly (readonly string[])[])[] = [
  [
    ["45 0, 15 14, 3 50, 17 88, 42 100, 68 86, 80 50, 66 12, 45 0"],
    ["58 8, 30 3, 8 30, 6 70, 30 98, 62 92, 76 60, 70 20, 45 4, 30 10"],
    ["32 0, 9 25, 4 70, 24 100, 46 76, 52 30, 34 0"],
  ],
  [
    ["26 0, 25 33, 24 66, 24 100"],
    ["5 25, 18 13, 29 0*, 28 50, 27 100"],
    ["5 24, 17 13, 28 0*, 28 50, 28 100", "2 100, 28 99, 54 99"],
  ],
  [
    ["8 22, 30 2, 60 10, 62 35, 35 68, 5 97*, 40 96, 75 95"],
    ["8 20, 34 0, 60 16, 54 50, 28 82, 8 92, 12 76, 32 84, 52 96, 80 90"],
    ["6 25, 22 3, 52 3, 62 28, 40 60, 4 96*, 22 88, 50 97, 82 88"],
  ],
  [
    ["8 12, 35 0, 60 15, 52 38, 26 47*, 58 54, 66 78, 40 100, 5 90"],
    ["6 3, 34 2, 62 2*, 46 22, 30 42*, 62 54, 64 82, 36 100, 4 92"],
    ["10 12, 40 0, 60 18, 44 42, 26 50, 30 43, 58 54, 62 82, 34 100, 4 88"],
  ],
  [
    ["15 2, 9 28, 5 55*, 40 55, 78 52", "62 5, 60 50, 58 100"],
    ["54 0, 28 34, 2 66*, 40 66, 80 63", "54 0, 53 50, 52 100"],
    ["10 5, 8 35, 18 52, 42 52, 62 40", "66 0, 62 50, 56 100"],
    ["8 4, 4 32, 12 48, 40 48, 64 36*, 67 0*, 62 50, 58 100"],
  ],
  [
    ["14 2, 12 22, 10 42*, 40 36, 64 55, 62 84, 34 100, 4 90", "14 2, 40 3, 68 0"],
    ["66 2, 40 3, 18 3*, 14 22, 10 44*, 42 38, 64 60, 54 92, 26 100, 4 90"],
    ["64 3, 34 2, 14 14, 18 36, 46 46, 62 66, 52 93, 24 99, 4 88"],
  ],
  [
    ["52 0, 24 20, 6 55, 10 88, 34 100, 58 86, 56 62, 34 52, 10 66"],
    ["36 0, 14 40, 6 75, 24 99, 52 94, 58 70, 38 58, 12 74"],
    ["60 8, 40 0, 14 25, 4 65, 20 98, 50 96, 62 74, 44 56, 20 64, 8 80"],
  ],
  [
    ["4 6, 36 5, 68 3*, 48 45, 30 100"],
    ["4 6, 36 5, 68 3*, 48 45, 34 100", "22 52, 44 50, 64 48"],
    ["6 20, 5 4*, 36 6, 68 2*, 44 50, 34 100"],
    ["4 12, 26 3, 58 8, 58 30, 40 60, 30 100"],
  ],
  [
    ["62 12, 38 0, 12 14, 20 38, 44 50, 64 74, 42 100, 10 86, 12 64, 40 46, 60 26, 58 8"],
    ["36 0, 12 12, 14 36, 36 46, 58 34, 58 10, 36 0", "36 46, 8 62, 8 90, 36 100, 64 90, 62 60, 36 46"],
    ["40 48, 14 30, 24 4, 50 4, 56 26, 36 50, 10 78, 26 100, 54 90, 52 66, 34 46"],
  ],
  [
    ["60 14, 36 0, 10 16, 10 42, 34 50, 58 28, 60 10*, 57 55, 50 100"],
    ["56 14, 32 0, 8 20, 14 46, 42 46, 58 16, 60 40, 54 80, 30 100, 8 92"],
    ["54 8, 24 4, 6 28, 22 48, 46 38, 56 6*, 54 50, 54 100"],
  ],
];

/** `digitStyles[digit][style]` is a list of strokes. */
export const digitStyles: readonly (readonly (readonly Stroke[])[])[] = written.map((styles) =>
  styles.map((strokes) =>
    strokes.map((stroke) =>
      stroke.split(", ").map((point) => {
        const [x, y] = point.replace("*", "").split(" ").map(Number);
        return { x: x / 100, y: y / 100, corner: point.endsWith("*") };
      }),
    ),
  ),
);
