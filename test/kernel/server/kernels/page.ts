/** A page's line to a kernel, for tests: asks, hears, goes away and comes again. */
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { packMessage } from "../../../../kernel/jupyter/frame.js";
import type { Framed } from "../../../../kernel/jupyter/frame.js";
import { createMessage } from "../../../../kernel/jupyter/protocol.js";
import type { Json, Message, RequestChannel } from "../../../../kernel/jupyter/protocol.js";
import { PROTOCOL, readIncoming } from "../../../../kernel/server/kernels/encodings.js";
import { TOKEN } from "../support.js";
import type { TestLab } from "../support.js";

export class TestPage {
  readonly session = randomUUID();
  readonly heard: Framed[] = [];
  readonly #kernel: string;
  readonly #protocol: string;
  #waiting: (() => void)[] = [];
  socket!: WebSocket;
  /** Where the server is reached: itself, or something between. */
  host: string;

  private constructor(lab: TestLab, kernel: string, protocol: string) {
    this.host = lab.host;
    this.#kernel = kernel;
    this.#protocol = protocol;
  }

  /** @param protocol of the WebSocket; empty for the older way */
  static async open(lab: TestLab, kernel: string, protocol: string = PROTOCOL): Promise<TestPage> {
    const page = new TestPage(lab, kernel, protocol);
    await page.connect();
    return page;
  }

  async connect(): Promise<void> {
    const address = `ws://${this.host}/api/kernels/${this.#kernel}/channels?session_id=${this.session}&token=${TOKEN}`;
    const headers = { Host: "localhost" };
    const socket = new WebSocket(address, this.#protocol === "" ? [] : [this.#protocol], { headers });
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      const framed = readIncoming(socket.protocol, data, isBinary);
      if (!framed) throw new Error("the server sent no message of Jupyter's");
      this.heard.push(framed);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
  }

  send(
    channel: RequestChannel,
    type: string,
    content: Json,
    more: { parent?: Message; buffers?: Uint8Array[] } = {},
  ): Message {
    const message = createMessage(type, content, {
      session: this.session,
      parent: more.parent?.header,
      buffers: more.buffers,
    });
    if (this.#protocol === PROTOCOL) this.socket.send(packMessage({ channel, message }));
    else this.socket.send(JSON.stringify({ channel, ...message }));
    return message;
  }

  /** Waits for a message. */
  async until(is: (framed: Framed) => boolean): Promise<Message> {
    for (;;) {
      const found = this.heard.find(is);
      if (found) return found.message;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async request(channel: RequestChannel, type: string, content: Json = {}): Promise<Message> {
    const { header } = this.send(channel, type, content);
    return this.until((one) => one.channel === channel && one.message.parent_header.msg_id === header.msg_id);
  }

  start(code: string): Message {
    return this.send("shell", "execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: true,
    });
  }

  /** Waits until a cell's reply is there and it is idle. */
  async done(cell: Message): Promise<{ reply: Json; stdout: string; result: unknown }> {
    const isOf = ({ message }: Framed): boolean => message.parent_header.msg_id === cell.header.msg_id;
    const reply = await this.until((one) => one.channel === "shell" && isOf(one));
    await this.until((one) => isOf(one) && one.message.content.execution_state === "idle");
    const published = this.heard
      .filter((one) => one.channel === "iopub" && isOf(one))
      .map(({ message }) => message);
    const stdout = published
      .filter(({ header, content }) => header.msg_type === "stream" && content.name === "stdout")
      .map(({ content }) => content.text)
      .join("");
    const result = published.find(({ header }) => header.msg_type === "execute_result")?.content.data as
      Json | undefined;
    return { reply: reply.content, stdout, result: result?.["text/plain"] };
  }

  async execute(code: string): Promise<{ reply: Json; stdout: string; result: unknown }> {
    return this.done(this.start(code));
  }

  /** The network is gone without a word. */
  break(): void {
    this.socket.terminate();
  }

  close(): void {
    this.socket.close(1001);
  }
}
