/** Debian's Jupyter server with the built kernel installed, for tests that look through a browser. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { runProgram } from "../../notebooks/support.js";
import { projectRoot } from "../../support/shared.js";

export interface NotebookServer {
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a server that serves a folder, in which it also keeps its settings.
 * @param command the program `jupyter`
 * @throws Error when it does not answer within a minute
 */
export async function startNotebookServer(command: string, folder: string): Promise<NotebookServer> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of ["DATA", "CONFIG", "RUNTIME"]) {
    const place = join(folder, name.toLowerCase());
    env[`JUPYTER_${name}_DIR`] = place;
    mkdirSync(place, { recursive: true });
  }
  const cli = join(projectRoot, "dist/kernel/cli.js");
  const installed = await runProgram(process.execPath, [cli, "install"], { env });
  expect(installed.status, installed.output).toBe(0);
  const port = await freePort();
  const parts = ["notebook", "--allow-root", "--no-browser", "--ip=127.0.0.1", `--port=${port}`];
  const access = ["token=", "password=", "disable_check_xsrf=True"].map((one) => `--NotebookApp.${one}`);
  const server = spawn(command, [...parts, ...access, `--notebook-dir=${folder}`], {
    env,
    cwd: folder,
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  const end = performance.now() + 60_000;
  const isUp = (): Promise<boolean> =>
    fetch(`${url}/api`).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await isUp())) {
    if (performance.now() > end || server.exitCode !== null)
      throw new Error("Jupyter Notebook did not start.");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  };
  return { url, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
