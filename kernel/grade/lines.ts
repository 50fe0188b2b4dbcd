/** A port between two processes: each message is a line of JSON. */
import type { Port } from "../../lib/host/kernel-contract.js";

/** What carries the lines. */
export interface Lines {
  /** Writes a line, its newline included. */
  write(line: string): void;
  /** Sets the listener for text, which comes in pieces of any length. */
  onText(listener: (text: string) => void): void;
}

export interface LinesOptions {
  /** Whether a message is accepted; after one that is not, everything else is ignored. */
  readonly accepts?: (message: unknown) => boolean;
  /** The most characters of one message. */
  readonly longest?: number;
  /** Is called when a message is not accepted, is not JSON or is too long: no further message is read. */
  readonly refused?: (why: "not accepted" | "too long") => void;
}

/** Heard as Node's own ports are. */
export interface LinesPort extends Port {
  on(event: "message", listener: (message: unknown) => void): void;
}

export function linesPort(lines: Lines, options: LinesOptions = {}): LinesPort {
  const { accepts = () => true, longest = Infinity, refused = () => {} } = options;
  return {
    postMessage: (message) => lines.write(`${JSON.stringify(message)}\n`),
    on: (_, listener) => {
      let text = "";
      let isOpen = true;
      const refuse = (why: "not accepted" | "too long"): void => {
        isOpen = false;
        refused(why);
      };
      lines.onText((more) => {
        if (!isOpen) return;
        text += more;
        if (text.length > longest) return refuse("too long");
        const whole = text.split("\n");
        text = whole.pop()!;
        for (const line of whole) {
          const message = parse(line);
          if (message === undefined || !accepts(message.value)) return refuse("not accepted");
          listener(message.value);
        }
      });
    },
  };
}

function parse(line: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(line) as unknown };
  } catch {
    return undefined;
  }
}
