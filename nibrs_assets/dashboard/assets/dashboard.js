// What Dash leaves to the page: the theme, selections, maps, pictures.
(function () {
  const root = document.documentElement;
  const kept = (() => { try { return localStorage.getItem("theme"); } catch (e) { return null; } })();
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function go(address) {
    // As a link of Dash does.
    history.pushState({}, "", address);
    dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function save(url, title) {
    const link = document.createElement("a");
    link.href = url;
    link.download = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") + ".png";
    link.click();
  }

  async function picture(holder, title) {
    const graph = holder.querySelector(".js-plotly-plot");
    if (graph) {
      const layout = Object.assign({}, graph.layout, {
        paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", autosize: false,
        title: { text: title, x: 0.02, xanchor: "left", font: { size: 16 } },
        margin: Object.assign({}, graph.layout.margin, { t: 84 }),
      });
      save(await Plotly.toImage({ data: graph.data, layout: layout },
        { format: "png", width: Math.max(720, graph.clientWidth), height: graph.clientHeight + 90, scale: 2 }), title);
      return;
    }
    const drawn = holder.querySelector("svg");
    if (!drawn) return;
    const copy = drawn.cloneNode(true);
    const from = drawn.querySelectorAll("path, rect"), to = copy.querySelectorAll("path, rect");
    from.forEach((shape, place) => {
      const style = getComputedStyle(shape);
      for (const name of ["fill", "stroke", "stroke-width", "vector-effect"]) to[place].style.setProperty(name, style.getPropertyValue(name));
    });
    const box = drawn.viewBox.baseVal, width = 1600, height = Math.round(width * box.height / box.width);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    const image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(document.body).backgroundColor;
    pen.fillRect(0, 0, width, height);
    pen.drawImage(image, 0, 0, width, height);
    save(canvas.toDataURL("image/png"), title);
  }

  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-png], [data-theme-toggle]");
    if (!at) return;
    if (at.dataset.png) {
      picture(document.getElementById(at.dataset.png), at.dataset.title);
    } else {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch (e) { /* not kept, then */ }
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-go]")) go(event.target.value);
  });

  function draw(holder) {
    const address = holder.dataset.svg;
    if (holder.drawn === address) return;
    holder.drawn = address;
    fetch(address).then((answer) => (answer.ok ? answer.text() : "<p>The map could not be drawn.</p>")).then((text) => {
      if (holder.drawn === address) holder.innerHTML = text;
    });
  }

  // What an address leads to is there only when the page has been made, and moves until all before it is drawn.
  let wanted = location.hash.slice(1);
  for (const by of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(by, () => { wanted = ""; }, { passive: true });
  addEventListener("hashchange", () => { wanted = ""; });
  const follow = new ResizeObserver(() => {
    const at = wanted && document.getElementById(wanted);
    if (at) at.scrollIntoView();
  });

  function arrive() {
    const at = wanted && document.getElementById(wanted);
    if (!at || at.arrived) return;
    at.arrived = true;
    at.classList.add("wanted");
    at.scrollIntoView();
    follow.observe(document.body);
    setTimeout(() => { wanted = ""; }, 5000);
  }

  // What is searched for is in the address, so that going back finds it again.
  document.addEventListener("input", (event) => {
    if (event.target.id !== "q" || location.pathname !== "/") return;
    const words = event.target.value.trim();
    history.replaceState(history.state, "", words ? "/?q=" + encodeURIComponent(words) : "/");
  });

  new MutationObserver(() => { document.querySelectorAll("[data-svg]").forEach(draw); arrive(); })
    .observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-svg"] });
})();
