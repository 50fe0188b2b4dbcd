/** Both hosts keep the kernel's half of the contract, which the type checker says; contract.test.ts says the rest. */
import type * as contract from "../../../lib/host/kernel-contract.js";

/** An error where a host's file lacks a part of the contract, has it otherwise, or has more. */
export type Keeps<
  Contract,
  Host extends Contract & Record<Exclude<keyof Host, keyof Contract>, never>,
> = Host;

export type Node = [
  Keeps<contract.Evaluation, typeof import("../../../lib/host/node/evaluation.js")>,
  Keeps<contract.Modules, typeof import("../../../lib/host/node/modules.js")>,
  Keeps<contract.TextFiles, typeof import("../../../lib/host/node/text-files.js")>,
  Keeps<contract.Paths, typeof import("../../../lib/host/node/paths.js")>,
  Keeps<contract.Streams, typeof import("../../../lib/host/node/streams.js")>,
  Keeps<contract.Inspection, typeof import("../../../lib/host/node/inspection.js")>,
  Keeps<contract.Stacks, typeof import("../../../lib/host/node/stacks.js")>,
  Keeps<contract.Contexts, typeof import("../../../lib/host/node/contexts.js")>,
  Keeps<contract.Termination, typeof import("../../../lib/host/node/termination.js")>,
  Keeps<contract.Workers, typeof import("../../../lib/host/node/workers.js")>,
  Keeps<contract.Bytes, typeof import("../../../lib/host/node/bytes.js")>,
  Keeps<contract.Shell, typeof import("../../../lib/host/node/shell.js")>,
  Keeps<contract.Environment, typeof import("../../../lib/host/node/environment.js")>,
  Keeps<contract.Packages, typeof import("../../../lib/host/node/packages.js")>,
  Keeps<contract.Program, typeof import("../../../lib/host/node/program.js")>,
  Keeps<contract.PluginSource, typeof import("../../../lib/host/node/plugins.js")>,
  Keeps<contract.CodeCache, typeof import("../../../lib/host/node/code-cache.js")>,
  Keeps<contract.TypeScriptSource, typeof import("../../../lib/host/node/typescript.js")>,
];

export type Browser = [
  Keeps<contract.Evaluation, typeof import("../../../lib/host/browser/evaluation.js")>,
  Keeps<contract.Modules, typeof import("../../../lib/host/browser/modules.js")>,
  Keeps<contract.TextFiles, typeof import("../../../lib/host/browser/text-files.js")>,
  Keeps<contract.Paths, typeof import("../../../lib/host/browser/paths.js")>,
  Keeps<contract.Streams, typeof import("../../../lib/host/browser/streams.js")>,
  Keeps<contract.Inspection, typeof import("../../../lib/host/browser/inspection.js")>,
  Keeps<contract.Stacks, typeof import("../../../lib/host/browser/stacks.js")>,
  Keeps<contract.Contexts, typeof import("../../../lib/host/browser/contexts.js")>,
  Keeps<contract.Termination, typeof import("../../../lib/host/browser/termination.js")>,
  Keeps<contract.Workers, typeof import("../../../lib/host/browser/workers.js")>,
  Keeps<contract.Bytes, typeof import("../../../lib/host/browser/bytes.js")>,
  Keeps<contract.Shell, typeof import("../../../lib/host/browser/shell.js")>,
  Keeps<contract.Environment, typeof import("../../../lib/host/browser/environment.js")>,
  Keeps<contract.Packages, typeof import("../../../lib/host/browser/packages.js")>,
  Keeps<contract.Program, typeof import("../../../lib/host/browser/program.js")>,
  Keeps<contract.PluginSource, typeof import("../../../lib/host/browser/plugins.js")>,
  Keeps<contract.CodeCache, typeof import("../../../lib/host/browser/code-cache.js")>,
  Keeps<contract.TypeScriptSource, typeof import("../../../lib/host/browser/typescript.js")>,
];
