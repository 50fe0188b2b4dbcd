/**
 * `node:assert/strict` for a browser: what notebooks assert with. Its messages show both values, as Node's do in short.
 */
import { inspect } from "#host/inspection";

/** Thrown by every assertion that does not hold. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
  readonly code: string = "ERR_ASSERTION";
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string;

  constructor(options: { message: string; actual?: unknown; expected?: unknown; operator?: string }) {
    super(options.message);
    this.actual = options.actual;
    this.expected = options.expected;
    this.operator = options.operator ?? "fail";
  }
}

type Message = string | Error | undefined;
/** What an error must be: an instance of a class, a text that matches, an object's properties, or what a function approves. */
type Expected =
  RegExp | (new (...parts: never[]) => unknown) | ((error: unknown) => boolean) | object | Error;

function fails(
  message: Message,
  words: string,
  parts: { actual?: unknown; expected?: unknown; operator: string },
): never {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message: message ?? words, ...parts });
}

const show = (value: unknown): string => inspect(value, { depth: 4 });

export function ok(value: unknown, message?: string | Error): asserts value {
  if (!value)
    fails(message, `The expression evaluated to a falsy value: ${show(value)}`, {
      actual: value,
      expected: true,
      operator: "==",
    });
}

export function equal<T>(actual: unknown, expected: T, message?: string | Error): asserts actual is T {
  if (!Object.is(actual, expected))
    fails(message, `Expected values to be strictly equal:\n\n${show(actual)} !== ${show(expected)}\n`, {
      actual,
      expected,
      operator: "strictEqual",
    });
}

export function notEqual(actual: unknown, expected: unknown, message?: string | Error): void {
  if (Object.is(actual, expected))
    fails(message, `Expected "actual" to be strictly unequal to: ${show(expected)}`, {
      actual,
      expected,
      operator: "notStrictEqual",
    });
}

export function deepEqual<T>(actual: unknown, expected: T, message?: string | Error): asserts actual is T {
  if (!isDeepEqual(actual, expected))
    fails(
      message,
      `Expected values to be strictly deep-equal:\n${show(actual)}\n\nshould equal\n\n${show(expected)}`,
      {
        actual,
        expected,
        operator: "deepStrictEqual",
      },
    );
}

export function notDeepEqual(actual: unknown, expected: unknown, message?: string | Error): void {
  if (isDeepEqual(actual, expected))
    fails(message, `Expected "actual" not to be strictly deep-equal to: ${show(expected)}`, {
      actual,
      expected,
      operator: "notDeepStrictEqual",
    });
}

export const strictEqual: typeof equal = equal;
export const notStrictEqual: typeof notEqual = notEqual;
export const deepStrictEqual: typeof deepEqual = deepEqual;
export const notDeepStrictEqual: typeof notDeepEqual = notDeepEqual;

export function match(text: string, pattern: RegExp, message?: string | Error): void {
  if (typeof text !== "string" || !pattern.test(text))
    fails(message, `The input did not match the regular expression ${pattern}. Input:\n\n${show(text)}\n`, {
      actual: text,
      expected: pattern,
      operator: "match",
    });
}

export function doesNotMatch(text: string, pattern: RegExp, message?: string | Error): void {
  if (pattern.test(text))
    fails(
      message,
      `The input was expected to not match the regular expression ${pattern}. Input:\n\n${show(text)}\n`,
      {
        actual: text,
        expected: pattern,
        operator: "doesNotMatch",
      },
    );
}

export function fail(message: string | Error = "Failed"): never {
  fails(message, "Failed", { operator: "fail" });
}

export function throws(call: () => unknown, expected?: Expected | string, message?: string | Error): void {
  let thrown: { error: unknown } | undefined;
  try {
    call();
  } catch (error) {
    thrown = { error };
  }
  judge("throws", thrown, expected, message);
}

export async function rejects(
  promise: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected | string,
  message?: string | Error,
): Promise<void> {
  let thrown: { error: unknown } | undefined;
  try {
    await (typeof promise === "function" ? promise() : promise);
  } catch (error) {
    thrown = { error };
  }
  judge("rejects", thrown, expected, message);
}

export function doesNotThrow(call: () => unknown, message?: string | Error): void {
  try {
    call();
  } catch (error) {
    fails(message, `Got unwanted exception.\nActual message: "${textOf(error)}"`, {
      actual: error,
      operator: "doesNotThrow",
    });
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function judge(
  operator: "throws" | "rejects",
  thrown: { error: unknown } | undefined,
  expected: Expected | string | undefined,
  message: Message,
): void {
  const words = typeof expected === "string" ? expected : message;
  if (!thrown)
    fails(words, operator === "throws" ? "Missing expected exception." : "Missing expected rejection.", {
      operator,
    });
  const { error } = thrown;
  if (expected === undefined || typeof expected === "string" || fits(error, expected)) return;
  if (message === undefined && typeof expected === "function" && isClass(expected)) throw error;
  fails(message, `The error is not the expected one:\n${show(error)}\n\nshould fit\n\n${show(expected)}`, {
    actual: error,
    expected,
    operator,
  });
}

function isClass(value: object): boolean {
  return value === Error || (value as { prototype?: unknown }).prototype instanceof Error;
}

function fits(error: unknown, expected: Expected): boolean {
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === "function")
    return isClass(expected)
      ? error instanceof (expected as new () => unknown)
      : (expected as (error: unknown) => boolean)(error) === true;
  const names = expected instanceof Error ? ["name", "message"] : Object.keys(expected);
  return names.every((name) => {
    const [is, wanted] = [
      (error as Record<string, unknown>)?.[name],
      (expected as Record<string, unknown>)[name],
    ];
    return wanted instanceof RegExp && typeof is === "string" ? wanted.test(is) : isDeepEqual(is, wanted);
  });
}

/** As `deepStrictEqual` sees it: the same kind, the same own properties, and numbers by `Object.is`. */
function isDeepEqual(a: unknown, b: unknown, above: readonly (readonly [object, object])[] = []): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  // A circle: it is compared already.
  if (above.some(([one, other]) => one === a && other === b)) return true;
  const within: readonly (readonly [object, object])[] = [...above, [a, b]];
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && !(a instanceof DataView)) {
    const [x, y] = [a as unknown as ArrayLike<unknown>, b as unknown as ArrayLike<unknown>];
    if (x.length !== y.length) return false;
    for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
    return true;
  }
  if (a instanceof Date && b instanceof Date && a.getTime() !== b.getTime()) return false;
  if (a instanceof RegExp && b instanceof RegExp && String(a) !== String(b)) return false;
  if (a instanceof Error && b instanceof Error && (a.message !== b.message || a.name !== b.name))
    return false;
  if (a instanceof Map && b instanceof Map && !haveEqualMembers([...a], [...b], within)) return false;
  if (a instanceof Set && b instanceof Set && !haveEqualMembers([...a], [...b], within)) return false;
  const names = Reflect.ownKeys(a).filter((name) => isShown(a, name));
  if (names.length !== Reflect.ownKeys(b).filter((name) => isShown(b, name)).length) return false;
  return names.every(
    (name) => isShown(b, name) && isDeepEqual(Reflect.get(a, name), Reflect.get(b, name), within),
  );
}

/** Whether each member of one list has one of its own in the other, in any order. */
function haveEqualMembers(
  a: readonly unknown[],
  b: readonly unknown[],
  above: readonly (readonly [object, object])[],
): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  return a.every((one) => {
    const at = left.findIndex((other) => isDeepEqual(one, other, above));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function isShown(object: object, name: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, name);
}

/** The function itself, with all of the above as its methods. */
const assert: typeof ok & {
  ok: typeof ok;
  equal: typeof equal;
  strictEqual: typeof equal;
  notEqual: typeof notEqual;
  notStrictEqual: typeof notEqual;
  deepEqual: typeof deepEqual;
  deepStrictEqual: typeof deepEqual;
  notDeepEqual: typeof notDeepEqual;
  notDeepStrictEqual: typeof notDeepEqual;
  match: typeof match;
  doesNotMatch: typeof doesNotMatch;
  fail: typeof fail;
  throws: typeof throws;
  rejects: typeof rejects;
  doesNotThrow: typeof doesNotThrow;
  AssertionError: typeof AssertionError;
} = Object.assign((value: unknown, message?: string | Error): asserts value => ok(value, message), {
  ok,
  equal,
  strictEqual,
  notEqual,
  notStrictEqual,
  deepEqual,
  deepStrictEqual,
  notDeepEqual,
  notDeepStrictEqual,
  match,
  doesNotMatch,
  fail,
  throws,
  rejects,
  doesNotThrow,
  AssertionError,
});

export default assert;
