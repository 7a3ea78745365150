// @ts-check
// The page after a login by form: keeps the page key, and opens the next one.
import { keepPageKey, NOT_STORED } from "../page-key.js";

const { page_key: key, next } = JSON.parse(document.getElementById("page-data")?.textContent ?? "{}");
const url = new URL(next ?? "/", location.origin);
if (keepPageKey(key)) location.replace(url.origin === location.origin ? url.href : "/");
else document.querySelector("main")?.append(NOT_STORED);
