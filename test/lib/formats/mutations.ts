/** Damages files in many ways and watches what a reader makes of them. */
import { FormatError } from "../../../lib/index.js";
import { Random } from "../../../lib/array/random.js";

export interface Survey {
  /** Files that were read in spite of the damage: it hit numbers, or padding. */
  readonly read: number;
  /** Files that were refused with a FormatError. */
  readonly refused: number;
  /** Anything else that was thrown, with the damage. Must be empty. */
  readonly wrong: readonly string[];
  /** The longest that was computed for one file, in milliseconds. */
  readonly slowest: number;
  /** The most memory for numbers that one file took, in bytes, whether it was read or refused. */
  readonly memory: number;
}

/** Reads `count` damaged copies: bytes changed, cut off, cut out, repeated, or overwritten by all ones (huge claims). */
export function mutate(
  original: Uint8Array,
  count: number,
  read: (bytes: Uint8Array) => unknown,
  kinds: readonly (new (...parts: never[]) => Error)[] = [FormatError],
): Survey {
  const random = new Random(1);
  let [good, refused, slowest, memory] = [0, 0, 0, 0];
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const { bytes, what } = damaged(original, random);
    const [began, computed, taken] = [
      performance.now(),
      process.cpuUsage(),
      process.memoryUsage().arrayBuffers,
    ];
    try {
      read(bytes);
      good++;
    } catch (error) {
      if (kinds.some((kind) => error instanceof kind)) refused++;
      else wrong.push(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    // A busy machine makes the clock on the wall run on, threads besides this one the processor's.
    const { user, system } = process.cpuUsage(computed);
    slowest = Math.max(slowest, Math.min(performance.now() - began, (user + system) / 1000));
    memory = Math.max(memory, process.memoryUsage().arrayBuffers - taken);
  }
  return { read: good, refused, wrong, slowest, memory };
}

function damaged(original: Uint8Array, random: Random): { bytes: Uint8Array; what: string } {
  // Headers are where damage does harm: half of all places are among the first and last 200 bytes.
  const near = random.next() < 0.5;
  const at = !near
    ? random.integer(original.length)
    : random.next() < 0.6
      ? random.integer(Math.min(200, original.length))
      : original.length - 1 - random.integer(Math.min(200, original.length));
  const length = 1 + random.integer(8);
  const bytes = Uint8Array.from(original);
  switch (random.integer(6)) {
    case 0:
      bytes[at] ^= 1 << random.integer(8);
      return { bytes, what: `a bit of byte ${at} flipped` };
    case 1:
      for (let i = at; i < Math.min(at + length, bytes.length); i++) bytes[i] = random.integer(256);
      return { bytes, what: `${length} bytes at ${at} random` };
    case 2:
      return { bytes: bytes.slice(0, at), what: `cut off at ${at}` };
    case 3:
      bytes.fill(0xff, at, at + length);
      return { bytes, what: `${length} bytes at ${at} all ones` };
    case 4: {
      const rest = bytes.slice(at + length);
      bytes.set(rest, at);
      return { bytes: bytes.slice(0, at + rest.length), what: `${length} bytes at ${at} cut out` };
    }
    default: {
      const longer = new Uint8Array(bytes.length + length);
      longer.set(bytes.subarray(0, at));
      longer.set(bytes.subarray(at), at + length);
      longer.copyWithin(at, Math.max(0, at - length), at);
      return { bytes: longer, what: `${length} bytes at ${at} repeated` };
    }
  }
}
