/**
 * A page of somebody else, open in the browser in which our page is open too: on another port of this machine, in a
 * frame, in a file of the user's. It tries to read, write, run and connect, and gets nothing.
 */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../../support/chromium.js";
import { withTool } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { TestLab, TOKEN } from "./support.js";

/** What the hostile page does; every promise says what it got. */
const ATTACKS = `
  const got = {};
  const attempt = async (name, what) => {
    try { got[name] = await what(); } catch (error) { got[name] = "refused"; }
  };
  const by = (path, options) => fetch(lab + path, { credentials: "include", ...options });
  await attempt("read", async () => (await by("/api/contents/secret.txt")).text());
  await attempt("read a file", async () => (await by("/files/secret.txt")).text());
  await attempt("read without cors", async () => (await by("/files/secret.txt", { mode: "no-cors" })).text());
  await attempt("write", async () => (await by("/api/contents/evil.txt", { method: "PUT", body: '{"type":"file","format":"text","content":"evil"}' })).status);
  await attempt("write without cors", async () => (await by("/api/contents", { method: "POST", mode: "no-cors", body: '{"type":"file","ext":".txt"}' })).type);
  await attempt("run", async () => (await by("/api/kernels", { method: "POST", mode: "no-cors", body: "{}" })).type);
  await attempt("form", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = "target";
    frame.onload = () => resolve("sent");
    const form = document.createElement("form");
    form.method = "post"; form.action = lab + "/api/kernels"; form.target = "target"; form.enctype = "text/plain";
    document.body.append(frame, form);
    form.submit();
  }));
  await attempt("script", () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = lab + "/files/data.js";
    script.onload = () => resolve(String(globalThis.stolen));
    script.onerror = reject;
    document.body.append(script);
  }));
  await attempt("picture", () => new Promise((resolve, reject) => {
    const image = new Image();
    image.src = lab + "/files/pixel.svg";
    image.onload = () => resolve("drawn");
    image.onerror = reject;
  }));
  for (const path of ["/api/events/subscribe", "/api/kernels/" + kernel + "/channels"])
    await attempt("connect " + path.split("/")[2], () => new Promise((resolve, reject) => {
      const socket = new WebSocket(lab.replace("http", "ws") + path);
      socket.onopen = () => resolve("open");
      socket.onerror = reject;
    }));
  await attempt("frame", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = lab + "/lab";
    frame.onload = () => { try { resolve(frame.contentDocument?.title ?? "nothing"); } catch { resolve("nothing"); } };
    document.body.append(frame);
  }));
  return got;
`;

withTool("chromium", "a hostile page", ({ command }) => {
  let lab: TestLab;
  let browser: Browser;
  let context: BrowserContext;
  let other: Server;
  let kernel: string;
  beforeAll(async () => {
    needsBuild();
    lab = await TestLab.start({
      "root/secret.txt": "the secret",
      "root/data.js": "globalThis.stolen = 'the secret'",
      "root/pixel.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
      "root/page.html": "<title>a user's file</title>",
      "bundle/manifest.json": JSON.stringify({ version: "1", entry: "m.js", styles: [], schemas: {} }),
      "bundle/static/m.js": "",
    });
    kernel = ((await lab.ask("api/kernels", { method: "POST", body: {} })).json as { id: string }).id;
    other = createServer((_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end("<!doctype html><title>hostile</title><body></body>");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    browser = await launchChromium(command);
    context = await browser.newContext();
    const ours = await context.newPage();
    await ours.goto(`http://${lab.host}/lab?token=${TOKEN}`);
    await ours.waitForURL(`http://${lab.host}/lab`);
    // Our own page may.
    const read = await ours.evaluate("fetch('/api/contents/secret.txt').then((one) => one.json())");
    expect(read).toMatchObject({ content: "the secret" });
  });
  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => other.close(resolve));
    await lab.close();
  });

  const attack = async (address: string): Promise<Record<string, unknown>> => {
    const page = await context.newPage();
    await page.goto(address);
    const script = `(async (lab, kernel) => {${ATTACKS}})(${JSON.stringify(`http://${lab.host}`)}, ${JSON.stringify(kernel)})`;
    const got = (await page.evaluate(script)) as Record<string, unknown>;
    await page.close();
    return got;
  };
  const expectNothing = async (got: Record<string, unknown>): Promise<void> => {
    expect(JSON.stringify(got)).not.toContain("the secret");
    for (const name of [
      "read",
      "read a file",
      "write",
      "script",
      "picture",
      "connect events",
      "connect kernels",
    ])
      expect([name, got[name]]).toEqual([name, "refused"]);
    expect(got["frame"]).toBe("nothing");
    expect(existsSync(join(lab.root, "evil.txt")) || existsSync(join(lab.root, "untitled.txt"))).toBe(false);
    const kernels = (await lab.ask("api/kernels")).json as { id: string }[];
    expect(kernels.map(({ id }) => id)).toEqual([kernel]);
  };

  it("on another port of this machine gets nothing", async () => {
    await expectNothing(await attack(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`));
  });

  it("under another name of this machine gets nothing", async () => {
    await expectNothing(await attack(`http://localhost:${(other.address() as AddressInfo).port}/`));
  });

  it("that is a file of the user's, served by ourselves, gets nothing", async () => {
    const page = await context.newPage();
    // From our own page, with the cookie: it is shown, and is nobody.
    await page.goto(`http://${lab.host}/lab`);
    await page.evaluate("void (location.href = '/files/page.html')");
    await page.waitForURL("**/files/page.html");
    expect(await page.title()).toBe("a user's file");
    const script = `(async (lab, kernel) => {${ATTACKS}})(${JSON.stringify(`http://${lab.host}`)}, ${JSON.stringify(kernel)})`;
    await expectNothing((await page.evaluate(script)) as Record<string, unknown>);
    expect(await page.evaluate("origin")).toBe("null");
    await page.close();
  });

  it("that sends the user to ours by a link opens it, and no more", async () => {
    const page = await context.newPage();
    await page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`);
    await page.evaluate(`void (location.href = "http://${lab.host}/lab/tree/secret.txt")`);
    await page.waitForURL(`http://${lab.host}/lab/tree/secret.txt`);
    await page.waitForSelector("#jupyter-config-data", { state: "attached" });
    await page.close();
  });
});
