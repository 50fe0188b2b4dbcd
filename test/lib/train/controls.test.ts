/**
 * The controls of a live run, with a front end that is played: what each does, that nothing happens that nobody asked for, and
 * that the panel alone is left.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Adam,
  Conv2d,
  Dataset,
  Linear,
  Random,
  ReLU,
  Sequential,
  SGD,
  fit,
  flat,
  type FitOptions,
  type Run,
} from "../../../lib/index.js";
import { connectWidgets, type Conversation } from "../../../lib/widgets/index.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-controls-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model as a front end has it. */
interface Model {
  state: Record<string, unknown>;
  receive: (data: unknown) => unknown;
}

/** A front end that shows widgets: it keeps their states, moves them, and is shown values by `display`. */
class PlayedPage {
  readonly models = new Map<string, Model>();
  /** The identifiers of all models that were ever opened. */
  readonly opened: string[] = [];
  /** What each output showed, in words. */
  readonly outputs: { mimes: string[]; text: string }[][] = [];
  #listen: (() => void) | undefined;

  openComm(
    _target: string,
    data: unknown,
    _metadata: Record<string, unknown> = {},
    buffers: readonly Uint8Array[] = [],
  ): Conversation {
    const id = `model ${this.opened.length}`;
    this.opened.push(id);
    const model: Model = { state: {}, receive: () => {} };
    this.models.set(id, model);
    this.#take(model, data, buffers);
    return {
      id,
      send: (sent, _, more = []) => this.#take(model, sent, more),
      close: () => void this.models.delete(id),
      onMessage: (handler) => void (model.receive = (sent) => handler(sent, [])),
      onClose: () => {},
    };
  }

  addCommTarget(_target: string, open: (comm: Conversation, data: unknown) => unknown): void {
    const comm = { id: "control", send() {}, close() {}, onMessage() {}, onClose() {} };
    this.#listen = () => void open(comm, {});
  }

  /** Does what a front end with widgets does first. */
  listen(): void {
    this.#listen?.();
  }

  /** The cells' `display`. */
  readonly display = (value: unknown): { update(value: unknown): Promise<void> } => {
    const output: PlayedPage["outputs"][number] = [];
    this.outputs.push(output);
    const update = async (next: unknown): Promise<void> => {
      const shown = next as Record<symbol, () => Promise<Record<string, unknown>>>;
      const bundle = await shown[Symbol.for("Jupyter.display")]();
      output.push({ mimes: Object.keys(bundle).sort(), text: String(bundle["text/plain"]) });
    };
    void update(value);
    return { update };
  };

  /** The model with these words beside it or on it. */
  named(description: string): Model {
    const found = [...this.models.values()].find(({ state }) => state.description === description);
    if (!found) throw new Error(`there is no "${description}"`);
    return found;
  }

  get descriptions(): string[] {
    const all = [...this.models.values()].map(({ state }) => state.description);
    return all.filter((one) => typeof one === "string" && one !== "") as string[];
  }

  move(description: string, value: number): void {
    this.#set(description, { value });
  }

  choose(description: string, label: string): void {
    const labels = this.named(description).state._options_labels as string[];
    this.#set(description, { index: labels.indexOf(label) });
  }

  press(description: string): void {
    void this.named(description).receive({ method: "custom", content: { event: "click" } });
  }

  /** The panel's words now, and its drawing. */
  get panel(): { words: string; svg: string } | undefined {
    const found = [...this.models.values()].find(({ state }) => state._model_name === "HTMLModel");
    const [, words, data] = /^<img alt="([^"]*)".* src="data:image\/svg\+xml;base64,([^"]*)">$/.exec(
      String(found?.state.value),
    ) ?? ["", undefined, ""];
    return words === undefined ? undefined : { words, svg: Buffer.from(data, "base64").toString() };
  }

  #set(description: string, state: object): void {
    const model = this.named(description);
    Object.assign(model.state, state);
    void model.receive({ method: "update", state, buffer_paths: [] });
  }

  #take(model: Model, data: unknown, buffers: readonly Uint8Array[]): void {
    const { state, buffer_paths = [] } = data as {
      state: Record<string, unknown>;
      buffer_paths?: [string][];
    };
    Object.assign(model.state, state);
    buffer_paths.forEach(([name], i) => (model.state[name] = buffers[i]));
  }
}

const scope = globalThis as { display?: unknown };
let page: PlayedPage;
beforeEach(() => {
  page = new PlayedPage();
  connectWidgets(page);
  page.listen();
  scope.display = page.display;
});
afterEach(() => {
  delete scope.display;
  delete (globalThis as unknown as Record<symbol, unknown>)[Symbol.for("chainrule.widgets")];
});

const random = new Random(3);
const data = new Dataset(
  random.normal([60, 1, 6, 6]),
  Int32Array.from({ length: 60 }, () => random.integer(2)),
  ["a", "b"],
);
const makeNet = (): Sequential =>
  new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 2, size: 3, pad: 1 }),
      relu: new ReLU(),
      conv2: new Conv2d({ in: 2, out: 3, size: 3, pad: 1 }),
      fc: new Linear({ in: 3 * 36, out: 2 }),
    },
    { input: [1, 6, 6], seed: 1 },
  );
const weightsOf = (run: Run): number[] =>
  Object.values(run.net.parameters).flatMap(({ value }) => Array.from(flat(value)));
const losses = (run: Run): number[] => run.steps.map(({ loss }) => loss);
const rates = (run: Run): (number | undefined)[] => run.steps.map(({ learningRate }) => learningRate);
/** Twelve steps of a run with controls. @param acts  what the hand does after a step, by the step's number */
const train = (acts: Record<number, () => void> = {}, more: Partial<FitOptions> = {}): Promise<Run> =>
  fit(makeNet(), data, {
    optimizer: new SGD({ lr: 0.01, momentum: 0.9 }),
    epochs: 2,
    batchSize: 10,
    controls: true,
    onStep: ({ steps }) => acts[steps.length]?.(),
    ...more,
  });
const isPaused = (step: number) =>
  expect.poll(() => page.panel?.words).toMatch(new RegExp(`Paused\\.[^]*at step ${step}\\.`));

describe("controls that nobody touches", () => {
  test.each([
    ["a constant rate", {}],
    ["a schedule", { schedule: "cosine" as const }],
    ["Adam", { optimizer: undefined }],
  ])("change no bit and leave the same output: %s", async (_, more) => {
    const options = (): Partial<FitOptions> =>
      "optimizer" in more ? { optimizer: new Adam({ lr: 0.01 }) } : more;
    const [with_, without] = [await train({}, options()), await train({}, { ...options(), controls: false })];
    expect(losses(with_)).toEqual(losses(without));
    expect(weightsOf(with_)).toEqual(weightsOf(without));
    expect(with_.changes).toEqual([]);
    expect(page.outputs).toHaveLength(2);
    const time = /after [\d.]+ s/;
    const [last, plain] = page.outputs.map((output) => output.at(-1)!);
    expect({ ...last, text: last.text.replace(time, "") }).toEqual({
      ...plain,
      text: plain.text.replace(time, ""),
    });
    expect(last.text).toMatch(/: finished after/);
    expect(last.mimes).not.toContain("application/vnd.jupyter.widget-view+json");
  });

  test("but send what they show, rounded by their grid, change nothing", async () => {
    const seen: unknown[] = [];
    const lr = 0.0123456;
    const optimizer = new SGD({ lr, momentum: 0.925 });
    const acts = {
      1: () => {
        page.move("learning rate", lr * (1 + 2e-16));
        page.move("momentum", 0.9250000000000002);
        seen.push(page.named("momentum").state.step);
      },
    };
    const run = await train(acts, { optimizer });
    expect([run.changes, seen]).toEqual([[], [0.001]]);
    const plain = await train({}, { optimizer: new SGD({ lr, momentum: 0.925 }), controls: false });
    expect(weightsOf(run)).toEqual(weightsOf(plain));
  });

  test("are widgets above the panel while it runs, with a picture for viewers without widgets, and then gone", async () => {
    let during: string[] = [];
    await train({ 3: () => (during = page.descriptions) });
    expect(during.sort()).toEqual(["One step", "Pause", "Stop", "filters of", "learning rate", "momentum"]);
    const [output] = page.outputs;
    expect(output[0].mimes).toEqual([
      "application/vnd.jupyter.widget-view+json",
      "image/svg+xml",
      "text/plain",
    ]);
    expect(output[0].text).toMatch(/^Training on 60 examples: epoch 1 of 2/);
    expect(page.opened.length).toBeGreaterThan(10);
    expect([...page.models]).toEqual([]);
  });

  test("are not there where no front end listens, and when the panel is not live", async () => {
    connectWidgets((page = new PlayedPage()));
    scope.display = page.display;
    await train();
    expect(page.outputs[0][0].mimes).toEqual(["image/svg+xml", "text/plain"]);
    page.listen();
    await train({}, { live: false });
    expect(page.opened).toEqual([]);
    await train({}, { controls: undefined });
    expect(page.opened).toEqual([]);
  });
});

describe("the sliders", () => {
  test("of the learning rate takes effect at the next step, and the run says so", async () => {
    const optimizer = new SGD({ lr: 0.01, momentum: 0.9 });
    const run = await train(
      {
        4: () => page.move("learning rate", 0.0200000001),
        6: () => {
          page.move("learning rate", 0.1);
          page.move("learning rate", 0.005);
        },
      },
      { optimizer },
    );
    expect(rates(run)).toEqual([...Array(4).fill(0.01), 0.02, 0.02, ...Array(6).fill(0.005)]);
    expect(run.changes).toEqual([
      { step: 5, name: "learning rate", from: 0.01, to: 0.02 },
      { step: 7, name: "learning rate", from: 0.02, to: 0.005 },
    ]);
    expect(page.outputs[0].at(-1)!.text).toContain(
      "By hand: learning rate from 0.01 to 0.005, last at step 7.",
    );
    expect(optimizer.lr).toBe(0.01);
  });

  test("goes from a hundredth of the rate to its tenfold", async () => {
    const seen: unknown[] = [];
    await train({
      1: () => {
        const { _model_name, value, min, max } = page.named("learning rate").state;
        seen.push(_model_name, value, 10 ** Number(min), 10 ** Number(max));
      },
    });
    expect(seen).toEqual(["FloatLogSliderModel", 0.01, expect.closeTo(0.0001, 9), expect.closeTo(0.1, 9)]);
  });

  test("with a schedule multiplies its rates", async () => {
    const schedule = (step: number): number => 0.01 / (step + 1);
    const run = await train({ 6: () => page.move("rate ×", 2) }, { schedule });
    const planned = Array.from({ length: 12 }, (_, i) => schedule(i));
    expect(rates(run)).toEqual(planned.map((rate, i) => (i < 6 ? rate : rate * 2)));
    expect(run.changes).toEqual([{ step: 7, name: "rate factor", from: 1, to: 2 }]);
  });

  test("of the momentum does what a program would do", async () => {
    const optimizer = new SGD({ lr: 0.01, momentum: 0.9 });
    const run = await train(
      { 5: () => page.move("momentum", 0), 9: () => page.move("momentum", 0.5) },
      { optimizer },
    );
    const sgd = new SGD({ lr: 0.01, momentum: 0.9 });
    const programmed = await train(
      { 5: () => (sgd.momentum = 0), 9: () => (sgd.momentum = 0.5) },
      { optimizer: sgd, controls: false },
    );
    expect(weightsOf(run)).toEqual(weightsOf(programmed));
    expect(weightsOf(run)).not.toEqual(weightsOf(await train({}, { controls: false })));
    expect(String(optimizer)).toBe("SGD, lr 0.01, momentum 0.9");
    expect(sgd.momentum).toBe(0.5);
  });

  test("there is none for a momentum that the rule has not", async () => {
    let there: string[] = [];
    await train({ 1: () => (there = page.descriptions) }, { optimizer: new Adam() });
    expect(there).toContain("learning rate");
    expect(there).not.toContain("momentum");
  });
});

describe("the buttons", () => {
  test("pause, make one step at a time, and go on", async () => {
    const over = train({ 3: () => page.press("Pause") });
    await isPaused(3);
    expect(page.descriptions).toContain("Go on");
    page.press("One step");
    await isPaused(4);
    // Two at once are two.
    page.press("One step");
    page.press("One step");
    await isPaused(6);
    page.press("Go on");
    const run = await over;
    expect([run.status, run.steps.length]).toEqual(["finished", 12]);
    expect(losses(run)).toEqual(losses(await train({}, { controls: false })));
    expect(page.outputs[0].at(-1)!.text).not.toContain("Paused");
  });

  test("steps that were asked for and not made are forgotten when the run goes on", async () => {
    let pause: Model | undefined;
    const press = (): unknown => pause!.receive({ method: "custom", content: { event: "click" } });
    const acts = { 1: () => (pause = page.named("Pause")), 3: () => press(), 8: () => press() };
    const over = train(acts, { epochs: 1, batchSize: 5 });
    await isPaused(3);
    for (const button of ["One step", "One step", "Go on"]) page.press(button);
    await isPaused(8);
    page.press("Stop");
    expect((await over).steps).toHaveLength(8);
  });

  test("one step of a run that goes on pauses it after this step", async () => {
    const over = train({ 2: () => page.press("One step"), 3: () => expect.unreachable() });
    await isPaused(2);
    page.press("Stop");
    expect((await over).steps).toHaveLength(2);
  });

  test("stop ends the run as a signal does, also while it waits", async () => {
    const run = await train({ 4: () => page.press("Stop") });
    expect([run.status, run.steps.length]).toEqual(["stopped", 4]);
    expect(page.outputs[0].at(-1)!.text).toMatch(/: stopped after/);
    const waiting = train({ 2: () => page.press("Pause") });
    await isPaused(2);
    page.press("Stop");
    expect(await waiting).toMatchObject({ status: "stopped", steps: { length: 2 } });
    expect([...page.models]).toEqual([]);
  });

  test("a signal ends a run that waits", async () => {
    const controller = new AbortController();
    const waiting = train({ 2: () => page.press("Pause") }, { signal: controller.signal });
    await isPaused(2);
    controller.abort();
    expect(await waiting).toMatchObject({ status: "stopped", steps: { length: 2 } });
  });
});

test("an interrupt of the cell ends a run that waits, and takes its controls away", async () => {
  const place = globalThis as unknown as Record<symbol, unknown>;
  const cell = new AbortController();
  place[Symbol.for("Jupyter.signal")] = cell.signal;
  try {
    const waiting = train({ 2: () => page.press("Pause") });
    await isPaused(2);
    cell.abort();
    expect(await waiting).toMatchObject({ status: "stopped", steps: { length: 2 } });
    expect([...page.models]).toEqual([]);
  } finally {
    delete place[Symbol.for("Jupyter.signal")];
  }
});

test("the layer whose filters show is chosen while it runs, and stays in the panel", async () => {
  const over = train({ 2: () => page.press("Pause") });
  await isPaused(2);
  expect(page.named("filters of").state._options_labels).toEqual(["conv1", "conv2"]);
  expect(page.panel!.svg).toContain(">conv1<");
  page.choose("filters of", "conv2");
  await expect.poll(() => page.panel!.svg).toContain(">conv2<");
  page.press("Go on");
  const run = await over;
  expect(run.filtersOf).toBe("conv2");
  expect(() => (run.filtersOf = "fc")).toThrow('run.filtersOf: "fc" has no filters; there are conv1, conv2.');
  expect(run.filtersOf).toBe("conv2");
});

test("a run that fails says so in its panel, and takes its controls away", async () => {
  const run: Run[] = [];
  const wild = train(
    {},
    {
      onStep: (now) => {
        run[0] = now;
        if (now.steps.length === 3) page.move("learning rate", 0.1);
        if (now.steps.length === 5) throw new Error("the learner gave up");
      },
    },
  );
  await expect(wild).rejects.toThrow("the learner gave up");
  expect([run[0].status, run[0].failure]).toEqual(["failed", "the learner gave up"]);
  const { text } = page.outputs[0].at(-1)!;
  expect(text).toMatch(/: failed after/);
  expect(text).toContain("the learner gave up By hand: learning rate from 0.01 to 0.1, last at step 4.");
  expect([...page.models]).toEqual([]);
});

test("a run whose loss is no number any more says at which step, with the weights as they are", async () => {
  const wild = train({}, { optimizer: new SGD({ lr: 1e20 }) });
  await expect(wild).rejects.toThrow(/^fit \(epoch 1, step 2\): .* is NaN/);
  expect(page.outputs[0].at(-1)!.text).toMatch(/: failed after[^]*fit \(epoch 1, step 2\): /);
});

test.each([
  ["a constant rate", "learning rate", {}],
  ["a schedule", "rate ×", { schedule: "cosine" as const }],
])("a run that goes on from a checkpoint goes on with what the hand did: %s", async (name, slider, more) => {
  const acts = { 2: () => page.move(slider, 0.03), 3: () => page.move("momentum", 0.25) };
  const whole = await train(acts, more);
  const checkpoint = join(folder, `${name}.safetensors`);
  const first = await train({ ...acts, 5: () => page.press("Stop") }, { ...more, checkpoint });
  expect(first.steps).toHaveLength(5);
  const second = await train({}, { ...more, checkpoint, controls: false });
  expect(losses(second)).toEqual(losses(whole));
  expect(weightsOf(second)).toEqual(weightsOf(whole));
  expect(second.changes).toEqual(whole.changes);
});
