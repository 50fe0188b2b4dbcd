/**
 * The pages that listen to one kernel. All hear what it publishes; a reply goes to the page that asked, and so does a
 * question to its user.
 */
import type { WebSocket } from "ws";
import type { Framed } from "../../jupyter/frame.js";
import { Outgoing, readIncoming } from "./encodings.js";
import { Page } from "./page-line.js";

/** How many questions are remembered with who asked: enough for what is under way, and no more for ever. */
const ASKED_LIMIT = 10_000;
/** How many pages that are away are waited for. */
const AWAY_LIMIT = 8;
/** How many messages are kept for the first page. */
const EARLY_LIMIT = 1000;

export class Pages {
  readonly #request: (framed: Framed) => void;
  /** By the name that each gave itself, under which it comes again. */
  readonly #pages = new Map<string, Page>();
  /** The page that sent each message. */
  readonly #asked = new Map<string, Page>();
  /** What the kernel printed before any page was there: what plugins say of their start. The first page gets it. */
  #early: Outgoing[] | undefined = [];

  /** @param request is given what pages say */
  constructor(request: (framed: Framed) => void) {
    this.#request = request;
  }

  /** How many are there now. */
  get count(): number {
    return [...this.#pages.values()].filter((page) => page.isThere).length;
  }

  /** A page is there, for the first time or again; what it missed is sent. */
  attach(socket: WebSocket, session: string): void {
    const page = this.#pages.get(session) ?? new Page();
    // The last to come is the last in the list.
    this.#pages.delete(session);
    this.#pages.set(session, page);
    page.connect(socket);
    for (const outgoing of this.#early ?? []) page.send(outgoing);
    this.#early = undefined;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      const framed = readIncoming(socket.protocol, data, isBinary);
      if (!framed) return socket.close(1003, "This is not a message of Jupyter's.");
      if (framed.channel === "shell" || framed.channel === "control") this.#remember(framed, page);
      this.#request(framed);
    });
    socket.on("close", (code: number) => {
      page.disconnect(socket);
      // The browser has left this page, and nobody else has its name.
      if (code === GOING_AWAY && !page.isThere) this.#pages.delete(session);
      this.#forgetSome();
    });
  }

  broadcast(framed: Framed): void {
    if (this.#pages.size === 0 && !this.#early) return;
    const outgoing = new Outgoing(framed);
    // Only what is printed: a state that is over would be taken for the present one.
    if (this.#early && outgoing.isOutput && this.#early.length < EARLY_LIMIT) this.#early.push(outgoing);
    for (const page of this.#pages.values()) page.send(outgoing);
  }

  /** Sends a reply, or a question to the user, to the page that asked. */
  answer(framed: Framed): void {
    const parent = String(framed.message.parent_header.msg_id);
    this.#asked.get(parent)?.send(new Outgoing(framed));
    if (framed.channel !== "stdin") this.#asked.delete(parent);
  }

  /** The kernel is gone. */
  close(): void {
    for (const page of this.#pages.values()) page.close();
    this.#pages.clear();
    this.#asked.clear();
  }

  #remember({ message }: Framed, page: Page): void {
    this.#asked.set(message.header.msg_id, page);
    if (this.#asked.size > ASKED_LIMIT) this.#asked.delete(this.#asked.keys().next().value!);
  }

  #forgetSome(): void {
    const away = [...this.#pages].filter(([, page]) => !page.isThere);
    for (const [session] of away.slice(0, Math.max(0, away.length - AWAY_LIMIT))) this.#pages.delete(session);
  }
}

/** The WebSocket's code for a page that is closed or left. */
const GOING_AWAY = 1001;
