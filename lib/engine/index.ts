/** Engines: which routines compute the layers, losses and optimisers, and which of them computes what. */
export { compute } from "./compute.js";
export type { Engine, Operations, Session } from "./engine.js";
export type { ReportRow, Path } from "./report.js";
