/**
 * Reads values that may throw at every access: proxies, getters, their own `toString` or inspection method. Nothing
 * here throws, for any value.
 */
import { inspect } from "#host/inspection";
import type { InspectOptions } from "../../lib/host/kernel-contract.js";

/** A property of a value; undefined when it is absent or cannot be read. */
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

/** As `inspect`; when a value's own inspection method throws, the text made without it. */
export function inspectSafely(value: unknown, options: InspectOptions = {}): string {
  for (const more of [{}, { customInspect: false, showProxy: true }]) {
    try {
      return String(inspect(value, { ...options, ...more }));
    } catch {
      // The next attempt accesses less of the value.
    }
  }
  return `[${typeof value} that cannot be shown]`;
}

/** As `String(value)`; for a value that `String` cannot convert, what inspection shows. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return inspectSafely(value);
  }
}

/** The beginning of a text, up to a length, and how many characters are left out. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length)}… ${(text.length - length).toLocaleString("en")} characters more`;
}

/** The first elements of an array that can be read; an empty list for a value that is no array. */
export function elementsOf(value: unknown, count: number): unknown[] {
  const found: unknown[] = [];
  try {
    if (Array.isArray(value)) for (let i = 0; i < count && i < value.length; i++) found.push(value[i]);
  } catch {
    // The later elements cannot be read.
  }
  return found;
}
