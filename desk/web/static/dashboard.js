// Keeps the dashboard up to date: hears that something has changed, and fetches the page's parts anew.
"use strict";

const parts = document.getElementById("parts");
const live = document.getElementById("live");
let shown = document.querySelector("[data-mark]")?.dataset.mark;
let fetching = false;

function say(text, kind) {
  live.hidden = false;
  live.textContent = text;
  live.dataset.kind = kind;
}

async function renew() {
  if (fetching) return;
  fetching = true;
  try {
    const answer = await fetch("/dashboard/parts", { headers: { accept: "text/html" } });
    if (answer.status === 401) return location.assign("/chat/login");
    if (!answer.ok) return say("Waiting for the desk", "late");
    parts.innerHTML = await answer.text();
    shown = document.querySelector("[data-mark]")?.dataset.mark;
    say("Live", "live");
  } catch {
    say("Waiting for the desk", "late");
  } finally {
    fetching = false;
  }
}

function listen() {
  const stream = new EventSource("/dashboard/stream");
  stream.addEventListener("pulse", (event) => {
    say("Live", "live");
    if (event.lastEventId !== shown) renew();
  });
  stream.addEventListener("closed", () => {
    stream.close();
    location.assign("/chat/login");
  });
  stream.onerror = () => {
    say("Waiting for the desk", "late");
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}

function point(event) {
  const chart = event.target.closest?.(".chart");
  if (!chart) return;
  const points = JSON.parse(chart.dataset.points);
  const box = chart.querySelector(".plot").getBoundingClientRect();
  const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  chart.querySelector(".readout").textContent = points[Math.round(share * (points.length - 1))];
}

parts.addEventListener("pointermove", point);
parts.addEventListener("pointerdown", point);
listen();
