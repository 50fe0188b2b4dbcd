/**
 * The widgets speak ipywidgets' protocol: for the same actions they send the messages that ipywidgets 8.1.9 sent, as
 * record_ipywidgets.py wrote them down.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  Accordion,
  Button,
  Checkbox,
  ColorPicker,
  connectWidgets,
  Dropdown,
  FileUpload,
  FloatProgress,
  FloatRangeSlider,
  FloatSlider,
  GridBox,
  HBox,
  HTML,
  Image,
  IntProgress,
  IntRangeSlider,
  IntSlider,
  jsdlink,
  jslink,
  Output,
  Play,
  SelectMultiple,
  Tabs,
  Text,
  ToggleButtons,
  VBox,
  type AnyKindOfWidget,
  type Conversation,
} from "../../../lib/widgets/index.js";
import { projectRoot } from "../../support/shared.js";

interface Sent {
  readonly type: string;
  readonly model: number;
  readonly target?: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly buffers: readonly number[][];
}
interface Action {
  readonly action: string;
  readonly messages: readonly Sent[];
}

const recorded = JSON.parse(
  readFileSync(join(projectRoot, "test/fixtures/ipywidgets-8.json"), "utf8"),
) as readonly Action[];

/** A front end that writes down what it is sent, with models by their number, and sends what a test says. */
class RecordingFrontEnd {
  readonly sent: Sent[] = [];
  readonly #handlers: ((data: unknown, buffers: readonly Uint8Array[]) => unknown)[] = [];
  readonly #targets = new Map<string, (comm: Conversation, data: unknown) => unknown>();

  openComm(
    target: string,
    data?: unknown,
    metadata: Record<string, unknown> = {},
    buffers: readonly Uint8Array[] = [],
  ): Conversation {
    const model = this.#handlers.length;
    this.#handlers.push(() => {});
    this.#write({
      type: "comm_open",
      model,
      target,
      data,
      metadata,
      buffers: buffers.map((one) => [...one]),
    });
    return this.#conversation(model, target);
  }

  addCommTarget(target: string, open: (comm: Conversation, data: unknown) => unknown): void {
    this.#targets.set(target, open);
  }

  receive(model: number, data: unknown, buffers: readonly Uint8Array[] = []): unknown {
    return this.#handlers[model](data, buffers);
  }

  /** Opens a conversation from the front end's side. @returns its model's number */
  open(target: string): number {
    const model = this.#handlers.push(() => {}) - 1;
    this.#targets.get(target)?.(this.#conversation(model, target), {});
    return model;
  }

  #conversation(model: number, target: string): Conversation {
    return {
      id: String(model),
      target,
      send: (data, metadata = {}, buffers = []) =>
        this.#write({ type: "comm_msg", model, data, metadata, buffers: buffers.map((one) => [...one]) }),
      close: (data = {}) => this.#write({ type: "comm_close", model, data, metadata: {}, buffers: [] }),
      onMessage: (handler) => void (this.#handlers[model] = handler),
      onClose: () => {},
    } as Conversation;
  }

  #write(message: Sent): void {
    this.sent.push(JSON.parse(JSON.stringify(message)) as Sent);
  }
}

let front: RecordingFrontEnd;
beforeEach(() => {
  front = new RecordingFrontEnd();
  connectWidgets(front);
});

const abc = ["a", "b", "c"];
const update = (state: object, buffer_paths: unknown[] = []): object => ({
  method: "update",
  state,
  buffer_paths,
});

/** The widgets of the recording, in its order. */
const simple: readonly (() => AnyKindOfWidget)[] = [
  () => new FloatSlider({ value: 0.5, min: 0, max: 1, step: 0.1 }),
  () => new IntRangeSlider({ value: [2, 5], min: 0, max: 10 }),
  () => new FloatRangeSlider({ value: [0.25, 0.5], min: 0, max: 1 }),
  () => new Checkbox({ value: true, description: "flip" }),
  () => new ToggleButtons({ options: abc, value: "b" }),
  () => new Dropdown({ options: abc, value: "c" }),
  () => new SelectMultiple({ options: abc, value: ["a", "c"] }),
  () => new Text({ value: "words" }),
  () => new Button({ description: "Go" }),
  () => new Play({ value: 0, max: 10 }),
  () => new ColorPicker({ value: "#0072b2" }),
  () => new IntProgress({ value: 4, max: 10 }),
  () => new FloatProgress({ value: 0.25, max: 1 }),
  () => new Output(),
  () => new HTML({ value: "<b>x</b>" }),
  () => new Image({ value: Uint8Array.of(1, 2, 3), format: "png" }),
  () => new FileUpload({ accept: "image/*" }),
];

/** Plays all actions of the recording with our widgets. */
async function play(): Promise<Action[]> {
  const actions: Action[] = [];
  const act = async <T>(action: string, call: () => T): Promise<Awaited<T>> => {
    front.sent.length = 0;
    const value = await call();
    actions.push({ action, messages: [...front.sent] });
    return value;
  };
  const opened = async <W extends AnyKindOfWidget>(widget: W): Promise<{ widget: W; id: number }> => {
    let id = -1;
    await act(`open ${widget.kind}`, () => (id = Number(widget.open())));
    return { widget, id };
  };
  const slider = await opened(new IntSlider({ value: 3, min: 0, max: 10, description: "k" }));
  await act("set value", () => void (slider.widget.value = 7));
  await act("front end sets value", () => front.receive(slider.id, update({ value: 9 })));
  await act("front end sets too large a value", () => front.receive(slider.id, update({ value: 99 })));
  await act("front end asks for the state", () => front.receive(slider.id, { method: "request_state" }));
  await act("set a style", () => slider.widget.style.set({ descriptionWidth: "80px" }));
  const made = new Map<string, { widget: AnyKindOfWidget; id: number }>();
  for (const make of simple) {
    const one = await opened(make());
    made.set(one.widget.kind, one);
  }
  const idOf = (kind: string): number => made.get(kind)!.id;
  const widgetOf = <W>(kind: string): W => made.get(kind)!.widget as unknown as W;
  await act("front end chooses of Dropdown", () => front.receive(idOf("Dropdown"), update({ index: 0 })));
  await act("set Dropdown", () => void (widgetOf<Dropdown<string>>("Dropdown").value = "b"));
  await act("front end chooses of SelectMultiple", () =>
    front.receive(idOf("SelectMultiple"), update({ index: [1] })),
  );
  await act("set a picture", () => void (widgetOf<Image>("Image").value = Uint8Array.of(4, 5)));
  let clicks = 0;
  widgetOf<Button>("Button").onClick(() => clicks++);
  await act("front end clicks Button", () =>
    front.receive(idOf("Button"), { method: "custom", content: { event: "click" } }),
  );
  expect(clicks).toBe(1);
  const file = { name: "a.png", type: "image/png", size: 2, last_modified: 1000 };
  await act("front end uploads", () =>
    front.receive(idOf("FileUpload"), update({ value: [file] }, [["value", 0, "content"]]), [
      Uint8Array.of(7, 8),
    ]),
  );
  expect(widgetOf<FileUpload>("FileUpload").value).toEqual([{ ...file, content: Uint8Array.of(7, 8) }]);
  const children = [widgetOf<Checkbox>("Checkbox"), widgetOf<Text>("Text")];
  for (const box of [HBox, VBox, GridBox]) await opened(new box({ children }));
  const tabs = await opened(new Tabs({ children, titles: ["one", "two"] }));
  await act("front end chooses a tab", () => front.receive(tabs.id, update({ selected_index: 1 })));
  await opened(new Accordion({ children, titles: ["one", "two"] }));
  const player = widgetOf<Play>("Play");
  await act("link in the front end", () => jslink([slider.widget, "value"], [player, "value"]));
  await act("link one way in the front end", () => jsdlink([player, "value"], [slider.widget, "value"]));
  await act("close", () => slider.widget.close());
  return actions;
}

/** Keys in order, and the second layout and all others as the recording has them. */
function comparable(actions: readonly Action[]): Action[] {
  const first = JSON.stringify(sorted(actions[0].messages[0].data));
  return actions.map(({ action, messages }) => ({
    action,
    messages: messages.map((message, i) => {
      const data = sorted(message.data);
      const repeats = !(action === actions[0].action && i === 0) && JSON.stringify(data) === first;
      return { ...message, data: repeats ? "as the first layout" : data };
    }),
  }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}

describe("the messages of the widgets", () => {
  it("are those that ipywidgets 8 sends, action by action", async () => {
    const ours = comparable(await play());
    expect(ours.map(({ action }) => action)).toEqual(recorded.map(({ action }) => action));
    expect(recorded.length).toBeGreaterThan(35);
    const theirs = comparable(recorded);
    for (const [i, one] of ours.entries()) expect(one).toEqual(theirs[i]);
  });

  it("tell a front end that reconnects the state of every model at once, with its bytes", () => {
    const picture = new Image({ value: Uint8Array.of(1, 2) });
    const id = picture.open()!;
    const control = front.open("jupyter.widget.control");
    front.sent.length = 0;
    void front.receive(control, { method: "request_states" });
    const [{ data, buffers }] = front.sent as unknown as {
      data: Record<string, unknown>;
      buffers: number[][];
    }[];
    expect(data.method).toBe("update_states");
    expect(data.buffer_paths).toEqual([[id, "state", "value"]]);
    expect(buffers).toEqual([[1, 2]]);
    const states = data.states as Record<string, { model_name: string; state: Record<string, unknown> }>;
    expect(Object.values(states).map((one) => one.model_name)).toEqual(["LayoutModel", "ImageModel"]);
    expect(states[id].state.layout).toMatch(/^IPY_MODEL_/);
  });
});

describe("a widget's values", () => {
  it("are properties, which observers watch from both sides", async () => {
    const slider = new IntSlider({ value: 3, max: 10 });
    const id = Number(slider.open());
    const seen: [number, number][] = [];
    const end = slider.observe("value", (value, before) => seen.push([value, before]));
    slider.value = 4;
    slider.value = 4;
    await front.receive(id, update({ value: 6 }));
    expect(slider.value).toBe(6);
    end();
    slider.value = 1;
    expect(seen).toEqual([
      [4, 3],
      [6, 4],
    ]);
  });

  it("stay in the range, also when the range changes", () => {
    const slider = new IntSlider({ value: 30, max: 10 });
    expect(slider.value).toBe(10);
    slider.max = 5;
    expect(slider.value).toBe(5);
    expect(() => (slider.value = NaN)).toThrow("IntSlider: its value is a finite number");
    expect(() => (slider.min = 9)).toThrow("min 9 is greater than max 5");
    expect(slider.min).toBe(0);
  });

  it("are refused by name when the widget has none of that name", () => {
    expect(() => new IntSlider({ valeu: 3 } as never)).toThrow('IntSlider: it has no "valeu"; it has');
    expect(() => new Checkbox().set({ colour: 1 } as never)).toThrow('Checkbox: it has no "colour"');
    expect(() => new Image({ style: { fontSize: "9px" } } as never)).toThrow("Image: it has no style");
  });

  it("of a chooser are the options themselves", () => {
    const layers = [{ name: "conv" }, { name: "pool" }];
    const chooser = new Dropdown({ options: { conv: layers[0], pool: layers[1] } });
    expect(chooser.value).toBe(layers[0]);
    const chosen: string[] = [];
    chooser.onChoice((layer) => chosen.push(layer.name));
    chooser.value = layers[1];
    expect(chosen).toEqual(["pool"]);
    expect(chooser.label).toBe("pool");
    expect(() => new Dropdown({ options: [1, 2], value: 3 })).toThrow(
      "Dropdown: 3 is none of its options 1, 2",
    );
    expect(() => new Dropdown({ options: [] })).toThrow("nothing to choose");
  });

  it("that the front end sends twice are told once, and the front end waits for slow observers", async () => {
    const box = new Checkbox();
    const id = Number(box.open());
    let done = false;
    box.observe("value", async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done = true;
    });
    await front.receive(id, update({ value: true }));
    expect(done).toBe(true);
  });
});

describe("outside a notebook", () => {
  it("a widget is words and keeps its values", async () => {
    const place = globalThis as unknown as Record<symbol, unknown>;
    delete place[Symbol.for("chainrule.widgets")];
    const slider = new IntSlider({ value: 3, description: "k" });
    expect(await slider.bundle()).toEqual({ "text/plain": 'IntSlider(value: 3, description: "k")' });
    slider.value = 5;
    expect(String(slider)).toBe('IntSlider(value: 5, description: "k")');
    expect(String(new VBox({ children: [slider] }))).toBe("VBox(children: [IntSlider])");
  });
});
