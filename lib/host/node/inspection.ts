/** Values as text: Node's own. */
import { types } from "node:util";

export { inspect } from "node:util";

export const isProxy = (value: unknown): boolean => types.isProxy(value);

export const isPromise = (value: unknown): value is Promise<unknown> => types.isPromise(value);
