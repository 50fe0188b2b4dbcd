/**
 * Stands for the package ndarray on a page. The package makes its classes from text, which a page's content policy forbids;
 * the figures need no more than the place of a number.
 */
type Data = Float32Array | Float64Array;

class View {
  readonly data: Data;
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;

  constructor(data: Data, shape: number[], stride: number[], offset: number) {
    this.data = data;
    this.shape = shape;
    this.stride = stride;
    this.offset = offset;
  }

  get dtype(): string {
    return this.data instanceof Float64Array ? "float64" : "float32";
  }

  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  get dimension(): number {
    return this.shape.length;
  }

  get(...index: number[]): number {
    return this.data[this.index(...index)];
  }

  set(...rest: number[]): number {
    return (this.data[this.index(...rest.slice(0, -1))] = rest.at(-1)!);
  }

  index(...index: number[]): number {
    return index.reduce((place, i, axis) => place + i * this.stride[axis], this.offset);
  }
}

/** A view of a buffer, row-major unless strides are given. */
export default function ndarray(
  data: Data,
  shape: number[] = [data.length],
  stride?: number[],
  offset = 0,
): View {
  const rowMajor = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  );
  return new View(data, shape, stride ?? rowMajor, offset);
}
