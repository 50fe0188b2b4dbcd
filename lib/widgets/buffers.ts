/**
 * Bytes in the state of a widget. JSON holds none, so that the protocol sends them beside the state, with the path of each
 * in it: `{ value: bytes }` becomes `{}`, the path `["value"]` and one buffer. In a list a null keeps the place.
 */

/** Where bytes belong: names and indices from the state inwards. */
export type BufferPath = readonly (string | number)[];

/** A state as it is sent. */
export interface SplitState {
  readonly state: Record<string, unknown>;
  readonly paths: BufferPath[];
  readonly buffers: Uint8Array[];
}

/** Takes the bytes out of a state; the state is not changed. */
export function splitBuffers(state: Readonly<Record<string, unknown>>): SplitState {
  const paths: BufferPath[] = [];
  const buffers: Uint8Array[] = [];
  const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
  const walk = (value: unknown, path: BufferPath): unknown => {
    if (Array.isArray(value))
      return value.map((one, i) => (isBytes(one) ? take(one, [...path, i], null) : walk(one, [...path, i])));
    if (typeof value !== "object" || value === null) return value;
    const kept: Record<string, unknown> = {};
    for (const [name, one] of Object.entries(value)) {
      if (isBytes(one)) take(one, [...path, name], undefined);
      else kept[name] = walk(one, [...path, name]);
    }
    return kept;
  };
  const take = <T>(bytes: Uint8Array, path: BufferPath, instead: T): T => {
    paths.push(path);
    buffers.push(bytes);
    return instead;
  };
  return { state: walk(state, []) as Record<string, unknown>, paths, buffers };
}

/** Puts bytes back into a state that came with their paths; the state is changed. */
export function joinBuffers(
  state: Record<string, unknown>,
  paths: readonly BufferPath[],
  buffers: readonly Uint8Array[],
): Record<string, unknown> {
  paths.forEach((path, i) => {
    let place = state as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) {
      const next = place[step];
      if (typeof next !== "object" || next === null) return;
      place = next as Record<string | number, unknown>;
    }
    const last = path.at(-1);
    if (last !== undefined && last !== "__proto__") place[last] = buffers[i];
  });
  return state;
}
