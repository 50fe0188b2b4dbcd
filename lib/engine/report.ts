/** Reports the route that an engine takes for each layer of a network, and why, to explain where the time goes. */
import type { Shape } from "../array/tensor.js";
import { Layer } from "../layers/layer.js";
import { leaves } from "../layers/walk.js";
import type { Engine, Route } from "./engine.js";

/** How a layer of a network is computed. */
export interface ReportRow extends Route {
  /** The layer's path in the network: "conv1", "block2.conv1". */
  readonly name: string;
  /** The layer's class. */
  readonly kind: string;
}

/**
 * One row for each layer; nested networks are opened.
 * @param net    a Sequential, or a single layer
 * @param input  the shape of one example, such as [1, 28, 28]
 * @throws ShapeError when the layers do not fit the input
 */
export function report(net: Layer, input: Shape, engine: Engine): ReportRow[] {
  const rows: ReportRow[] = [];
  /** Layers that another one computes, with its name. */
  const computed = new Map<Layer, string>();
  for (const { path: name, layer, input: from = input, next } of leaves(net, input)) {
    if (!(layer instanceof Layer)) continue;
    const by = computed.get(layer);
    computed.delete(layer);
    const route = by === undefined ? routeOf(layer, from, engine) : fused(by);
    const isFused = next !== undefined && engine.fuses(layer, next);
    const why = isFused ? `${route.why}; ${next.kind} is computed with it` : route.why;
    rows.push({ name, kind: layer.kind, route: route.route, why });
    if (isFused) computed.set(next, name);
  }
  return rows;
}

function fused(by: string): Route {
  return {
    route: "fused",
    why: `${by} computes it with its own outputs, in networks, where no tap or hook looks between the two`,
  };
}

/** A layer with a user's backward uses the reference's forward, because that backward takes the reference's cache. */
function routeOf(layer: Layer, input: Shape, engine: Engine): Route {
  if (!layer.ownBackward) return engine.route(layer, input);
  return { route: "reference", why: "it has a backward of its own, which takes the reference's cache" };
}
