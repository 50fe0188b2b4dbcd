/**
 * The reference engine. It has no functions of its own: the plain loops in the files of the layers, losses and optimisers
 * compute, which are the equations line by line.
 */
import { Engine } from "./engine.js";

/** The engine that defines the right results. */
export const reference = new Engine("reference");
