/**
 * What cells get for `Object.freeze` and its like. These make a change final, and a final change to a built-in that the
 * kernel uses could not be undone while its code runs (ground.ts). So they keep such a property changeable, and refuse to
 * freeze an object that a cell has changed; for every other object they do what they always do. They run in cells, so they
 * call no built-in but those that are kept here.
 */
import { bare, isOwn } from "./ground-slots.js";
import type { Owner } from "./ground-slots.js";

const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

const FIELDS = ["value", "get", "set", "writable", "enumerable"] as const;

/** A function that cells get in a built-in's place. */
export interface Guard {
  readonly owner: object;
  readonly key: string;
  readonly value: unknown;
}

export function guardsOf(owners: readonly Owner[]): Guard[] {
  const find = finder(owners);
  const guards: Guard[] = [];
  const add = (owner: object, own: object): void => {
    for (const [key, value] of Object.entries(own)) guards.push({ owner, key, value });
  };
  const objects = pick(Object);
  const reflect = { defineProperty: Reflect.defineProperty, preventExtensions: Reflect.preventExtensions };
  const check = (name: string, value: unknown): Owner | undefined => {
    const owner = find(value);
    if (owner && !isAsItWas(owner, guards))
      throw new TypeError(
        `${name}: a cell has changed ${owner.name}, which the kernel uses too. It can be made final only as it was: undo the changes before.`,
      );
    return owner;
  };
  add(Object, {
    freeze: (value: unknown) => {
      check("Object.freeze", value);
      return objects.freeze(value);
    },
    seal: (value: unknown) => {
      check("Object.seal", value);
      return objects.seal(value);
    },
    preventExtensions: (value: unknown) =>
      // What is deleted from it could not be put back, so nothing can be deleted either.
      check("Object.preventExtensions", value) ? objects.seal(value) : objects.preventExtensions(value),
    defineProperty: (value: object, key: PropertyKey, descriptor: PropertyDescriptor) => {
      const owner = find(value);
      return objects.defineProperty(value, key, owner ? changeable(owner, key, descriptor) : descriptor);
    },
    defineProperties: (value: object, all: PropertyDescriptorMap) => {
      const owner = find(value);
      if (!owner) return objects.defineProperties(value, all);
      const keys = ownKeys(all);
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i]!;
        if (getOwnPropertyDescriptor(all, key)!.enumerable)
          objects.defineProperty(value, key, changeable(owner, key, all[key as string]!));
      }
      return value;
    },
  });
  add(Reflect, {
    defineProperty: (value: object, key: PropertyKey, descriptor: PropertyDescriptor) => {
      const owner = find(value);
      return reflect.defineProperty(value, key, owner ? changeable(owner, key, descriptor) : descriptor);
    },
    preventExtensions: (value: object) =>
      check("Reflect.preventExtensions", value)
        ? (objects.seal(value), true)
        : reflect.preventExtensions(value),
  });
  return guards;
}

function pick(own: ObjectConstructor): {
  freeze(value: unknown): unknown;
  seal(value: unknown): unknown;
  preventExtensions(value: unknown): unknown;
  defineProperty: ObjectConstructor["defineProperty"];
  defineProperties: ObjectConstructor["defineProperties"];
} {
  const { freeze, seal, preventExtensions, defineProperty, defineProperties } = own;
  return { freeze, seal, preventExtensions, defineProperty, defineProperties };
}

function finder(owners: readonly Owner[]): (value: unknown) => Owner | undefined {
  const found = new Map<unknown, Owner>(owners.map((one) => [one.owner, one]));
  const { get } = Map.prototype;
  return (value) => apply(get, found, [value]) as Owner | undefined;
}

/** Whether a cell has changed nothing of it. */
function isAsItWas({ owner, slots, known, prototype, minds }: Owner, guards: readonly Guard[]): boolean {
  if (prototype !== undefined && getPrototypeOf(owner) !== prototype) return false;
  for (let i = 0; i < slots.length; i++) {
    const now = getOwnPropertyDescriptor(owner, slots[i]!.key);
    if (!isOwn(owner, slots[i]!, now) && !isGuard(now?.value, guards)) return false;
  }
  const keys = minds ? ownKeys(owner) : [];
  for (let i = 0; i < keys.length; i++) if (!known[keys[i]!] && minds!(keys[i]!)) return false;
  return true;
}

function isGuard(value: unknown, guards: readonly Guard[]): boolean {
  for (let i = 0; i < guards.length; i++) if (guards[i]!.value === value) return true;
  return false;
}

/** The same descriptor, for a property that can be changed back. */
function changeable(
  { known, minds }: Owner,
  key: PropertyKey,
  descriptor: PropertyDescriptor,
): PropertyDescriptor {
  const name = typeof key === "symbol" ? key : `${key}`;
  if (!known[name] && !minds?.(name)) return descriptor;
  const copy: PropertyDescriptor = bare({ configurable: true });
  for (let i = 0; i < FIELDS.length; i++) {
    const field = FIELDS[i]!;
    if (field in descriptor) copy[field] = descriptor[field] as never;
  }
  return copy;
}
