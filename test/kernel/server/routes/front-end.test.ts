/** The page, its files, settings and layouts, over a bundle made for the test. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestLab } from "../support.js";

const manifest = {
  version: "9.8.7",
  jupyterlab: "4.3.2",
  entry: "main-1234abcd.js",
  styles: ["main-1234abcd.css"],
  icon: "icon.svg",
  schemas: { "@jupyterlab/some-extension": ["themes", "plugin"], plain: ["one"] },
};

let lab: TestLab;
beforeAll(async () => {
  lab = await TestLab.start({
    "bundle/manifest.json": JSON.stringify(manifest),
    "bundle/static/main-1234abcd.js": "plain",
    "bundle/static/main-1234abcd.js.br": "brotli",
    "bundle/static/icon.svg": "<svg/>",
    "bundle/themes/@jupyterlab/dark/index.css": "body {}",
    "bundle/schemas/@jupyterlab/some-extension/themes.json": '{"title": "Themes"}',
    "bundle/schemas/@jupyterlab/some-extension/plugin.json": '{"title": "Plugin"}',
    "bundle/schemas/plain/one.json": "{}",
    "secret.txt": "secret",
  });
});
afterAll(() => lab.close());

const optionsOf = (html: string): Record<string, unknown> =>
  JSON.parse(
    /<script id="jupyter-config-data" type="application\/json">(.*?)<\/script>/s.exec(html)![1]!,
  ) as Record<string, unknown>;

describe("the page", () => {
  it("names the bundle's script and styles, and says what the front end must know", async () => {
    const { text, headers } = await lab.ask("lab");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(text).toContain('<script type="module" src="/static/main-1234abcd.js"></script>');
    expect(text).toContain('<link rel="stylesheet" href="/static/main-1234abcd.css">');
    expect(optionsOf(text)).toMatchObject({
      appVersion: "4.3.2 in chainrule 9.8.7",
      baseUrl: "/",
      token: "",
      treePath: "",
      workspace: "default",
      mode: "multiple-document",
      settingsUrl: "/lab/api/settings",
      fullStaticUrl: "/static",
      terminalsAvailable: false,
      terminalsInstall: "npm install @lydell/node-pty",
    });
    expect(text).not.toContain("a-token-for-tests");
  });

  it.each([
    ["lab/tree/sub/n%20%C3%BC.ipynb", { treePath: "sub/n ü.ipynb", mode: "multiple-document" }],
    ["lab/doc/tree/n.ipynb?reset", { treePath: "n.ipynb", mode: "single-document" }],
    ["lab/workspaces/two/tree/n.ipynb", { treePath: "n.ipynb", workspace: "two" }],
    ["lab/workspaces/two", { treePath: "", workspace: "two" }],
    ["lab/tree/%3C%2Fscript%3E%3Cscript%3Ealert(1)", { treePath: "</script><script>alert(1)" }],
  ])("of %s", async (path, options) => {
    const { text, status } = await lab.ask(path);
    expect([status, optionsOf(text)]).toEqual([200, expect.objectContaining(options)]);
    expect(text.match(/<script/g)).toHaveLength(2);
  });

  it("is where the server's own address leads, below any base", async () => {
    expect((await lab.ask("?a=b")).headers.location).toBe("/lab?a=b");
    const hub = await TestLab.start({}, { base: "/user/ada/", bundle: join(lab.around, "bundle") });
    expect((await hub.ask("")).headers.location).toBe("/user/ada/lab");
    const { text } = await hub.ask("lab");
    expect(optionsOf(text)).toMatchObject({
      baseUrl: "/user/ada/",
      appUrl: "/lab",
      fullAppUrl: "/user/ada/lab",
    });
    expect(text).toContain('src="/user/ada/static/main-1234abcd.js"');
    await hub.close();
  });

  it("says how to build the editor when it is not built", async () => {
    const bare = await TestLab.start();
    const { status, json } = await bare.ask("lab");
    expect([status, (json as { message: string }).message]).toEqual([
      503,
      expect.stringContaining("npm run build:lab"),
    ]);
    await bare.close();
  });
});

describe("files of the bundle", () => {
  it("are sent compressed to who takes it, and for ever", async () => {
    const packed = await lab.ask("static/main-1234abcd.js", { headers: { "Accept-Encoding": "gzip, br" } });
    expect([packed.text, packed.headers["content-encoding"], packed.headers["content-type"]]).toEqual([
      "brotli",
      "br",
      "text/javascript; charset=utf-8",
    ]);
    expect(packed.headers["cache-control"]).toContain("immutable");
    const plain = await lab.ask("static/main-1234abcd.js");
    expect([plain.text, plain.headers["content-encoding"], plain.headers.vary]).toEqual([
      "plain",
      undefined,
      "Accept-Encoding",
    ]);
  });

  it("without a hash in their names are asked for again", async () => {
    expect((await lab.ask("static/icon.svg")).headers["cache-control"]).toBe("no-cache");
  });

  it("of themes are asked for again", async () => {
    const { text, headers } = await lab.ask("lab/api/themes/@jupyterlab/dark/index.css");
    expect([text, headers["cache-control"]]).toEqual(["body {}", "no-cache"]);
  });

  it.each([
    "static/../manifest.json",
    "static/..%2fmanifest.json",
    "static/%2e%2e%2f%2e%2e%2fsecret.txt",
    "static/..%5cmanifest.json",
    "lab/api/themes/..%2f..%2fsecret.txt",
    "static/none.js",
    "static/",
  ])("%s is not there", async (path) => {
    expect((await lab.ask(path)).status).toBe(404);
  });
});

describe("settings", () => {
  const id = "@jupyterlab/some-extension:themes";
  const at = `lab/api/settings/${id}`;

  it("have the bundle's schema and the user's text, comments and all", async () => {
    expect((await lab.ask(at)).json).toMatchObject({
      id,
      schema: { title: "Themes" },
      raw: "{}",
      settings: {},
      version: "9.8.7",
      created: null,
    });
    const raw = '{\n // as I like it\n "theme": "dark",\n}';
    expect((await lab.ask(at, { method: "PUT", body: { raw } })).status).toBe(204);
    expect((await lab.ask(at)).json).toMatchObject({ raw, created: expect.any(String) as string });
    const again = await TestLab.start(
      {},
      { state: join(lab.around, "state"), bundle: join(lab.around, "bundle") },
    );
    expect((await again.ask(at)).json).toMatchObject({ raw });
    await again.close();
  });

  it("are listed, or their ids", async () => {
    const ids = ["@jupyterlab/some-extension:plugin", id, "plain:one"];
    expect((await lab.ask("lab/api/settings?ids_only=true")).json).toEqual({
      settings: ids.map((one) => ({ id: one })),
    });
    const { settings } = (await lab.ask("lab/api/settings")).json as {
      settings: { id: string; schema: object }[];
    };
    expect(settings.map((one) => one.id)).toEqual(ids);
  });

  it.each([
    "none:one",
    "plain:two",
    "plain",
    "__proto__:one",
    "..%2F..%2Fsecret:txt",
    "plain/../../secret:txt",
  ])("of %s are not there", async (one) => {
    expect((await lab.ask(`lab/api/settings/${one}`)).status).toBe(404);
    expect((await lab.ask(`lab/api/settings/${one}`, { method: "PUT", body: { raw: "{}" } })).status).toBe(
      404,
    );
  });

  it("are text", async () => {
    expect((await lab.ask(at, { method: "PUT", body: { raw: {} } })).status).toBe(400);
  });
});

describe("layouts", () => {
  const at = "lab/api/workspaces/my%2Flayout%20%C3%BC";
  const id = "my/layout ü";

  it("are kept, listed and deleted under any name", async () => {
    expect((await lab.ask(at)).json).toEqual({ data: {}, metadata: { id } });
    expect((await lab.ask(at, { method: "PUT", body: { data: { tabs: 1 }, metadata: { id } } })).status).toBe(
      204,
    );
    expect((await lab.ask(at)).json).toMatchObject({
      data: { tabs: 1 },
      metadata: { id, created: expect.any(String) as string },
    });
    expect((await lab.ask("lab/api/workspaces")).json).toMatchObject({
      workspaces: { ids: [id], values: [{ data: { tabs: 1 } }] },
    });
    expect((await lab.ask(at, { method: "DELETE" })).status).toBe(204);
    expect((await lab.ask(at, { method: "DELETE" })).status).toBe(404);
  });

  it("name themselves, and not too long", async () => {
    const put = async (path: string, body: object): Promise<number> =>
      (await lab.ask(path, { method: "PUT", body })).status;
    expect(await put(at, { data: {}, metadata: { id: "other" } })).toBe(400);
    expect(await put(at, { metadata: { id } })).toBe(400);
    const long = "x".repeat(300);
    expect(await put(`lab/api/workspaces/${long}`, { data: {}, metadata: { id: long } })).toBe(400);
  });

  it("are read whole while they are written", async () => {
    const body = { data: { text: "x".repeat(300_000) }, metadata: { id: "busy" } };
    const asked = Array.from({ length: 20 }, (_, i) =>
      i % 2
        ? lab.ask("lab/api/workspaces/busy")
        : lab.ask("lab/api/workspaces/busy", { method: "PUT", body }),
    );
    for (const { status } of await Promise.all(asked)) expect(status).toBeLessThan(300);
  });
});

describe("sections of config", () => {
  const section = async (method: string, body?: unknown): Promise<unknown> => {
    const { status, text } = await lab.ask("api/config/some%2Fsection", { method, body });
    return status === 204 ? undefined : JSON.parse(text);
  };

  it("are kept, merged, and lose what is null", async () => {
    expect(await section("GET")).toEqual({});
    await section("PUT", { a: { b: 1, c: [1] }, d: 2 });
    expect(await section("PATCH", { a: { b: null, e: { f: null, g: 3 } }, d: { h: 4 } })).toEqual({
      a: { c: [1], e: { g: 3 } },
      d: { h: 4 },
    });
    expect(await section("GET")).toEqual({ a: { c: [1], e: { g: 3 } }, d: { h: 4 } });
    expect(await section("PATCH", { d: { h: null } })).toEqual({ a: { c: [1], e: { g: 3 } } });
  });

  it("do not change what every object has", async () => {
    await lab.ask("api/config/evil", {
      method: "PATCH",
      body: '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    });
    expect((await lab.ask("api/config/evil")).text).toContain('"__proto__":{"polluted":1}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
    expect((await lab.ask("api/config/evil", { method: "PATCH", body: deep })).status).toBe(400);
  });
});

describe("about the server", () => {
  it("who I am, what runs, what there is not", async () => {
    expect((await lab.ask("api/status")).json).toMatchObject({ kernels: 0, connections: 0 });
    expect((await lab.ask("api/me")).json).toMatchObject({
      identity: { username: expect.any(String) as string },
      permissions: { updatable_fields: [] },
    });
    expect((await lab.ask("api/terminals")).json).toEqual([]);
    expect((await lab.ask("api/terminals", { method: "POST", body: {} })).status).toBe(404);
    expect((await lab.ask("lab/api/translations")).json).toMatchObject({
      data: { en: { displayName: "English" } },
    });
    expect((await lab.ask("lab/api/translations/de_DE")).json).toMatchObject({ data: {} });
    const who = { Authorization: "token a-token-for-tests" };
    expect(await lab.socketStatus("api/events/subscribe", who)).toBe("open");
    expect(await lab.socketStatus("api/none", who)).toBe(404);
  });

  it("what I may do: everything that a page asks for, and nothing that cannot be read", async () => {
    const may = (asked: string) => lab.ask(`api/me?permissions=${encodeURIComponent(asked)}`);
    expect((await may('{"contents": ["read", "write"], "terminals": []}')).json).toMatchObject({
      permissions: { contents: ["read", "write"], terminals: [], updatable_fields: [] },
    });
    for (const bad of ["[]", '"abc"', "{", '{"contents": "read"}', '{"contents": [5]}', '{"contents": {}}'])
      expect((await may(bad)).status, bad).toBe(400);
  });

  it("ends when its page asks", async () => {
    let isAsked = false;
    const other = await TestLab.start({}, { stop: () => (isAsked = true) });
    expect((await other.ask("api/shutdown", { method: "POST" })).status).toBe(204);
    while (!isAsked) await new Promise((resolve) => setTimeout(resolve, 10));
    await other.close();
  });
});

describe("the export", () => {
  const cells = [
    {
      cell_type: "markdown",
      id: "a",
      metadata: {},
      source: "# Title\n![in](p.png) ![out](../out.png) ![link](link.png)",
    },
    {
      cell_type: "code",
      id: "b",
      metadata: {},
      source: "let a = 1;",
      execution_count: 1,
      outputs: [{ output_type: "display_data", data: { "image/png": "AAAA" }, metadata: {} }],
    },
  ];
  beforeAll(async () => {
    const { symlinkSync } = await import("node:fs");
    const language_info = { name: "typescript", file_extension: ".ts" };
    writeFileSync(
      join(lab.root, "n.ipynb"),
      JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { language_info }, cells }),
    );
    writeFileSync(join(lab.root, "p.png"), "inside");
    writeFileSync(join(lab.around, "out.png"), "outside");
    symlinkSync(join(lab.around, "out.png"), join(lab.root, "link.png"));
  });

  it("makes pages, with the pictures that lie in the folder and no others", async () => {
    const { text, headers } = await lab.ask("nbconvert/html/n.ipynb?download=true");
    expect(text).toContain(Buffer.from("inside").toString("base64"));
    expect(text).not.toContain(Buffer.from("outside").toString("base64"));
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "sandbox allow-scripts; frame-ancestors 'self'",
      "content-disposition": "attachment; filename*=UTF-8''n.html",
    });
  });

  it("makes Markdown with its pictures, and scripts", async () => {
    const packed = await lab.ask("nbconvert/markdown/n.ipynb");
    expect([packed.headers["content-type"], packed.text.slice(0, 2)]).toEqual(["application/zip", "PK"]);
    const script = await lab.ask("nbconvert/script/n.ipynb");
    expect(script.text).toContain("let a = 1;");
    expect((await lab.ask("api/nbconvert")).json).toMatchObject({ html: { output_mimetype: "text/html" } });
  });

  it.each([
    ["nbconvert/pdf/n.ipynb", 404],
    ["nbconvert/constructor/n.ipynb", 404],
    ["nbconvert/html/none.ipynb", 404],
    ["nbconvert/html/p.png", 400],
    ["nbconvert/html/..%2Fout.png", 404],
  ])("%s: %i", async (path, status) => {
    expect((await lab.ask(path)).status).toBe(status);
  });
});

it("a bundle that goes away while the server runs is told as that", async () => {
  const other = await TestLab.start({ "bundle/manifest.json": JSON.stringify(manifest) });
  rmSync(join(other.around, "bundle"), { recursive: true });
  expect((await other.ask("lab/api/settings")).status).toBe(503);
  await other.close();
});
