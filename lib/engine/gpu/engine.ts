/** The WebGPU engine: float32 on a graphics card. Everything else goes to the next engine. README.md has the design. */
import { placeOf } from "../../array/remote.js";
import type { Shape } from "../../array/tensor.js";
import type { Layer } from "../../layers/layer.js";
import type { ReferenceFunction, Rival } from "../../layers/rival.js";
import { ArenaEngine } from "../arena-engine.js";
import { Engine, type Arena, type ArenaOptions, type RivalEntry, type Route } from "../engine.js";
import { bound, fuse } from "../placed-rivals.js";
import { attention } from "./attention.js";
import { convolutions } from "./convolutions.js";
import { Device } from "./device.js";
import { elementwise } from "./elementwise.js";
import { gradients } from "./gradients.js";
import { joins } from "./joins.js";
import { DeviceError, Link } from "./link.js";
import { localConvolutions } from "./local-convolutions.js";
import { losses } from "./losses.js";
import { Residents, Result, Results, Workspace, type PassMemory } from "./memory.js";
import { moves } from "./moves.js";
import { norms } from "./norms.js";
import { pointwise } from "./pointwise.js";
import { pooling } from "./pooling.js";
import { products } from "./products.js";
import type { GpuRival, Place } from "./rivals.js";
import { steps } from "./steps.js";

const all: readonly GpuRival[] = [
  ...products,
  ...convolutions,
  ...localConvolutions,
  ...pointwise,
  ...elementwise,
  ...norms,
  ...pooling,
  ...joins,
  ...moves,
  ...attention,
  ...losses,
  ...gradients,
  ...steps,
];

/** An engine on a device of its own. */
export class GpuEngine extends Engine {
  readonly #device: Device;
  readonly #residents: Residents;
  readonly #otherwise: Engine;
  /** Whether it was said that the device is lost. */
  #hasSaid = false;
  readonly #dropped = new FinalizationRegistry<readonly Results[]>((all) => all.forEach((one) => one.free()));
  /** The flags of passes that belong together. */
  readonly #flags = new WeakMap<object, Result>();

  /** An engine whose device is opened without sleep, as a page must. @throws Error in a sentence, where there is no device */
  static async open(next: Engine): Promise<GpuEngine> {
    return new GpuEngine(next, new Device(await Link.open()));
  }

  /**
   * @param next    computes what this engine does not, and everything when the device is lost
   * @param device  unless given, opens one and sleeps until it is there
   * @throws Error in a sentence, where there is no device
   */
  constructor(next: Engine, device = new Device()) {
    const residents = new Residents(device);
    const place = { run: runIn(device), residents };
    super("gpu", { rivals: bound(all, place, next), next, why: `in WGSL on ${device.name}` });
    this.#device = device;
    this.#residents = residents;
    this.#otherwise = next;
  }

  override toString(): string {
    return `${super.toString()} on ${this.#device.name}`;
  }

  /** The same engine: no sum has a fast form that lets other numbers in. */
  override get local(): Engine {
    return this;
  }

  override of<F extends ReferenceFunction>(reference: F): Rival<F> {
    return this.#isLost() ? this.#otherwise.of(reference) : super.of(reference);
  }

  override has(reference: ReferenceFunction): boolean {
    return !this.#device.isLost && super.has(reference);
  }

  override openArena({ lend = false, late }: ArenaOptions = {}): Arena | undefined {
    if (this.#isLost()) return this.#otherwise.openArena({ lend });
    const [device, residents] = [this.#device, this.#residents];
    const flag = lend && late ? this.#flagOf(late) : undefined;
    const results = new Results(flag);
    const lent = lend ? new Results(flag) : undefined;
    const read = late ? new Results() : undefined;
    const changes: (() => void)[] | undefined = lend && late ? [] : undefined;
    const place = { run: runIn(device, { results, lent, late: read, changes }), residents };
    const before = (next: ReferenceFunction): RivalEntry[] =>
      bound(
        all.filter(({ fuses }) => fuses?.includes(next)),
        { ...place, next },
        this.#otherwise,
      );
    const options = { rivals: bound(all, place, this.#otherwise), next: this.#otherwise };
    const engine = new ArenaEngine(this.name, options, before);
    const arena: Arena = {
      engine,
      ...(late && { outside: engine }),
      // A network inside the network is given what the device has computed, which nobody reads in order to look.
      enter: (x) => ({ tensor: x, finite: placeOf(x) !== undefined }),
      own(tensor) {
        const result = placeOf(tensor);
        if (result instanceof Result && !result.belongsTo(lent)) result.leave(read);
        return tensor;
      },
      recycle(tensor, stillRead) {
        const result = placeOf(tensor);
        if (!(result instanceof Result) || !result.belongsTo(results)) return;
        if (!stillRead.some((other) => placeOf(other) === result)) result.free();
      },
      release: () => results.free(),
      end() {
        try {
          if (changes?.length) device.confirm();
          changes?.splice(0).forEach((change) => change());
        } finally {
          lent?.free();
          if (read) {
            results.free();
            Result.ask(read);
          }
        }
        if (lend && !device.isLost) residents.stepped();
      },
    };
    this.#dropped.register(
      arena,
      [results, lent, read].filter((one) => one !== undefined),
    );
    return arena;
  }

  #flagOf(late: object): Result {
    let flag = this.#flags.get(late);
    if (flag === undefined) {
      flag = new Result(this.#device, 1, undefined);
      this.#device.write(flag.block!, Float32Array.of(0));
      this.#flags.set(late, flag);
    }
    return flag;
  }

  override route(layer: Layer, input: Shape): Route {
    const isOurs = Object.values(layer.parameters).every(({ value }) => value.dtype === "float32");
    return isOurs ? super.route(layer, input) : this.#otherwise.route(layer, input);
  }

  override fuses(layer: Layer, next: Layer): boolean {
    return this.#device.isLost ? this.#otherwise.fuses(layer, next) : fuse(all, layer, next);
  }

  /** Whether its device is there and not lost. */
  get isUsable(): boolean {
    return !this.#device.isLost;
  }

  /** Bytes of the device's memory that passes and residents hold. */
  override get memoryInUse(): number {
    return this.#device.inUse;
  }

  /** How many pipelines have been compiled: one for each routine that was used. */
  get compiled(): number {
    return this.#device.compiled;
  }

  override get threads(): number {
    return this.#otherwise.threads;
  }
  override set threads(count: number) {
    this.#otherwise.threads = count;
  }

  /** For tests: fills all free memory. */
  poison(value: number): void {
    this.#device.poison(value);
  }

  /** Copies the weights to JavaScript and ends the device, as a driver's restart would; the next engine computes from then on. */
  close(): void {
    if (!this.#device.isLost) this.#residents.copy();
    this.#device.destroy();
  }

  /** Whether the device is lost; says so once. */
  #isLost(): boolean {
    if (!this.#device.isLost) return false;
    if (!this.#hasSaid) {
      this.#hasSaid = true;
      const age = (this.#residents.abandon() / 1000).toFixed(1);
      console.warn(
        `compute: ${reasonOf(this.#device)}; engine ${this.#otherwise.name} computes from here, with the weights of ${age} s before.`,
      );
    }
    return true;
  }
}

function reasonOf(device: Device): string {
  try {
    device.check();
  } catch (error) {
    if (error instanceof DeviceError) return error.message;
  }
  return "the graphics card's device was lost";
}

function runIn(device: Device, pass?: PassMemory): Place["run"] {
  return (compute) => {
    const workspace = new Workspace(device, pass);
    try {
      return compute(workspace);
    } catch (error) {
      pass?.changes?.splice(0); // a step that fails changes nothing
      throw error;
    } finally {
      workspace.close();
    }
  };
}
