/** The derivation of a layer, loss or optimiser, typeset, with the numbered equations that its code cites. */
import { ValueError } from "../../array/errors.js";
import { derivationView } from "./derivation-view.js";
import type { Figure } from "../figure/figure.js";

/** A class that has its derivation as Markdown with LaTeX. */
export interface Derived {
  readonly derivation: string;
}

/**
 * Shows the derivation of a backward pass.
 *
 *     explain(Conv2d)              // the class
 *     explain(net.get("conv1"))    // or one of its instances
 *
 * @throws ValueError for a value that has no derivation
 */
export function explain(subject: Derived | object): Figure {
  const derivation = derivationOf(subject);
  if (derivation !== undefined) return derivationView(derivation.trim());
  const name = typeof subject === "function" ? subject.name : (subject?.constructor?.name ?? String(subject));
  throw new ValueError(
    `explain: ${name} has no derivation; give a layer, a loss or an optimiser, such as explain(Conv2d).`,
  );
}

/** The derivation of a class or of its instance, if it has one. */
export function derivationOf(subject: unknown): string | undefined {
  for (const candidate of [subject, (subject as object | undefined)?.constructor]) {
    const derivation = (candidate as Partial<Derived> | undefined)?.derivation;
    if (typeof derivation === "string") return derivation;
  }
  return undefined;
}
