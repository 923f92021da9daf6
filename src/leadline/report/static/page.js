(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const write = (n, digits) => n === null ? "not known" : n.toFixed(digits).replace("-", "\u2212");
  const keep = address => {
    try { history.replaceState(null, "", address); } catch { /* A page within another has no address. */ }
  };
  const share = n => n === null ? "not known" : n < 0.01 ? "under 1%" : Math.round(100 * n) + "%";
  const overlays = [...document.querySelectorAll("[data-overlay]")].map(box => {
    const shifts = JSON.parse(box.querySelector("script").textContent);
    const input = box.querySelector("input[type=range]"), day = box.querySelector("output");
    const reads = box.querySelectorAll(".reads dd"), said = box.querySelector("[role=status]");
    const start = shifts[input.defaultValue][0];
    const drawings = [...box.querySelectorAll("[data-px]")].map(drawing => (
      { drawing, px: +drawing.dataset.px, lines: [...drawing.querySelectorAll(".leader_marks > *")] }));
    let shown = [];
    const move = () => {
      const [days, level, change, p, random] = shifts[input.value];
      // Only what is on the screen is moved; asking what that is costs a layout, so rarely.
      if (!shown.length) shown = drawings.filter(one => one.drawing.getClientRects().length);
      for (const one of shown)
        for (const line of one.lines) line.setAttribute("transform", `translate(${(days - start) * one.px},0)`);
      day.textContent = days + " days";
      const words = [write(level, 2), write(change, 2), p === null ? "not known" : p < 0.001 ? "< 0.001" : p.toFixed(3), share(random)];
      words.forEach((word, i) => { reads[i].textContent = word; });
      const told = `${days} days; levels ${words[0]}, returns ${words[1]}, p ${words[2]}, random walks ${words[3]}`;
      input.setAttribute("aria-valuetext", told);
      return told;
    };
    const look = () => { shown = []; move(); };
    const go = days => {
      const gap = i => Math.abs(shifts[i][0] - days);
      input.value = shifts.reduce((best, _, i) => gap(i) < gap(best) ? i : best, 0);
      return move();
    };
    input.addEventListener("input", move);
    input.addEventListener("change", () => { if (overlays[0].box === box) keep("#shift=" + shifts[input.value][0]); });
    input.addEventListener("keydown", event => {
      const by = { PageUp: 30, PageDown: -30 }[event.key];
      if (!by) return;
      event.preventDefault();
      go(shifts[input.value][0] + by);
      input.dispatchEvent(new Event("change"));
    });
    for (const button of box.querySelectorAll("[data-days]"))
      button.addEventListener("click", () => {
        said.textContent = go(+button.dataset.days);
        input.dispatchEvent(new Event("change"));
      });
    box.querySelector(".scale")?.addEventListener("change", look);
    addEventListener("resize", look);
    move();
    return { box, go };
  });
  const shift = () => {
    const asked = /^#shift=(\d+)$/.exec(location.hash);
    if (!asked || !overlays.length) return;
    overlays[0].go(+asked[1]);
    overlays[0].box.scrollIntoView();
  };
  addEventListener("hashchange", shift);
  shift();
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    const bar = table.closest("section").querySelector(".filter"), order = bar?.querySelector("[data-order]");
    const inputs = bar ? [...bar.querySelectorAll("[data-f]")] : [], count = bar?.querySelector("output");
    const by = new Intl.Collator("en", { numeric: true });
    const sort = (column, up) => {
      heads.forEach(head => head.removeAttribute("aria-sort"));
      heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = row => row.cells[column].dataset.k ?? row.cells[column].textContent.trim();
      body.append(...[...body.rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        return x === "" || y === "" ? (x === "") - (y === "") : (up ? 1 : -1) * by.compare(x, y);
      }));
    };
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      order?.add(new Option(head.textContent, column));
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        sort(column, head.getAttribute("aria-sort") !== "ascending");
        change();
      });
    });
    const value = input => input.type === "checkbox" ? (input.checked ? input.value : "") : input.value.trim();
    const fits = (row, input) => !value(input) || (input.dataset.f === "words"
      ? row.textContent.toLowerCase().includes(value(input).toLowerCase())
      : row.dataset[input.dataset.f] === value(input));
    const filter = () => {
      for (const row of body.rows) row.hidden = !inputs.every(input => fits(row, input));
      if (count) count.textContent = `${[...body.rows].filter(row => !row.hidden).length} of ${body.rows.length} shown`;
    };
    const change = () => {
      filter();
      // A form has an address for what it shows; a bar in a file has none.
      if (bar?.tagName !== "FORM") return;
      const query = new URLSearchParams(inputs.filter(value).map(input => [input.name, value(input)]));
      const head = heads.find(one => one.dataset.sort && one.hasAttribute("aria-sort"));
      if (head) query.set("sort", (head.getAttribute("aria-sort") === "descending" ? "-" : "") + head.dataset.sort);
      keep(location.pathname + (query.size ? "?" + query : "") + location.hash);
    };
    if (!bar) continue;
    order?.addEventListener("change", () => { sort(+order.value, true); change(); });
    bar.addEventListener("input", event => { if (event.target !== order) change(); });
    bar.addEventListener("submit", event => event.preventDefault());
    bar.addEventListener("reset", () => setTimeout(change));
    for (const link of document.querySelectorAll("[data-outcome][href]"))
      link.addEventListener("click", event => {
        inputs.find(input => input.dataset.f === "outcome").value = link.dataset.outcome;
        change();
        if (!link.search || link.pathname !== location.pathname) return;
        event.preventDefault();
        document.querySelector(link.hash || "main").scrollIntoView();
      });
    if (inputs.some(value)) filter();
  }
  const pick = document.querySelector(".pick select");
  if (pick) {
    const panels = [...document.querySelectorAll(".fall")], listed = text => text.split(" ").filter(Boolean);
    const show = mark => {
      for (const panel of panels) panel.hidden = !(panel.open = panel.id === "falls-" + pick.value);
      if (!mark) return;
      const panel = panels.find(one => one.open), bare = panel ? [pick.value, ...listed(panel.dataset.bare)] : [];
      const shaken = panel ? listed(panel.dataset.shaken) : [];
      const say = name => bare.includes(name) ? "bare" : shaken.includes(name) ? "shaken" : panel ? "pale" : "";
      for (const node of document.querySelectorAll(".map a[data-n]")) node.setAttribute("class", say(node.dataset.n));
      for (const arrow of document.querySelectorAll(".map .arrow"))
        arrow.classList.toggle("pale", say(arrow.dataset.a) === "pale");
    };
    const follow = () => {
      const name = location.hash.replace("#falls-", "");
      if ([...pick.options].some(option => option.value === name)) {
        pick.value = name;
        show(true);
        document.getElementById("falls-" + name).scrollIntoView();
      }
    };
    pick.addEventListener("change", () => show(true));
    addEventListener("hashchange", follow);
    show(false);
    if (location.hash.startsWith("#falls-")) follow();
  }
})();
