/**
 * The reference engine: it has no function of its own. What computes is the plain loops in the files of the layers,
 * losses and optimisers, which are the equations line by line.
 */
import { Engine } from "./engine.js";

/** The engine that every other answers to. */
export const reference = new Engine("reference");
