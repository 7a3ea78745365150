// @ts-check
// Which images a filter shows, and in which order. Pure functions.

/** @typedef {import("./api.js").Schemas["ImageView"]} ImageView */

/** Each use that is filtered by: its word, and what is in it. */
export const USES = {
  all: ["All", () => true],
  used: ["In use", (image) => image.used_by.length > 0],
  unused: ["Unused", (image) => image.used_by.length === 0],
  dangling: ["Without a tag", (image) => image.is_dangling],
};

/**
 * What a person calls it: its first tag, else where it came from; without either its short id.
 * @param {Pick<ImageView, "tags" | "digests" | "id">} image
 */
export const nameOf = (image) =>
  image.tags[0] ?? image.digests[0]?.split("@")[0] ?? image.id.replace(/^sha256:/, "").slice(0, 12);

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const time = (at) => (at ? Date.parse(at) : 0);
export const SORTS = {
  name: (a, b) => Number(a.is_dangling) - Number(b.is_dangling) || collator.compare(nameOf(a), nameOf(b)),
  use: (a, b) => b.used_by.length - a.used_by.length,
  size: (a, b) => b.size_bytes - a.size_bytes,
  created: (a, b) => time(b.created_at) - time(a.created_at),
};

const haystacks = new WeakMap();
function haystack(image) {
  let text = haystacks.get(image);
  if (text === undefined) {
    text = [
      ...image.tags,
      ...image.digests,
      image.id,
      image.id.replace(/^sha256:/, "").slice(0, 12),
      image.platform ?? "",
      ...image.used_by.map((user) => user.name),
      ...Object.entries(image.labels).map(([key, value]) => `${key}=${value}`),
    ]
      .join("\n")
      .toLowerCase();
    haystacks.set(image, text);
  }
  return text;
}

export const NO_FILTER = { text: "", use: "all", sort: "name", down: false };
export const isFiltered = (filter) => Boolean(filter.text || filter.use !== "all");

/** Those that fit, in order. */
export function choose(list, { text, use, sort, down }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const inUse = USES[Object.hasOwn(USES, use) ? use : "all"][1];
  const compare = SORTS[Object.hasOwn(SORTS, sort) ? sort : "name"];
  return list
    .filter((image) => inUse(image) && words.every((word) => haystack(image).includes(word)))
    .sort(
      (a, b) =>
        (down ? -1 : 1) * compare(a, b) || SORTS.name(a, b) || (a.id < b.id ? -1 : Number(a.id > b.id)),
    );
}

/** The filter that the address holds; a word that means nothing is left out. */
export function fromAddress() {
  const query = new URLSearchParams(location.search);
  const sort = query.get("sort") ?? "";
  const own = (known, value, other) => (Object.hasOwn(known, value) ? value : other);
  return {
    text: query.get("q") ?? "",
    use: own(USES, query.get("use") ?? "", "all"),
    sort: own(SORTS, sort.replace(/^-/, ""), "name"),
    down: sort.startsWith("-"),
  };
}

/** `image` is the one whose details are open. */
export function toAddress({ text, use, sort, down }, image = "") {
  const query = new URLSearchParams();
  const order = `${down ? "-" : ""}${sort}`;
  const values = { q: text, use: use === "all" ? "" : use, sort: order === "name" ? "" : order, image };
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  return query;
}
