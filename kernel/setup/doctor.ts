/** Checks the installation, by starting the installed kernel and running a cell in it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KernelClient } from "../jupyter/client.js";
import { installedKernels, NODE_FLAGS, packageRoot, packageVersion } from "./install.js";
import type { Environment, KernelSpec } from "./install.js";

/** The result of one check. */
export interface Finding {
  /** `trouble` must be mended; a `note` is information. */
  readonly kind: "fine" | "trouble" | "note";
  readonly text: string;
}

/** Milliseconds that a kernel may take to start: many, because the machine may be busy. */
const PATIENCE = 30_000;

/**
 * Examines this installation.
 * @param tell is given each finding as soon as it is known
 * @returns whether no check found trouble
 */
export async function diagnose(
  tell: (finding: Finding) => void,
  environment?: Environment,
): Promise<boolean> {
  let isWell = true;
  const say = (kind: Finding["kind"], text: string) => {
    if (kind === "trouble") isWell = false;
    tell({ kind, text });
  };
  const root = packageRoot();
  const version = packageVersion();
  say("fine", `chainrule ${version} in ${root}`);
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  const node = `Node ${process.versions.node} at ${process.execPath}`;
  say(isNew ? "fine" : "trouble", isNew ? node : `${node} is too old: chainrule needs 20.19 or later`);
  say("note", jupyterVersion());

  const kernels = installedKernels(environment);
  if (kernels.length === 0) {
    say("trouble", "no kernel is installed: run `chainrule install`");
    const main = join(root, "dist", "kernel", "jupyter", "main.js");
    if (!existsSync(main)) say("trouble", `${main} is missing: run \`npm run build\` in ${root}`);
    else
      await examine(
        "the kernel of this package",
        [process.execPath, ...NODE_FLAGS, main, "{connection_file}"],
        say,
      );
  }
  for (const { name, folder, spec } of kernels) {
    say("fine", `kernel "${name}" (${spec.display_name}) in ${folder}`);
    const missing = missingFile(spec);
    if (missing !== undefined) {
      say("trouble", `${missing} is no longer there: run \`chainrule install --name ${name}\` again`);
      continue;
    }
    const other = (spec.metadata?.chainrule as { version?: unknown } | undefined)?.version;
    if (other !== version)
      say("note", `it was installed by chainrule ${String(other)}, and this is ${version}`);
    await examine(`kernel "${name}"`, spec.argv, say);
  }
  return isWell;
}

/** Starts a kernel and runs one cell, which needs the compiler, the evaluator and the sockets. */
async function examine(
  title: string,
  argv: readonly string[],
  say: (kind: Finding["kind"], text: string) => void,
): Promise<void> {
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  let client: KernelClient | undefined;
  try {
    client = await KernelClient.start(argv, tmpdir());
    const info = await client.ready(PATIENCE);
    const language = info.language_info as { name?: string; version?: string } | undefined;
    const what = `${String(info.implementation)} ${String(info.implementation_version)}`;
    say(
      "fine",
      `${title} starts: ${what}, ${language?.name} ${language?.version}, ready after ${seconds()} s`,
    );
    const { reply, published } = await client.execute("const answer: number = 6 * 7; answer", PATIENCE);
    const result = published.find(({ header }) => header.msg_type === "execute_result")?.content.data;
    const text = (result as Record<string, unknown> | undefined)?.["text/plain"];
    if (reply.status === "ok" && text === "42") say("fine", `${title} runs TypeScript: 6 * 7 is ${text}`);
    else {
      const problem = reply.status === "error" ? `${String(reply.ename)}: ${String(reply.evalue)}` : text;
      say("trouble", `${title} does not run TypeScript: 6 * 7 gave ${String(problem)}`);
    }
  } catch (error) {
    say("trouble", `${title} does not work: ${(error as Error).message}`);
  } finally {
    await client?.close();
  }
}

/** The first program or file of a kernelspec's command that does not exist. */
function missingFile(spec: KernelSpec): string | undefined {
  return spec.argv
    .filter((part) => /[\\/].*(node|node\.exe|\.js)$/.test(part))
    .find((part) => !existsSync(part));
}

function jupyterVersion(): string {
  const isWindows = process.platform === "win32";
  const { status, stdout } = spawnSync("jupyter", ["--version"], {
    encoding: "utf8",
    shell: isWindows,
    timeout: PATIENCE,
  });
  const versions = ["jupyterlab", "notebook"].flatMap((name) => {
    const version = new RegExp(`^${name}\\s*:\\s*(\\d\\S*)`, "m").exec(stdout ?? "")?.[1];
    return version === undefined ? [] : [`${name} ${version}`];
  });
  if (status !== 0)
    return "Jupyter is not on the PATH: VS Code and `chainrule run` do without it; `pip install jupyterlab` brings it";
  return `Jupyter is on the PATH${versions.length > 0 ? ` (${versions.join(", ")})` : ""}`;
}
