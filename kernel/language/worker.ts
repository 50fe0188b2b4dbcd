/**
 * The compiler's thread. It answers the language's methods on every port it is handed, one call at a time, in
 * the order they arrive: a cell that computes on the main thread never delays a completion.
 */
import { CAN_TERMINATE } from "#host/termination";
import { nextTurn } from "#host/turns";
import { filesReady, saveCodeCache } from "#host/typescript";
import { thisWorker } from "#host/workers";
import type { Port } from "../../lib/host/kernel-contract.js";
import { connect } from "../threads/rpc.js";
import type { LanguageService } from "./client.js";
import { Compiler } from "./compiler.js";
import { idle } from "./idle.js";
import { loopChecks } from "./loop-checks.js";

const { data, port } = thisWorker();
const { cwd } = (await data) as { cwd: string };
await filesReady();
const compiler = new Compiler(cwd, { transformers: CAN_TERMINATE ? [] : [loopChecks] });
const asked = idle(() => compiler.rest());
const serve = (port: Port): void => void connect(port, service, { name: "The session", before: asked });
const service: LanguageService = Object.assign(compiler, { connect: serve });

serve(port);
compiler.start();
// A cell that waits by now goes first: it may import what a warm-up would leave out.
await nextTurn();
await compiler.warm();
saveCodeCache();
asked();
