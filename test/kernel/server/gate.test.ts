/** Who gets in: with which Host, Origin, token and cookie, over HTTP and by WebSocket. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestLab, TOKEN } from "./support.js";

let lab: TestLab;
let cookie: string;
beforeAll(async () => {
  lab = await TestLab.start({ "root/a.txt": "text", "root/page.html": "<script>1</script>" });
  cookie = await lab.cookie();
});
afterAll(() => lab.close());

/** A browser's request from our own page. */
const ours = (): Record<string, string> => ({ Cookie: cookie, Origin: `http://${lab.host}` });

describe("the token", () => {
  it.each([
    "api/contents",
    "api/status",
    "files/a.txt",
    "lab/api/settings",
    "api/me",
    "nbconvert/html/a",
    "none",
  ])("is needed for %s", async (path) => {
    expect((await lab.ask(path, { known: false })).status).toBe(403);
    expect((await lab.ask(path, { known: false, headers: { Authorization: "token wrong" } })).status).toBe(
      403,
    );
    expect((await lab.ask(`${path}?token=`, { known: false })).status).toBe(403);
    expect(
      (await lab.ask(path, { known: false, headers: { Cookie: `chainrule-${lab.lab.port}=` } })).status,
    ).toBe(403);
  });

  it("is taken from a header or the address", async () => {
    for (const word of ["token", "Bearer"])
      expect(
        (await lab.ask("api/me", { known: false, headers: { Authorization: `${word} ${TOKEN}` } })).status,
      ).toBe(200);
    expect((await lab.ask(`api/me?token=${TOKEN}`, { known: false })).status).toBe(200);
  });

  it("is not needed to hear that a server is there", async () => {
    const { status, text } = await lab.ask("api", { known: false });
    expect([status, text]).toEqual([200, '{"version":"2.14.0"}']);
  });

  it("becomes a strict cookie that no script reads and that is not the token, and leaves the address", async () => {
    const { status, headers, text } = await lab.ask(`lab/tree/a.txt?token=${TOKEN}&reset=`, { known: false });
    expect(status).toBe(200);
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(
        new RegExp(`^chainrule-${lab.lab.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
      ),
    ]);
    expect(headers["set-cookie"]![0]).not.toContain(TOKEN);
    expect(text).not.toContain(TOKEN);
    expect(text).toContain("url=/lab/tree/a.txt?reset=");
  });

  it("is asked for on a page for people", async () => {
    const { status, text } = await lab.ask("lab", { known: false });
    expect(status).toBe(403);
    expect(text).toContain("chainrule lab");
    expect(text).toContain('name="token"');
  });

  it("lets a link from another site come again from our own page", async () => {
    const headers = { "Sec-Fetch-Site": "cross-site" };
    const { status, text } = await lab.ask('lab/tree/a"b?x=<', { known: false, headers });
    expect(status).toBe(200);
    expect(text).toContain("url=/lab/tree/a&quot;b?x=&lt;");
  });

  it("opens as long as it is the same, after a restart too", async () => {
    const state = `${lab.around}/state`;
    const again = await TestLab.start({}, { state });
    const other = await TestLab.start({}, { state, token: "another" });
    const value = cookie.split("=")[1]!;
    const ask = (one: TestLab): Promise<{ status: number }> =>
      one.ask("lab/api/translations", {
        known: false,
        headers: { Cookie: `chainrule-${one.lab.port}=${value}`, Origin: `http://${one.host}` },
      });
    expect((await ask(again)).status).toBe(200);
    expect((await ask(other)).status).toBe(403);
    await again.close();
    await other.close();
  });
});

it("a token that is new at each start leaves open pages in", async () => {
  const state = `${lab.around}/state`;
  const before = await TestLab.start({}, { state, isNewToken: true });
  const { headers } = await before.ask(`lab?token=${TOKEN}`, { known: false });
  const value = headers["set-cookie"]![0]!.split(";")[0]!.split("=")[1]!;
  await before.close();
  const after = await TestLab.start({}, { state, isNewToken: true, token: "a new one" });
  const stranger = await TestLab.start({}, { isNewToken: true });
  for (const [one, status] of [
    [after, 200],
    [stranger, 403],
  ] as const) {
    const cookies = { Cookie: `chainrule-${one.lab.port}=${value}`, Origin: `http://${one.host}` };
    expect((await one.ask("api/me", { known: false, headers: cookies })).status).toBe(status);
    expect(
      (await one.ask("api/me", { known: false, headers: { Authorization: `token ${value}` } })).status,
    ).toBe(403);
    await one.close();
  }
});

describe("the Host", () => {
  const hosts: [string, number][] = [
    ["localhost:1", 200],
    ["LOCALHOST", 200],
    ["lab.localhost:8888", 200],
    ["127.0.0.1", 200],
    ["127.9.9.9:1", 200],
    ["[::1]:8888", 200],
    ["evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost.evil.example:8888", 403],
    ["evil.example:127.0.0.1", 403],
    ["0.0.0.0", 403],
    ["192.168.1.7", 403],
    ["localhost@evil.example", 403],
  ];
  it.each(hosts)("%s is answered with %i", async (host, status) => {
    expect((await lab.ask("api/me", { headers: { Host: host } })).status).toBe(status);
    expect(
      await lab.socketStatus("api/events/subscribe", { Host: host, Authorization: `token ${TOKEN}` }),
    ).toBe(status === 200 ? "open" : 403);
  });

  it("may be named, and any number is one when other machines are let in", async () => {
    const open = await TestLab.start({}, { isOpen: true, hosts: ["My.Machine"] });
    const statuses = ["192.168.1.7:8888", "my.machine:8888", "evil.example"].map(
      async (host) => (await open.ask("api/me", { headers: { Host: host } })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 403]);
    await open.close();
  });
});

describe("a page with the cookie", () => {
  const from: [string, Record<string, string>, reads: boolean, writes: boolean][] = [
    ["our own, by Origin", { Origin: "http://HOST" }, true, true],
    ["our own behind HTTPS", { Origin: "https://HOST" }, true, true],
    ["our own, by Sec-Fetch-Site", { "Sec-Fetch-Site": "same-origin" }, true, true],
    ["our own in an old browser", { Referer: "http://HOST/lab" }, true, true],
    ["opened by hand", { "Sec-Fetch-Site": "none" }, true, false],
    ["another site", { Origin: "http://evil.example" }, false, false],
    ["another site, by Sec-Fetch-Site", { "Sec-Fetch-Site": "cross-site" }, false, false],
    ["another site in an old browser", { Referer: "http://evil.example/" }, false, false],
    ["another port of this machine", { Origin: "http://127.0.0.1:1" }, false, false],
    ["another port, by Sec-Fetch-Site", { "Sec-Fetch-Site": "same-site" }, false, false],
    ["a name that begins as ours", { Origin: "http://HOST.evil.example" }, false, false],
    ["a file or a sandbox", { Origin: "null" }, false, false],
    ["nowhere at all", {}, false, false],
  ];
  it.each(from)("%s", async (_, given, reads, writes) => {
    const entries = Object.entries(given).map(([name, value]) => [name, value.replace("HOST", lab.host)]);
    const headers = { Cookie: cookie, ...(Object.fromEntries(entries) as Record<string, string>) };
    const statusOf = async (path: string, method: string, body?: unknown): Promise<number> =>
      (await lab.ask(path, { known: false, method, headers, body })).status;
    expect(await statusOf("api/contents/a.txt", "GET")).toBe(reads ? 200 : 403);
    expect(await statusOf("files/a.txt", "GET")).toBe(reads ? 200 : 403);
    const body = { type: "file", format: "text", content: "text" };
    expect(await statusOf("api/contents/a.txt", "PUT", body)).toBe(writes ? 200 : 403);
    expect(await statusOf("api/contents/none.txt", "DELETE")).toBe(writes ? 404 : 403);
    expect(await statusOf("api/sessions", "POST", {})).toBe(writes ? 400 : 403);
    expect(await lab.socketStatus("api/events/subscribe", headers)).toBe(reads ? "open" : 403);
  });

  it("gets no leave to be read by others", async () => {
    const headers = { ...ours(), Origin: "http://evil.example" };
    for (const method of ["OPTIONS", "GET"]) {
      const reply = await lab.ask("api/contents", { known: false, method, headers });
      expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(reply.status).toBe(403);
    }
  });
});

describe("answers", () => {
  it("of the interface can do nothing as pages, and are what they say they are", async () => {
    const { headers } = await lab.ask("api/contents");
    expect(headers).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'self'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
  });

  it("with a user's file run in a sandbox, without our origin", async () => {
    const { headers } = await lab.ask("files/page.html");
    expect(headers["content-security-policy"]).toBe("sandbox allow-scripts; frame-ancestors 'self'");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
  });

  it("with a version alone to who has no token, and no stack to anybody", async () => {
    const texts = [
      (await lab.ask("api/contents/x", { method: "PUT", body: "{" })).text,
      (await lab.ask("api/contents/%ff")).text,
      (await lab.ask("lab")).text,
    ];
    for (const text of texts) expect(text).not.toMatch(/\bat .*\.[jt]s:\d|\/work\/|node_modules/);
  });
});

it("without a token programs are let in, and pages of others are not", async () => {
  const open = await TestLab.start({}, { token: "" });
  const statusOf = async (headers: Record<string, string>): Promise<number> =>
    (await open.ask("api/contents", { method: "POST", body: { type: "file" }, known: false, headers }))
      .status;
  expect(await statusOf({})).toBe(201);
  expect(await statusOf({ Origin: `http://${open.host}` })).toBe(201);
  expect(await statusOf({ Origin: "http://evil.example" })).toBe(403);
  expect(await statusOf({ Host: "evil.example" })).toBe(403);
  expect(await open.socketStatus("api/events/subscribe", { Origin: "http://evil.example" })).toBe(403);
  await open.close();
});

it("answers below its base alone", async () => {
  const hub = await TestLab.start({ "root/a.txt": "text" }, { base: "/user/ada/" });
  expect((await hub.ask("files/a.txt")).text).toBe("text");
  for (const path of [
    "/files/a.txt",
    "/user/adam/files/a.txt",
    "//user/ada/files/a.txt",
    "http://x/user/ada/api",
  ]) {
    const { status } = await hub.askRaw(path, { headers: { Authorization: `token ${TOKEN}` } });
    expect([400, 404]).toContain(status);
  }
  const { headers } = await hub.ask(`lab?token=${TOKEN}`, { known: false });
  expect(headers["set-cookie"]![0]).toContain("Path=/user/ada/;");
  await hub.close();
});
