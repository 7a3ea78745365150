// Makes one SVG sprite of the icons listed in icons.txt (one a line, `name` or
// `name=lucide-name`). Strokes come from the style sheet of the page.
import { readFileSync, writeFileSync } from "node:fs";

/** Shapes that Lucide does not have: a filled square is what stops, everywhere. */
const OWN = {
  stop: '<rect x="5" y="5" width="14" height="14" rx="2" fill="currentColor"/>',
};
const [list, out] = process.argv.slice(2);
const symbols = readFileSync(list, "utf8").split(/\s+/).filter(Boolean).map((line) => {
  const [name, source = name] = line.split("=");
  if (OWN[name]) return `<symbol id="${name}" viewBox="0 0 24 24">${OWN[name]}</symbol>`;
  const svg = readFileSync(`node_modules/lucide-static/icons/${source}.svg`, "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>")}</symbol>`;
});
writeFileSync(out, `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence, see vendor/LICENCES.txt -->\n${symbols.join("\n")}\n</svg>\n`);
