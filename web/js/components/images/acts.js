// @ts-check
// What is done to images: the requests, why something is not offered, and the dialog of each act, whose module
// comes only when it is wanted.
import { engineUp } from "../../state.js";
import { nameOf } from "../../image-filter.js";
import { plural } from "../../format.js";
import { copyText } from "../elements/copy.js";
import { atLeast } from "../elements/level.js";
import { later } from "../frame/later.js";

export const imagePath = (id, rest = "") => `/api/images/${encodeURIComponent(id)}${rest}`;
export const createFrom = (image) =>
  `/containers/new?image=${encodeURIComponent(image.tags[0] ?? image.id)}`;
export const saveLink = (ids) => `/api/images/archive?image=${ids.map(encodeURIComponent).join(",")}`;

/** Why an image cannot be removed, or nothing. */
export function whyKept(image) {
  if (!engineUp.value) return "The engine is not responding";
  const users = image.used_by.length;
  if (users === 1) return `${image.used_by[0].name} uses it`;
  return users > 0 ? `${plural(users, "container")} use it` : "";
}

export const askPull = (image = "") => later(() => import("./pull.js"), "PullDialog", { image });
export const askPrune = () => later(() => import("./prune.js"), "PruneDialog");
export const askLoad = () => later(() => import("./load.js"), "LoadDialog");
export const askTag = (image) => later(() => import("./change.js"), "TagDialog", { image });
export const askRemove = (image, tag = "") =>
  later(() => import("./change.js"), "RemoveDialog", { image, tag });
export const askRemoveMany = (ids) => later(() => import("./change.js"), "RemoveManyDialog", { ids });
export const askCache = () => later(() => import("./build-cache.js"), "BuildCacheDialog");
/** `closed` is called when the drawer has been closed. */
export const showImage = (id, closed) => later(() => import("./details.js"), "ImageDrawer", { id, closed });

/** Of a row in the list, and of the drawer. */
export function imageItems(image) {
  const kept = whyKept(image);
  const pullable = image.tags.filter((tag) => image.digests.some((d) => tag.startsWith(d.split("@")[0])));
  return [
    { label: "New container", icon: "plus", href: createFrom(image) },
    pullable.length > 0 && {
      label: "Pull again…",
      icon: "download",
      run: () => askPull(pullable[0]),
    },
    { label: "Tag…", icon: "tag", run: () => askTag(image) },
    { label: "Save as a file", icon: "hard-drive", run: () => save([image.id]) },
    { label: "Copy the name", icon: "copy", run: () => copyText(nameOf(image)) },
    atLeast("intermediate") && {
      label: "Copy the ID",
      icon: "clipboard-paste",
      run: () => copyText(image.id),
    },
    { line: true },
    {
      label: "Remove…",
      icon: "trash-2",
      danger: true,
      disabled: kept || undefined,
      run: () => askRemove(image),
    },
  ].filter(Boolean);
}

/** A click on such a link is a download with a ticket (navigation.js). */
export function save(ids) {
  const link = Object.assign(document.createElement("a"), { href: saveLink(ids), download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}
