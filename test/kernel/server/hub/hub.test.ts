/** A server below a JupyterHub: whom the hub lets in, by cookie and by token; what it is told; what it says at the start. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hubOf } from "../../../../kernel/server/hub/surroundings.js";
import type { Hub } from "../../../../kernel/server/hub/surroundings.js";
import { TestLab } from "../support.js";
import type { Asked, Reply } from "../support.js";
import { HubStandIn } from "./hub-stand-in.js";

const OWN = "access:servers!server=ada/";

const surroundings = (hub: string): NodeJS.ProcessEnv => ({
  JUPYTERHUB_SERVICE_PREFIX: "/user/ada/",
  JUPYTERHUB_SERVICE_URL: "http://127.0.0.1:49999/user/ada/",
  JUPYTERHUB_API_URL: hub,
  JUPYTERHUB_API_TOKEN: "the-servers-own",
  JUPYTERHUB_CLIENT_ID: "jupyterhub-user-ada",
  JUPYTERHUB_OAUTH_CALLBACK_URL: "/user/ada/oauth_callback",
  JUPYTERHUB_OAUTH_ACCESS_SCOPES: JSON.stringify([OWN, "access:servers!user=ada"]),
  JUPYTERHUB_ACTIVITY_URL: `${hub}/users/ada/activity`,
  JUPYTERHUB_USER: "ada",
  JUPYTERHUB_SERVER_NAME: "",
  JUPYTERHUB_BASE_URL: "/",
  JUPYTERHUB_HOST: "",
});

let hub: HubStandIn;
let lab: TestLab;
beforeAll(async () => {
  hub = await HubStandIn.start();
  const options: Hub = { ...hubOf(surroundings(hub.url))!, activityInterval: 50 };
  lab = await TestLab.start(
    {
      "bundle/manifest.json": JSON.stringify({ version: "1", entry: "main.js", styles: [], schemas: {} }),
      "root/a.txt": "a",
    },
    { hub: options, base: options.prefix },
  );
});
afterAll(async () => {
  await lab.close();
  hub.close();
});
beforeEach(() => {
  hub.isAway = false;
});

const ask = (path: string, asked: Asked = {}): Promise<Reply> => lab.ask(path, { known: false, ...asked });
const cookiesOf = ({ headers }: Reply): string =>
  (headers["set-cookie"] ?? []).map((one) => one.split(";")[0]).join("; ");
const own = { "Sec-Fetch-Site": "same-origin" };

/** The way of a browser: to the hub and back with a code. @returns its cookie */
async function login(code: string): Promise<string> {
  const sent = await ask("lab");
  const state = new URL(sent.headers.location!, "http://x").searchParams.get("state")!;
  const back = await ask(`oauth_callback?code=${code}&state=${encodeURIComponent(state)}`, {
    headers: { Cookie: cookiesOf(sent) },
  });
  return cookiesOf(back);
}

/** A new code for a new token with these scopes. */
let count = 0;
function codeFor(...scopes: string[]): { code: string; token: string } {
  const [code, token] = [`code-${++count}`, `token-${count}`];
  hub.tokens.set(token, scopes);
  hub.codes.set(code, token);
  return { code, token };
}

describe("a browser", () => {
  it("is sent to the hub, comes back with a code, and goes where it wanted", async () => {
    const { code } = codeFor(OWN);
    const sent = await ask("lab/tree/n%20m.ipynb?x=1");
    const to = new URL(sent.headers.location!, "http://hub.example");
    expect([sent.status, to.pathname]).toEqual([302, "/hub/api/oauth2/authorize"]);
    expect(Object.fromEntries(to.searchParams)).toEqual({
      client_id: "jupyterhub-user-ada",
      redirect_uri: "/user/ada/oauth_callback",
      response_type: "code",
      state: expect.stringMatching(/^[\w-]{32}$/) as string,
    });
    const state = to.searchParams.get("state")!;
    const back = await ask(`oauth_callback?code=${code}&state=${state}`, {
      headers: { Cookie: cookiesOf(sent) },
    });
    expect([back.status, back.headers.location]).toEqual([302, "/user/ada/lab/tree/n%20m.ipynb?x=1"]);
    expect(back.headers["set-cookie"]![0]).toMatch(
      /^chainrule-hub=[\w-]{43}; Path=\/user\/ada\/; HttpOnly; SameSite=Lax$/,
    );
    expect(Object.fromEntries(hub.exchanged!)).toEqual({
      client_id: "jupyterhub-user-ada",
      client_secret: "the-servers-own",
      grant_type: "authorization_code",
      code,
      redirect_uri: "/user/ada/oauth_callback",
    });
    const page = await ask("lab", { headers: { Cookie: cookiesOf(back) } });
    expect(page.status).toBe(200);
    expect(page.text).toContain('"hubPrefix":"/hub/","hubHost":"","hubUser":"ada","hubServerName":""');
    const me = await ask("api/me", { headers: { Cookie: cookiesOf(back), ...own } });
    expect(me.json).toMatchObject({ identity: { username: "ada" } });
  });

  it("has a secure cookie when the hub's proxy speaks HTTPS", async () => {
    const sent = await ask("lab", { headers: { "X-Forwarded-Proto": "https" } });
    expect(sent.headers["set-cookie"]![0]).toMatch(/; Secure$/);
  });

  it("may do with its cookie what its own pages ask, and nothing for other pages", async () => {
    const headers = { Cookie: await login(codeFor(OWN).code) };
    expect((await ask("api/contents/a.txt", { headers: { ...headers, ...own } })).status).toBe(200);
    const from = async (Origin: string, method = "PUT"): Promise<number> =>
      (
        await ask("api/contents/b.txt", {
          method,
          headers: { ...headers, Origin },
          body: { type: "file", format: "text", content: "" },
        })
      ).status;
    expect(await from(`http://${lab.host}`)).toBe(201);
    expect(await from("http://evil.example")).toBe(403);
    expect((await ask("api/contents/a.txt", { headers })).status).toBe(403);
    const socket = (Origin: string) => lab.socketStatus("api/events/subscribe", { ...headers, Origin });
    expect([await socket(`http://${lab.host}`), await socket("http://evil.example")]).toEqual(["open", 403]);
  });

  it("does not come in with another's state, an old code, or no right to this server", async () => {
    const { code } = codeFor(OWN);
    const sent = await ask("lab");
    const state = new URL(sent.headers.location!, "http://x").searchParams.get("state")!;
    const back = (query: string, Cookie = cookiesOf(sent)): Promise<Reply> =>
      ask(`oauth_callback?${query}`, { headers: { Cookie } });
    // A login that somebody else began: their code would become this browser's.
    expect((await back(`code=${code}&state=${state}`, "")).status).toBe(403);
    expect((await back(`code=${code}&state=made-up`)).status).toBe(403);
    // The state was used up by the first try.
    expect((await back(`code=${code}&state=${state}`)).status).toBe(403);
    expect((await back("error=access_denied&error_description=no")).text).toContain("no");
    expect(await login("old")).toBe("");
    for (const scope of [
      "access:servers!user=bob",
      "access:servers!server=ada/second",
      "read:users!user=ada",
    ])
      expect(await login(codeFor(scope).code), scope).toBe("");
    expect(await login(codeFor("access:servers").code)).toContain("chainrule-hub=");
  });

  it("logs out here and at the hub", async () => {
    const headers = { Cookie: await login(codeFor(OWN).code), ...own };
    const out = await ask("logout", { headers });
    expect([out.status, out.headers.location]).toEqual([302, "/hub/logout"]);
    expect(out.headers["set-cookie"]![0]).toContain("Max-Age=0");
    expect((await ask("api/contents/a.txt", { headers })).status).toBe(403);
  });
});

describe("a program", () => {
  it("brings a token of the hub's, which is asked for once", async () => {
    const { token } = codeFor(OWN);
    const before = hub.asked;
    for (const headers of [{ Authorization: `token ${token}` }, { Authorization: `Bearer ${token}` }])
      expect((await ask("api/contents/a.txt", { headers })).status).toBe(200);
    expect((await ask(`api/contents/a.txt?token=${token}`)).status).toBe(200);
    expect(hub.asked - before).toBe(1);
  });

  it("is refused with a token that nobody has, and with the one of the command line", async () => {
    for (const token of ["made-up", "a-token-for-tests"])
      expect((await ask("api/contents/a.txt", { headers: { Authorization: `token ${token}` } })).status).toBe(
        403,
      );
    expect((await ask("api/contents/a.txt")).status).toBe(403);
    expect((await ask("api")).json).toMatchObject({ version: expect.any(String) as string });
  });

  it("hears that the hub is away, and comes in when it is back", async () => {
    const { token } = codeFor(OWN);
    const headers = { Authorization: `token ${token}` };
    hub.isAway = true;
    expect((await ask("api/contents/a.txt", { headers })).status).toBe(503);
    hub.isAway = false;
    expect((await ask("api/contents/a.txt", { headers })).status).toBe(200);
  });
});

it("tells the hub when somebody did something, and nothing when nobody did", async () => {
  const { token } = codeFor(OWN);
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !isSo(); i++) await wait(25);
    expect(isSo()).toBe(true);
  };
  await until(() => hub.told.length > 0);
  await wait(200);
  const before = hub.told.length;
  await wait(200);
  expect(hub.told.length).toBe(before);
  await ask("api/contents/c.txt", {
    method: "PUT",
    headers: { Authorization: `token ${token}` },
    body: { type: "file", format: "text", content: "" },
  });
  await until(() => hub.told.length > before);
  const { authorization, body } = hub.told.at(-1)!;
  expect(authorization).toBe("token the-servers-own");
  const { last_activity: time, servers } = body as { last_activity: string; servers: object };
  expect(Date.parse(time)).toBeGreaterThan(Date.now() - 10_000);
  expect(servers).toEqual({ "": { last_activity: time } });
});

describe("what the hub says at the start", () => {
  const env = surroundings("http://hub:8081/hub/api/");

  it("is where to listen, below which path, and who may come", () => {
    expect(hubOf(env)).toMatchObject({
      user: "ada",
      prefix: "/user/ada/",
      ip: "127.0.0.1",
      port: 49999,
      api: "http://hub:8081/hub/api",
      scopes: [OWN, "access:servers!user=ada"],
      activityInterval: 300_000,
    });
    expect(hubOf({ ...env, JUPYTERHUB_SERVICE_URL: "http://:8888/user/ada/" })).toMatchObject({
      ip: "0.0.0.0",
      port: 8888,
    });
    expect(hubOf({ ...env, JUPYTERHUB_SERVICE_URL: "http://[::]:8888" })).toMatchObject({
      ip: "::",
      port: 8888,
    });
    expect(hubOf({ ...env, JUPYTERHUB_OAUTH_ACCESS_SCOPES: "" })).toMatchObject({
      scopes: [OWN, "access:servers!user=ada"],
    });
  });

  it("is nothing without a hub, and an error when something is missing or cannot be had", () => {
    expect(hubOf({})).toBeUndefined();
    expect(() => hubOf({ ...env, JUPYTERHUB_CLIENT_ID: "" })).toThrow("JUPYTERHUB_CLIENT_ID");
    for (const url of [
      "https://127.0.0.1:1/",
      "http+unix://%2Ftmp%2Fx",
      "http://127.0.0.1/",
      "http://127.0.0.1:99999/",
    ])
      expect(() => hubOf({ ...env, JUPYTERHUB_SERVICE_URL: url }), url).toThrow("ADDRESS:PORT");
  });
});
