/** The script of the contents page: searches while one types, and what the address asks for. */
export const SEARCH: string = `
(() => {
  const field = document.querySelector("input[type=search]");
  const found = document.getElementById("found");
  const contents = document.getElementById("contents");
  const entries = JSON.parse(document.getElementById("entries").textContent);
  const index = new MiniSearch({ fields: ["heading", "page", "text", "code"] });
  index.addAll(entries.map((entry, id) => ({ id, ...entry })));
  const options = { boost: { heading: 4, page: 2, code: 0.6 }, combineWith: "AND",
    prefix: (word) => word.length > 2, fuzzy: (word) => word.length > 5 ? 0.15 : false };
  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  const excerpt = (text, words) => {
    const at = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0), Infinity);
    const from = Number.isFinite(at) ? Math.max(0, text.lastIndexOf(" ", Math.max(0, at - 60))) : 0;
    const cut = text.slice(from, from + 200);
    const piece = (from + 200 < text.length ? cut.slice(0, cut.lastIndexOf(" ")) : cut).trim();
    return (from > 0 ? "… " : "") + piece + (from + 200 < text.length ? " …" : "");
  };
  const search = () => {
    const query = field.value.trim();
    contents.hidden = query !== "";
    found.replaceChildren();
    if (query === "") return;
    const hits = index.search(query, options);
    const count = hits.length === 1 ? "1 place" : hits.length + " places";
    found.append(element("p", hits.length === 0 ? "Nothing has these words." : count + (hits.length > 30 ? ", the best 30:" : ":")));
    const list = document.createElement("ol");
    for (const { id, terms } of hits.slice(0, 30)) {
      const entry = entries[id];
      const item = document.createElement("li");
      const link = element("a", entry.heading || entry.page);
      link.href = entry.at;
      item.append(link);
      if (entry.heading && entry.heading !== entry.page) item.append(element("span", entry.page));
      item.append(element("p", excerpt(entry.text, terms)));
      list.append(item);
    }
    if (hits.length > 0) found.append(list);
  };
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", search);
  field.form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  search();
  if (field.value === "") field.focus({ preventScroll: true });
})();
`;
