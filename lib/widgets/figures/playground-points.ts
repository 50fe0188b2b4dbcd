/** The points of the playground: four sets of a hundred points of two classes. */

/** A point of the plane, and its class: 1 or −1. */
export type Point = readonly [x: number, y: number, label: number];

/** How many points a set has. */
export const COUNT = 100;

/** Numbers from 0 to 1 that are the same each time for a seed. */
export function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number of the standard normal distribution. */
export const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** Each set: where a point of a class lies, before it is moved a little at random. @param share  from 0 to 1 along its class */
export const shapes: Readonly<
  Record<string, (share: number, label: number, next: () => number) => [number, number]>
> = {
  moons: (share, label) => {
    const angle = Math.PI * share;
    return label > 0
      ? [0.8 * Math.cos(angle) - 0.4, 0.8 * Math.sin(angle) - 0.2]
      : [0.4 - 0.8 * Math.cos(angle), 0.2 - 0.8 * Math.sin(angle)];
  },
  ring: (share, label, next) => {
    const [angle, radius] = [2 * Math.PI * share, label > 0 ? 0.45 * Math.sqrt(next()) : 1];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
  "four corners": (share, label, next) => {
    const side = share < 0.5 ? 1 : -1;
    return [side * (0.25 + 0.75 * next()), side * label * (0.25 + 0.75 * next())];
  },
  spirals: (share, label) => {
    const [angle, radius] = [1.25 * 2 * Math.PI * share, 0.15 + 1.05 * share];
    return [label * radius * Math.sin(angle), label * radius * Math.cos(angle)];
  },
};

const sets = new Map<string, Point[]>();

/** The hundred points of a set, always the same. */
export function pointsOf(data: string): readonly Point[] {
  const before = sets.get(data);
  if (before) return before;
  const next = numbersFrom(7);
  const made = Array.from({ length: COUNT }, (_, n): Point => {
    const label = n % 2 === 0 ? 1 : -1;
    const [x, y] = shapes[data](Math.floor(n / 2) / (COUNT / 2 - 1), label, next);
    return [x + 0.06 * normal(next), y + 0.06 * normal(next), label];
  });
  sets.set(data, made);
  return made;
}
