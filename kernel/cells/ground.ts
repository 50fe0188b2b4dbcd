/**
 * The built-ins that the kernel uses. A cell may replace or delete them, and its change holds for all code of cells;
 * while the kernel's own code runs, the original built-ins are back in place. So a cell that breaks `Promise` or
 * `Array.prototype` breaks the cells, but not the kernel. ground-slots.ts says which built-ins; ground-guards.ts, what is
 * done about a change that could not be undone.
 */
import { guardsOf } from "./ground-guards.js";
import { bare, isOwn, ownersOf, putBack } from "./ground-slots.js";
import type { Owner } from "./ground-slots.js";

/**
 * What a cell has done to a built-in: what it has put in its place, or undefined when it deleted it. A linked list:
 * adding to an array calls a setter that a cell has given to all arrays.
 */
interface Change {
  readonly owner: object;
  readonly key: PropertyKey;
  readonly theirs: PropertyDescriptor | undefined;
  readonly next: Change | undefined;
}

/** The prototype that a cell has given to a built-in. */
interface Inheritance {
  readonly owner: object;
  readonly theirs: object | null;
  readonly next: Inheritance | undefined;
}

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } =
  Reflect;

export class Ground {
  readonly #owners: readonly Owner[] = ownersOf();
  #changes: Change | undefined;
  #inheritances: Inheritance | undefined;
  #isYielded = false;
  /** Whether the cells' changes come back after `during`. */
  #isSuspended = false;

  constructor() {
    for (const { owner, key, value } of guardsOf(this.#owners))
      this.#remember(owner, key, { value, writable: true, enumerable: false, configurable: true });
  }

  /** Puts the original built-ins back, and remembers what the cells had put in their place. */
  stand(): void {
    this.#isYielded = this.#isSuspended = false;
    const owners = this.#owners;
    for (let i = 0; i < owners.length; i++) this.#restore(owners[i]!);
  }

  /** Gives the cells their changes again. */
  yield(): void {
    this.#isYielded = true;
    let change = this.#changes;
    let inheritance = this.#inheritances;
    this.#changes = this.#inheritances = undefined;
    for (; change; change = change.next) {
      const { owner, key, theirs } = change;
      if (theirs) defineProperty(owner, key, theirs);
      else deleteProperty(owner, key);
    }
    for (; inheritance; inheritance = inheritance.next) setPrototypeOf(inheritance.owner, inheritance.theirs);
  }

  /** Stands for code of the kernel that the event loop calls, unless a cell runs: a late callback may have changed something. */
  settle(): void {
    if (!this.#isYielded) this.stand();
  }

  /** Calls code of the kernel, perhaps in the middle of a cell, whose changes are back afterwards unless `stand` was called. */
  during<T>(call: () => T): T {
    const isYielded = this.#isYielded;
    this.stand();
    this.#isSuspended = isYielded;
    try {
      return call();
    } finally {
      if (this.#isSuspended) this.yield();
      this.#isSuspended = false;
    }
  }

  #restore({ owner, slots, known, prototype, minds }: Owner): void {
    const keys = minds ? ownKeys(owner) : [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (known[key] || !minds!(key)) continue;
      this.#remember(owner, key, getOwnPropertyDescriptor(owner, key));
      deleteProperty(owner, key);
    }
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      const now = getOwnPropertyDescriptor(owner, slot.key);
      if (isOwn(owner, slot, now)) continue;
      this.#remember(owner, slot.key, now);
      putBack(owner, slot);
    }
    if (prototype === undefined) return;
    const theirs = getPrototypeOf(owner);
    if (theirs === prototype) return;
    this.#inheritances = { owner, theirs, next: this.#inheritances };
    setPrototypeOf(owner, prototype);
  }

  #remember(owner: object, key: PropertyKey, theirs: PropertyDescriptor | undefined): void {
    this.#changes = { owner, key, theirs: theirs && bare(theirs), next: this.#changes };
  }
}
