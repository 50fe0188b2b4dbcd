/** The parts of a web page that the page's script uses and that Node's types do not declare. */
export interface PageElement {
  readonly dataset: Record<string, string>;
  readonly classList: { toggle(name: string, isOn: boolean): void };
  readonly contentDocument?: {
    readonly documentElement: { readonly scrollHeight: number };
    readonly body: { readonly scrollHeight: number };
  } | null;
  readonly style: Record<string, string>;
  textContent: string | null;
  className: string;
  type: string;
  value: string;
  placeholder: string;
  append(...children: (PageElement | string)[]): void;
  replaceChildren(...children: PageElement[]): void;
  setAttribute(name: string, value: string): void;
  querySelector(selector: string): PageElement | null;
  closest(selector: string): PageElement | null;
  matches(selector: string): boolean;
  focus(options?: { preventScroll: boolean }): void;
  blur(): void;
  select(): void;
  scrollIntoView(options: { block: "nearest" | "start" }): void;
  addEventListener(event: string, listener: () => void): void;
}

export interface KeyPress {
  readonly key: string;
  readonly target: PageElement;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  preventDefault(): void;
}

export interface Page {
  readonly document: {
    readonly activeElement: PageElement | null;
    getElementById(id: string): PageElement | null;
    createElement(name: string): PageElement;
    querySelector(selector: string): PageElement | null;
    querySelectorAll(selector: string): Iterable<PageElement>;
    addEventListener(event: "keydown", listener: (press: KeyPress) => void): void;
  };
  readonly location: { href: string };
  fetch(
    address: string,
    options: { method: string; headers: Record<string, string>; body: string },
  ): Promise<{ readonly ok: boolean; json(): Promise<unknown> }>;
}
