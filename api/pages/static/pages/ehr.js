// A CDS Hooks client as small as can be: it signs nothing itself, and shows cards as text.
"use strict";

const element = (id) => document.getElementById(id);
const charts = JSON.parse(element("charts").textContent);
const csrf = document.querySelector("#csrf input").value;
const say = (text) => { element("state").textContent = text; };

async function signed(path, body) {
  const form = new URLSearchParams({ path });
  const given = await fetch("/ehr/token/", { method: "POST", body: form, headers: { "X-CSRFToken": csrf } });
  if (!given.ok) throw new Error(`Signing was refused (${given.status}).`);
  const { token } = await given.json();
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), credentials: "omit" });
  const text = await answer.text();
  const read = text ? JSON.parse(text) : {};
  element("wire").textContent = `${body ? "POST" : "GET"} ${path}\n${JSON.stringify(body ?? {}, null, 1)}\n\n${answer.status}\n${JSON.stringify(read, null, 1)}`;
  if (!answer.ok) throw new Error(read.issue?.[0]?.diagnostics ?? `The service answered ${answer.status}.`);
  return read;
}

function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Enough of Markdown for what our cards hold; everything becomes text, so nothing in it can act.
function inline(text) {
  const parts = text.split(/(\*\*(?:\\.|[^\\*])+\*\*|_(?:\\.|[^\\_])+_)/);
  const plain = (one) => new DOMParser().parseFromString(`<p>${one.replace(/</g, "&lt;")}</p>`, "text/html").documentElement.textContent.replace(/\\([^A-Za-z0-9\s])/g, "$1");
  return parts.filter(Boolean).map((one) => {
    if (one.startsWith("**")) return make("strong", {}, plain(one.slice(2, -2)));
    if (one.length > 2 && one.startsWith("_") && one.endsWith("_")) return make("em", {}, plain(one.slice(1, -1)));
    return plain(one);
  });
}

function markdown(text) {
  return text.split("\n\n").map((block) => {
    const lines = block.split("\n");
    if (!lines.every((line) => line.startsWith("- "))) return make("p", {}, ...inline(block));
    return make("ul", {}, ...lines.map((line) => make("li", {}, ...inline(line.slice(2)))));
  });
}

function feedback(service, card, entry, box) {
  return async () => {
    const told = { card: card.uuid, outcomeTimestamp: new Date().toISOString(), ...entry() };
    try {
      await signed(`/cds-services/${service}/feedback`, { feedback: [told] });
      box.replaceChildren(make("p", { class: "recorded" }, `Told the service: ${told.outcome}.`));
    } catch (error) { say(error.message); }
  };
}

function decisions(service, card) {
  const box = make("div", {});
  for (const one of card.suggestions ?? []) {
    const button = make("button", { type: "button", class: "quiet" }, one.label);
    button.addEventListener("click", feedback(service, card, () => ({ outcome: "accepted", acceptedSuggestions: [{ id: one.uuid }] }), box));
    box.append(button, " ");
  }
  if (card.overrideReasons) {
    const reasons = make("select", { "aria-label": "Reason to override" }, ...card.overrideReasons.map((one) => make("option", { value: one.code }, one.display)));
    const button = make("button", { type: "button", class: "quiet" }, "Override");
    const reason = () => card.overrideReasons.find((one) => one.code === reasons.value);
    button.addEventListener("click", feedback(service, card, () => ({ outcome: "overridden", overrideReason: { reason: { code: reason().code, system: reason().system } } }), box));
    box.append(make("p", { class: "field" }, reasons), button);
  }
  return box;
}

function shown(service, card) {
  const links = (card.links ?? []).map((one) => make("p", {}, make("a", { href: one.url }, one.label)));
  return make(
    "article",
    { class: card.indicator === "critical" ? "flags" : "card", "data-indicator": card.indicator },
    make("h2", {}, card.summary),
    make("p", { class: "soft" }, `${card.indicator} · ${card.source.label}`),
    ...markdown(card.detail ?? ""),
    ...links,
    decisions(service, card),
  );
}

const nothing = {};

async function call(hook, more) {
  const pathway = element("service").value;
  if (!pathway) { say("No service: promote a model version first."); return; }
  const chart = charts.patients.find((one) => one.id === element("patient").value);
  const service = `${hook}-${pathway}`;
  const body = {
    hook,
    hookInstance: crypto.randomUUID(),
    context: { userId: "Practitioner/simulated", patientId: chart.id, ...more },
    // Every query is answered, as an EHR's is; what a chart lacks is no data.
    prefetch: { ...nothing, patient: chart.patient, ...chart.prefetch },
  };
  say("Asking …");
  try {
    const { cards } = await signed(`/cds-services/${service}`, body);
    element("cards").replaceChildren(...cards.map((card) => shown(service, card)));
    say(cards.length ? `${cards.length} card${cards.length > 1 ? "s" : ""}.` : "No cards: nothing to say.");
  } catch (error) { say(error.message); }
}

element("open").addEventListener("click", () => call("patient-view", {}));
element("sign").addEventListener("click", () => {
  const { resource } = charts.orders[Number(element("order").value)];
  call("order-sign", { draftOrders: { resourceType: "Bundle", entry: [{ resource }] } });
});

signed("/cds-services")
  .then(({ services }) => {
    const found = services.filter((one) => one.hook === "patient-view");
    for (const key of Object.keys(found[0]?.prefetch ?? {})) nothing[key] = null;
    element("service").append(...found.map((one) => make("option", { value: one.id.replace("patient-view-", "") }, one.title)));
    say(found.length ? "" : "No service: promote a model version first.");
  })
  .catch((error) => say(error.message));
