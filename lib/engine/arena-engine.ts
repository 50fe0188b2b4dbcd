/** The functions of an arena, for engines that can do a function together with the one that alone reads its result. */
import type { ReferenceFunction } from "../layers/rival.js";
import { Engine, type EngineOptions, type RivalEntry } from "./engine.js";

export class ArenaEngine extends Engine {
  readonly #fused: (next: ReferenceFunction) => RivalEntry[];
  readonly #before = new Map<ReferenceFunction, Engine>();

  /** @param fused  the functions that do the part of `next` too */
  constructor(name: string, options: EngineOptions, fused: (next: ReferenceFunction) => RivalEntry[]) {
    super(name, options);
    this.#fused = fused;
  }

  override before(next: ReferenceFunction): Engine {
    let engine = this.#before.get(next);
    if (engine === undefined) {
      engine = new Engine(this.name, { rivals: this.#fused(next), next: this });
      this.#before.set(next, engine);
    }
    return engine;
  }
}
