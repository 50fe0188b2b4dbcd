/** Engines: the routines that compute layers, losses and optimisers, and the report of which is used where. */
export { compute } from "./compute.js";
export {
  Engine,
  type Arena,
  type ArenaOptions,
  type EngineOptions,
  type RivalEntry,
  type Route,
} from "./engine.js";
export type { ReportRow } from "./report.js";
export {
  rivals,
  rivalStep,
  type ReferenceForward,
  type ReferenceBackward,
  type ForwardLike,
  type BackwardLike,
  type WithCache,
} from "./rivals.js";
