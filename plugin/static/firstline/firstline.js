/* Flask-Firstline: what is nicer with script. Every page works without it.
   Hooks: data-fl-copy, data-fl-check, data-fl-confirm, data-fl-branch, data-fl-more, form[data-firstline="coupon"]. */

import { carry } from "./carry.js";

const ICONS = {
  ok: "m3.5 8.5 3 3 6-7",
  bad: "M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01",
  busy: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.5",
};
const TYPING_PAUSE = 350;
const COPIED_FOR = 2000;

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function icon(kind) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of [["class", "fl-icon"], ["viewBox", "0 0 16 16"], ["aria-hidden", "true"]]) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", ICONS[kind]);
  svg.append(path);
  return svg;
}

let live = null;

function announce(text) {
  if (!live) {
    live = element("div", { class: "fl-sr", role: "status" });
    document.body.append(element("div", { class: "fl-root" }, live));
  }
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50);
}

/* Copy buttons ---------------------------------------------------------- */

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = element("textarea", { class: "fl-sr", "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copy refused");
}

async function onCopy(button) {
  try {
    await copy(button.dataset.flCopy);
  } catch {
    return;
  }
  button.querySelector("path")?.setAttribute("d", ICONS.ok);
  announce(button.dataset.flCopied || "");
  const before = button.dataset.flIcon;
  setTimeout(() => button.querySelector("path")?.setAttribute("d", before), COPIED_FOR);
}

/* Live check of a code ---------------------------------------------------- */

function says(input, kind, ...content) {
  const box = document.getElementById(input.dataset.flSays);
  if (!box) return;
  box.className = `fl-says${kind ? ` fl-says--${kind}` : ""}`;
  box.replaceChildren(...(kind ? [icon(kind), element("span", {}, ...content)] : []));
  if (kind === "bad") input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function suggestion(input, answer) {
  if (!answer.suggestion) return [];
  const link = element("a", { href: "#" }, answer.suggestion);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    input.value = answer.suggestion;
    input.focus();
    check(input);
  });
  return [` ${answer.suggestion_text} `, link];
}

const asked = new WeakMap();

async function check(input) {
  const code = input.value.trim();
  asked.set(input, code);
  if (!code) return says(input, "");
  says(input, "busy", input.dataset.flBusy || "");
  const address = new URL(input.dataset.flCheck, document.baseURI);
  address.searchParams.set("code", code);
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    const answer = await response.json();
    if (asked.get(input) !== code) return undefined;
    return says(input, answer.ok ? "ok" : "bad", answer.message, ...suggestion(input, answer));
  } catch {
    return says(input, "");
  }
}

const typing = new WeakMap();

function onTyping(input) {
  clearTimeout(typing.get(input));
  typing.set(input, setTimeout(() => check(input), TYPING_PAUSE));
}

/* Coupon field without a page reload ----------------------------------------- */

function fieldOf(form) {
  if (form.matches("[data-fl-field]")) return form;
  return document.querySelector(`[data-fl-field="${CSS.escape(form.id)}"]`);
}

function replaceField(form, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.querySelector("[data-fl-field]");
  const old = fieldOf(form);
  if (!fresh || !old) return null;
  old.replaceWith(fresh);
  reveal(fresh);
  (fresh.querySelector("input[name=code]") || fresh.querySelector("button"))?.focus();
  return fresh;
}

function submitPlainly(form, submitter) {
  if (submitter?.name) {
    form.append(element("input", { type: "hidden", name: submitter.name, value: submitter.value }));
  }
  HTMLFormElement.prototype.submit.call(form);
}

async function postCoupon(form, data) {
  const response = await fetch(form.action, {
    method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin",
  });
  return { status: response.status, answer: await response.json() };
}

/* Tell the shop's own script of the new quote. Unless it says by preventDefault() that it has changed the
   totals itself, the page is loaded anew: they never stay behind the field. */
function follow(field, answer) {
  const event = new CustomEvent("firstline:quote", { bubbles: true, cancelable: true, detail: answer });
  if (field.dispatchEvent(event) && answer.ok) location.reload();
}

async function onCoupon(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  try {
    let { status, answer } = await postCoupon(form, data);
    if (status === 400 && answer.token) {
      data.set("firstline_token", answer.token);
      ({ status, answer } = await postCoupon(form, data));
    }
    const fresh = replaceField(form, answer.field);
    form.elements.firstline_token.value = answer.token;
    form.removeAttribute("aria-busy");
    announce(answer.message || "");
    follow(fresh || form, answer);
  } catch {
    submitPlainly(form, submitter);
  }
}

/* Confirm before an act ----------------------------------------------------------- */

function onConfirm(form, submitter, asker) {
  const yes = element("button", { class: "fl-btn fl-btn--danger", value: "yes" }, asker.dataset.flYes || "OK");
  const no = element("button", { class: "fl-btn", value: "" }, asker.dataset.flNo || "×");
  const text = element("p", { id: "fl-confirm-text" }, asker.dataset.flConfirm);
  const dialog = element(
    "dialog", { class: "fl-root fl-dialog", "aria-labelledby": "fl-confirm-text" },
    element("form", { method: "dialog", class: "fl-stack" }, text, element("div", { class: "fl-row" }, yes, no)),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") return;
    form.dataset.flConfirmed = "true";
    form.requestSubmit(submitter || undefined);
  });
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
}

/* Branches of a tree that open in place ------------------------------------------ */

async function lines(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error("no lines");
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return holder.content;
}

async function onBranch(link) {
  const item = link.closest("li");
  let list = item.querySelector(":scope > ul");
  if (!list) {
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    list = element("ul", {}, await lines(link.dataset.flBranch));
    list.hidden = true;
    item.append(list);
    link.removeAttribute("aria-busy");
  }
  list.hidden = !list.hidden;
  link.setAttribute("aria-expanded", String(!list.hidden));
}

async function onMore(link) {
  const item = link.closest("li");
  const before = item.previousElementSibling;
  item.replaceWith(await lines(link.dataset.flMore));
  before?.nextElementSibling?.querySelector("a")?.focus();
}

function inPlace(event) {
  const link = event.target.closest("[data-fl-branch], [data-fl-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const work = link.matches("[data-fl-more]") ? onMore(link) : onBranch(link);
  work.catch(() => { location.href = link.href; });
}

/* Wiring ------------------------------------------------------------------------------ */

function reveal(root) {
  for (const button of root.querySelectorAll("[data-fl-copy]")) {
    button.hidden = false;
    button.dataset.flIcon = button.querySelector("path")?.getAttribute("d") || "";
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fl-copy]");
  if (button) onCopy(button);
  inPlace(event);
});

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-fl-check]")) onTyping(event.target);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asker = event.submitter?.closest("[data-fl-confirm]") || (form.dataset.flConfirm ? form : null);
  if (asker && !form.dataset.flConfirmed) {
    event.preventDefault();
    onConfirm(form, event.submitter, asker);
    return;
  }
  delete form.dataset.flConfirmed;
  if (form.dataset.firstline === "coupon") {
    event.preventDefault();
    onCoupon(form, event.submitter);
  }
});

/* Without consent to a cookie the address says by which partner's link somebody came: it goes along. */
const came = document.querySelector('meta[name="firstline-carried"]')?.content
  || new URLSearchParams(location.search).get("fl");
if (came) carry(came, location.origin);

reveal(document);
