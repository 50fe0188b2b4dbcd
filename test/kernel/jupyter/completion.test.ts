/** Completion over the protocol: what the cells' values know, what an import would bring, and how fast it comes. */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/jupyter/protocol.js";
import { projectRoot } from "../../support/shared.js";
import { stopwatch } from "../../support/clock.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start({ cwd: path.join(projectRoot, "notebooks") });
  const { reply } = await kernel.execute(`
    import { Conv2d, ReLU, Sequential, fit } from "chainrule";
    const data = JSON.parse('{ "rows": [{ "width": 1 }], "two words": 2 }');
    const sizes = new Map([["small", 1], ["large", 2]]);
    const inner = new Sequential({ relu: new ReLU() });
    const net = new Sequential({ conv1: new Conv2d({ in: 1, out: 2, size: 3 }), block: inner });
    let touched = 0;
    const shy: any = { get secret() { touched++; return { deep: 1 }; }, proxy: new Proxy({}, { ownKeys() { touched++; return []; } }) };
    process.env.CHAINRULE_COMPLETES = "yes";`);
  expect(reply).toMatchObject({ status: "ok" });
});
afterAll(() => kernel?.close());

interface Reply {
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: { readonly _jupyter_types_experimental: readonly Json[] };
}

/** Completes at "|". */
async function complete(text: string): Promise<Reply> {
  const request = { code: text.replace("|", ""), cursor_pos: text.indexOf("|") };
  return (await kernel.request("shell", "complete_request", request)) as unknown as Reply;
}
const matches = async (text: string): Promise<readonly string[]> => (await complete(text)).matches;

/** Matches of what the cells' thread knows. The kernel does not wait for it long: on a busy machine, ask again. */
async function known(text: string): Promise<Reply> {
  const waited = stopwatch(kernel.process.pid);
  for (;;) {
    const reply = await complete(text);
    if (reply.matches.length > 0 || waited() > 2000) return reply;
  }
}
const values = async (text: string): Promise<readonly string[]> => (await known(text)).matches;

/** The cell's text when the only match is accepted, as every front end does it. */
async function accepted(text: string): Promise<string> {
  const reply = await known(text);
  expect(reply.matches).toHaveLength(1);
  const code = text.replace("|", "");
  return code.slice(0, reply.cursor_start) + reply.matches[0]! + code.slice(reply.cursor_end);
}

describe("values", () => {
  it("complete where their types say too little", async () => {
    expect(await values("data.|")).toEqual(["rows"]);
    expect(await values('data["|"]')).toEqual(["rows", "two words"]);
    expect(await values("data.rows[0].wi|")).toEqual(["width"]);
    expect(await values("process.env.CHAINRULE_C|")).toEqual(["CHAINRULE_COMPLETES"]);
    expect(await values('sizes.get("|")')).toEqual(["small", "large"]);
    expect(await accepted('sizes.get("l|")')).toBe('sizes.get("large")');
    expect(await accepted("1 + data.ro|.length")).toBe("1 + data.rows.length");
  });

  it("complete the layers of a network by their paths", async () => {
    expect(await values('net.get("|")')).toEqual(["conv1", "block", "block.relu"]);
    expect(await accepted("net.get('block.|')")).toBe("net.get('block.relu')");
  });

  it("run no code of the user's", async () => {
    expect(await values("shy.|")).toEqual(["secret", "proxy"]);
    expect(await matches("shy.secret.|")).toEqual([]);
    expect(await matches("shy.proxy.|")).toEqual([]);
    expect((await kernel.execute("touched")).result).toBe("0");
  });

  it("are not waited for while a cell computes", async () => {
    const { begun, ended } = kernel.begin('console.log("computing"); for (;;);', { sign: "computing" });
    await begun;
    expect(await matches("data.|")).toEqual([]);
    expect(await matches("Math.fl|")).toEqual(["floor"]);
    await kernel.request("control", "interrupt_request");
    await ended;
  });
});

describe("imports", () => {
  it("are offered under their own names, with the package beside them", async () => {
    const reply = await complete("new Conv|");
    expect(reply.matches).toContain("Conv1d");
    const items = reply.metadata._jupyter_types_experimental;
    // JupyterLab reads the two lists in step.
    expect(items.map(({ text }) => text)).toEqual(reply.matches);
    expect(items).toContainEqual({ text: "Conv1d", type: "class", from: "chainrule", start: 4, end: 8 });
    expect(items.find(({ text }) => text === "Conv2d")).not.toHaveProperty("from");
  });

  it("come with a name that is written out, whatever the front end", async () => {
    expect(await accepted("// A layer\nnew ConvTranspose2d|({})")).toBe(
      '// A layer\nimport { ConvTranspose2d } from "chainrule";\nnew ConvTranspose2d({})',
    );
    expect(await accepted('import { Adam } from "chainrule";\nconst é = 1;\nlet x = MaxPool2d|;')).toBe(
      'import { Adam, MaxPool2d } from "chainrule";\nconst é = 1;\nlet x = MaxPool2d;',
    );
  });
});

it("takes at most 50 ms in a cell that imports chainrule, once it is warm", async () => {
  const times: number[] = [];
  for (const text of Array.from(
    { length: 7 },
    () => 'import { Conv2d } from "chainrule";\nnew Conv2d({ in: 1, |',
  )) {
    const passed = stopwatch(kernel.process.pid);
    expect(await matches(text)).toContain("stride");
    times.push(passed());
  }
  // The best of them: the others measure what else the machine does.
  expect(Math.min(...times)).toBeLessThan(50);
});
