// @ts-check
// A drawing of a page as a file of its own: with the colors and fonts that it has here, and no links.

const PROPERTIES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "font-family",
  "font-size",
  "font-weight",
];

/** `drawing` says how large the whole is; the page may show a part. */
export function save(svg, drawing, name) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  from.forEach((element, at) => {
    const style = getComputedStyle(element);
    for (const property of PROPERTIES) to[at].style.setProperty(property, style.getPropertyValue(property));
    to[at].removeAttribute("class");
  });
  for (const link of copy.querySelectorAll("a")) link.removeAttribute("href");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `0 0 ${drawing.width} ${drawing.height}`);
  copy.setAttribute("width", drawing.width);
  copy.setAttribute("height", drawing.height);
  copy.style.background = getComputedStyle(svg.parentElement).backgroundColor;
  const text = new XMLSerializer().serializeToString(copy);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
