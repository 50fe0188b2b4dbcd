/** Plugins: everything the contract offers, in a real kernel, from a stranger's folder. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/jupyter/protocol.js";
import { projectRoot } from "../../support/shared.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-plugins-"));
const home = path.join(folder, "stranger");
const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

/** The plugin in the README, which must work as it stands there. */
const readme = readFileSync(path.join(projectRoot, "kernel/README.md"), "utf8");
const example = /```js\n\/\/ temperature\.js\n([^]*?)```/.exec(readme)?.[1] ?? "";

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  write(
    "package/package.json",
    '{"name":"weather","version":"1.0.0","type":"module","exports":{".":{"types":"./i.d.ts","default":"./i.js"},"./plugin":"./plugin.js"}}',
  );
  write("package/i.js", "export const degrees = 21;");
  write("package/i.d.ts", "/** How warm it is. */\nexport declare const degrees: number;");
  const all = write(
    "package/plugin.js",
    `export default { name: "weather", activate(kernel) {
      kernel.addFormatter((v) => v?.kind === "sun", async (v) => ({ "text/html": "<sun>", "text/plain": "sun " + v.n }));
      kernel.addFormatter(() => { throw new Error("bad test") }, () => ({}));
      kernel.addMagic("forecast", async (call) => { call.print("for " + call.argument + "\\n"); return (await call.run(call.body ?? "0")) * 2 });
      kernel.addInspection((word) => word === "degrees" ? { "text/markdown": "**inspected** " + kernel.lookup("here") } : undefined);
      kernel.addInspection(() => { throw new Error("bad inspection") });
      kernel.addCompletion((code) => code.endsWith("wea") ? [{ text: "weatherproof", type: "keyword" }] : []);
      kernel.addCommTarget("rain", (comm, data) => { comm.send({ got: data.n }); comm.onMessage((m) => comm.close({ last: m.n })) });
      kernel.addAmbientTypes("declare const ambientRain: number; declare module 'clouds' { export const many: string }");
      kernel.addStartup("const started = 'by plugin'");
    }, deactivate() { console.log("weather gone") } };`,
  );
  const broken = write(
    "broken.js",
    "export default { name: 'broken', activate(kernel) { kernel.addMagic('half', () => 1); throw new Error('no weather') } };",
  );
  const example_ = write("temperature.js", example);
  const empty = write("empty.mjs", "export const nothing = 1;");
  mkdirSync(home, { recursive: true });
  write("stranger/package.json", JSON.stringify({ chainrule: { plugins: [path.relative(home, example_)] } }));
  kernel = await TestKernel.start({
    cwd: home,
    args: ["--plugin", all, "--plugin", broken, "--plugin", empty, "--plugin", "no-such-plugin"],
  });
});
afterAll(async () => {
  await kernel?.close();
  rmSync(folder, { recursive: true });
});

describe("a plugin", () => {
  it("shows values, runs magics, and declares types and variables", async () => {
    expect((await kernel.execute("({ kind: 'sun', n: 3 })")).result).toBe("sun 3");
    expect((await kernel.execute("[1]")).result).toBe("[ 1 ]");
    const magic = await kernel.execute("%%forecast north\nconst inside = 4;\ninside + 1");
    expect([magic.stdout, magic.result]).toEqual(["for north\n", "10"]);
    expect((await kernel.execute("inside")).result).toBe("4");
    expect((await kernel.execute("started")).result).toBe("'by plugin'");
    expect((await kernel.execute("const n: string = ambientRain")).reply["evalue"]).toContain("TS2322");
  });

  it("answers inspection and completion, before the compiler's answer", async () => {
    await kernel.execute('import { degrees } from "weather"; const here = 5');
    const inspected = await kernel.request("shell", "inspect_request", { code: "degrees", cursor_pos: 3 });
    const markdown = (inspected["data"] as Json)["text/markdown"] as string;
    expect(markdown).toContain("const degrees: number");
    expect(markdown).toContain("**inspected** 5");
    const completed = await kernel.request("shell", "complete_request", { code: "wea", cursor_pos: 3 });
    expect((completed["matches"] as string[])[0]).toBe("weatherproof");
  });

  it("talks to the front end", async () => {
    const send = (type: string, content: Json): void => kernel.send("shell", kernel.create(type, content));
    const find = (type: string): Json | undefined =>
      kernel.iopub.find((one) => one.header.msg_type === type && one.content["comm_id"] === "r1")?.content;
    send("comm_open", { comm_id: "r1", target_name: "rain", data: { n: 7 } });
    await expect.poll(() => find("comm_msg")?.["data"]).toEqual({ got: 7 });
    const info = await kernel.request("shell", "comm_info_request", { target_name: "rain" });
    expect(info["comms"]).toEqual({ r1: { target_name: "rain" } });
    send("comm_msg", { comm_id: "r1", data: { n: 8 } });
    await expect.poll(() => find("comm_close")?.["data"]).toEqual({ last: 8 });
    expect((await kernel.request("shell", "comm_info_request"))["comms"]).toEqual({});
  });

  it("can be imported by its package's name, with types, from any folder", async () => {
    expect((await kernel.execute('import { degrees as d } from "weather"; d + 1')).result).toBe("22");
    expect(
      (await kernel.execute('import { degrees as e } from "weather"; const s: string = e')).reply["evalue"],
    ).toContain("TS2322");
    const code = 'import { deg } from "weather"';
    expect(
      (await kernel.request("shell", "complete_request", { code, cursor_pos: 12 }))["matches"],
    ).toContain("degrees");
  });

  it("that fails is reported by name, and leaves nothing", async () => {
    const said = kernel.iopub.map((one) => String(one.content["text"] ?? "")).join("");
    expect(said).toContain("The plugin broken could not be loaded: Error: no weather");
    expect(said).toMatch(/empty\.mjs could not be loaded: .*must have a function "activate\(kernel\)"/);
    expect(said).toContain("The plugin no-such-plugin could not be loaded");
    expect(said).toContain("A formatter of the plugin weather failed: bad test");
    expect((await kernel.execute("%half")).reply["evalue"]).toContain("is not a magic");
  });

  it("takes everything with it when it is unloaded, and can be loaded again", async () => {
    expect((await kernel.execute("%unload weather")).stdout).toBe("weather gone\n");
    expect((await kernel.execute("({ kind: 'sun', n: 3 })")).result).toBe("{ kind: 'sun', n: 3 }");
    expect((await kernel.execute("%forecast x")).reply["evalue"]).toContain("is not a magic");
    expect((await kernel.execute("ambientRain")).reply["evalue"]).toContain("TS2304");
    expect((await kernel.execute(`%load ${path.join(folder, "package/plugin.js")}`)).stdout).toBe(
      "Loaded the plugin weather\n",
    );
    expect((await kernel.execute("({ kind: 'sun', n: 4 })")).result).toBe("sun 4");
  });
});

it("runs the README's example, named by the package.json beside the notebook", async () => {
  expect(example).not.toBe("");
  expect((await kernel.execute("({ celsius: 21 })")).result).toBe("21 °C");
  expect((await kernel.execute("%fahrenheit 100")).stdout).toBe("212 °F\n");
});

describe("the project's own package", () => {
  it("is imported by name from a folder without node_modules, with types and inspection", async () => {
    const { reply, result } = await kernel.execute(
      'import { Conv2d } from "chainrule"; typeof new Conv2d({ in: 1, out: 2, size: 3 })',
    );
    expect(reply["status"]).toBe("ok");
    expect(result).toBe("'object'");
    expect((await kernel.execute("new Conv2d({ in: 'x', out: 2, size: 3 })")).reply["evalue"]).toContain(
      "TS2322",
    );
  });

  it("brings along the packages that its package.json names, with their types", async () => {
    const code = [
      'import ndarray from "ndarray";',
      'import ops from "ndarray-ops";',
      "const numbers = ndarray(new Float64Array([1, 2, 3]));",
      "ops.mulseq(numbers, 2);",
      "ops.sum(numbers)",
    ];
    expect((await kernel.execute(code.join("\n"))).result).toBe("12");
    expect((await kernel.execute("ops.sum(1)")).reply["evalue"]).toContain("TS2345");
    const { matches } = await kernel.request("shell", "complete_request", {
      code: 'import x from "ndar',
      cursor_pos: 19,
    });
    expect(matches).toEqual(["ndarray", "ndarray-ops"]);
  });

  it("has doors that are imported by name from any folder, with types and completion", async () => {
    const { reply, result } = await kernel.execute(
      'import { linePlot, type LinePlotOptions } from "chainrule/display"; import * as functions from "chainrule/functions"; import { linePlot as same } from "chainrule"; const options: LinePlotOptions = {}; [linePlot === same, typeof functions.addForward]',
    );
    expect(reply["status"]).toBe("ok");
    expect(result).toBe("[ true, 'function' ]");
    expect((await kernel.execute("functions.addForward(1)")).reply["evalue"]).toContain("TS2345");
    expect((await kernel.execute('import { x } from "chainrule/attic"')).reply["evalue"]).toContain("TS2307");
    const completed = async (code: string, position = code.length): Promise<string[]> =>
      (await kernel.request("shell", "complete_request", { code, cursor_pos: position }))[
        "matches"
      ] as string[];
    expect(await completed('import { live } from "chainrule/display"', 13)).toContain("livePanel");
    const modules = await completed('import { x } from "chainrule/d');
    expect(modules).toEqual(["chainrule/data", "chainrule/display"]);
    expect(await completed('await import("chain")', 19)).toContain("chainrule");
    expect(await completed('const chain = "chain')).toEqual([]);
  });

  it("has doors for the user's own modules, and for import()", async () => {
    write(
      "stranger/figures.ts",
      'import { linePlot, type LinePlotOptions } from "chainrule/display";\nexport const plot = (options: LinePlotOptions) => linePlot({ line: [[0, 1], [1, 2]] }, options);',
    );
    const code = 'import { plot } from "./figures"; plot({ title: "mine" }).constructor.name';
    expect((await kernel.execute(code)).result).toBe("'Chart'");
    expect((await kernel.execute("plot({ title: 5 })")).reply["evalue"]).toContain("TS2322");
    const dynamic = '(await import("chainrule/functions")).addForward.name';
    expect((await kernel.execute(dynamic)).result).toBe("'addForward'");
  });

  it("completes what a lesson uses before what has moved", async () => {
    const code = 'import { averagePool } from "chainrule"';
    const { matches } = (await kernel.request("shell", "complete_request", { code, cursor_pos: 20 })) as {
      matches: string[];
    };
    const [kept, moved] = ["averagePool2dForward", "averagePool1dForward"].map((name) =>
      matches.indexOf(name),
    );
    expect(kept).toBeGreaterThanOrEqual(0);
    expect(moved).toBeGreaterThan(kept);
  });

  it.each([
    ["Sequential", "Sequential", 3, "A network of named layers, one after the other"],
    ["a class where it is made", "new Sequential({ relu: new ReLU() })", 6, "A network of named layers"],
    ["an argument", "new Sequential(", 15, "A network of named layers"],
    ["a function", "lossCurve(", 4, "Draws how a run's loss"],
    ["a method", "new Sequential({}).get", 21, "The layer at a path"],
  ])("says what a name is: %s", async (_, code, cursor_pos, words) => {
    await kernel.execute('import { Sequential, ReLU, lossCurve } from "chainrule"');
    const inspected = await kernel.request("shell", "inspect_request", { code, cursor_pos });
    expect((inspected["data"] as Json)["text/markdown"]).toContain(words);
  });

  it("is imported by name inside the project", async () => {
    const inside = await TestKernel.start({ cwd: path.join(projectRoot, "notebooks") });
    try {
      expect((await inside.execute('import { Conv2d } from "chainrule"; Conv2d.name')).result).toBe(
        "'Conv2d'",
      );
    } finally {
      await inside.close();
    }
  });
});
