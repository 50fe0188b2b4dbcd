/** Backpropagation as messages: a click on a gate sends what it got from above on to its inputs, times its own slopes. Lecture 06. */
import type { FigureKind } from "./figure-kind.js";
import { arrow, box, path, shown, text } from "./paint.js";

/** The state of the figure of gates. */
export interface GatesState {
  /** Which circuit is drawn: a key of `CIRCUITS`. */
  circuit: string;
  /** The values of the inputs of all circuits, in their order; a circuit takes as many as it has. */
  values: readonly number[];
  /** The gates that have sent their messages back. */
  sent: readonly string[];
}

type Operation = "input" | "+" | "·" | "max" | "σ";

/** A gate of a circuit. */
export interface Gate {
  readonly id: string;
  readonly operation: Operation;
  readonly from: readonly string[];
  /** Its place, in shares of the width and the height. */
  readonly x: number;
  readonly y: number;
}

const input = (id: string, y: number): Gate => ({ id, operation: "input", from: [], x: 0.08, y });
const gate = (id: string, operation: Operation, from: readonly string[], x: number, y: number): Gate => ({
  id,
  operation,
  from,
  x,
  y,
});

/** The circuits, each with its gates from the inputs to the output. */
export const CIRCUITS: Readonly<Record<string, readonly Gate[]>> = {
  "(x + y)·z": [
    input("x", 0.15),
    input("y", 0.5),
    input("z", 0.88),
    gate("sum", "+", ["x", "y"], 0.42, 0.32),
    gate("product", "·", ["sum", "z"], 0.72, 0.6),
  ],
  "x·y + max(x, z)": [
    input("x", 0.15),
    input("y", 0.5),
    input("z", 0.88),
    gate("product", "·", ["x", "y"], 0.42, 0.25),
    gate("larger", "max", ["x", "z"], 0.42, 0.72),
    gate("sum", "+", ["product", "larger"], 0.72, 0.48),
  ],
  "σ(w·x + b)": [
    input("w", 0.15),
    input("x", 0.5),
    input("b", 0.88),
    gate("product", "·", ["w", "x"], 0.34, 0.32),
    gate("sum", "+", ["product", "b"], 0.56, 0.6),
    gate("squash", "σ", ["sum"], 0.76, 0.6),
  ],
};

/** What a circuit computes: the value of each gate, and the gradients that have arrived. */
export interface Computed {
  readonly values: ReadonlyMap<string, number>;
  /** The gradient at each gate's output, where all messages have come. */
  readonly gradients: ReadonlyMap<string, number>;
  /** The message on each wire, "from→to", that has been sent. */
  readonly messages: ReadonlyMap<string, number>;
}

/** The slopes of a gate: of its output by each of its inputs. */
function slopes(operation: Operation, inputs: readonly number[], output: number): number[] {
  const [a, b] = inputs;
  switch (operation) {
    case "+":
      return [1, 1];
    case "·":
      return [b, a];
    case "max":
      return a >= b ? [1, 0] : [0, 1];
    case "σ":
      return [output * (1 - output)];
    default:
      return [];
  }
}

function forward(operation: Operation, [a, b]: readonly number[]): number {
  switch (operation) {
    case "+":
      return a + b;
    case "·":
      return a * b;
    case "max":
      return Math.max(a, b);
    default:
      return 1 / (1 + Math.exp(-a));
  }
}

const gatesOf = ({ circuit }: GatesState): readonly Gate[] => CIRCUITS[circuit] ?? Object.values(CIRCUITS)[0];

/** Values forward, and messages back as far as they were sent. */
export function compute(state: GatesState): Computed {
  const gates = gatesOf(state);
  const values = new Map<string, number>();
  let next = 0;
  for (const { id, operation, from } of gates)
    values.set(
      id,
      operation === "input"
        ? (state.values[next++] ?? 0)
        : forward(
            operation,
            from.map((one) => values.get(one)!),
          ),
    );
  const gradients = new Map<string, number>([[gates.at(-1)!.id, 1]]);
  const messages = new Map<string, number>();
  for (const { id } of [...gates].reverse()) {
    const takers = gates.filter(({ from }) => from.includes(id));
    const got = takers.map((taker) => messages.get(`${id}→${taker.id}`));
    if (takers.length > 0 && got.every((one) => one !== undefined))
      gradients.set(
        id,
        got.reduce<number>((sum, one) => sum + one!, 0),
      );
    const own = gates.find((one) => one.id === id)!;
    const above = gradients.get(id);
    if (!state.sent.includes(id) || above === undefined || own.operation === "input") continue;
    const inputs = own.from.map((one) => values.get(one)!);
    slopes(own.operation, inputs, values.get(id)!).forEach((slope, i) =>
      messages.set(`${own.from[i]}→${id}`, above * slope),
    );
  }
  return { values, gradients, messages };
}

/** The gates that can send now: they have their gradient and have not sent it on. */
const ready = (state: GatesState, { gradients }: Computed): Gate[] =>
  gatesOf(state)
    .filter(({ id, operation }) => operation !== "input" && gradients.has(id) && !state.sent.includes(id))
    .reverse();

/** The figure of gates. */
export const figure: FigureKind<GatesState> = {
  name: "gates",
  title: "Each gate sends its message back",
  task: "Cover the red numbers: before you press a gate with a bright ring, say what it will send. Then change a value: all red numbers follow.",
  question: "In x·y + max(x, z), x has two wires. What becomes of their two messages?",
  answer:
    "They are added: x gets y from the product, and 1 more from max when it is the larger one. A fork forward is a sum backward.",
  keys: "The right arrow sends the next message, the left one takes the last back.",
  state: { circuit: "(x + y)·z", values: [3, -1, 2], sent: [] },
  controls: (state) => [
    { kind: "choice", name: "circuit", label: "circuit", options: Object.keys(CIRCUITS) },
    ...gatesOf(state)
      .filter(({ operation }) => operation === "input")
      .map(({ id }, i) => ({
        kind: "slider" as const,
        name: `values ${i}`,
        label: id,
        min: -5,
        max: 5,
        step: 0.5,
      })),
    { kind: "button", name: "all", label: "Send all" },
    { kind: "button", name: "none", label: "Take all back" },
  ],
  draw(state, { width, palette }) {
    const gates = gatesOf(state);
    const computed = compute(state);
    const span = Math.min(width, 640);
    const left = (width - span) / 2;
    const height = 230;
    const radius = Math.min(24, span / 16);
    const size = Math.max(11, Math.min(14, span / 34));
    const at = ({ x, y }: Pick<Gate, "x" | "y">): [number, number] => [left + x * span, 16 + y * height];
    const byId = new Map(gates.map((one) => [one.id, one]));
    const waiting = new Set(ready(state, computed).map(({ id }) => id));
    let wires = "";
    let labels = "";
    /** Value above the wire, gradient below. */
    const pair = (
      x: number,
      y: number,
      value: number,
      gradient: number | undefined,
      known: boolean,
    ): string =>
      text(x, y - 6, shown(value), { size, anchor: "middle", bold: true, fill: palette.text }) +
      text(x, y + size + 3, known ? shown(gradient!) : "?", {
        size,
        anchor: "middle",
        bold: known,
        fill: known ? palette.bad : palette.muted,
      });
    for (const one of gates) {
      const [x1, y1] = at(one);
      for (const from of one.from) {
        const source = byId.get(from)!;
        const [x0, y0] = at(source);
        const message = computed.messages.get(`${from}→${one.id}`);
        const length = Math.hypot(x1 - x0, y1 - y0);
        const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
        const start: [number, number] = [x0 + ux * radius, y0 + uy * radius];
        const end: [number, number] = [x1 - ux * radius, y1 - uy * radius];
        wires += path([start, end], { stroke: palette.muted, width: 1.5 });
        if (message !== undefined) {
          const middle = 0.62;
          const [mx, my] = [x0 + (x1 - x0) * middle, y0 + (y1 - y0) * middle];
          wires += arrow([mx, my], [mx - ux * 22, my - uy * 22], palette.bad, 3);
        }
      }
    }
    for (const one of gates) {
      const [x, y] = at(one);
      const isInput = one.operation === "input";
      const gradient = computed.gradients.get(one.id);
      const isWaiting = waiting.has(one.id);
      const words = isInput ? one.id : one.operation;
      labels +=
        `<g${isInput ? "" : ` data-at="gate ${one.id}" style="cursor:pointer"`}>` +
        `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${isWaiting ? palette.lit : isInput ? palette.wash : palette.card}" ` +
        `stroke="${isWaiting ? palette.chosen : palette.muted}" stroke-width="${isWaiting ? 4 : 1.5}"/>` +
        text(x, y + size * 0.36, words, {
          size: size + 2,
          anchor: "middle",
          bold: true,
          fill: palette.text,
        }) +
        "</g>";
      // Beside the gate, towards the output.
      const beside = x + radius + Math.max(18, size * 1.6);
      labels +=
        box(beside - size * 1.5, y - size - 8, size * 3, 2 * size + 14, {
          fill: palette.card,
          opacity: 0.85,
          radius: 4,
        }) + pair(beside, y, computed.values.get(one.id)!, gradient, gradient !== undefined);
    }
    return { body: wires + labels, height: height + 34 };
  },
  words(state) {
    const computed = compute(state);
    const gates = gatesOf(state);
    const last = state.sent.filter((id) => computed.gradients.has(id)).at(-1);
    const output = shown(computed.values.get(gates.at(-1)!.id)!);
    const next = ready(state, computed)[0];
    const start = `${state.circuit} = ${output}.`;
    const own = gates.find(({ id }) => id === last);
    if (!own)
      return `${start} Its own gradient is 1. No gate has sent a message yet: press ${next ? `the gate ${next.operation}` : "one"}.`;
    const sends = own.from
      .map((from) => `${shown(computed.messages.get(`${from}→${own.id}`) ?? 0)} to ${nameOf(gates, from)}`)
      .join(" and ");
    const inputs = gates
      .filter(({ id, operation }) => operation === "input" && computed.gradients.has(id))
      .map(({ id }) => `d${id} = ${shown(computed.gradients.get(id)!)}`);
    return (
      `${start} The gate ${own.operation} got ${shown(computed.gradients.get(own.id)!)} from above and sends ${sends}.` +
      (inputs.length > 0 ? ` ${inputs.join(", ")}.` : "")
    );
  },
  act(state, act) {
    const computed = compute(state);
    const waiting = ready(state, computed);
    if (act.kind === "key") {
      if (act.key === "ArrowRight" || act.key === "ArrowDown")
        return waiting.length > 0 ? { sent: [...state.sent, waiting[0].id] } : {};
      if (act.key === "ArrowLeft" || act.key === "ArrowUp") return { sent: state.sent.slice(0, -1) };
      return undefined;
    }
    if (act.kind === "button") {
      const every = gatesOf(state).filter(({ operation }) => operation !== "input");
      return { sent: act.name === "all" ? every.map(({ id }) => id).reverse() : [] };
    }
    if (act.kind !== "press" || !act.at.startsWith("gate ")) return undefined;
    const id = act.at.slice(5);
    return waiting.some((one) => one.id === id) ? { sent: [...state.sent, id] } : undefined;
  },
};

const nameOf = (gates: readonly Gate[], id: string): string => {
  const one = gates.find((each) => each.id === id)!;
  return one.operation === "input" ? id : `the gate ${one.operation}`;
};
