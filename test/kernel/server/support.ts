/** A server for the tests: in this process, over a folder of its own, asked by requests that may say anything. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { WebSocket } from "ws";
import { startLab } from "../../../kernel/server/lab.js";
import type { Lab, LabOptions } from "../../../kernel/server/lab.js";

/** A cell that has its kernel killed by another process: by itself it may not. */
export const KILLED_CELL =
  'import { spawnSync } from "node:child_process";\n' +
  'spawnSync(process.execPath, ["-e", `process.kill(${process.pid}, "SIGKILL")`]);';

export const TOKEN = "a-token-for-tests";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: never;
}

export interface Asked {
  readonly method?: string;
  /** Sent as JSON, or as it is when it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Brings the token unless false. */
  readonly known?: boolean;
}

export class TestLab {
  /** The folder that is served; around it lies what nobody may touch. */
  readonly root: string;
  readonly around: string;
  readonly lab: Lab;
  readonly log: string[];
  readonly base: string;

  private constructor(lab: Lab, around: string, log: string[], base: string) {
    this.lab = lab;
    this.around = around;
    this.root = join(around, "root");
    this.log = log;
    this.base = base;
  }

  static async start(
    files: Readonly<Record<string, string>> = {},
    options: Partial<LabOptions> = {},
  ): Promise<TestLab> {
    const around = mkdtempSync(join(tmpdir(), "chainrule-lab-"));
    mkdirSync(join(around, "root"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(around, name)), { recursive: true });
      writeFileSync(join(around, name), text);
    }
    const log: string[] = [];
    const base = options.base ?? "/";
    const lab = await startLab({
      root: join(around, "root"),
      bundle: join(around, "bundle"),
      course: join(around, "notebooks"),
      state: join(around, "state"),
      ip: "127.0.0.1",
      port: 0,
      base,
      token: TOKEN,
      isNewToken: false,
      isOpen: false,
      hosts: [],
      followLinks: false,
      log: (line) => log.push(line),
      stop: () => {},
      startPty: undefined,
      ...options,
    });
    return new TestLab(lab, around, log, base);
  }

  get host(): string {
    return `127.0.0.1:${this.lab.port}`;
  }

  /** @param path below the base, sent as it is */
  ask(path: string, { method = "GET", body, headers = {}, known = true }: Asked = {}): Promise<Reply> {
    return this.askRaw(`${this.base}${path}`, {
      method,
      body,
      headers: { ...(known && { Authorization: `token ${TOKEN}` }), ...headers },
    });
  }

  askRaw(path: string, { method = "GET", body, headers = {} }: Omit<Asked, "known">): Promise<Reply> {
    const sent = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const asked = httpRequest(
        { host: "127.0.0.1", port: this.lab.port, path, method, headers: { ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text,
              get json(): never {
                return JSON.parse(text) as never;
              },
            });
          });
        },
      );
      asked.on("error", reject);
      asked.end(sent);
    });
  }

  /** The cookie that a browser gets for the token. */
  async cookie(): Promise<string> {
    const { headers } = await this.ask(`lab?token=${TOKEN}`, { known: false });
    return headers["set-cookie"]![0]!.split(";")[0]!;
  }

  /** @returns the status of the refusal, or "open" */
  async socketStatus(path: string, headers: Readonly<Record<string, string>>): Promise<number | "open"> {
    const socket = new WebSocket(`ws://${this.host}${this.base}${path}`, { headers });
    try {
      return await new Promise((resolve) => {
        socket.on("open", () => resolve("open"));
        socket.on("unexpected-response", (_, response) => resolve(response.statusCode!));
        socket.on("error", () => {});
      });
    } finally {
      socket.on("error", () => {});
      socket.terminate();
    }
  }

  async close(): Promise<void> {
    await this.lab.close();
    rmSync(this.around, { recursive: true, force: true });
  }
}
