/** Training: fit, evaluate, search, and their results. */
export * from "./training.js";
export * from "./search/index.js";
