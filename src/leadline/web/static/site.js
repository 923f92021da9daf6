(() => {
  "use strict";
  const root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

  const button = document.createElement("button"), changed = new EventTarget();
  button.type = "button";
  button.className = "theme";
  const name = () => {
    button.textContent = isDark() ? "Light colours" : "Dark colours";
    changed.dispatchEvent(new Event("change"));
  };
  button.addEventListener("click", () => {
    const wanted = isDark() ? "light" : "dark";
    if (wanted === (system.matches ? "dark" : "light")) delete root.dataset.theme;
    else root.dataset.theme = wanted;
    try {
      if (root.dataset.theme) localStorage.setItem("theme", wanted);
      else localStorage.removeItem("theme");
    } catch { /* A browser that keeps nothing follows the system next time. */ }
    name();
  });
  system.addEventListener("change", name);
  name();
  document.querySelector("header.site > div").append(button);

  let vega;
  const program = () => vega ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = "/vega.js";
    script.onload = () => done(window.vegaEmbed);
    script.onerror = () => { vega = undefined; failed(new Error("The drawing program did not come.")); };
    document.head.append(script);
  });
  const draw = async (box, address) => {
    const [embed, answer] = await Promise.all([program(), fetch(address + (isDark() ? "?dark=1" : ""))]);
    if (!answer.ok) throw new Error("The picture did not come.");
    // Expressions are interpreted, for this site lets no text be run as a program.
    await embed(box, await answer.json(), {
      actions: false, ast: true, defaultStyle: false, logLevel: 1, renderer: "svg",
      tooltip: { disableDefaultStyle: true },
    });
  };
  for (const files of document.querySelectorAll("[data-explore]")) {
    const explore = document.createElement("button"), box = document.createElement("div");
    const how = document.createElement("p");
    explore.type = "button";
    explore.className = "explore";
    explore.textContent = "Explore";
    explore.setAttribute("aria-expanded", "false");
    explore.setAttribute("aria-label", "Explore: " + files.closest("figure").querySelector("h3").textContent);
    box.className = "explored";
    how.className = "small";
    how.setAttribute("role", "status");
    box.hidden = how.hidden = true;
    const show = async () => {
      how.textContent = "Drawing …";
      try {
        await draw(box, files.dataset.explore);
        how.textContent = "Point at a mark to read it; drag to move, and scroll or pinch to zoom. The numbers are also in the table.";
      } catch (error) {
        how.textContent = error.message + " The picture above and its table say the same.";
      }
    };
    explore.addEventListener("click", () => {
      box.hidden = how.hidden = !box.hidden;
      explore.setAttribute("aria-expanded", String(!box.hidden));
      if (!box.hidden && !box.firstChild) show();
    });
    changed.addEventListener("change", () => { if (box.firstChild && !box.hidden) show(); else box.replaceChildren(); });
    files.prepend(explore, " ");
    files.after(how, box);
  }
})();
