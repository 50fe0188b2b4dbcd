/** The compiler from another thread: every method is a message and a promise of its answer. */
import { openChannel, startWorker } from "#host/workers";
import type { Port } from "../../lib/host/kernel-contract.js";
import { connect } from "../threads/rpc.js";
import type { Language } from "./language.js";

const OPTIONS = { name: "The compiler" };

/** Megabytes. Parsing makes much garbage at once: a large nursery halves what collecting it costs. */
const MEMORY = { young: 128, old: 2048 };

/** The language's thread, and who owns it: closing the language ends the thread. */
export interface LanguageThread extends Language {
  /** A port on which another thread may call the language, with `languageAt(port)`. */
  connect(): Port;
}

/** What the language's thread answers to. */
export interface LanguageService extends Language {
  /** Answers on a further port. */
  connect(port: Port): void;
}

/** The language at the other end of a port. */
export function languageAt(port: Port): Language {
  return connect<Language>(port, {}, OPTIONS).remote;
}

/** Starts the language's thread. @param cwd the folder that imports start from */
export function startLanguage(cwd: string): LanguageThread {
  const worker = startWorker("language", { cwd }, MEMORY);
  const { remote, fail } = connect<LanguageService>(worker, {}, OPTIONS);
  worker.onEnd((error = new Error("The compiler's thread has ended.")) => fail(error));
  const own = {
    connect: () => {
      const [theirs, ours] = openChannel();
      void remote.connect.asEvent(theirs);
      return ours;
    },
    close: () => worker.stop(),
  };
  return Object.assign(Object.create(remote) as Language, own);
}
