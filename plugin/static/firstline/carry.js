/* Carries the signed value of a partner's link from page to page, in addresses alone: no cookie, no storage. */

const NAME = "fl";
let value = "";
const origins = new Set();

function carried(address) {
  let url;
  try {
    url = new URL(address, document.baseURI);
  } catch {
    return null;
  }
  if (!value || !origins.has(url.origin) || url.searchParams.has(NAME)) return null;
  url.search += `${url.search ? "&" : "?"}${NAME}=${value}`;
  return url.href;
}

function onLink(event) {
  const link = event.target.closest?.("a[href]");
  const to = link?.getAttribute("href");
  if (!to || to.startsWith("#") || link.hasAttribute("download")) return;
  const address = carried(to);
  if (address) link.setAttribute("href", address);
}

function onForm(event) {
  const form = event.target;
  const sender = event.submitter?.hasAttribute("formaction") ? event.submitter : form;
  const name = sender === form ? "action" : "formaction";
  const address = carried(sender.getAttribute(name) || location.href);
  const method = event.submitter?.getAttribute("formmethod") || form.getAttribute("method") || "get";
  if (!address || method.toLowerCase() === "dialog") return;
  if (method.toLowerCase() === "post") {
    sender.setAttribute(name, address);
    return;
  }
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: NAME, value });
  form.append(field);
}

/** Carry a value on to all pages of an origin that this page leads to. */
export function carry(given, origin) {
  if (!origins.size) {
    for (const event of ["click", "auxclick"]) document.addEventListener(event, onLink, true);
    document.addEventListener("submit", onForm, true);
  }
  value = given;
  origins.add(origin);
}
