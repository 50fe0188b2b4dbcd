/**
 * Draws a computation as in lecture D: gates are circles, and on each wire is the value that goes forward (green, above) and
 * the gradient that comes back (red, below). Graphviz computes the layout.
 */
import { ValueError } from "../array/errors.js";
import { Figure } from "../display/figure/figure.js";
import { frame } from "../display/figure/frame.js";
import { showNumber, showPlural } from "../display/figure/numbers.js";
import { dot, INK, text, textWidth } from "../display/figure/svg.js";
import { textTable } from "../display/figure/table.js";
import type { Variable } from "./variable.js";

/** What `computationGraph` writes on the wires: always values, and also gradients, tangents or nothing. */
export interface ComputationGraphOptions {
  readonly title?: string;
  /** Whether the wires also show gradients, from reverse mode; true. */
  readonly gradients?: boolean;
  /** Shows, instead of gradients, the tangents ∂v/∂x for this input x, from forward mode. */
  readonly along?: Variable;
}

/** More wires than this cannot be distinguished in a picture. */
const MOST_WIRES = 150;

/** A wire, with the number written below its value. */
interface Wire {
  readonly from: Variable;
  /** undefined: the trunk before a fork, or the wire that leaves the output. */
  readonly to?: Variable;
  readonly below?: number;
}

/**
 * Draws how a variable was computed.
 *
 *     computationGraph(x.add(y).mul(z).named("f"))
 *
 * If a variable is used more than once, its wire forks: each branch has its own part of the gradient, and the trunk before
 * the fork has their sum.
 * @throws ValueError when there are more than 150 wires
 */
export function computationGraph(output: Variable, options: ComputationGraphOptions = {}): Figure {
  const { along, gradients: wanted = true } = options;
  const variables = output.history();
  const names = namesOf(variables);
  const below = along ? tangents(variables, along) : wanted ? output.gradients() : undefined;
  const uses = new Map<Variable, number>();
  for (const input of variables.flatMap((variable) => variable.inputs)) {
    if (typeof input !== "number") uses.set(input, (uses.get(input) ?? 0) + 1);
  }
  const wires: Wire[] = variables.flatMap((to) =>
    to.inputs.flatMap((from, i) => {
      if (typeof from === "number") return [];
      return [{ from, to, below: below && (along ? below.get(from)! : to.slope(i) * below.get(to)!) }];
    }),
  );
  if (wires.length > MOST_WIRES) {
    throw new ValueError(
      `computationGraph: ${wires.length} wires cannot be told apart in a drawing; draw a part with at most ${MOST_WIRES}.`,
    );
  }
  for (const from of variables) {
    if ((uses.get(from) ?? 0) !== 1) wires.push({ from, below: below?.get(from) });
  }

  const forks = below !== undefined && [...uses.values()].some((count) => count > 1);
  const outputName = names.get(output)!;
  const what = along ? `∂•/∂${names.get(along) ?? along.name ?? "x"}` : `∂${outputName}/∂•`;
  const count = variables.filter(({ gate }) => gate).length;
  const alt =
    `A computation graph of ${showPlural(count, "gate")}: ${outputName} is ${showNumber(output.value)}` +
    `${below && !along ? `; ${gradientsInWords(variables, names, below, outputName)}` : ""}.`;
  const rows = variables.map((variable) => [
    names.get(variable)!,
    variable.gate ? formulaOf(variable, names) : "",
    showNumber(variable.value),
    ...(below ? [showNumber(below.get(variable)!)] : []),
  ]);
  return new Figure({
    alt,
    text: [
      ...(options.title ? [options.title] : []),
      textTable(["", "is", "value", ...(below ? [what] : [])], rows, { left: [0, 1] }),
    ].join("\n"),
    svg: () =>
      draw(variables, wires, names, {
        title: options.title,
        alt,
        note: noteOf(below && what, forks && along === undefined),
      }),
    pictures: ["svg", "png"],
  });
}

function noteOf(what: string | undefined, parts: boolean): string {
  const value = "Above each wire, green: the value.";
  const below = what === undefined ? "" : ` Below, red: ${what}.`;
  return value + below + (parts ? " Where a wire forks, the branches' gradients add up." : "");
}

function gradientsInWords(
  variables: readonly Variable[],
  names: ReadonlyMap<Variable, string>,
  gradients: ReadonlyMap<Variable, number>,
  output: string,
): string {
  return variables
    .filter(({ gate }) => !gate)
    .slice(0, 8)
    .map((input) => `∂${output}/∂${names.get(input)} = ${showNumber(gradients.get(input)!)}`)
    .join(", ");
}

/** ∂v/∂x for each variable v, in the order in which they were computed: equation (4) of the dual numbers. */
function tangents(variables: readonly Variable[], x: Variable): Map<Variable, number> {
  const found = new Map<Variable, number>();
  for (const variable of variables) {
    let tangent = variable === x ? 1 : 0;
    variable.inputs.forEach((input, i) => {
      if (typeof input !== "number") tangent += variable.slope(i) * found.get(input)!;
    });
    found.set(variable, tangent);
  }
  if (!variables.includes(x)) {
    throw new ValueError(
      `computationGraph: the output does not depend on ${x.name ?? "the variable"} given as along; give one of its inputs.`,
    );
  }
  return found;
}

/** The given names; variables without one are v1, v2, … in the order in which they were computed. */
function namesOf(variables: readonly Variable[]): Map<Variable, string> {
  const given = new Set(variables.map(({ name }) => name));
  let next = 0;
  const fresh = (): string => {
    do next++;
    while (given.has(`v${next}`));
    return `v${next}`;
  };
  return new Map(variables.map((variable) => [variable, variable.name ?? fresh()]));
}

function formulaOf({ gate, inputs }: Variable, names: ReadonlyMap<Variable, string>): string {
  return gate!.write(
    ...inputs.map((input) => (typeof input === "number" ? showNumber(input) : names.get(input)!)),
  );
}

/** A gate's symbol, with its constant: "×", "+ 1", "1/•". */
function labelOf({ gate, inputs }: Variable): string {
  const constants = inputs.filter((input) => typeof input === "number").map((input) => showNumber(input));
  return [gate!.symbol, ...constants].join(" ");
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The parts of Graphviz's output that are read here; lengths are in points, y upwards from the bottom. */
interface Layout {
  readonly bb: string;
  readonly objects?: readonly { name: string; pos: string; width: string }[];
  readonly edges?: readonly { pos: string }[];
}

async function draw(
  variables: readonly Variable[],
  wires: readonly Wire[],
  names: ReadonlyMap<Variable, string>,
  words: { title?: string; alt: string; note: string },
): Promise<string> {
  const key = new Map(variables.map((variable, i) => [variable, `n${i}`]));
  const trunk = new Map(wires.flatMap((wire, i) => (wire.to ? [] : [[wire.from, `w${i}`]])));
  const lines = ["digraph { rankdir=LR; ordering=in; nodesep=0.12; ranksep=0.14; edge [arrowhead=none];"];
  const node = (id: string, shape: string, width: number, height: number): void => {
    // Graphviz measures in inches of 72 points.
    lines.push(
      `${id} [label="" fixedsize=true shape=${shape} width=${(width / 72).toFixed(4)} height=${(height / 72).toFixed(4)}];`,
    );
  };
  const last = variables.at(-1)!;
  // The wire that leaves the output ends at its name.
  const nameRoom = (wire: number): number =>
    wires[wire].from === last && last.gate && last.name ? textWidth(last.name, 13, true) + 6 : 0;
  for (const variable of variables) {
    if (variable.gate)
      node(key.get(variable)!, "ellipse", Math.max(34, textWidth(labelOf(variable), 13) + 16), 34);
    else node(key.get(variable)!, "box", textWidth(names.get(variable)!, 14, true) + 8, 24);
  }
  wires.forEach(({ from, to, below }, i) => {
    const words = [above(from, last), ...(below === undefined ? [] : [showNumber(below)])];
    node(`w${i}`, "box", Math.max(...words.map((word) => textWidth(word, 12))) + 12 + nameRoom(i), 36);
    if (to === undefined) lines.push(`${key.get(from)} -> w${i}:w;`);
    else {
      lines.push(`${trunk.has(from) ? `${trunk.get(from)}:e` : key.get(from)} -> w${i}:w;`);
      lines.push(`w${i}:e -> ${key.get(to)};`);
    }
  });
  lines.push("}");
  const { instance } = await import("@viz-js/viz"); // loaded for the first drawing
  const layout = (await instance()).renderJSON(lines.join("\n")) as Layout;
  const [, , width, height] = layout.bb.split(",").map(Number);
  const places = new Map<string, Place>(
    (layout.objects ?? []).map((object) => {
      const [x, y] = object.pos.split(",").map(Number);
      return [object.name, { x, y: height - y, width: 72 * Number(object.width) }];
    }),
  );
  return frame({ ...words, width, height }, (left, top) => {
    const parts = (layout.edges ?? []).map(({ pos }) => curve(pos, left, top, height));
    wires.forEach(({ from, to, below }, i) => {
      const { x, y, width: extent } = places.get(`w${i}`)!;
      const [start, end] = [left + x - extent / 2, left + x + extent / 2 - nameRoom(i)];
      const middle = (start + end) / 2;
      parts.push(stroke(`M${start - 2} ${top + y}H${end + 2}`)); // Graphviz's curves end a little before
      parts.push(text(middle, top + y - 5, above(from, last), { fill: INK.good, anchor: "middle" }));
      if (below !== undefined)
        parts.push(text(middle, top + y + 14, showNumber(below), { fill: INK.bad, anchor: "middle" }));
      if (nameRoom(i) > 0) parts.push(text(end + 5, top + y + 4, last.name!, { size: 13, bold: true }));
      if (to === undefined && from !== last) parts.push(dot(end, top + y, 2.5, INK.muted));
    });
    for (const variable of variables) {
      const { x, y, width: extent } = places.get(key.get(variable)!)!;
      const [cx, cy] = [left + x, top + y];
      if (variable.gate) {
        parts.push(
          `<ellipse cx="${cx}" cy="${cy}" rx="${extent / 2}" ry="17" fill="${INK.wash}" stroke="${INK.text}"/>`,
          text(cx, cy + 4.5, labelOf(variable), { size: 13, anchor: "middle" }),
        );
      } else parts.push(text(cx, cy + 5, names.get(variable)!, { size: 14, bold: true, anchor: "middle" }));
    }
    return parts;
  });
}

/** The value on a wire, with the name of a gate's output: "q = 3". */
function above(from: Variable, last: Variable): string {
  const value = showNumber(from.value);
  return from.gate && from.name && from !== last ? `${from.name} = ${value}` : value;
}

/** Graphviz's spline: a start point and then three points for each Bézier piece. */
function curve(pos: string, left: number, top: number, height: number): string {
  const points = pos.split(" ").map((point) => {
    const [x, y] = point.split(",").map(Number);
    return `${Math.round(10 * (left + x)) / 10} ${Math.round(10 * (top + height - y)) / 10}`;
  });
  return stroke(`M${points[0]}C${points.slice(1).join(" ")}`);
}

function stroke(d: string): string {
  return `<path d="${d}" fill="none" stroke="${INK.muted}" stroke-width="1.2"/>`;
}
