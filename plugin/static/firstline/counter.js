/* The counter for landing pages of the shop on other hosts. It asks the shop alone, keeps nothing in the browser,
   and reads nothing of it but the page's address and the host before it.

   <script type="module" src="https://shop.example/firstline/counter.js" data-consent="yes"></script>
   firstline.consent(true) says later that the visitor agrees to be known again. */

import { carry } from "./carry.js";

const shop = new URL(import.meta.url).origin;
const tag = [...document.scripts].find((script) => script.src === import.meta.url);
const query = new URLSearchParams(location.search);
const partner = query.get("partner") || tag?.dataset.partner || "";
let value = query.get("fl") || "";

function once(name) {
  return new Promise((resolve) => { document.addEventListener(name, resolve, { once: true }); });
}

/* A page that is loaded ahead, or in a tab behind, is not seen yet. */
async function seen() {
  if (document.prerendering) await once("prerenderingchange");
  while (document.visibilityState !== "visible") await once("visibilitychange");
}

function hostBefore() {
  try {
    return new URL(document.referrer).hostname;
  } catch {
    return "";
  }
}

function question(agreed) {
  const address = new URL("counter", import.meta.url);
  const said = { partner, page: location.origin + location.pathname, from: hostBefore(), fl: value };
  if (agreed) said.consent = "yes";
  for (const [name, text] of query) if (name.startsWith("utm_")) said[name] = text;
  for (const [name, text] of Object.entries(said)) if (text) address.searchParams.set(name, text);
  return address;
}

async function count(agreed) {
  await seen();
  const how = { credentials: agreed ? "include" : "omit", cache: "no-store", referrerPolicy: "origin" };
  const response = await fetch(question(agreed), how);
  if (!response.ok) return;
  value = (await response.json()).fl || "";
  carry(value, shop);
}

function tell(agreed) {
  if (partner) count(agreed).catch(() => {});
}

window.firstline = Object.assign(window.firstline || {}, {
  consent(agreed) {
    if (agreed) tell(true);
  },
});
if (value) carry(value, shop);
tell(tag?.dataset.consent === "yes");
