/**
 * A queue over a network whose machines are lost, cut off and brought back, and a Redis that hangs, is full or speaks TLS:
 * what is promised is counted. The machines are network namespaces, so this needs root; the workers run dist/.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { queue } from "../../../lib/host/node/queue.js";
import { search } from "../../../lib/train/search/search.js";
import { choice } from "../../../lib/train/search/space.js";
import { projectRoot, withTool } from "../../support/shared.js";
import { Hosts } from "./hosts.js";
import { KEY, RedisServer, WorkerProcess } from "./machines.js";

const whyNot = Hosts.whyNot();
if (whyNot !== undefined) console.log(`machines of a network: skipped, ${whyNot}`);

withTool("redis-server", "machines of a network", ({ command }) => {
  describe.skipIf(whyNot !== undefined)("", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "chainrule-hosts-"));
    const log = path.join(folder, "log");
    const flag = path.join(folder, "go");
    const workers: WorkerProcess[] = [];
    let hosts: Hosts;
    let redis: RedisServer;
    let url: string;
    let count = 0;

    const worker = (
      host: string,
      options: ConstructorParameters<typeof WorkerProcess>[2] = {},
      address = url,
    ) => {
      const env = { CHAINRULE_CACHE: path.join(folder, `cache-${host}`), TEST_HOST: host, ...options.env };
      const one = new WorkerProcess(address, host, { ...options, env, before: hosts.on(host) });
      workers.push(one);
      return one;
    };
    /** A module whose trials note in the log where they begin, and do what `body` says. */
    const module = (body: string): URL => {
      const file = path.join(folder, `train-${count++}.mjs`);
      writeFileSync(
        file,
        `import { appendFileSync, existsSync } from "node:fs";
const host = process.env.TEST_HOST;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const go = async () => { while (!existsSync(${JSON.stringify(flag)})) await pause(30); };
export async function train({ a }) { appendFileSync(${JSON.stringify(log)}, host + " " + a + "\\n"); ${body} }`,
      );
      return pathToFileURL(file);
    };
    const begun = (): string[] =>
      existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
    /** Waits for a state, however long it takes on a busy machine, unless a worker has ended by itself. */
    const until = async (state: () => boolean): Promise<void> => {
      while (!state()) {
        const ended = workers.find(({ process }) => process.exitCode !== null);
        if (ended) throw new Error(`a worker ended: ${ended.said}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    };
    const numbers = (n: number) => ({ a: choice(Array.from({ length: n }, (_, i) => i)) });
    const options = (n: number) => ({
      ...{ live: false, strategy: "grid" as const, trials: n },
      place: queue(url, { key: KEY, width: 64 }),
    });
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
    const cli = (...words: string[]) =>
      execFileSync("redis-cli", ["-u", url, ...words], { encoding: "utf8" }).trim();

    beforeAll(async () => {
      hosts = new Hosts(["h1", "h2", "h3"]);
      redis = await RedisServer.start(command, "--bind", hosts.address, "--protected-mode", "no");
      url = redis.url.replace("127.0.0.1", hosts.address);
    });
    afterEach(() => {
      for (const one of workers.splice(0)) one.kill();
      for (const file of [log, flag]) rmSync(file, { force: true });
    });
    afterAll(async () => {
      await redis.close();
      hosts.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("a machine that is switched off in the middle of a trial: every trial counts once", async () => {
      for (const host of ["h1", "h2", "h3"]) worker(host);
      const train = module("if (host === 'h2') await go(); return a;");
      const searching = search(numbers(40), train, options(40));
      await until(() => begun().some((line) => line.startsWith("h2 ")));
      hosts.kill("h2");
      const found = await searching;
      hosts.cut("h2", false);
      expect(found.trials.map(({ score }) => score)).toEqual(upTo(40));
      // What it had begun, one trial, was begun again elsewhere, and the table says so.
      expect(begun()).toHaveLength(41);
      const [twice] = begun()
        .filter((line) => line.startsWith("h2 "))
        .slice(-1);
      expect(found.trials.find(({ configuration: { a } }) => twice === `h2 ${a}`)?.lost).toBe(1);
      expect(new Set(found.trials.map(({ host }) => host))).toEqual(new Set(["h1", "h3"]));
    });

    it("a machine that is cut off and comes back: its late answer is refused, and it works on", async () => {
      const train = module("if (host === 'h2' && a < 12) await go(); return a;");
      const [cut] = [worker("h2")];
      const searching = search(numbers(12), train, options(12));
      await until(() => begun().length === 1);
      hosts.cut("h2");
      worker("h1");
      const found = await searching;
      expect(found.trials.map(({ score, host }) => [score, host])).toEqual(upTo(12).map((a) => [a, "h1"]));
      expect(begun()).toHaveLength(13);
      // It ends the trial when nobody waits for it any more.
      writeFileSync(flag, "");
      hosts.cut("h2", false);
      await cut.until(/Missing lock|could not renew lock|not in the active state|Missing key/i);
      workers.find((one) => one !== cut)!.kill();
      const later = await search(numbers(3), module("return a + 100;"), options(3));
      expect(later.trials.map(({ score, host }) => [score, host])).toEqual(
        [100, 101, 102].map((a) => [a, "h2"]),
      );
    });

    it("a notebook's machine that is switched off, and a second notebook: nothing runs twice", async () => {
      const train = module("if (a === 3) await go(); return a;");
      const program = path.join(folder, "notebook.mjs");
      const library = pathToFileURL(path.join(projectRoot, "dist/lib/train/index.js")).href;
      writeFileSync(
        program,
        `import { search, choice, queue } from ${JSON.stringify(library)};
const found = await search({ a: choice([0, 1, 2, 3, 4, 5]) }, new URL(${JSON.stringify(train.href)}), { live: false, strategy: "grid", journal: ${JSON.stringify(path.join(folder, "journal"))}, place: queue(${JSON.stringify(url)}) });
console.log(JSON.stringify(found.trials.map(({ score }) => score)));`,
      );
      worker("h1");
      const notebook = (host: string) => {
        const [first, ...words] = [...hosts.on(host), process.execPath, program];
        return spawn(first!, words, { env: { ...process.env, CHAINRULE_WORKER_KEY: KEY } });
      };
      notebook("h3");
      await until(() => begun().length === 4);
      hosts.kill("h3");
      const second = notebook("h2");
      let printed = "";
      for (const stream of [second.stdout, second.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
      writeFileSync(flag, "");
      await new Promise((resolve) => second.once("close", resolve));
      hosts.cut("h3", false);
      expect(printed).toBe("[0,1,2,3,4,5]\n");
      expect(begun().sort()).toEqual(upTo(6).map((a) => `h1 ${a}`));
    });

    it("Redis hangs for longer than a worker's patience, in the middle: all is done when it goes on", async () => {
      worker("h1");
      const searching = search(numbers(8), module("await pause(300); return a;"), options(8));
      await until(() => begun().length === 3);
      redis.freeze();
      await new Promise((resolve) => setTimeout(resolve, 4000));
      redis.freeze(false);
      const found = await searching;
      expect(found.trials.map(({ score }) => score)).toEqual(upTo(8));
    });

    it("Redis fills up in the middle: no answer is lost, and the search ends when there is room again", async () => {
      const one = worker("h1");
      const searching = search(numbers(6), module("if (a === 2) await go(); return a;"), options(6));
      await until(() => begun().length === 3);
      cli("config", "set", "maxmemory", "1");
      writeFileSync(flag, "");
      await one.until(/Redis has no memory left/);
      cli("config", "set", "maxmemory", "0");
      const found = await searching;
      expect(found.trials.map(({ score }) => score)).toEqual(upTo(6));
    });

    it("a worker of another version refuses in a sentence", async () => {
      const old = path.join(folder, "old");
      mkdirSync(old);
      for (const one of ["lib", "kernel"])
        cpSync(path.join(projectRoot, "dist", one), path.join(old, "dist", one), { recursive: true });
      symlinkSync(path.join(projectRoot, "node_modules"), path.join(old, "node_modules"));
      const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
        version: string;
      };
      writeFileSync(path.join(old, "package.json"), JSON.stringify({ ...manifest, version: "0.0.9" }));
      worker("h1", { cli: path.join(old, "dist/kernel/cli.js") });
      const found = await search(numbers(1), module("return a;"), options(1));
      expect(found.trials[0]!.reason).toBe(
        `h1 has chainrule 0.0.9, and the task is of ${manifest.version}; install the same on both`,
      );
      expect(begun()).toEqual([]);
    });

    it("a trial that hangs fails after its time, and the worker goes on", async () => {
      worker("h1");
      const found = await search(numbers(3), module("for (; a === 1;); return a;"), {
        ...options(3),
        timeout: 6,
      });
      expect(found.trials.map(({ score, reason }) => score ?? reason)).toEqual([
        0,
        "it took longer than 6 seconds",
        2,
      ]);
      expect(begun()).toHaveLength(3);
    });

    it.each([
      ["hangs", () => redis.freeze(), () => redis.freeze(false)],
      ["is full", () => void cli("config", "set", "maxmemory", "1"), () => void cli("config", "set", "maxmemory", "0")],
      ["cannot be reached", () => hosts.cut("h1"), () => hosts.cut("h1", false)],
    ])("a worker with a trial ends within ten seconds of SIGTERM when Redis %s, and the trial runs elsewhere", async (_, fail, mend) => {
      const one = worker("h1");
      const searching = search(numbers(2), module("if (host === 'h1') await go(); return a;"), options(2));
      await until(() => begun().length === 1);
      fail();
      try {
        expect(await one.end()).toBeLessThan(10_000);
      } finally {
        mend();
      }
      worker("h2");
      const found = await searching;
      expect(found.trials.map(({ score, host }) => [score, host])).toEqual([[0, "h2"], [1, "h2"]]);
      // Its trial's process has ended with it.
      expect(spawnSync("ip", ["netns", "pids", hosts.on("h1").at(-1)!], { encoding: "utf8" }).stdout).toBe("");
    }); // prettier-ignore

    it("TLS and a user with rights to its own keys alone; another password and an unknown certificate are named", async () => {
      const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => path.join(folder, name));
      const made = spawnSync(
        "openssl",
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key!, "-out", certificate!, "-days", "2", "-subj", "/CN=lab", "-addext", `subjectAltName=IP:${hosts.address}`],
        { encoding: "utf8" },
      ); // prettier-ignore
      expect(made.status, made.stderr).toBe(0);
      const rights = "user lab on >secret ~bull:* ~chainrule:* &* +@all -@admin -@dangerous +info";
      const safe = await RedisServer.start(
        command,
        ...["--bind", hosts.address, "--tls-cert-file", certificate!, "--tls-key-file", key!, "--tls-auth-clients", "no"],
        ...["--user", ...rights.split(" ").slice(1), "--user", "default", "off"],
      ); // prettier-ignore
      const at = (user: string) => safe.tlsUrl(hosts.address).replace("//", `//${user}@`);
      const trusts = { NODE_EXTRA_CA_CERTS: certificate! };
      const notebook = (address: string, env: object): string => {
        const program = path.join(folder, "safe.mjs");
        const library = pathToFileURL(path.join(projectRoot, "dist/lib/train/index.js")).href;
        writeFileSync(
          program,
          `import { search, choice, queue } from ${JSON.stringify(library)};
try { const found = await search({ a: choice([0, 1, 2]) }, new URL(${JSON.stringify(train.href)}), { live: false, strategy: "grid", place: queue(${JSON.stringify(address)}), prune: { trials: 1 } });
console.log(JSON.stringify(found.trials.map(({ score, host }) => [score, host]))); } catch (error) { console.log(error.message); }
process.exit();`,
        );
        const { stdout } = spawnSync(process.execPath, [program], {
          encoding: "utf8",
          env: { ...process.env, CHAINRULE_WORKER_KEY: KEY, ...env },
        });
        return stdout.trim();
      };
      const train = module("return a;");
      try {
        worker("h1", { env: trusts }, at("lab:secret"));
        expect(notebook(at("lab:secret"), trusts)).toBe('[[0,"h1"],[1,"h1"],[2,"h1"]]');
        expect(notebook(at("lab:guess"), trusts)).toMatch(
          /WRONGPASS.*are the address and its password right\?/,
        );
        expect(notebook(at("lab:secret"), {})).toMatch(/gives no connection \(self-signed certificate/);
        const asked = spawnSync(
          "redis-cli",
          ["-u", at("lab:secret"), "--cacert", certificate!, "--no-auth-warning", "set", "other", "1"],
          { encoding: "utf8" },
        ); // prettier-ignore
        expect(asked.stdout + asked.stderr).toMatch(/NOPERM/);
      } finally {
        await safe.close();
      }
    });
  });
});
