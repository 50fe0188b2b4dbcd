/** What a book adds to the look of an exported page: ways to other pages, the search, and none of it on paper. */
export const BOOK_STYLE: string = `
nav.book { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; justify-content: space-between;
  margin: 0 0 1.25rem; font-size: 0.9375rem; }
input[type=search] { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: 6px;
  padding: 0.35em 0.7em; min-height: 2.2em; width: 15rem; max-width: 100%; }
main.prose > form input { width: 100%; }
nav.beside { display: flex; flex-wrap: wrap; gap: 0.75rem 2rem; justify-content: space-between; margin-top: 3rem; }
nav.beside a { max-width: 24rem; text-wrap: balance; padding: 0.4em 0; }
nav.beside a:last-child { text-align: right; margin-left: auto; }
.leaves { list-style: none; padding: 0; } .leaves li { margin: 0.5em 0; }
#found ol { padding: 0; list-style: none; } #found li { margin: 1.1em 0; overflow-wrap: anywhere; }
#found span { color: var(--muted); font-size: 0.875rem; display: block; } #found li p { margin: 0.15em 0; }
@media print { nav.book, nav.beside, .run, main.prose > form, #found { display: none; } #contents[hidden] { display: block; } }
`;
