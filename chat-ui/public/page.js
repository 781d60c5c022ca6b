// What the page does beside Chainlit: keeps the thread's address, and makes tables fit and be read.
(() => {
  const root = "/chat";
  window.addEventListener("message", (event) => {
    const thread = event.data && event.data.conclaveThread;
    const own = event.source === window && event.origin === window.location.origin;
    const atHome = [root, `${root}/`].includes(window.location.pathname);
    if (own && atHome && typeof thread === "string" && /^[0-9a-f-]{36}$/.test(thread)) {
      window.history.replaceState(window.history.state, "", `${root}/thread/${thread}`);
    }
  });
})();

(() => {
  const PLAIN_NUMBER = /^-?\d{4,}(\.\d+)?$/;
  const NEW_CELLS = ".message-content td:not([data-length]), .step td:not([data-length]), .dataframe td:not([data-length])";
  const WIDE = ".message-content :has(> table), .step .prose :has(> table), .dataframe :has(> table)";

  // A long text wraps, a word or a figure does not: only the length of a cell tells which it is.
  function dress(cell) {
    const text = cell.textContent.trim();
    cell.dataset.length = text.length > 28 ? "long" : text.length > 14 ? "medium" : "short";
    const only = cell.childNodes.length === 1 ? cell.firstChild : null;
    const words = only && only.nodeType === Node.ELEMENT_NODE ? only.firstChild : only;
    if (words && words.nodeType === Node.TEXT_NODE && cell.closest(".dataframe") && PLAIN_NUMBER.test(text)) {
      words.nodeValue = Number(text).toLocaleString("en-US", { maximumFractionDigits: 6 });
    }
  }

  // Says which side of a table is out of sight; the style sheet fades that side.
  function look(frame) {
    const right = frame.scrollWidth - frame.clientWidth - frame.scrollLeft > 4;
    frame.toggleAttribute("data-more", right);
  }

  // The charts' script is large: it is read while the first answer is worked on.
  let warmed = false;
  function warm() {
    const charts = document.querySelector('meta[name="charts"]');
    if (warmed || !charts || !document.querySelector('.step[data-step-type="user_message"]')) return;
    warmed = true;
    import(charts.content).catch(() => {});
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      document.querySelectorAll(NEW_CELLS).forEach(dress);
      document.querySelectorAll(WIDE).forEach(look);
      warm();
    });
  }

  new MutationObserver(soon).observe(document.documentElement, { childList: true, subtree: true });
  window.addEventListener("resize", soon);
  document.addEventListener("scroll", (event) => event.target.matches?.(WIDE) && look(event.target), true);
})();
