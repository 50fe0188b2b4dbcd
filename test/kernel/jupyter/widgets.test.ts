/** Widgets in a real kernel: what a front end's messages set going, where its output goes, and that an interrupt ends it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

beforeAll(needsBuild);

describe.each(testNodes)("on %s", (node) => {
  let kernel: TestKernel;
  beforeAll(async () => {
    kernel = await TestKernel.start({ transport: "pipe", node, nodeFlags: flagsOf(node) });
  });
  afterAll(() => kernel?.close());

  /** The messages of a type so far. */
  const all = (type: string) => kernel.iopub.filter((one) => one.header.msg_type === type);
  /** The identifier of the model of a kind that was opened last. */
  const modelOf = (name: string): string => {
    const opened = all("comm_open").filter(
      ({ content }) => (content["data"] as { state: Record<string, unknown> }).state["_model_name"] === name,
    );
    return String(opened.at(-1)!.content["comm_id"]);
  };
  /** Moves a widget as a front end does. @returns the message's identifier */
  const set = (model: string, state: object): string => {
    const message = kernel.create("comm_msg", {
      comm_id: model,
      data: { method: "update", state, buffer_paths: [] },
    });
    kernel.send("shell", message);
    return message.header.msg_id;
  };
  const isIdle = (id: string) => () =>
    kernel.iopub.some(
      ({ header, parent_header, content }) =>
        header.msg_type === "status" && content["execution_state"] === "idle" && parent_header.msg_id === id,
    );
  const shown = (): string[] =>
    all("update_display_data").map(
      ({ content }) => (content["data"] as Record<string, string>)["text/plain"]!,
    );

  it("what a widget prints belongs to the cell that showed it", async () => {
    await kernel.execute(`import { interact, slider, IntSlider } from "chainrule/widgets";
      const k = new IntSlider({ max: 9 }); k.observe("value", (now) => console.log("moved to", now)); k`);
    const [opened] = all("comm_open");
    expect(opened!.metadata).toEqual({ version: "2.1.0" });
    expect((await kernel.execute("1 + 1")).result).toBe("2");
    await expect.poll(isIdle(set(modelOf("IntSliderModel"), { value: 4 }))).toBe(true);
    const printed = all("stream").filter(({ content }) => content["text"] === "moved to 4\n");
    expect(printed.map(({ parent_header }) => parent_header.msg_id)).toEqual([opened!.parent_header.msg_id]);
  });

  it("interact shows the last value of many", async () => {
    await kernel.execute(`await interact(({ n }) => "n is " + n, { n: slider(0, 100, { value: 0 }) })`);
    const model = modelOf("IntSliderModel");
    for (let n = 1; n <= 40; n++) set(model, { value: n });
    await expect.poll(() => shown().at(-1)).toBe("'n is 40'");
  });

  it("a training with controls has them where a front end listens; they take effect, and the panel is left", async () => {
    const train = (more: string): string => `import { Linear, SGD, Sequential, digits, fit } from "chainrule";
      const run = await fit(new Sequential({ fc: new Linear({ in: 784, out: 10 }) }), digits({ train: 300, test: 60 }), {
        optimizer: new SGD({ lr: 0.01 }), controls: true, ${more} });`;
    const opened = all("comm_open").length;
    await kernel.execute(train("epochs: 2"));
    expect(all("comm_open")).toHaveLength(opened);
    const control = { comm_id: "control", target_name: "jupyter.widget.control", data: {} };
    kernel.send("shell", kernel.create("comm_open", control));
    kernel.send(
      "shell",
      kernel.create("comm_msg", { comm_id: "control", data: { method: "request_states" } }),
    );
    const answer = () => all("comm_msg").find(({ content }) => content["comm_id"] === "control");
    await expect.poll(answer).toBeDefined();
    const { begun, ended } = kernel.begin(train('epochs: 1e6, onStep: () => console.log("trains")'), {
      sign: "trains",
    });
    await begun;
    const rate = modelOf("FloatLogSliderModel");
    await expect.poll(isIdle(set(rate, { value: 0.05 }))).toBe(true);
    const buttons = all("comm_open").filter(
      ({ content }) =>
        (content["data"] as { state: Record<string, unknown> }).state["description"] === "Stop",
    );
    const stop = {
      comm_id: buttons.at(-1)!.content["comm_id"],
      data: { method: "custom", content: { event: "click" } },
    };
    kernel.send("shell", kernel.create("comm_msg", stop));
    expect((await ended).reply["status"]).toBe("ok");
    const [first] = shown().slice(-1)[0]!.split("\n");
    expect(first).toMatch(/: stopped after/);
    const { result } = await kernel.execute(
      "[run.status, run.steps.at(-1)!.learningRate, run.changes.length].join()",
    );
    expect(result).toBe("'stopped,0.05,1'");
    expect(all("comm_close").map(({ content }) => content["comm_id"])).toContain(rate);
  });

  it("an interrupt ends a call that a slider began, computing or waiting, and the next move begins anew", async () => {
    await kernel.execute(`await interact(async ({ n }) => {
      if (n === 1) for (;;);
      if (n === 2) await new Promise((resolve) => setTimeout(resolve, 1e6));
      return "came to " + n;
    }, { n: slider(0, 9, { value: 0 }) })`);
    const model = modelOf("IntSliderModel");
    for (const n of [1, 2]) {
      const moved = set(model, { value: n });
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(isIdle(moved)()).toBe(false);
      expect(await kernel.request("control", "interrupt_request")).toEqual({ status: "ok" });
      await expect.poll(isIdle(moved)).toBe(true);
    }
    set(model, { value: 5 });
    await expect.poll(() => shown().at(-1)).toBe("'came to 5'");
    expect((await kernel.execute("'alive'")).result).toBe("'alive'");
  });
});
