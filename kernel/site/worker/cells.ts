/**
 * The worker that runs a notebook's cells in a browser: the same session as in Node. It has the compiler's worker started, and
 * the page holds the channels (page/kernel.ts).
 */
// First: it gives the others their class Worker.
import "./page-workers.js";
import { canShare } from "#host/threads";
import { openChannel, thisWorker } from "#host/workers";
import { InterruptState } from "../../cells/interrupt-state.js";
import { Session } from "../../cells/session.js";
import { startLanguage } from "../../language/client.js";
import { Arrivals } from "../../jupyter/arrivals.js";
import { CellsService } from "../../jupyter/cells-service.js";
import { ChannelOutput } from "../../jupyter/channel-output.js";
import { InputMemory } from "../../jupyter/stdin.js";
import { connect } from "../../threads/rpc.js";
import type { ChannelsThread } from "../../jupyter/threads.js";
import type { CellsStart, CellsStarted } from "./start.js";

/** A cell cannot sleep until the page wakes it where they share no memory. */
const cannotAsk = {
  ask: (): never => {
    throw new Error(
      "prompt() needs a page that is isolated from other sites, and this browser did not isolate it: " +
        "open the page again outside a private window, or write the answer into the cell.",
    );
  },
};

/** Nothing counts what the page has dealt with. */
const neverWaits = { wait: (): void => {} };

const { data, port } = thisWorker();
const { cwd, settings, declarations } = (await data) as CellsStart;
Object.assign(globalThis, { chainruleSettings: settings, process: { env: { ...settings } } });
const isShared = canShare();
const input = isShared ? new InputMemory() : undefined;
const arrivals = isShared ? new Arrivals() : undefined;
const interrupts = new InterruptState();
const compiler = startLanguage(cwd);
for (const [name, text] of Object.entries(declarations)) void compiler.setAmbientTypes(name, text);
const language = compiler.connect();
const [own, cells] = openChannel();
const started: CellsStarted = {
  cells,
  language,
  ...(input &&
    arrivals && { shared: { input: input.shared, arrivals: arrivals.shared, words: interrupts.words } }),
};
port.postMessage(started, [cells, language]);

const output = new ChannelOutput(input ?? cannotAsk, arrivals ?? neverWaits);
const session = await Session.start({ cwd, output, language: compiler, interrupts });
// The page ends the worker.
const service = new CellsService(session, output, () => {});
output.connect(connect<ChannelsThread>(own, service, { name: "The page" }).remote);
