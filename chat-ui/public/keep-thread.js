// Puts the thread's own address into the bar once it has one, so that a reload comes back to it.
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
