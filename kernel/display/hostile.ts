/**
 * Values that may throw at every touch: proxies, getters, a `toString` or an inspection of their own. Nothing here
 * throws, whatever it is given.
 */
import { inspect } from "#host/inspection";
import type { InspectOptions } from "../../lib/host/kernel-contract.js";

/** A property of a value; undefined when there is none, or none to be had. */
export function propertyOf(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

export function isInstance<T>(value: unknown, kind: abstract new (...parts: never[]) => T): value is T {
  try {
    return value instanceof kind;
  } catch {
    return false;
  }
}

/** As `inspect`; of a value whose own inspection throws, what is seen without it. */
export function inspectSafely(value: unknown, options: InspectOptions = {}): string {
  for (const more of [{}, { customInspect: false, showProxy: true }]) {
    try {
      return String(inspect(value, { ...options, ...more }));
    } catch {
      // The next one touches less of it.
    }
  }
  return `[${typeof value} that cannot be shown]`;
}

/** As `String(value)`; of a value without a text of its own, what inspection shows. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return inspectSafely(value);
  }
}

/** A text up to a length, and how much is left out. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}… ${(text.length - length).toLocaleString("en")} characters more`;
}

/** The first elements of an array, those that can be read; nothing for what is no array. */
export function elementsOf(value: unknown, count: number): unknown[] {
  const found: unknown[] = [];
  try {
    if (Array.isArray(value)) for (let i = 0; i < count && i < value.length; i++) found.push(value[i]);
  } catch {
    // What comes after is not to be had.
  }
  return found;
}
