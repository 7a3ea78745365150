// @ts-check
// The page after a login by form: keeps the page key, and opens the next one.
import { keepPageKey, NOT_STORED } from "../page-key.js";

const { page_key: key, next } = JSON.parse(document.getElementById("page-data")?.textContent ?? "{}");
if (keepPageKey(key)) location.replace(next);
else document.querySelector("main")?.append(NOT_STORED);
