/** The sizes of a convolution: input, filter, stride and padding; the window walks, and what does not fit is red. Lecture 11. */
import type { FigureKind } from "./figure-kind.js";
import { box, text } from "./paint.js";

/** The state of the figure of sizes. */
export interface SizesState {
  /** Numbers in the input. */
  N: number;
  /** Numbers in the filter. */
  F: number;
  /** The stride. */
  S: number;
  /** Zeros at each end. */
  P: number;
  /** The window that is lit, from 0. */
  at: number;
}

/** How many windows fit, and how many padded numbers the last one leaves over. */
export function outputSize({ N, F, S, P }: Pick<SizesState, "N" | "F" | "S" | "P">): {
  count: number;
  over: number;
} {
  const room = N + 2 * P - F;
  return room < 0 ? { count: 0, over: N + 2 * P } : { count: Math.floor(room / S) + 1, over: room % S };
}

/** The figure of sizes. */
export const figure: FigureKind<SizesState> = {
  name: "sizes",
  title: "Does the window fit?",
  task: "Set N = 7, F = 3, and raise the stride from 1 to 3: the last window turns red. Then mend it with padding.",
  question: "Which padding keeps the size at stride 1 for F = 3, 5 and 7?",
  answer: "P = 1, 2 and 3: (F − 1)/2, so that each input stands once in the middle of a window.",
  keys: "The arrow keys move the window.",
  state: { N: 7, F: 3, S: 2, P: 0, at: 0 },
  controls: () => [
    { kind: "slider", name: "N", label: "input N", min: 1, max: 16, step: 1 },
    { kind: "slider", name: "F", label: "filter F", min: 1, max: 11, step: 1 },
    { kind: "slider", name: "S", label: "stride S", min: 1, max: 5, step: 1 },
    { kind: "slider", name: "P", label: "padding P", min: 0, max: 5, step: 1 },
  ],
  draw(state, { width, palette }) {
    const { N, F, S, P } = state;
    const { count, over } = outputSize(state);
    const whole = N + 2 * P;
    // One window more, when some numbers are left over.
    const extra = count === 0 || over > 0 ? 1 : 0;
    const columns = Math.max(whole, (count + extra - 1) * S + F);
    const cell = Math.min(34, (width - 52) / columns);
    const left = Math.max(44, (width - columns * cell) / 2);
    const rowHeight = Math.min(22, cell * 0.8 + 4);
    const at = Math.min(state.at, Math.max(0, count - 1));
    let body = text(left - 8, 12 + cell / 2 + 4, "x", { anchor: "end", bold: true, fill: palette.text });
    for (let i = 0; i < whole; i++) {
      const isPadding = i < P || i >= N + P;
      const isLit = count > 0 && i >= at * S && i < at * S + F;
      const isLeft = count > 0 && over > 0 && i >= whole - over;
      const fill = isLit ? palette.lit : isPadding ? palette.wash : palette.card;
      body += box(left + i * cell + 1, 12, cell - 2, cell - 2, {
        fill,
        stroke: isLeft ? palette.bad : palette.muted,
        width: isLeft ? 2.5 : 1,
      });
      if (cell >= 14)
        body += text(
          left + i * cell + cell / 2,
          12 + cell / 2 + 4,
          isPadding ? "0" : `x${subscript(i - P)}`,
          {
            size: Math.min(12, cell * 0.42),
            anchor: "middle",
            fill: isPadding ? palette.muted : palette.text,
          },
        );
    }
    let y = 12 + cell + 12;
    for (let k = 0; k < count + extra; k++) {
      const fits = k < count;
      const isChosen = fits && k === at;
      const colour = !fits ? palette.bad : isChosen ? palette.chosen : palette.first;
      body +=
        `<g data-at="window ${k}">` +
        box(0, y - 2, width, rowHeight, { fill: palette.card, opacity: 0.01 }) +
        text(left - 8, y + rowHeight / 2 + 3, fits ? `y${subscript(k)}` : "✗", {
          anchor: "end",
          fill: colour,
          bold: isChosen || !fits,
        }) +
        box(left + k * S * cell + 1, y, F * cell - 2, rowHeight - 5, {
          fill: fits ? colour : "none",
          ...(fits ? { opacity: isChosen ? 1 : 0.45 } : { stroke: colour, width: 2 }),
          radius: 3,
        }) +
        "</g>";
      y += rowHeight;
    }
    y += 22;
    const formula = `(N + 2P − F)/S + 1 = (${N} + 2·${P} − ${F})/${S} + 1 = ${fraction(state)}`;
    body += text(width / 2, y, formula, {
      anchor: "middle",
      size: Math.min(14, width / 24),
      bold: true,
      fill: extra ? palette.bad : palette.text,
    });
    return { body, height: y + 14 };
  },
  words(state) {
    const { N, F, S, P } = state;
    const { count, over } = outputSize(state);
    const start = `N = ${N}, F = ${F}, S = ${S}, P = ${P}: (${N} + 2·${P} − ${F})/${S} + 1 = ${fraction(state)}`;
    if (count === 0) return `${start}: the filter is wider than the padded input, no window fits.`;
    if (over > 0)
      return `${start} is not whole: ${count} windows fit and ${over === 1 ? "one number is" : `${over} numbers are`} left over.`;
    return `${start}: ${count === 1 ? "one window fits" : `${count} windows fit`}, and nothing is left over.`;
  },
  act(state, act) {
    const { count } = outputSize(state);
    const at = Math.min(state.at, Math.max(0, count - 1));
    const to = (place: number): Partial<SizesState> => ({ at: Math.max(0, Math.min(count - 1, place)) });
    if (act.kind === "key") {
      if (act.key === "ArrowRight" || act.key === "ArrowDown") return to(at + 1);
      if (act.key === "ArrowLeft" || act.key === "ArrowUp") return to(at - 1);
      return undefined;
    }
    if (act.kind === "button" || !act.at.startsWith("window ")) return undefined;
    const k = Number(act.at.slice(7));
    return k < count ? to(k) : undefined;
  },
};

function fraction(state: SizesState): string {
  const size = (state.N + 2 * state.P - state.F) / state.S + 1;
  return (Number.isInteger(size) ? String(size) : size.toFixed(2)).replace("-", "−");
}

const subscript = (n: number): string => [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
