(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const write = (n, digits) => n === null ? "not known" : n.toFixed(digits).replace("-", "\u2212");
  const share = n => n === null ? "not known" : n < 0.01 ? "under 1%" : Math.round(100 * n) + "%";
  for (const box of document.querySelectorAll("[data-overlay]")) {
    const shifts = JSON.parse(box.querySelector("script").textContent);
    const input = box.querySelector("input"), day = box.querySelector("output");
    const reads = box.querySelectorAll(".reads dd"), start = shifts[input.value][0];
    const move = () => {
      const [days, level, change, p, random] = shifts[input.value];
      for (const drawing of box.querySelectorAll("[data-px]"))
        for (const line of drawing.querySelectorAll(".leader_marks > *"))
          line.setAttribute("transform", `translate(${(days - start) * drawing.dataset.px},0)`);
      day.textContent = days + " days";
      const said = [write(level, 2), write(change, 2), p === null ? "not known" : p < 0.001 ? "< 0.001" : p.toFixed(3), share(random)];
      said.forEach((words, i) => { reads[i].textContent = words; });
      input.setAttribute("aria-valuetext", `${days} days; levels ${said[0]}, returns ${said[1]}, p ${said[2]}`);
    };
    input.addEventListener("input", move);
    move();
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    const bar = table.closest("section").querySelector(".filter"), order = bar.querySelector("[data-order]");
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
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      order.add(new Option(head.textContent, column));
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") !== "ascending"));
    });
    order.addEventListener("change", () => sort(+order.value, true));
    const wanted = name => bar.querySelector(`[data-f=${name}]`), count = bar.querySelector("output");
    const filter = () => {
      const words = wanted("words").value.trim().toLowerCase();
      for (const row of body.rows)
        row.hidden = !["outcome", "type"].every(f => !wanted(f).value || row.dataset[f] === wanted(f).value)
          || !row.textContent.toLowerCase().includes(words);
      count.textContent = `${[...body.rows].filter(row => !row.hidden).length} of ${body.rows.length} shown`;
    };
    bar.addEventListener("input", filter);
    for (const link of document.querySelectorAll("[data-outcome][href]"))
      link.addEventListener("click", () => { wanted("outcome").value = link.dataset.outcome; filter(); });
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
