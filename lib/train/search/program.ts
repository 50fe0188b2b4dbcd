/** Where a search's `train` comes from: a module, or its text together with the values that it names. */
import { ValueError } from "../../array/errors.js";
import type { Parcel } from "./parcel.js";

export type Program =
  | { readonly kind: "module"; readonly url: string }
  | { readonly kind: "parcels"; readonly parcels: Readonly<Record<string, Parcel>> };

/** The name under which `train` is sent; no cell variable has this name. */
export const TRAIN = "$train";

/** The function that a module exports as `train`, or by default. @throws ValueError when it exports neither */
export async function importTrain(url: string): Promise<(...all: never[]) => unknown> {
  const module = (await import(url)) as { train?: unknown; default?: unknown };
  const train = module.train ?? module.default;
  if (typeof train !== "function")
    throw new ValueError(`search: ${url} exports no function named train, and no default one.`);
  return train as (...all: never[]) => unknown;
}
