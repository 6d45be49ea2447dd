"use strict";

const words = document.body.dataset;

function ask(address, options = {}) {
  return fetch(address, { ...options, headers: { "X-Token": words.token } });
}

function tell(form, text, isBad) {
  const output = form.querySelector("output");
  output.textContent = text;
  output.classList.toggle("bad", isBad);
}

// The next empty field for points, so that a class is graded by digits and Enter.
function advance(form) {
  const fields = [...document.querySelectorAll("form[data-ids] .points")];
  const rest = fields.slice(fields.indexOf(form.querySelector(".points")) + 1);
  const next = rest.find((field) => !field.value && !field.closest(".done"));
  if (next) next.focus();
}

async function decide(form, button) {
  const points = form.elements.points.value.trim(), most = Number(form.elements.points.dataset.most);
  const isNumber = /^[0-9]+([.,][0-9]+)?$/.test(points) && Number(points.replace(",", ".")) <= most;
  const isFile = button !== null && button.name;
  if (points ? !isNumber && (form.dataset.exercise || points !== "excused") : form.dataset.exercise) {
    tell(form, words.range.replace("{most}", most), true);
    return;
  }
  const decision = { ids: JSON.parse(form.dataset.ids), exercise: form.dataset.exercise, points, comment: form.elements.comment.value };
  if (isFile) decision[button.name] = button.value;
  try {
    const reply = await ask("decide", { method: "POST", body: JSON.stringify(decision) });
    if (!reply.ok) throw new Error(reply.status);
    const { problem, comments } = await reply.json();
    tell(form, problem || words.saved, Boolean(problem));
    document.getElementById("comments").replaceChildren(...comments.map((text) => new Option(text, text)));
    if (problem) return;
    (form.closest(".variant") || form.parentElement).classList.add("done");
    if (!form.closest(".variant")) form.parentElement.querySelectorAll(".variant").forEach((one) => one.classList.add("done"));
    advance(form);
  } catch {
    tell(form, words.failed, true);
  }
}

async function show(form) {
  const reply = await ask(`student?id=${encodeURIComponent(form.elements.student.value)}`).catch(() => ({ ok: false }));
  const place = document.getElementById("student");
  tell(form, reply.ok ? "" : form.querySelector("output").dataset.unknown, true);
  // Our own template, which escapes what a student wrote; the page's policy lets nothing in it run.
  place.innerHTML = reply.ok ? await reply.text() : "";
  if (reply.ok) place.focus();
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id === "look-up") show(event.target);
  else decide(event.target, event.submitter);
});
