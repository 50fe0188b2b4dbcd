/** Training: fit, evaluate, search, and what they come to. */
export * from "./training.js";
export * from "./search/index.js";
