/**
 * Both hosts keep the contract: each interface of `lib/host/contract.ts` is a file of either, and neither exports a name
 * that the other has not. What keeps the types is checked when this file is.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type * as contract from "../../../lib/host/contract.js";
import { projectRoot } from "../../support/shared.js";
import type { Keeps } from "./kernel-contract.js";

export type Node = [
  Keeps<contract.DataFolders, typeof import("../../../lib/host/node/data-folders.js")>,
  Keeps<contract.Files, typeof import("../../../lib/host/node/files.js")>,
  Keeps<contract.Gpu, typeof import("../../../lib/host/node/gpu.js")>,
  Keeps<contract.Native, typeof import("../../../lib/host/node/native.js")>,
  Keeps<contract.Places, typeof import("../../../lib/host/node/places.js")>,
  Keeps<contract.Processes, typeof import("../../../lib/host/node/processes.js")>,
  Keeps<contract.Settings, typeof import("../../../lib/host/node/settings.js")>,
  Keeps<contract.SvgRendering, typeof import("../../../lib/host/node/svg-renderer.js")>,
  Keeps<contract.TerminalHost, typeof import("../../../lib/host/node/terminal.js")>,
  Keeps<contract.Threads, typeof import("../../../lib/host/node/threads.js")>,
  Keeps<contract.Turns, typeof import("../../../lib/host/node/turns.js")>,
  Keeps<contract.WebAssemblyHost, typeof import("../../../lib/host/node/webassembly.js")>,
];

export type Browser = [
  Keeps<contract.DataFolders, typeof import("../../../lib/host/browser/data-folders.js")>,
  Keeps<contract.Files, typeof import("../../../lib/host/browser/files.js")>,
  Keeps<contract.Gpu, typeof import("../../../lib/host/browser/gpu.js")>,
  Keeps<contract.Native, typeof import("../../../lib/host/browser/native.js")>,
  Keeps<contract.Places, typeof import("../../../lib/host/browser/places.js")>,
  Keeps<contract.Processes, typeof import("../../../lib/host/browser/processes.js")>,
  Keeps<contract.Settings, typeof import("../../../lib/host/browser/settings.js")>,
  Keeps<contract.SvgRendering, typeof import("../../../lib/host/browser/svg-renderer.js")>,
  Keeps<contract.TerminalHost, typeof import("../../../lib/host/browser/terminal.js")>,
  Keeps<contract.Threads, typeof import("../../../lib/host/browser/threads.js")>,
  Keeps<contract.Turns, typeof import("../../../lib/host/browser/turns.js")>,
  Keeps<contract.WebAssemblyHost, typeof import("../../../lib/host/browser/webassembly.js")>,
];

// @ts-expect-error: a part is missing
export type Less = Keeps<contract.Turns, object>;
// @ts-expect-error: there is more than the other host has
export type More = Keeps<contract.Turns, contract.Turns & { setImmediate(): void }>;
// @ts-expect-error: another type
export type Other = Keeps<contract.Turns, { nextTurn(): number }>;

/** Files of one host alone, which others of its files use, or a room that is Node's by nature. */
const own: Readonly<Record<string, readonly string[]>> = {
  node: [
    "cache-folder.ts",
    "cached-module.ts",
    "child-worker.ts",
    "children.ts",
    "descriptors.ts",
    "endings.ts",
    "folders.ts",
    "listeners.ts",
    "lock.ts",
    "new-imports.ts",
    "partial-file.ts",
    "queue-link.ts",
    "queue-worker.ts",
    "queue.ts",
    "sealed.ts",
    "slurm-jobs.ts",
    "slurm-stop.ts",
    "slurm-task.ts",
    "slurm.ts",
    "standard-input.ts",
    "write-whole.ts",
  ],
  browser: ["console.ts", "kept.ts", "kernel-web.ts", "site.ts", "web.ts"],
};

const folder = path.join(projectRoot, "lib/host");
const filesOf = (host: string): string[] =>
  readdirSync(path.join(folder, host)).filter((name) => !own[host].includes(name));

describe("the hosts", () => {
  it("have the same files", () => {
    expect(filesOf("browser")).toEqual(filesOf("node"));
  });

  it("are all named in the contract and held to it here", () => {
    const read = (...files: string[]): string => files.map((file) => readFileSync(file, "utf8")).join("\n");
    const text = read(path.join(folder, "contract.ts"), path.join(folder, "kernel-contract.ts"));
    const here = read(import.meta.filename, path.join(import.meta.dirname, "kernel-contract.ts"));
    for (const name of filesOf("node")) {
      expect(text, name).toContain(`/** \`${name}\`:`);
      for (const host of ["node", "browser"])
        expect(here, name).toContain(`import("../../../lib/host/${host}/${name.replace(/ts$/, "js")}")`);
    }
  });
});
