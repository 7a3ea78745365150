// @ts-check
// A readable text colour for any colour that somebody chose. Pure.
// Invariant: on its badge the text has a contrast of 4.5 at least, in both themes (WCAG 1.4.3).

/** What lies under a badge where it is hardest to read: a row that is pointed at. */
const GROUND = { light: "#eef2f7", dark: "#243247" };
/** How much of its own colour a badge lays over that, as in CSS. */
const SHARE = 0.14;
const ENOUGH = 4.6;

const parse = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
const write = (rgb) => `#${rgb.map((v) => Math.round(v).toString(16).padStart(2, "0")).join("")}`;
const mix = (a, b, share) => a.map((v, i) => v * (1 - share) + b[i] * share);

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
  return (x + 0.05) / (y + 0.05);
}

function readable(color, theme) {
  const ground = mix(parse(GROUND[theme]), color, SHARE);
  const towards = theme === "light" ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.04) {
    const ink = mix(color, towards, share);
    if (contrast(ink, ground) >= ENOUGH) return write(ink);
  }
  return write(towards);
}

const known = new Map();
/** The custom properties of a badge in this colour. */
export function badgeColors(color) {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return {};
  if (!known.has(color)) {
    const rgb = parse(color);
    known.set(color, {
      "--c": `light-dark(${readable(rgb, "light")}, ${readable(rgb, "dark")})`,
      "--d": color,
    });
  }
  return known.get(color);
}
