// Renders the part of Adaptive Cards 1.5 that the room protocol uses. Text only ever becomes text nodes,
// so nothing in a card can run. https://adaptivecards.io/explorer/

const MARKUP = new RegExp(
  [
    String.raw`\\(?<escaped>[\\\x60*_{}\[\]()#+.!~|>-])`,
    String.raw`\{\{(?<fn>DATE|TIME)\((?<iso>[^,)]+)(?:,\s*(?<style>COMPACT|SHORT|LONG))?\s*\)\}\}`,
    String.raw`\[(?<label>[^\]]+)\]\((?<href>https?:\/\/[^\s)]+)\)`,
    String.raw`\*\*(?<bold>[^*]+(?:\*(?!\*)[^*]+)*)\*\*`,
    String.raw`\*(?<italic>[^*\s][^*]*)\*`,
    String.raw`(?<![\p{L}\p{N}])_(?<italic2>[^_\s][^_]*)_(?![\p{L}\p{N}])`,
  ].join("|"),
  "gu",
);
const DATE_STYLES = {
  COMPACT: { dateStyle: "short" },
  SHORT: { weekday: "short", day: "numeric", month: "short" },
  LONG: { weekday: "long", day: "numeric", month: "long" },
};
let ids = 0;
/** The schema lets every keyword be written in any case. */
const is = (value, keyword) => String(value ?? "").toLowerCase() === keyword;

/** An element with attributes (null and false are left out) and children (strings become text). */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The instant `iso` in the reader's zone and language; the year only when it is not this one. */
export function when(iso, style, { zone, locale }) {
  const instant = new Date(iso);
  if (Number.isNaN(instant.valueOf())) return null;
  const year = (date) => date.toLocaleDateString("en", { timeZone: zone, year: "numeric" });
  const { hour12 } = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions();
  const options =
    style === "TIME" ? { hour: hour12 ? "numeric" : "2-digit", minute: "2-digit" }
    : style !== "COMPACT" && year(instant) !== year(new Date()) ? { ...DATE_STYLES[style], year: "numeric" }
    : DATE_STYLES[style];
  return new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(instant);
}

/** `text` as nodes: bold, italic, web links, {{DATE()}} and {{TIME()}}; everything else as it stands. */
export function rich(text, reader) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(MARKUP)) {
    const part = match.groups;
    nodes.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    if (part.escaped) nodes.push(part.escaped);
    else if (part.fn) {
      const shown = when(part.iso.trim(), part.fn === "TIME" ? "TIME" : part.style ?? "COMPACT", reader);
      nodes.push(shown === null ? match[0] : el("time", { datetime: part.iso.trim() }, shown));
    } else if (part.href) nodes.push(link(part.href, ...rich(part.label, reader)));
    else if (part.bold) nodes.push(el("strong", {}, ...rich(part.bold, reader)));
    else nodes.push(el("em", {}, ...rich(part.italic ?? part.italic2, reader)));
  }
  return [...nodes, text.slice(end)];
}

function link(href, ...children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function textBlock(block, reader, place) {
  const heading = is(block.style, "heading") || (place === 0 && (is(block.weight, "bolder") || /^\*\*/.test(block.text)));
  const looks = [block.size, block.weight, block.color].map((look) => `is-${String(look ?? "default").toLowerCase()}`);
  const element = el("div", {
    class: ["text", ...looks, block.isSubtle ? "is-subtle" : "", block.wrap ? "" : "is-clipped"].join(" ").trim(),
    role: heading ? "heading" : null,
    "aria-level": heading ? "3" : null,
    tabindex: heading ? "-1" : null,
  });
  const lines = String(block.text ?? "").split("\n");
  const list = lines.length > 1 && lines.every((line) => /^\s*[-*] /.test(line) || !line.trim());
  if (list) {
    const items = lines.filter((line) => line.trim()).map((line) => line.replace(/^\s*[-*] /, ""));
    element.append(el("ul", {}, ...items.map((item) => el("li", {}, ...rich(item, reader)))));
  } else lines.forEach((line, number) => element.append(...(number ? [el("br")] : []), ...rich(line, reader)));
  return element;
}

function factSet(set, reader) {
  const rows = (set.facts ?? []).map((fact) =>
    el("div", {}, el("dt", {}, ...rich(fact.title, reader)), el("dd", {}, ...rich(fact.value, reader))));
  return el("dl", {}, ...rows);
}

// Inputs: each gives {field, read, focus}. `read()` is the string that goes back under the input's id. ------------

const INPUTS = { "Input.Text": inputText, "Input.Date": inputDate, "Input.Toggle": inputToggle, "Input.ChoiceSet": choices };

function inputText(input, id) {
  const multiline = input.isMultiline === true;
  const type = ["email", "url", "tel"].find((style) => is(input.style, style)) ?? "text";
  const control = el(multiline ? "textarea" : "input", {
    id, type: multiline ? null : type, rows: multiline ? "3" : null,
    placeholder: input.placeholder, maxlength: input.maxLength, autocomplete: "off",
  });
  control.value = input.value ?? "";
  return { field: [label(input, id), control], read: () => control.value, focus: control };
}

function inputDate(input, id) {
  const control = el("input", { id, type: "date", min: input.min, max: input.max });
  control.value = input.value ?? "";
  return { field: [label(input, id), control], read: () => control.value, focus: control };
}

function inputToggle(input, id, reader) {
  const [on, off] = [input.valueOn ?? "true", input.valueOff ?? "false"];
  const control = el("input", { id, type: "checkbox" });
  control.checked = input.value === on;
  const choice = el("label", { class: "choice", for: id }, control, el("span", {}, ...rich(input.title ?? "", reader)));
  const field = input.label ? [el("span", { class: "label" }, input.label), choice] : [choice];
  return { field, read: () => (control.checked ? on : off), filled: () => control.checked, focus: control };
}

function choices(input, id, reader) {
  if (input.isMultiSelect || is(input.style, "expanded")) return choiceButtons(input, id, reader);
  return is(input.style, "filtered") ? choiceSearch(input, id) : choiceSelect(input, id);
}

function choiceSelect(input, id) {
  const options = (input.choices ?? []).map((choice) => el("option", { value: choice.value }, choice.title));
  const chosen = options.some((option) => option.value === (input.value ?? ""));
  const control = el("select", { id }, chosen ? null : el("option", { value: "" }, input.placeholder ?? "Choose…"), ...options);
  control.value = input.value ?? "";
  if (control.selectedIndex < 0) control.selectedIndex = 0;
  return { field: [label(input, id), control], read: () => control.value, focus: control };
}

function choiceSearch(input, id) {
  const options = (input.choices ?? []).map((choice) => el("option", { value: choice.title }));
  const control = el("input", { id, list: `${id}-list`, placeholder: input.placeholder, autocomplete: "off" });
  control.value = (input.choices ?? []).find((choice) => choice.value === input.value)?.title ?? "";
  const chosen = () => (input.choices ?? []).find((choice) => choice.title === control.value.trim());
  return {
    field: [label(input, id), control, el("datalist", { id: `${id}-list` }, ...options)],
    read: () => chosen()?.value ?? "", valid: () => !control.value.trim() || Boolean(chosen()), focus: control,
  };
}

function choiceButtons(input, id, reader) {
  const selected = String(input.value ?? "").split(input.isMultiSelect ? "," : "\n");
  const controls = (input.choices ?? []).map((choice) => {
    const control = el("input", { type: input.isMultiSelect ? "checkbox" : "radio", name: id, value: choice.value });
    control.checked = selected.includes(choice.value);
    return control;
  });
  const rows = controls.map((control, place) =>
    el("label", { class: "choice" }, control, el("span", {}, ...rich((input.choices ?? [])[place].title, reader))));
  const legend = input.label ? [el("legend", {}, input.label)] : [];
  return {
    field: [el("fieldset", {}, ...legend, el("div", { class: "choices" }, ...rows))], focus: controls[0],
    read: () => controls.filter((control) => control.checked).map((control) => control.value).join(","),
  };
}

function label(input, id) {
  const words = input.label ?? input.placeholder ?? input.id;
  const star = input.isRequired ? el("span", { class: "required", "aria-hidden": "true" }, " *") : null;
  return el("label", { for: id, class: input.label ? null : "visually-hidden" }, words, star);
}

function inputField(input, card) {
  const id = `input-${++ids}`;
  const { field, read, focus, filled, valid } = INPUTS[input.type](input, id, card.reader);
  const error = el("p", { class: "error", id: `${id}-error`, hidden: "" });
  const fits = () =>
    (!input.isRequired || (filled ? filled() : read().trim() !== "")) && (!valid || valid()) &&
    (!input.regex || read() === "" || new RegExp(input.regex).test(read()));
  const check = () => {
    const ok = fits();
    error.hidden = ok;
    error.textContent = ok ? "" : input.errorMessage ?? (read() ? "This does not fit." : "Please fill this in.");
    focus?.setAttribute("aria-invalid", String(!ok));
    return ok;
  };
  if (input.isRequired) focus?.setAttribute("aria-required", "true");
  focus?.setAttribute("aria-describedby", error.id);
  card.inputs.push({ id: input.id, read, check, focus });
  const line = field.length > 1 && input.isMultiline !== true && (input.label ?? "").length <= 18;
  return el("div", { class: `field${line ? " is-line" : ""}` }, ...field, error);
}

// Actions --------------------------------------------------------------------------------------------------------

function action(spec, card) {
  const looks = `button is-${String(spec.style ?? "default").toLowerCase()}${is(spec.mode, "secondary") ? " is-secondary" : ""}`;
  if (spec.type === "Action.OpenUrl" && /^https?:\/\//.test(spec.url)) {
    const anchor = link(spec.url, spec.title ?? spec.url);
    anchor.className = looks;
    if (spec.tooltip) anchor.title = spec.tooltip;
    return anchor;
  }
  if (spec.type !== "Action.Submit") return null;
  const short = /^.{1,2}$/u.test(spec.title ?? "") ? " is-short" : "";
  const attributes = { type: "button", class: looks + short, title: spec.tooltip };
  const button = el("button", attributes, spec.title ?? "…");
  button.disabled = spec.isEnabled === false;
  if (spec.tooltip) button.setAttribute("aria-label", `${spec.title}: ${spec.tooltip}`);
  button.addEventListener("click", () => press(spec, button, card));
  return button;
}

/** Sends the button's data with all inputs merged in, once, and keeps the button busy until the answer is here. */
async function press(spec, button, card) {
  if (card.element.getAttribute("aria-busy") === "true") return;
  const inputs = is(spec.associatedInputs, "none") ? [] : card.inputs;
  const wrong = inputs.filter((input) => !input.check());
  if (wrong.length) return wrong[0].focus?.focus();
  const values = Object.fromEntries(inputs.map((input) => [input.id, input.read()]));
  const data = spec.data && typeof spec.data === "object" ? { ...spec.data, ...values } : inputs.length ? values : spec.data;
  const busy = (state) => [card.element, button].forEach((element) => element.setAttribute("aria-busy", String(state)));
  // Not `disabled`, which would throw the keyboard focus away.
  button.setAttribute("aria-disabled", "true");
  busy(true);
  card.problem.textContent = "";
  const problem = await card.submit(data);
  busy(false);
  button.removeAttribute("aria-disabled");
  card.problem.textContent = problem ?? "";
}

function actionSet(set, card) {
  return el("div", { class: "actions" }, ...(set.actions ?? []).map((spec) => action(spec, card)));
}

function areAlike(set, other) {
  const [first, ...rest] = [...set.children, ...other.children];
  return first && rest.every(({ className, textContent }) =>
    className === first.className && textContent.length === first.textContent.length);
}

function elements(items, card) {
  const nodes = [];
  items.filter((item) => item.isVisible !== false).forEach((item, place) => {
    const node = element(item, card, place);
    if (!node) return;
    if (item.separator) node.classList.add("is-separated");
    if (item.type !== "ActionSet") return void nodes.push(node);
    // Neighbouring sets share a line where there is room; small buttons of the same look flow as one set.
    const row = nodes.at(-1)?.classList.contains("action-row") ? nodes.at(-1) : null;
    if (row && areAlike(row.lastElementChild, node)) row.lastElementChild.append(...node.children);
    else if (row) row.append(node);
    else nodes.push(el("div", { class: "action-row" }, node));
  });
  return nodes;
}

function element(item, card, place) {
  if (item.type === "TextBlock") return textBlock(item, card.reader, place);
  if (item.type === "FactSet") return factSet(item, card.reader);
  if (item.type === "ActionSet") return actionSet(item, card);
  if (item.type === "Container") return el("div", { class: "container" }, ...elements(item.items ?? [], card));
  if (item.type === "ColumnSet") {
    const columns = (item.columns ?? []).map((column) => el("div", {}, ...elements(column.items ?? [], card)));
    return el("div", { class: "columns" }, ...columns);
  }
  if (item.type in INPUTS) return inputField(item, card);
  return item.fallback && item.fallback !== "drop" ? element(item.fallback, card, place) : null;
}

/**
 * The card as an element. `reader` is {zone, locale}; `submit(data)` answers a promise of null or of the sentence
 * that says what went wrong. A card of a version we do not know shows its fallback text.
 */
export function renderCard(spec, reader, submit) {
  const root = el("div", { class: "card" });
  const [major, minor] = String(spec.version).split(".").map(Number);
  if (spec.type !== "AdaptiveCard" || major > 1 || minor > 5) {
    root.append(el("div", { class: "text" }, spec.fallbackText ?? "This card needs a newer room."));
    return root;
  }
  const card = { reader, submit, inputs: [], element: root, problem: el("p", { class: "error", role: "alert" }) };
  const actions = spec.actions ? [{ type: "ActionSet", actions: spec.actions }] : [];
  root.append(...elements([...(spec.body ?? []), ...actions], card), card.problem);
  if (root.children.length === 2 && root.firstElementChild.classList.contains("text")) root.classList.add("is-one-line");
  return root;
}
