/** The cells' thread of the test's page: a session whose output and answers are messages to the page. */
import { Session } from "../../../dist/kernel/cells/session.js";

/** @type {Session} */
let session;

const post = (message) => self.postMessage(message);

const output = {
  stream: (name, text, cell) => post({ event: "stream", name, text, cell }),
  display: (display, cell) => post({ event: "display", ...display, cell }),
  clear: (wait, cell) => post({ event: "clear", wait, cell }),
  error: (report, cell) => post({ event: "error", ...report, cell }),
};

const methods = {
  async start(site) {
    globalThis.chainruleSite = site;
    session = await Session.start({ cwd: "/course", output });
    return { isolated: globalThis.crossOriginIsolated };
  },
  execute: (code, cell) => session.execute(code, { cell }),
  interrupt: () => session.interrupt(),
  complete: (code, cursor) => session.language.complete(code, cursor),
  inspect: (code, cursor) => session.language.inspect(code, cursor),
  isComplete: (code) => session.language.isComplete(code),
  magics: (code, cursor) => session.complete(code, cursor),
  close: async () => {
    await session.close();
    console.log("closed");
    return "display" in globalThis;
  },
};

self.addEventListener("message", async ({ data: { id, method, parts } }) => {
  try {
    post({ id, value: await methods[method](...parts) });
  } catch (error) {
    post({ id, error: String(error?.stack ?? error) });
  }
});
