/**
 * Puts a figure into a page: its words, its controls and its drawing, which follow the state at once. It runs where
 * anywidget's convention does: in a notebook's front end, and in an exported page with a model that knows no kernel.
 */
import { DARK, LIGHT, type Act, type FigureControl, type FigureKind } from "../figures/figure-kind.js";

/** The model as anywidget hands it over. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, call: () => void): void;
  off(event: string, call: () => void): void;
}

type State = Record<string, unknown>;

const STYLE = `
.cr-figure { --text: #1f2328; --muted: #57606a; --card: #fff; --line: #d0d7de; --accent: #0072b2; margin: 0; padding: 14px 16px; box-sizing: border-box;
  max-width: 792px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--text);
  font: 14px/1.5 "DejaVu Sans Condensed", "Helvetica Neue", Arial, sans-serif; }
.cr-figure.cr-dark { --text: #e6edf3; --muted: #9aa5b1; --card: #15191e; --line: #3b434d; --accent: #56b4e9; color-scheme: dark; }
.cr-figure h4 { margin: 0 0 2px; font-size: 15px; color: var(--text); }
.cr-figure p { margin: 0 0 8px; color: var(--muted); }
.cr-figure .cr-controls { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 8px; }
.cr-figure label, .cr-figure fieldset { display: inline-flex; align-items: center; gap: 6px; margin: 0; padding: 0; border: 0; min-height: 28px; }
.cr-figure label { white-space: nowrap; } .cr-figure fieldset { flex-wrap: wrap; }
.cr-figure fieldset legend { float: left; padding: 0 6px 0 0; }
.cr-figure input[type=range] { width: 130px; margin: 0; accent-color: var(--accent); }
.cr-figure output { min-width: 2.6em; font-variant-numeric: tabular-nums; font-weight: bold; }
.cr-figure button { font: inherit; min-height: 28px; padding: 2px 12px; border: 1px solid var(--muted); border-radius: 6px; background: none; color: var(--text); cursor: pointer; }
.cr-figure .cr-stage { touch-action: pan-y; user-select: none; -webkit-user-select: none; cursor: default; border-radius: 4px; }
.cr-figure .cr-stage svg { display: block; width: 100%; height: auto; }
.cr-figure .cr-stage [style*=cursor], .cr-figure .cr-stage [data-at=plane] { touch-action: none; }
.cr-figure :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.cr-figure .cr-words { min-height: 3em; margin: 8px 0 4px; color: var(--text); font-variant-numeric: tabular-nums; }
.cr-figure details { color: var(--muted); } .cr-figure summary { cursor: pointer; color: var(--text); }
.cr-figure details p { margin: 4px 0 0; }
`;

let figures = 0;

/** The renderer of a figure, for the default export of its module. */
export function mount<S extends object>(figure: FigureKind<S>) {
  return ({ model, el }: { model: Model; el: HTMLElement }): (() => void) => {
    const id = `cr-${++figures}`;
    const names = Object.keys(figure.state);
    const state = (): S => {
      const given = names.map((name) => [name, model.get(name) ?? (figure.state as State)[name]]);
      return Object.fromEntries(given) as S;
    };
    const root = element("figure", { class: "cr-figure", "aria-labelledby": `${id}-title` });
    const controls = element("div", { class: "cr-controls" });
    const stage = element("div", { class: "cr-stage" });
    if (figure.act) {
      stage.tabIndex = 0;
      stage.setAttribute("role", "group");
      stage.setAttribute("aria-label", `${figure.title}. ${figure.keys ?? ""}`);
    }
    const words = element("p", { class: "cr-words", "aria-live": "polite" });
    const title = element("h4", { id: `${id}-title` }, figure.title);
    const details = element("details", {});
    details.append(element("summary", {}, figure.question), element("p", {}, figure.answer));
    const hint = figure.keys ? `${figure.task} ${figure.keys}` : figure.task;
    root.append(element("style", {}, STYLE), title, element("p", {}, hint), controls, stage, words, details);
    el.replaceChildren(root);

    const width = (): number => Math.max(280, Math.min(760, root.clientWidth - 34));
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      frame = 0;
      const now = state();
      const isDark = onDark(root.parentElement ?? document.body);
      root.classList.toggle("cr-dark", isDark);
      const canvas = { width: width(), palette: isDark ? DARK : LIGHT };
      const { body, height } = figure.draw(now, canvas);
      const said = figure.words(now);
      stage.innerHTML =
        `<svg viewBox="0 0 ${canvas.width} ${Math.ceil(height)}" role="img" font-family="inherit">` +
        `<title></title>${body}</svg>`;
      const svg = stage.firstElementChild!;
      svg.setAttribute("aria-label", said);
      svg.firstElementChild!.textContent = figure.title;
      words.textContent = said;
      showControls(controls, figure.controls(now), state as () => State, change, press, id);
      root.dataset.drawn = String(Number(root.dataset.drawn ?? 0) + 1);
    };
    const redraw = (): void => void (frame ||= requestAnimationFrame(draw));
    const change = (changes: State): void => {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      redraw();
      // The kernel hears of the last of many moves.
      clearTimeout(timer);
      timer = setTimeout(() => model.save_changes(), 150);
    };
    const act = (what: Act): boolean => {
      const canvas = { width: width(), palette: LIGHT };
      const changes = figure.act?.(state(), what, canvas);
      if (changes) change(changes as State);
      return changes !== undefined;
    };
    const press = (name: string): void => void act({ kind: "button", name });

    let held: string | undefined;
    let rest = "";
    const point = (kind: "move" | "press" | "drag", event: PointerEvent, at: string): void => {
      const box = stage.getBoundingClientRect();
      const scale = width() / box.width;
      act({ kind, at, x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale });
    };
    const partAt = ({ clientX, clientY }: PointerEvent): string | undefined =>
      (document.elementFromPoint(clientX, clientY) ?? undefined)?.closest<SVGElement>("[data-at]")?.dataset
        .at;
    stage.addEventListener("pointerdown", (event) => {
      rest = `${event.clientX} ${event.clientY}`;
      held = partAt(event);
      if (held === undefined) return;
      if (event.pointerType !== "touch") stage.setPointerCapture(event.pointerId);
      point("press", event, held);
    });
    stage.addEventListener("pointermove", (event) => {
      if (held !== undefined) return point("drag", event, held);
      // A page that scrolls below a pointer at rest sends moves too; they must not undo what a key has done.
      const place = `${event.clientX} ${event.clientY}`;
      if (place === rest) return;
      rest = place;
      const at = partAt(event);
      if (at !== undefined) point("move", event, at);
    });
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (held = undefined));
    stage.addEventListener("keydown", (event) => {
      // A notebook takes the arrow keys for its own.
      if (!event.ctrlKey && !event.metaKey && !event.altKey && act({ kind: "key", key: event.key })) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    controls.addEventListener("keydown", (event) => event.stopPropagation());

    const sizes = new ResizeObserver(redraw);
    sizes.observe(root);
    const themes = new MutationObserver(redraw);
    for (const one of [document.body, document.documentElement]) themes.observe(one, { attributes: true });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", redraw);
    for (const name of names) model.on(`change:${name}`, redraw);
    draw();
    return () => {
      cancelAnimationFrame(frame);
      sizes.disconnect();
      themes.disconnect();
      scheme.removeEventListener("change", redraw);
      for (const name of names) model.off(`change:${name}`, redraw);
    };
  };
}

/** Makes the controls anew when there are others, and sets them to the state. */
function showControls(
  place: HTMLElement,
  wanted: readonly FigureControl[],
  stateNow: () => State,
  change: (changes: State) => void,
  press: (name: string) => void,
  id: string,
): void {
  const state = stateNow();
  const signature = wanted.map(({ kind, name, label }) => `${kind} ${name} ${label}`).join("\n");
  if (place.dataset.signature !== signature) {
    place.dataset.signature = signature;
    place.replaceChildren(...wanted.map((one) => makeControl(one, stateNow, change, press, id)));
  }
  wanted.forEach((one, i) => {
    const made = place.children[i]!;
    const value = read(state, one.name);
    if (one.kind === "slider") {
      const input = made.querySelector("input")!;
      Object.assign(input, { min: String(one.min), max: String(one.max), step: String(one.step) });
      input.value = String(value);
      made.querySelector("output")!.textContent = String(Number(Number(value).toPrecision(3))).replace(
        "-",
        "−",
      );
    } else if (one.kind === "check") made.querySelector("input")!.checked = value === true;
    else if (one.kind === "choice")
      made.querySelectorAll("input").forEach((input, k) => {
        input.checked = value === (typeof value === "number" ? k : one.options[k]);
      });
  });
}

function makeControl(
  control: FigureControl,
  state: () => State,
  change: (changes: State) => void,
  press: (name: string) => void,
  id: string,
): HTMLElement {
  const { name, label } = control;
  if (control.kind === "button") {
    const button = element("button", { type: "button" }, label);
    button.addEventListener("click", () => press(name));
    return button;
  }
  if (control.kind === "choice") {
    const group = element("fieldset", {});
    group.append(element("legend", {}, label));
    control.options.forEach((option, k) => {
      const input = element("input", { type: "radio", name: `${id}-${name}`, value: option });
      input.addEventListener("change", () =>
        change({ [name]: typeof state()[name] === "number" ? k : option }),
      );
      const words = element("label", {});
      words.append(input, option);
      group.append(words);
    });
    return group;
  }
  const row = element("label", {});
  if (control.kind === "check") {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => change({ [name]: input.checked }));
    row.append(input, label);
    return row;
  }
  const input = element("input", { type: "range" });
  input.addEventListener("input", () => {
    change(write(state(), name, Number(input.value)));
  });
  row.append(element("span", {}, label), input, element("output", {}));
  return row;
}

/** A value of the state: "rate", or one of a list, "scores 0". */
function read(state: State, name: string): unknown {
  const [list, place] = name.split(" ");
  return place === undefined ? state[name] : (state[list!] as unknown[])[Number(place)];
}

/** The change that sets such a value. */
function write(state: State, name: string, value: number): State {
  const [list, place] = name.split(" ");
  if (place === undefined) return { [name]: value };
  return { [list!]: (state[list!] as unknown[]).map((one, i) => (i === Number(place) ? value : one)) };
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
  text?: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Whether a place on the page is dark: by the background that is seen there. */
function onDark(place: Element): boolean {
  for (let one: Element | null = place; one; one = one.parentElement) {
    const [r, g, b, alpha = 1] = (
      /^rgba?\(([^)]+)\)/.exec(getComputedStyle(one).backgroundColor)?.[1] ?? "0 0 0 0"
    )
      .split(/[\s,/]+/)
      .map(Number) as [number, number, number, number?];
    if (alpha > 0.5) return 0.299 * r + 0.587 * g + 0.114 * b < 110;
  }
  return (
    matchMedia("(prefers-color-scheme: dark)").matches &&
    getComputedStyle(document.documentElement).colorScheme.includes("dark")
  );
}
