/** The door chainrule/functions: every forward and backward pass, every optimiser's step, as a function without state. */
export * from "./layers/functions.js";
export * from "./losses/functions.js";
export * from "./optim/functions.js";
