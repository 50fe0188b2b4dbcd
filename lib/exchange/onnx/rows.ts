/** Arranges the steps of a translated graph as a network: a sequence of layers, and Graphs where values branch and meet. */
import { Layer, type Merge } from "../../layers/layer.js";
import type { Shape } from "../../array/tensor.js";
import { Graph, type GraphNode } from "../../net/graph.js";

/** One layer of the translated graph, and the steps whose values it reads. */
export interface Step {
  readonly name: string;
  layer: Layer | Merge;
  /** Steps, or "input". */
  readonly from: readonly string[];
  readonly shape: Shape | undefined;
}

/** The steps as a sequence of layers; a part in which values branch, between two values that everything passes, is a Graph. */
export function inARow(steps: readonly Step[], output: string): Record<string, Layer> {
  const used = reachable(steps, output);
  const lastReader = new Map<string, number>([[output, used.length]]);
  used.forEach(({ from }, i) =>
    from.forEach((name) => lastReader.set(name, Math.max(i, lastReader.get(name) ?? 0))),
  );
  const layers: [string, Layer][] = [];
  let [entrance, group]: [string, Step[]] = ["input", []];
  const live = new Set(["input"]);
  used.forEach((step, i) => {
    group.push(step);
    live.add(step.name);
    for (const name of live) if ((lastReader.get(name) ?? -1) <= i) live.delete(name);
    if (live.size > 1 || !live.has(step.name)) return;
    if (group.length === 1 && step.layer instanceof Layer) layers.push([step.name, step.layer]);
    else
      layers.push([
        `block${layers.filter(([, layer]) => layer instanceof Graph).length + 1}`,
        graphOf(group, entrance),
      ]);
    [entrance, group] = [step.name, []];
  });
  return Object.fromEntries(layers);
}

function graphOf(group: readonly Step[], entrance: string): Graph {
  const nodes = group.map(({ name, layer, from }): [string, GraphNode] => [
    name,
    { layer, from: from.map((source) => (source === entrance ? "input" : source)) },
  ]);
  return new Graph(Object.fromEntries(nodes));
}

function reachable(steps: readonly Step[], output: string): Step[] {
  const wanted = new Set([output]);
  const used = [...steps].reverse().filter(({ name, from }) => {
    if (!wanted.has(name)) return false;
    for (const source of from) wanted.add(source);
    return true;
  });
  return used.reverse();
}
