// The mail drawer: the letters the bot wrote in this demo, read-only.
import { el, when } from "./cards.js";

const $ = (id) => document.getElementById(id);
const reader = () => ({ zone: $("zone").value || undefined, locale: navigator.language });
const drawn = new Map(); // file name → element; open letters stay open when new ones come

async function refresh() {
  if ($("mail").hidden) return void $("mail-button").classList.add("has-news");
  const { letters } = await (await fetch("/api/mail")).json();
  const mine = letters.filter((letter) => $("mail-all").checked || letter.to.includes($("email").value));
  for (const letter of mine) if (!drawn.has(letter.name)) drawn.set(letter.name, drawLetter(letter));
  const none = el("p", { class: "is-subtle" }, "No mail for you yet.");
  $("letters").replaceChildren(...(mine.length ? mine.map((letter) => drawn.get(letter.name)) : [none]));
}

function drawLetter({ name, to, subject, at }) {
  const body = el("div", { class: "letter" });
  const written = `${when(at, "SHORT", reader())}, ${when(at, "TIME", reader())}`;
  const summary = el("summary", {}, el("strong", {}, subject), el("span", { class: "is-subtle" }, `${to} · ${written}`));
  const details = el("details", {}, summary, body);
  details.addEventListener("toggle", async () => {
    if (!details.open || body.hasChildNodes()) return;
    const { text, attachments } = await (await fetch(`/api/mail/${encodeURIComponent(name)}`)).json();
    body.replaceChildren(el("pre", {}, ...linked(text)), ...attachments.map(drawAttachment));
  });
  return details;
}

/** Web addresses become links, everything else stays text. */
function linked(text) {
  const link = (href) => el("a", { href, target: "_blank", rel: "noopener noreferrer" }, href);
  return text.split(/(https?:\/\/\S+)/).map((part, place) => (place % 2 ? link(part) : part));
}

function drawAttachment({ name, type, text }) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  return el("details", { class: "attachment" }, el("summary", {}, name),
    el("pre", {}, text), el("a", { class: "button", href: url, download: name }, `Download ${name}`));
}

function show(open) {
  $("mail").hidden = !open;
  $("mail-button").setAttribute("aria-expanded", String(open));
  $("mail-button").classList.remove("has-news");
  if (open) refresh().then(() => $("mail").querySelector("h2").focus());
  else $("mail-button").focus();
}

$("mail-button").addEventListener("click", () => show($("mail").hidden));
$("mail-close").addEventListener("click", () => show(false));
$("mail-all").addEventListener("change", refresh);
$("mail").addEventListener("keydown", (event) => event.key === "Escape" && show(false));
addEventListener("mail", refresh);
