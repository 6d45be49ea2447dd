"use strict";

// Sorting: each table by the column whose button is pressed; once more turns it round.
function key(row, column) {
  const cell = row.cells[column];
  return cell.dataset.v === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.v);
}

function sort(table, head) {
  const column = head.cellIndex, way = head.ariaSort === "ascending" ? -1 : 1;
  const keyed = [...table.tBodies[0].rows].map((row) => [key(row, column), row]);
  keyed.sort(([a], [b]) => way * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(b)));
  table.tBodies[0].append(...keyed.map(([, row]) => row));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
}

for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => sort(button.closest("table"), button.closest("th")));
}

// Letters without their accents, in small ones; each word is looked for by itself.
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

for (const button of document.querySelectorAll("button[data-copied]")) {
  button.addEventListener("click", () => {
    const ids = [...button.parentElement.querySelectorAll("a bdi:first-child")].map((one) => one.textContent);
    navigator.clipboard.writeText(ids.join("\n")).then(() => { button.textContent = button.dataset.copied; });
  });
}

// Filtering the grid: by words, by what is true of a student, by who made a mistake, and by a bar.
const grid = document.getElementById("grid");
if (grid) {
  const find = document.getElementById("find"), only = document.getElementById("only");
  const shown = document.getElementById("shown"), all = document.getElementById("all");
  const rows = [...grid.tBodies[0].rows].map((row) => ({
    row, words: plain(row.cells[0].textContent), score: Number(row.cells[1].dataset.v), is: row.dataset.is.split(" "), number: row.dataset.n,
  }));
  let who = null, bar = null;
  const filter = () => {
    const asked = plain(find.value).split(/\s+/).filter(Boolean), state = only.value;
    let count = 0;
    for (const one of rows) {
      const fits = asked.every((word) => one.words.includes(word)) && (!state || one.is.includes(state)) &&
        (!who || who.has(one.number)) &&
        (!bar || (one.score >= bar.low && one.score <= bar.high));
      one.row.hidden = !fits;
      count += fits;
    }
    shown.textContent = shown.dataset.words.replace("{shown}", count).replace("{all}", rows.length);
    all.hidden = !who && !bar && !asked.length && !state;
  };
  const show = () => {
    find.value = only.value = "";
    filter();
    document.getElementById("students").scrollIntoView();
  };
  find.addEventListener("input", filter);
  only.addEventListener("change", filter);
  all.addEventListener("click", () => { who = bar = null; find.value = only.value = ""; filter(); });
  for (const button of document.querySelectorAll("button[data-who]")) {
    button.addEventListener("click", () => {
      who = new Set(button.dataset.who.split(" "));
      bar = null;
      show();
    });
  }
  for (const one of document.querySelectorAll(".bar")) {
    one.addEventListener("click", () => {
      bar = { low: Number(one.dataset.low), high: Number(one.dataset.high) };
      who = null;
      show();
    });
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault(); // a space would scroll
      one.dispatchEvent(new Event("click"));
    });
  }
  filter();
}

// What is folded is printed all the same.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
