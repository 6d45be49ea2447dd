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

// Filtering the grid: by words, by what is true of a student, and by who made a mistake.
const grid = document.getElementById("grid");
if (grid) {
  const find = document.getElementById("find"), only = document.getElementById("only");
  const shown = document.getElementById("shown"), all = document.getElementById("all");
  const rows = [...grid.tBodies[0].rows].map((row) => ({
    row, words: row.cells[0].textContent.toLowerCase(), is: row.dataset.is.split(" "), number: row.dataset.n,
  }));
  let who = null;
  const filter = () => {
    const asked = find.value.trim().toLowerCase(), state = only.value;
    let count = 0;
    for (const one of rows) {
      const fits = one.words.includes(asked) && (!state || one.is.includes(state)) && (!who || who.has(one.number));
      one.row.hidden = !fits;
      count += fits;
    }
    shown.textContent = shown.dataset.words.replace("{shown}", count).replace("{all}", rows.length);
    all.hidden = !who && !asked && !state;
  };
  find.addEventListener("input", filter);
  only.addEventListener("change", filter);
  all.addEventListener("click", () => { who = null; find.value = only.value = ""; filter(); });
  for (const button of document.querySelectorAll("button[data-who]")) {
    button.addEventListener("click", () => {
      who = new Set(button.dataset.who.split(" "));
      find.value = only.value = "";
      filter();
      document.getElementById("students").scrollIntoView();
    });
  }
  filter();
}

// What is folded is printed all the same.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
