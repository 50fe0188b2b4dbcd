/**
 * `<chainrule-cell>`: a live cell in any page, by one script of a website that `chainrule site` made. The element only makes a
 * frame of the website's page `cell/`: what a cell computes and shows has the website's origin, and never touches the page
 * that it stands in. The code travels behind the `#` of the address, which no server is told.
 */

/** What the frame says, to whatever page it is in: how many CSS pixels high it is. */
interface Said {
  readonly chainruleCell?: { readonly height: number };
}

const script = document.currentScript;
const base = new URL(".", script instanceof HTMLScriptElement ? script.src : location.href);

/** What the frame may not do: lead the page elsewhere, open dialogs, submit forms. */
const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** The code between the tags, without the indentation of the page. */
function codeOf(text: string): string {
  const lines = text.replace(/^\s*\n|\s+$/g, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^\s*/.exec(line)![0].length);
  const indent = Math.min(...indents, Infinity);
  return lines.map((line) => line.slice(indent === Infinity ? 0 : indent)).join("\n");
}

class ChainruleCell extends HTMLElement {
  #frame: HTMLIFrameElement | undefined;
  /** The code as text, for who has no frame: until the frame says that it is there. */
  #text: HTMLElement | undefined;

  readonly #hear = (event: MessageEvent<Said | undefined>): void => {
    if (!this.#frame || event.source !== this.#frame.contentWindow || event.origin !== base.origin) return;
    const height = event.data?.chainruleCell?.height;
    if (typeof height !== "number") return;
    this.#text?.remove();
    this.#frame.style.height = `${Math.ceil(height)}px`;
  };

  connectedCallback(): void {
    addEventListener("message", this.#hear);
    // While the page is being read, the code is not there yet.
    if (document.readyState === "loading")
      document.addEventListener("DOMContentLoaded", () => this.#show(), { once: true });
    else this.#show();
  }

  disconnectedCallback(): void {
    removeEventListener("message", this.#hear);
  }

  #show(): void {
    if (this.#frame) return;
    const code = codeOf(this.textContent ?? "");
    const given = new URLSearchParams({ code });
    const theme = this.getAttribute("theme");
    if (theme !== null) given.set("theme", theme);
    this.#text = document.createElement("pre");
    this.#text.textContent = code;
    this.#frame = document.createElement("iframe");
    this.#frame.title = this.getAttribute("title") ?? "A live cell in TypeScript";
    this.#frame.setAttribute("sandbox", SANDBOX);
    this.#frame.referrerPolicy = "no-referrer";
    // Threads and prompt() where the page is isolated from other origins, and a frame at all where it asks that of frames.
    this.#frame.allow = "cross-origin-isolated";
    if (crossOriginIsolated) this.#frame.setAttribute("credentialless", "");
    this.#frame.src = new URL(`cell/#${given.toString()}`, base).href;
    // By properties, which a page's content policy does not forbid.
    Object.assign(this.#frame.style, { display: "block", width: "100%", height: "0", border: "0" });
    this.style.display = "block";
    this.replaceChildren(this.#text, this.#frame);
  }
}

if (!customElements.get("chainrule-cell")) customElements.define("chainrule-cell", ChainruleCell);
