/**
 * The script that starts a page of slides. A slide's figures are drawn as large as the slide has room for; one that is still
 * too tall can be scrolled, and its speaker notes say which cells it is made of.
 */

/** The size of a slide in its own pixels: 16:9. The browser scales it to the screen. */
export const WIDTH = 1280;
export const HEIGHT = 720;

export const START: string = `
(async () => {
  const slides = document.querySelector(".reveal");
  const fit = () => {
    for (const section of document.querySelectorAll("section.one")) {
      const pictures = [...section.querySelectorAll(".output > img")];
      const tall = () => section.scrollHeight - ${HEIGHT};
      section.style.height = "auto";
      const sizes = pictures.map((picture) => picture.getBoundingClientRect());
      const sum = sizes.reduce((all, { height }) => all + height, 0);
      if (sum > 0) {
        const room = ${HEIGHT} - section.scrollHeight;
        const wide = Math.min(...sizes.map(({ width }) => (${WIDTH} - 96) / width));
        const scale = Math.max(0.6, Math.min((sum + room - 16) / sum, wide, 1.8));
        pictures.forEach((picture, i) => {
          picture.style.width = sizes[i].width * scale + "px";
          picture.style.height = "auto";
        });
      }
      const over = tall();
      section.style.height = "";
      if (over <= 0) continue;
      section.classList.add("tall");
      let notes = section.querySelector("aside.notes");
      if (!notes) section.append((notes = Object.assign(document.createElement("aside"), { className: "notes" })));
      notes.insertAdjacentHTML("afterbegin", "<p><strong>" + section.dataset.cells +
        " is " + over + " pixels taller than the slide: scroll it.</strong></p>");
      console.warn(section.dataset.cells + " is " + over + " pixels taller than the slide.");
    }
  };
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  // The page has its own rules for paper: with this class those of reveal.js rest.
  document.documentElement.classList.add("print-pdf");
  slides.classList.add("measured");
  fit();
  slides.classList.remove("measured");
  await Reveal.initialize({
    width: ${WIDTH}, height: ${HEIGHT}, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
    pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1, plugins: [RevealNotes],
  });
})();
`;
