// Writes each moment in the reader's own zone and language; without this script it stands in the host's.
for (const moment of document.querySelectorAll("time[datetime]")) {
  const day = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  moment.textContent = `${new Date(moment.dateTime).toLocaleString(navigator.language, day)} your time`;
}
