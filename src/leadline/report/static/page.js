(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const write = (n, digits) => n === null ? "not known" : n.toFixed(digits).replace("-", "\u2212");
  const share = n => n === null ? "not known" : n < 0.01 ? "under 1 %" : Math.round(100 * n) + " %";
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
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = row => row.cells[column].dataset.k ?? row.cells[column].textContent.trim();
        const order = new Intl.Collator("en", { numeric: true });
        body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * order.compare(key(a), key(b))));
      });
    });
  }
})();
