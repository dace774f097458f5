// One tab: what one member of one room sees and does. The server pushes state, this draws it.
import { el, renderCard, rich, when } from "./cards.js";

const $ = (id) => document.getElementById(id);
const place = { room: location.pathname.slice(1), as: new URLSearchParams(location.search).get("as") };
const browser = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, locale: navigator.language };
const reader = { ...browser };
const shown = new Map(); // message id → {message, element}
const INPUT = ".card :is(input, select, textarea)";
let about = { people: [], rooms: [] };
let replyTo = null;
const pressing = new Set(); // ids of messages with a press under way
let focusUntil = 0; // after a press, the private card that follows gets the focus, however it arrives

const nameOf = (id) => (id === "bot" ? "Parley" : about.people.find((person) => person.id === id)?.name ?? id);
const command = () => `/meet @${nameOf(roomNow()?.members.find((id) => id !== place.as) ?? "guest")} 30`;
const roomNow = () => about.rooms.find((room) => room.id === place.room);

// Talking to the server ------------------------------------------------------------------------------------------

async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify({ ...place, ...body }) });
  if (response.status >= 500) throw new Error(response.statusText);
  const answer = await response.json();
  return response.ok ? answer : { error: answer.detail ?? "That did not work.", refused: true };
}

/** Posts one act under an id of its own; while the room is away, again under the same id: it is done once. */
async function perform(path, body) {
  const act = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const pause of [500, 1000, 2000, 4000, 0]) {
    try {
      const answer = await post(path, { ...body, act });
      answer.replies?.forEach(put);
      return answer;
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  return { error: "The room is not answering. Please try again in a moment." };
}

function listen() {
  const events = new EventSource(`/api/events?${new URLSearchParams(place)}`);
  const on = (name, act) => events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("about", drawAbout);
  on("messages", ({ messages }) => drawAll(messages));
  on("message", put);
  on("mail", () => dispatchEvent(new Event("mail")));
  events.onopen = () => ($("status").textContent = "");
  events.onerror = () => {
    $("status").textContent = "Connection lost. Trying again…";
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

// Messages -------------------------------------------------------------------------------------------------------

function drawAll(messages) {
  const there = new Set(messages.map((message) => message.id));
  for (const id of [...shown.keys()]) if (!there.has(id)) drop(id);
  messages.forEach(put);
  drawEmpty();
}

/** Adds a message, or replaces the older revision of it where it stands. */
function put(message) {
  const old = shown.get(message.id);
  if (message.deleted) return drop(message.id);
  if (old && old.message.revision >= message.revision) return;
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const hadFocus = old?.element.contains(document.activeElement);
  if (old) message.sent_at = old.message.sent_at; // an edited message keeps its hour
  const element = drawMessage(message);
  // A form that comes back has something to say about what was typed.
  const cameBack = Boolean(old && hasInputs(old.element) && hasInputs(element));
  shown.set(message.id, { message, element, cameBack });
  if (old) old.element.replaceWith(element);
  else log.append(element);
  // What is taller than the log is read from its top.
  if (!old && (atEnd || message.author === place.as)) {
    if (element.offsetHeight > log.clientHeight) element.scrollIntoView({ block: "start" });
    else log.scrollTop = log.scrollHeight;
  }
  if (hadFocus || (Date.now() < focusUntil && message.author === "bot" && message.only_for)) focusOn(message.id);
  else if (old && !message.only_for && isAbove(element)) pointUpTo(element);
  drawEmpty();
}

const hasInputs = (element) => Boolean(element.querySelector(INPUT));
const isAbove = (element) => element.getBoundingClientRect().bottom < $("log").getBoundingClientRect().top + 40;

/** A card is edited where it stands; whoever has scrolled on is told. */
function pointUpTo(element) {
  $("above").hidden = false;
  $("above").onclick = () => {
    element.scrollIntoView({ block: "start" });
    (element.querySelector("[role=heading]") ?? element).focus({ preventScroll: true });
    $("above").hidden = true;
  };
  $("log").onscroll = () => ($("above").hidden ||= !isAbove(element));
}

function drop(id) {
  shown.get(id)?.element.remove();
  shown.delete(id);
  drawEmpty();
}

function drawMessage(message) {
  const bot = message.author === "bot";
  const name = nameOf(message.author);
  const quoted = shown.get(message.reply_to)?.message;
  const content = message.card
    ? renderCard(message.card, reader, (data) => press(message, data))
    : el("div", { class: "text" }, ...(bot ? rich(message.text, reader) : [message.text]));
  const reply = el("button", { type: "button", class: "reply", "aria-label": `Reply to ${name}` }, "Reply");
  reply.addEventListener("click", () => startReply(message));
  const by = el("p", { class: "by" },
    el("strong", {}, name), bot ? el("span", { class: "tag" }, "bot") : null,
    el("time", { datetime: message.sent_at }, clockTime(message.sent_at)),
    message.only_for ? el("span", { class: "only-you" }, "Only you can see this") : null, reply);
  const quote = quoted ? el("p", { class: "quote" }, `${nameOf(quoted.author)}: ${quoted.text.slice(0, 80)}`) : null;
  const looks = `message${message.only_for ? " is-private" : ""}${bot ? " is-bot" : ""}`;
  const spoken = `${name}, ${clockTime(message.sent_at)}`;
  return el("article", { class: looks, "aria-label": spoken, tabindex: "-1", "data-message": message.id },
    avatar(message.author), el("div", { class: "bubble" }, by, quote, content));
}

function clockTime(iso) {
  const [day, today] = [iso, new Date().toISOString()].map((instant) => when(instant, "SHORT", reader));
  return (day === today ? "" : `${day}, `) + when(iso, "TIME", reader);
}

function avatar(id) {
  if (id === "bot") return el("img", { class: "avatar", src: "/static/icon.svg", alt: "" });
  return el("span", { class: `avatar of-${id}`, "aria-hidden": "true" }, nameOf(id).slice(0, 1).toUpperCase());
}

function drawEmpty() {
  document.getElementById("empty")?.remove();
  if (shown.size) return;
  const button = el("button", { type: "button", class: "button is-positive" }, command());
  button.addEventListener("click", () => { $("line").value = command(); $("line").focus(); });
  $("log").append(el("div", { id: "empty" }, el("p", {}, "Nothing here yet. To find a time for a meeting, type:"), button));
}

/** Puts the focus on what to read or fill in first, without moving it from somebody who types. */
function focusOn(id) {
  const { element, cameBack } = shown.get(id) ?? {};
  if (!element || document.activeElement === $("line")) return;
  focusUntil = 0;
  const heading = element.querySelector("[role=heading]");
  const target = (cameBack ? heading : element.querySelector(INPUT)) ?? heading ?? element;
  target.focus({ preventScroll: true });
  const fits = element.offsetHeight < $("log").clientHeight;
  element.scrollIntoView({ block: fits ? "nearest" : "start" });
}

async function press(message, data) {
  if (pressing.has(message.id)) return null;
  pressing.add(message.id);
  focusUntil = Date.now() + 15000;
  const answer = await perform("/api/press", { message_id: message.id, data });
  pressing.delete(message.id);
  const reply = answer.replies?.at(-1);
  if (reply && focusUntil) focusOn(reply.id); // unless it came as an event before: its reader may have moved on
  if (answer.error) focusUntil = 0;
  return answer.error;
}

// Writing --------------------------------------------------------------------------------------------------------

function startReply(message) {
  replyTo = message?.id ?? null;
  $("replying").hidden = !message;
  const words = message ? `Replying to ${nameOf(message.author)}: ${message.text.slice(0, 60)}` : "";
  $("replying").firstElementChild.textContent = words;
  $("line").focus();
}

async function send() {
  const text = $("line").value.trim();
  if (!text) return;
  const reply = replyTo;
  $("line").value = "";
  startReply(null);
  const { error, refused } = await perform("/api/say", { text, reply_to: reply });
  if (!error) return;
  if (refused) $("line").value ||= text;
  $("log").append(el("p", { class: "note error" }, error, " ", el("span", { class: "only-you" }, "Only you can see this")));
  $("log").scrollTop = $("log").scrollHeight;
}

$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("line").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});
$("replying").querySelector("button").addEventListener("click", () => startReply(null));

// Rooms, people, you ---------------------------------------------------------------------------------------------

function drawAbout(told) {
  const first = !about.me;
  about = told;
  if (first) fillZones();
  const { me } = about;
  // The first visit of a person tells their zone; later only they change it.
  const news = !me.zone || (first && me.locale !== browser.locale);
  if (news) perform("/api/profile", { zone: me.zone ?? browser.zone, locale: browser.locale });
  const zone = me.zone ?? browser.zone;
  const moved = zone !== reader.zone;
  reader.zone = $("zone").value = zone;
  if ($("email") !== document.activeElement) $("email").value = me.email;
  drawPlaces();
  tick();
  if (!moved && !first) return;
  for (const entry of shown.values()) entry.element.replaceWith((entry.element = drawMessage(entry.message)));
}

function drawPlaces() {
  const { people, rooms, me } = about;
  const room = roomNow();
  const here = room.members.map((id) => people.find((person) => person.id === id));
  const others = people.filter((person) => person.id !== me.id);
  document.title = `${room.name} · ${me.name}`;
  $("room-name").textContent = room.name;
  $("room-people").textContent = here.map((person) => `@${person.name}`).join(", ");
  $("line").placeholder = `Message, or ${command()}`;
  $("me").replaceChildren(avatar(me.id), el("strong", {}, me.name));
  $("rooms").replaceChildren(...rooms.map(({ id, name }) =>
    el("li", {}, el("a", { href: `/${id}?as=${me.id}`, "aria-current": id === room.id ? "page" : null }, name))));
  $("others").replaceChildren(...here.filter((person) => person.id !== me.id).map(({ id, name }) =>
    el("li", {}, el("a", { href: `/${room.id}?as=${id}`, target: "_blank", rel: "noopener" }, avatar(id), name))));
  if ($("new-members").querySelector("input")) return;
  $("new-members").append(...others.map(({ id, name }) =>
    el("label", { class: "choice" },
      el("input", { type: "checkbox", name: "members", value: id, checked: "" }), el("span", {}, name))));
  $("mail-button").hidden = !about.mailbox;
}

function fillZones() {
  const zones = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", browser.zone, about.me.zone ?? "UTC"]);
  $("zone").append(...[...zones].sort().map((zone) => el("option", { value: zone }, zone.replaceAll("_", " "))));
}

function tick() {
  const city = reader.zone.split("/").at(-1).replaceAll("_", " ");
  $("clock").replaceChildren(el("strong", {}, when(new Date().toISOString(), "TIME", reader)), ` ${city}`);
}

$("zone").addEventListener("change", () => perform("/api/profile", { zone: $("zone").value }));
$("email").addEventListener("change", () => $("email").checkValidity() && perform("/api/profile", { email: $("email").value }));
$("new-room").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const { id, error } = await post("/api/rooms", { name: form.get("name"), members: form.getAll("members") });
  if (error) event.target.querySelector(".error").textContent = error;
  else location.assign(`/${id}?as=${place.as}`);
});
$("menu").addEventListener("click", () => {
  const open = document.body.classList.toggle("menu-open");
  $("menu").setAttribute("aria-expanded", String(open));
});

setInterval(tick, 5000);
listen();
