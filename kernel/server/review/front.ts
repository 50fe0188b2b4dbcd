/** Runs in the page on which a person marks: the keys, the rubric, and what is sent to the server after each change. */
import type { KeyPress, Page, PageElement } from "./page-types.js";

const page = globalThis as unknown as Page;
const { document } = page;

interface Item {
  id: string;
  text: string;
  points: number;
}
interface Mark {
  items: string[];
  own?: number | undefined;
  comment?: string | undefined;
}

const desk = document.querySelector(".desk");
if (desk) start(desk);

function start(desk: PageElement): void {
  const place = { assignment: desk.dataset.assignment!, part: desk.dataset.part! };
  const outOf = Number(desk.dataset.points);
  const papers = [...document.querySelectorAll("article")];
  const marks = new Map(papers.map((paper) => [paper, JSON.parse(paper.dataset.mark!) as Mark]));
  const table = document.getElementById("rubric")!;
  const status = document.getElementById("status")!;
  let rubric = JSON.parse(table.dataset.items!) as Item[];
  let last: Mark | undefined;
  /** Changes are sent one after the other, so that the last one wins. */
  let sending: Promise<void> = Promise.resolve();
  let waiting = 0;
  let faults = 0;

  const say = (words: string, isBad = false): void => {
    if (isBad) faults++;
    status.textContent = words;
    status.classList.toggle("bad", isBad);
  };
  const send = (address: string, content: object, done: (answer: { points?: number }) => void): void => {
    const known = faults;
    waiting++;
    status.dataset.waiting = String(waiting);
    sending = sending.then(async () => {
      try {
        const answer = await page.fetch(address, {
          method: "PUT",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ ...place, ...content }),
        });
        const body = (await answer.json()) as { points?: number; message?: string };
        if (!answer.ok) throw new Error(body.message);
        done(body);
        // A fault that was told since then stays to be read.
        if (faults === known) say("Saved.");
      } catch (error) {
        say(`Not saved: ${(error as Error).message} Is \`chainrule grade --review\` still running?`, true);
      } finally {
        status.dataset.waiting = String(--waiting);
      }
    });
  };

  /** What the marks come to, as the server counts it too. */
  const pointsOf = ({ items, own }: Mark): number | undefined => {
    const chosen = rubric.filter(({ id }) => items.includes(id));
    if (own !== undefined) return own;
    if (chosen.length === 0) return undefined;
    const begin = rubric.some(({ points }) => points < 0) ? outOf : 0;
    const sum = chosen.reduce((total, { points }) => total + points, begin);
    return Math.min(outOf, Math.max(0, Math.round(100 * sum) / 100));
  };
  const signed = (points: number): string => (points < 0 ? `−${-points}` : `+${points}`);

  const show = (paper: PageElement): void => {
    const mark = marks.get(paper)!;
    const points = pointsOf(mark);
    paper.querySelector("output")!.textContent = `${points ?? "–"} of ${outOf}`;
    paper.classList.toggle("open", points === undefined);
    paper.classList.toggle("marked", points !== undefined);
    const field = paper.querySelector(".points")!;
    if (document.activeElement !== field) field.value = mark.own === undefined ? "" : String(mark.own);
    const comment = paper.querySelector(".comment")!;
    if (document.activeElement !== comment) comment.value = mark.comment ?? "";
    const buttons = rubric.map(({ id, text, points }, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${i + 1} ${text} (${signed(points)})`;
      button.setAttribute("aria-pressed", String(mark.items.includes(id)));
      button.setAttribute("tabindex", "-1");
      button.addEventListener("click", () => toggle(paper, id));
      return button;
    });
    paper.querySelector(".items")!.replaceChildren(...buttons);
    const count = [...marks.values()].filter((one) => pointsOf(one) !== undefined).length;
    document.querySelector("nav a[aria-current] .left")!.textContent = `${count} of ${papers.length}`;
  };
  const set = (paper: PageElement, mark: Mark): void => {
    marks.set(paper, mark);
    last = mark;
    show(paper);
    send("api/mark", { key: paper.dataset.key, mark: { ...mark, own: mark.own ?? null } }, () => {});
  };
  const toggle = (paper: PageElement, id: string): void => {
    const { items, comment } = marks.get(paper)!;
    const has = items.includes(id);
    // The rubric decides again.
    set(paper, { items: has ? items.filter((one) => one !== id) : [...items, id], comment });
  };
  /** Comments that were given before, as buttons: a click gives one again. */
  const offer = (paper: PageElement): void => {
    const given = new Set([...marks.values()].flatMap(({ comment }) => (comment ? [comment] : [])));
    for (const option of document.querySelectorAll("#comments option")) given.add(option.value);
    const field = paper.querySelector(".comment")!;
    const typed = field.value.toLowerCase();
    const fitting = [...given].filter((text) => text.toLowerCase().includes(typed) && text !== field.value);
    const buttons = fitting.slice(0, 5).map((text, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Alt+${i + 1} ${text}`;
      button.setAttribute("tabindex", "-1");
      button.addEventListener("mousedown", () => give(paper, text));
      button.dataset.text = text;
      return button;
    });
    paper.querySelector(".earlier")!.replaceChildren(...buttons);
  };
  const give = (paper: PageElement, comment: string): void => {
    paper.querySelector(".comment")!.value = comment;
    set(paper, { ...marks.get(paper)!, comment });
  };

  const showRubric = (): void => {
    const rows = [...rubric, undefined].map((item, i) => {
      const row = document.createElement("tr");
      const text = document.createElement("input");
      const points = document.createElement("input");
      text.value = item?.text ?? "";
      text.placeholder = "a new item";
      points.value = item === undefined ? "" : String(item.points);
      points.placeholder = "-1";
      points.className = "worth";
      if (item === undefined) text.setAttribute("id", "new-item");
      text.setAttribute("aria-label", `Item ${i + 1}`);
      points.setAttribute("aria-label", `Points of item ${i + 1}`);
      const keep = (): void => {
        const worth = points.value.trim() === "" ? NaN : Number(points.value.replace(",", "."));
        if (text.value.trim() === "" && item !== undefined) setRubric(rubric.filter((one) => one !== item));
        else if (text.value.trim() !== "" && !Number.isNaN(worth)) {
          const id = item?.id ?? `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
          const fresh = { id, text: text.value.trim(), points: worth };
          setRubric(item ? rubric.map((one) => (one === item ? fresh : one)) : [...rubric, fresh]);
        } else if (text.value.trim() !== "" && item === undefined) points.focus();
      };
      text.addEventListener("change", keep);
      points.addEventListener("change", keep);
      const cells = [String(i + 1), text, points].map((content) => {
        const cell = document.createElement("td");
        cell.append(content);
        return cell;
      });
      row.append(...cells);
      return row;
    });
    table.replaceChildren(...rows);
  };
  const setRubric = (items: Item[]): void => {
    rubric = items;
    showRubric();
    for (const paper of papers) show(paper);
    send("api/rubric", { items }, () => {});
  };

  const go = (by: number): void => {
    const at = papers.indexOf(current()!);
    focus(papers[at === -1 ? 0 : Math.min(papers.length - 1, Math.max(0, at + by))]);
  };
  const focus = (paper: PageElement | undefined): void => {
    paper?.focus({ preventScroll: true });
    paper?.scrollIntoView({ block: "nearest" });
  };
  const current = (): PageElement | null => document.activeElement?.closest("article") ?? null;
  const goToPart = (by: number): void => {
    const links = [...document.querySelectorAll("nav a")] as (PageElement & { href: string })[];
    const at = links.findIndex((link) => link.matches("[aria-current]"));
    const link = links[at + by];
    // Nothing that was given may be lost on the way.
    if (link) void sending.then(() => (page.location.href = link.href));
  };
  const nextOpen = (): void => {
    const at = papers.indexOf(current()!);
    const order = [...papers.slice(at + 1), ...papers.slice(0, at + 1)];
    const found = order.find((paper) => pointsOf(marks.get(paper)!) === undefined);
    if (found) focus(found);
    else say("All answers of this part are marked.");
  };

  /** A key that needs an answer to be chosen. @returns whether it means something */
  const onPaper = (paper: PageElement, key: string): boolean => {
    const mark = marks.get(paper)!;
    if (/^[1-9]$/.test(key)) {
      const item = rubric[Number(key) - 1];
      if (item) toggle(paper, item.id);
      else say(`The rubric has no item ${key}.`);
    } else if (key === "f") set(paper, { ...mark, own: outOf });
    else if (key === "0") set(paper, { ...mark, own: 0 });
    else if (key === "u") set(paper, { items: [], comment: "" });
    else if (key === "r" && last) set(paper, { ...last });
    else if (key === "p") {
      paper.querySelector(".points")!.focus();
      paper.querySelector(".points")!.select();
    } else if (key === "c") paper.querySelector(".comment")!.focus();
    else return false;
    return true;
  };
  const keys: Record<string, () => void> = {
    j: () => go(1),
    k: () => go(-1),
    n: nextOpen,
    a: () => document.getElementById("new-item")?.focus(),
    "[": () => goToPart(-1),
    "]": () => goToPart(1),
  };
  document.addEventListener("keydown", (press: KeyPress) => {
    const { key, target, ctrlKey, metaKey, altKey } = press;
    if (target.matches("input, textarea")) {
      const paper = target.closest("article");
      const pick = altKey && /^[1-5]$/.test(key) ? Number(key) - 1 : -1;
      const offered = pick >= 0 && paper ? [...paperButtons(paper)][pick] : undefined;
      if (paper && offered) {
        press.preventDefault();
        give(paper, offered.dataset.text!);
      } else if (key === "Escape" || (key === "Enter" && target.matches(".points"))) {
        press.preventDefault();
        target.blur();
        focus(paper ?? papers[0]);
      }
      return;
    }
    if (ctrlKey || metaKey || altKey) return;
    const paper = current();
    const isMine = (paper && onPaper(paper, key)) || (keys[key] && (keys[key](), true));
    if (isMine) press.preventDefault();
  });
  const paperButtons = (paper: PageElement): Iterable<PageElement> =>
    document.querySelectorAll(`article[data-key="${paper.dataset.key}"] .earlier button`);

  for (const paper of papers) {
    show(paper);
    const points = paper.querySelector(".points")!;
    points.addEventListener("change", () => {
      const text = points.value.trim().replace(",", ".");
      const own = text === "" ? undefined : Number(text);
      if (own !== undefined && !(own >= 0 && own <= outOf)) {
        say(`Not saved: "${points.value}" is no number from 0 to ${outOf}.`, true);
        points.value = String(marks.get(paper)!.own ?? "");
      } else set(paper, { ...marks.get(paper)!, own });
    });
    const comment = paper.querySelector(".comment")!;
    comment.addEventListener("change", () => give(paper, comment.value.trim()));
    comment.addEventListener("focus", () => offer(paper));
    comment.addEventListener("input", () => offer(paper));
    comment.addEventListener("blur", () => paper.querySelector(".earlier")!.replaceChildren());
    const frame = paper.querySelector("iframe")!;
    const fit = (): void => {
      const height = frame.contentDocument?.body?.scrollHeight;
      if (height) frame.style.height = `${Math.min(height + 4, 640)}px`;
    };
    frame.addEventListener("load", fit);
    fit();
  }
  showRubric();
  // A click into an answer must not take the keys away.
  (globalThis as unknown as PageElement).addEventListener("blur", () => {
    const paper = document.activeElement?.matches("iframe") ? current() : null;
    if (paper) setTimeout(() => paper.focus({ preventScroll: true }));
  });
  focus(papers.find((paper) => pointsOf(marks.get(paper)!) === undefined) ?? papers[0]);
}
