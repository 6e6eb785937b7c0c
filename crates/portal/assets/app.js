// Live updates, copy buttons, ages and one shortcut. Every page works without this file.
"use strict";

(() => {
  const main = document.querySelector("main");

  // A fragment's top-level elements stand for the elements of the same id.
  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.children].filter((element) => element.id);
  };

  const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const follow = (log) => { log.scrollTop = log.scrollHeight; };

  const keepOpen = (before, after) => {
    const open = new Map([...before.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
    after.querySelectorAll("details[id]").forEach((d) => { if (open.has(d.id)) d.open = open.get(d.id); });
  };

  const swap = (html) => {
    for (const fresh of parse(html)) {
      const old = document.getElementById(fresh.id);
      if (!old || old.outerHTML === fresh.outerHTML || old.contains(document.activeElement) && old.querySelector("input:focus")) continue;
      const log = old.querySelector(".log");
      const wasAtEnd = log && isAtEnd(log);
      keepOpen(old, fresh);
      const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.replaceWith(fresh);
      if (focus) document.getElementById(focus)?.focus();
      const next = fresh.querySelector(".log");
      if (next && wasAtEnd) follow(next);
    }
  };

  const append = (html) => {
    for (const fresh of parse(html)) {
      const old = document.getElementById(fresh.id);
      if (!old) continue;
      const log = old.closest(".log");
      const wasAtEnd = log && isAtEnd(log);
      old.append(...fresh.children);
      while (old.children.length > 20000) old.firstElementChild.remove();
      if (wasAtEnd) follow(log);
    }
  };

  const live = main?.dataset.live;
  if (live) {
    const source = new EventSource(live);
    source.addEventListener("swap", (event) => swap(event.data));
    source.addEventListener("append", (event) => append(event.data));
    source.addEventListener("end", () => source.close());
    source.addEventListener("leave", (event) => { source.close(); location.assign(event.data); });
    addEventListener("pagehide", () => source.close());
  }
  document.querySelectorAll(".log").forEach(follow);

  // Ages say what they said when the page was made; here they go on.
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const say = (seconds) => {
    const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
    return `${Math.floor(seconds / size)} ${unit}`;
  };
  setInterval(() => {
    document.querySelectorAll("time[data-age]").forEach((time) => {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const text = seconds >= 0 && seconds < 30 * 86400 ? say(seconds) : time.textContent;
      if (text !== time.textContent) time.textContent = text;
    });
  }, 1000);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy)?.innerText ?? "";
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => { button.textContent = before; }, 1500);
  });
  const showButtons = () => document.querySelectorAll("button[data-copy][hidden]").forEach((b) => { b.hidden = false; });
  showButtons();
  new MutationObserver(showButtons).observe(document.body, { childList: true, subtree: true });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|textarea|select)$/i.test(event.target.tagName)) return;
    const field = document.getElementById("q");
    if (field) { event.preventDefault(); field.focus(); }
  });
})();
