/**
 * The compiler's thread. It answers the language's methods on every port it is handed, one call at a time, in
 * the order they arrive: a cell that computes on the main thread never delays a completion.
 */
import { parentPort, workerData } from "node:worker_threads";
import { connect } from "../threads/rpc.js";
import type { Port } from "../threads/rpc.js";
import type { LanguageService } from "./client.js";
import { Compiler } from "./compiler.js";
import { saveCodeCache } from "./typescript.js";

const compiler = new Compiler((workerData as { cwd: string }).cwd);
const serve = (port: Port): void => void connect(port, service, { name: "The session" });
const service: LanguageService = Object.assign(compiler, { connect: serve });

serve(parentPort!);
compiler.start();
// A cell that waits by now goes first: it may import what a warm-up would leave out.
await new Promise(setImmediate);
await compiler.warm();
saveCodeCache();
