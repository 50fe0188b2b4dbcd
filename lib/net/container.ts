/**
 * What Sequential and Graph have in common: named parts, each of which reads the outputs of earlier parts. Code that walks
 * through a network, adds up its costs or follows a tensor through it needs to know nothing more.
 */
import { ValueError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import type { Shape, Tensor } from "../array/tensor.js";
import { Layer, Merge, type ContainerPass, type Inside, type Parameter } from "../layers/layer.js";
import { Pass } from "./pass.js";

/** The source of a part's input: another part, or undefined for the container's own input. */
export type Source = Part | undefined;

/** One layer of a container, or one merge of several values. */
export interface Part {
  readonly name: string;
  readonly layer: Layer | Merge;
  /** One source for a layer, one or more for a merge; each comes before this part. */
  readonly from: readonly Source[];
}

/**
 * What `Sequential` and `Graph` have in common: named parts, each of which reads the outputs of earlier parts, and the
 * parameters of all parts by path.
 */
export abstract class Container extends Layer {
  /** In the order of the forward. */
  readonly parts: readonly Part[];
  /** The part whose output is the container's. */
  readonly last: Source;
  override readonly children: Readonly<Record<string, Layer>>;
  /** For a part's name the part that alone reads its output; none where several read it, or it is the container's output. */
  readonly #readers: ReadonlyMap<string, Part>;
  /** All parameters by path: "conv1.w". */
  override readonly parameters: Readonly<Record<string, Parameter>>;
  /** All buffers by path: "bn1.mean". */
  override readonly buffers: Readonly<Record<string, Tensor>>;

  /** @param random  draws the initial values of all parameters that are not set yet */
  constructor(parts: readonly Part[], last: Source, random: Random) {
    super();
    this.parts = parts;
    this.last = last;
    const layers = parts.flatMap(({ name, layer }) =>
      layer instanceof Layer ? [[name, layer] as const] : [],
    );
    this.children = Object.fromEntries(layers);
    for (const [, layer] of layers) {
      const draw = random.fork();
      for (const parameter of Object.values(layer.parameters)) if (parameter.fresh) parameter.draw(draw);
    }
    this.#readers = onlyReaders(parts, last);
    this.parameters = byPath(layers.map(([name, layer]) => [name, layer.parameters]));
    this.buffers = byPath(layers.map(([name, layer]) => [name, layer.buffers]));
  }

  /** One line for each part, with its number of trained parameters. */
  override toString(): string {
    const width = Math.max(0, ...this.parts.map(({ name }) => name.length));
    const lines = this.parts.map(({ name, layer }) => `  ${name.padEnd(width)}  ${layer.describe()}`);
    const count = Object.values(this.parameters).reduce((total, { value }) => total + value.size, 0);
    return [`${this.kind}, ${this.parts.length} parts, ${count} parameters`, ...lines].join("\n");
  }

  /** The layer at a path: "conv1", "block2.conv1". @throws ValueError naming the layers that there are */
  get(path: string): Layer {
    const names = path.split(".");
    return names.reduce<Layer>((outer, name, depth) => {
      if (Object.hasOwn(outer.children, name)) return outer.children[name];
      const there = Object.keys(outer.children);
      throw new ValueError(
        there.length > 0 || depth === 0
          ? `${outer.kind}: there is no layer "${name}"; there are ${there.join(", ") || "none"}.`
          : `${this.kind}: "${names[depth - 1]}" is a ${outer.kind} and has no layers inside.`,
      );
    }, this);
  }

  /** The shape of every part's output for one example; the key undefined is the input. @throws ShapeError naming the part */
  shapesOf(input: Shape): Map<Source, number[]> {
    const shapes = this.batchShapesOf([1, ...input]);
    return new Map([...shapes].map(([part, shape]) => [part, shape.slice(1)]));
  }

  /** The same for a whole batch, whose axis comes first in the input. @throws ShapeError naming the part */
  batchShapesOf(input: Shape): Map<Source, number[]> {
    const pass = new Pass();
    const shapes = new Map<Source, number[]>([[undefined, [...input]]]);
    for (const part of this.parts) {
      const { name, layer, from } = part;
      const inputs = from.map((source) => shapes.get(source) as number[]);
      const shape = pass.within(name, () =>
        layer instanceof Layer ? layer.batchShape(inputs[0]) : layer.batchShape(inputs),
      );
      shapes.set(part, shape);
    }
    return shapes;
  }

  /**
   * The layer that alone reads a part's output, if nobody looks in between: then both may be computed at once.
   * @param name  the part's
   */
  protected following(name: string, pass: ContainerPass): Layer | undefined {
    return pass.watched ? undefined : this.#reader(name);
  }

  /** The same on the way back: the layer whose backward alone reads a part's dx. */
  protected preceding(name: string, pass: ContainerPass): Layer | undefined {
    const before = this.parts.find((part) => this.#readers.get(part.name)?.name === name);
    return pass.watched || isHooked(this.children[name], "backward") ? undefined : layerOf(before?.layer);
  }

  override inside(input?: Shape): Inside[] {
    const shapes = input && this.batchShapesOf([1, ...input]);
    return this.parts.map((part) => {
      const given = shapes && part.from.map((source) => shapes.get(source) as number[]);
      return {
        name: part.name,
        layer: part.layer,
        inputs: given?.map((shape) => shape.slice(1)),
        output: shapes?.get(part)?.slice(1),
        count: given?.[0][0],
        next: this.#reader(part.name),
      };
    });
  }

  /** The layer that alone reads a part's output, unless a hook looks at it first. */
  #reader(name: string): Layer | undefined {
    return isHooked(this.children[name], "forward") ? undefined : layerOf(this.#readers.get(name)?.layer);
  }

  override outputShape(input: Shape): number[] {
    return this.shapesOf(input).get(this.last) as number[];
  }

  override batchShape(input: Shape): number[] {
    return this.batchShapesOf(input).get(this.last) as number[];
  }

  override multiplyAdds(input: Shape): number {
    const shapes = this.batchShapesOf([1, ...input]);
    return this.parts.reduce((total, { layer, from }) => {
      // Where the batch axis was reshaped, a layer may get several examples for each one of the network.
      const given = from.map((source) => shapes.get(source) as number[]);
      const [[count, ...example]] = given;
      const examples = given.map((shape) => shape.slice(1));
      return (
        total + count * (layer instanceof Layer ? layer.multiplyAdds(example) : layer.multiplyAdds(examples))
      );
    }, 0);
  }
}

function onlyReaders(parts: readonly Part[], last: Source): Map<string, Part> {
  const readers = new Map<string, Part>();
  for (const part of parts) {
    const all = parts.filter(({ from }) => from.includes(part));
    if (part !== last && all.length === 1 && all[0].from.length === 1) readers.set(part.name, all[0]);
  }
  return readers;
}

/** Whether somebody has put a method of his own into this one layer, to look at what it is given or gives. */
function isHooked(layer: Layer | undefined, method: "forward" | "backward"): boolean {
  return layer !== undefined && Object.hasOwn(layer, method);
}

function layerOf(part: Layer | Merge | undefined): Layer | undefined {
  return part instanceof Layer ? part : undefined;
}

/**
 * Checks what a container was given: an object of layers by name.
 * @param container  the container's class, for the error
 * @throws ValueError saying what stands where a layer should
 */
export function expectLayers(container: string, layers: Readonly<Record<string, unknown>>): void {
  expectNamed(container, layers, "new ReLU()");
  for (const [name, layer] of Object.entries(layers)) {
    if (layer instanceof Merge) {
      throw new ValueError(
        `${container}: "${name}" is ${article(layer.kind)}, which joins several values; it stands in a Graph.`,
      );
    }
    expectLayer(container, name, layer);
  }
}

/** @throws ValueError when it is no layer */
export function expectLayer(container: string, name: string, layer: unknown): void {
  if (layer instanceof Layer) return;
  throw new ValueError(`${container}: "${name}" is not a layer; make it with new, such as new ReLU().`);
}

/** @throws ValueError when it is no plain object whose values have names */
export function expectNamed(container: string, given: unknown, example: string): void {
  if (typeof given === "object" && given !== null && !(given instanceof Layer || given instanceof Merge))
    return;
  const what =
    given instanceof Layer || given instanceof Merge
      ? article(given.kind)
      : (JSON.stringify(given) ?? typeof given);
  throw new ValueError(
    `${container}: it was given ${what} where layers by name are expected; write { first: ${example}, … }.`,
  );
}

const article = (kind: string): string => `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;

function byPath<T>(parts: readonly (readonly [string, Readonly<Record<string, T>>])[]): Record<string, T> {
  return Object.fromEntries(
    parts.flatMap(([name, own]) =>
      Object.entries(own).map(([key, value]) => [`${name}.${key}`, value] as const),
    ),
  );
}
