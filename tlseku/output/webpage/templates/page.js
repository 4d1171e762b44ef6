// The tables of the page. Data comes from the two JSON elements; cells are text nodes, never markup. Only what opens
// below a flow is markup, made and escaped by tlseku itself and packed with zlib until it is asked for.
(() => {
  const STEP = 100;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const make = (name, properties, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const textOf = (cell) => (Array.isArray(cell) ? String(cell[1]) : String(cell));

  // A table that sorts by its heads, filters by words and shows STEP rows at a time.
  class Table {
    constructor(place, status, noun, columns, rows, options) {
      Object.assign(this, { status, noun, columns, rows, options });
      this.shown = STEP;
      this.sorted = { column: 0, direction: 1 };
      this.texts = rows.map((row) => options.search(row).toLowerCase());
      this.found = rows.map((_, index) => index);
      this.head = make("tr");
      columns.forEach((name, column) => {
        const button = make("button", { type: "button" }, name);
        button.addEventListener("click", () => this.sort(column));
        this.head.append(make("th", { scope: "col" }, button));
      });
      this.body = make("tbody");
      this.more = make("div", { class: "more" });
      const table = make("table", { class: "sortable" }, make("caption", { class: "quiet" }, options.caption), make("thead", {}, this.head), this.body);
      place.append(make("div", { class: "scroll-wide" }, table), this.more);
    }

    sort(column) {
      const same = this.sorted.column === column;
      this.sorted = { column, direction: same ? -this.sorted.direction : 1 };
      this.refresh();
    }

    refresh() {
      const { column, direction } = this.sorted;
      const key = this.options.key || ((row) => textOf(row[column]));
      // What stands in quotes is one phrase.
      const words = [...(this.words || "").toLowerCase().matchAll(/"([^"]*)"|[^\s"]+/g)].map((word) => word[1] ?? word[0]).filter(Boolean);
      const wanted = this.wanted || (() => true);
      const found = [];
      for (let index = 0; index < this.rows.length; index++) {
        if (wanted(this.rows[index], index) && words.every((word) => this.texts[index].includes(word))) found.push(index);
      }
      const keys = new Map(found.map((index) => [index, key(this.rows[index], column)]));
      found.sort((a, b) => {
        const one = keys.get(a), other = keys.get(b);
        const differs = typeof one === "number" ? one - other : order.compare(one, other);
        return differs === 0 ? a - b : differs * direction;
      });
      this.found = found;
      this.shown = STEP;
      this.draw();
    }

    draw() {
      [...this.head.children].forEach((cell, column) => {
        if (column !== this.sorted.column) cell.removeAttribute("aria-sort");
        else cell.setAttribute("aria-sort", this.sorted.direction > 0 ? "ascending" : "descending");
      });
      this.body.replaceChildren();
      this.add(0);
    }

    add(from) {
      const until = Math.min(this.shown, this.found.length);
      const rows = document.createDocumentFragment();
      for (let place = from; place < until; place++) rows.append(this.row(this.rows[this.found[place]]));
      this.body.append(rows);
      const left = this.found.length - until;
      this.more.replaceChildren();
      if (left > 0) {
        const next = make("button", { type: "button" }, `Show ${Math.min(STEP, left).toLocaleString("en")} more`);
        next.addEventListener("click", () => this.grow(until + STEP));
        const all = make("button", { type: "button" }, `Show all ${this.found.length.toLocaleString("en")}`);
        all.addEventListener("click", () => this.grow(this.found.length));
        this.more.append(next, all);
      }
      const of = this.found.length === this.rows.length ? "" : ` of ${this.rows.length.toLocaleString("en")}`;
      const part = left > 0 ? `, the first ${until.toLocaleString("en")} are shown` : "";
      this.status.textContent = `${this.found.length.toLocaleString("en")}${of} ${this.noun}${this.found.length === 1 && !of ? "" : "s"}${this.told || ""}${part}.`;
    }

    grow(shown) {
      const from = Math.min(this.shown, this.found.length);
      this.shown = shown;
      this.add(from);
      // The button that was pressed is gone: go on where the new rows begin.
      const next = this.body.querySelectorAll("tr.row")[from];
      const target = next && next.querySelector("button");
      if (target) target.focus();
    }

    row(values) {
      const row = make("tr", { class: "row" });
      this.columns.forEach((name, column) => {
        const cell = make("td", { "data-label": name, class: this.options.classes[column] || "" });
        this.options.cell(cell, values, column, row);
        row.append(cell);
      });
      return row;
    }
  }

  const put = (cell, value) => {
    if (Array.isArray(value)) cell.append(make("span", { class: `c-${value[0] || "text"}` }, value[1]));
    else cell.append(make("span", {}, String(value)));
  };

  // Details: base64, zlib, JSON array of markup. One chunk is kept, as neighbours are often opened next.
  const inside = (id) => {
    const element = byId(id);
    element.remove();
    return JSON.parse(element.textContent);
  };
  const inflated = async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  const packed = inside("details");
  const packedValues = inside("values");
  let kept = { chunk: -1, details: [] };
  const unpack = async (index) => {
    const chunk = Math.floor(index / data.chunk);
    if (kept.chunk !== chunk) {
      kept = { chunk, details: await inflated(packed[chunk]) };
    }
    return kept.details[index % data.chunk];
  };
  const places = new Map(data.flows.map((row, index) => [row[0], index]));

  const withoutDetail = (values) =>
    `There are too many flows for all of them to open here. tlseku explain ${values[11]} ${values[0]} tells of this one.`;

  const toggle = async (button, row) => {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) {
      row.nextElementSibling.remove();
      return;
    }
    const cell = make("td", { colspan: String(data.columns.flows.length) });
    row.after(make("tr", { class: "detail-row" }, cell));
    const values = data.flows[places.get(Number(button.dataset.flow))];
    if (values[12] < 0) {
      cell.textContent = withoutDetail(values);
      return;
    }
    try {
      const template = document.createElement("template");
      template.innerHTML = await unpack(values[12]);
      cell.replaceChildren(template.content);
    } catch (error) {
      cell.textContent = typeof DecompressionStream === "undefined"
        ? "This browser is too old to open details (DecompressionStream is missing)."
        : `The details cannot be opened: ${error.message}`;
    }
  };

  const flows = new Table(byId("flow-table"), byId("flow-count"), "flow", data.columns.flows, data.flows, {
    caption: "TLS flows, sortable by each column",
    classes: { 0: "tiny", 2: "long", 3: "long", 4: "long", 6: "tiny", 7: "tiny", 8: "said" },
    search: (row) => [...row.slice(0, 9).map(textOf), row[9].join(" "), row[10], row[11]].join(" "),
    key: (row, column) => (column === 0 ? row[0] : textOf(row[column])),
    cell: (cell, row, column, line) => {
      if (column === 0) {
        line.id = `flow-${row[0]}`;
        const button = make("button", { type: "button", class: "open-row", "aria-expanded": "false", "aria-label": `Flow ${row[0]}: details`, "data-flow": row[0] }, String(row[0]));
        button.addEventListener("click", () => toggle(button, line));
        cell.append(button);
        return;
      }
      put(cell, row[column]);
      if (column === 8 && row[10]) cell.lastChild.append(make("span", { class: "headline" }, row[10]));
    },
  });

  const certificates = new Table(byId("certificate-table"), byId("certificate-count"), "certificate", data.columns.certificates, data.certificates, {
    caption: "Certificates, each once, sortable by each column",
    classes: { 0: "long", 1: "long", 2: "long", 4: "days", 6: "long" },
    search: (row) => [...row.slice(0, 7).map(textOf), row[8]].join(" "),
    // Validity sorts by its end, which is what runs out.
    key: (row, column) => (column === 7 ? row[9] : column === 4 ? row[4].split(" to ")[1] : textOf(row[column])),
    cell: (cell, row, column) => {
      if (column === 0) {
        cell.append(make("span", {}, make("code", {}, row[0]), make("span", { class: "headline digest" }, `SHA-256 ${row[8]}`)));
      } else if (column === 7) {
        const many = row[9].toLocaleString("en");
        const button = make("button", { type: "button", "aria-label": `Show the ${many} flow${row[9] === 1 ? "" : "s"} with the certificate ${row[0]}` }, many);
        button.addEventListener("click", () => showList(row[7], `with the certificate ${row[0]}`));
        cell.append(button);
      } else put(cell, row[column]);
    },
  });

  const filter = byId("flow-filter"), kind = byId("flow-kind"), outcome = byId("flow-outcome");
  let only = null;
  let pending = 0;
  // The values are unpacked when somebody first types an expression; null where this browser cannot.
  let language;
  const understood = async () => {
    if (language === undefined) {
      language = typeof DecompressionStream === "undefined" ? null : makeFilter(data.language, await inflated(packedValues));
    }
    return language;
  };
  const tokensOnly = makeFilter(data.language, { flows: {}, groups: [], certificates: {}, chains: { values: [] }, ciphers: {} });
  const said = byId("flow-filter-said");
  const tell = (text, isWrong) => {
    said.textContent = text;
    said.classList.toggle("c-wrong", isWrong);
    filter.setAttribute("aria-invalid", String(isWrong));
  };
  let asked = 0;
  const refilter = async () => {
    // What was typed a moment ago must not undo what was asked for since.
    clearTimeout(pending);
    const number = ++asked;
    let judge = () => true;
    flows.words = filter.value;
    if (!tokensOnly.isMeant(filter.value)) tell("", false);
    else {
      const reader = await understood();
      if (number !== asked) return;
      try {
        if (reader === null) throw Object.assign(new Error("this browser is too old for filters, it finds words only"), { column: 1 });
        judge = reader.compile(filter.value);
        flows.words = "";
        tell("Read as a display filter.", false);
      } catch (mistake) {
        // The table stays as it was: whoever types has not come to the end.
        tell(`Column ${mistake.column}: ${mistake.message}.`, true);
        return;
      }
    }
    flows.told = only ? ` ${only.name}` : "";
    flows.wanted = (row, index) =>
      judge(index) &&
      (!only || only.numbers.has(row[0])) &&
      (!kind.value || row[9].includes(kind.value)) &&
      (!outcome.value || row[8][1] === outcome.value);
    flows.refresh();
  };
  const reset = () => {
    filter.value = kind.value = outcome.value = "";
    only = null;
    refilter();
  };
  const showList = (numbers, name) => {
    filter.value = kind.value = outcome.value = "";
    only = { numbers: new Set(numbers), name: `(${name.length > 90 ? `${name.slice(0, 90)}…` : name})` };
    refilter();
    byId("flows").scrollIntoView();
    filter.focus({ preventScroll: true });
  };

  byId("flow-filter-help").addEventListener("toggle", () => {
    const place = byId("flow-filter-fields");
    if (place.childNodes.length > 0) return;
    place.append("Fields: ");
    for (const name of Object.keys(data.language.fields)) {
      place.append(make("code", {}, name), " ");
      if (name.startsWith("x509.")) place.append(make("code", {}, `tls.client.${name}`), " ", make("code", {}, `tls.server.${name}`), " ");
    }
  });

  const PAUSE = 80;
  for (const [word, title] of Object.entries(data.kinds)) kind.append(make("option", { value: word }, title));
  for (const word of [...new Set(data.flows.map((row) => row[8][1]))].sort()) outcome.append(make("option", { value: word }, word));
  filter.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(refilter, PAUSE);
  });
  kind.addEventListener("change", refilter);
  outcome.addEventListener("change", refilter);
  byId("flow-reset").addEventListener("click", reset);
  const certificateFilter = byId("certificate-filter");
  let pendingCertificates = 0;
  certificateFilter.addEventListener("input", () => {
    clearTimeout(pendingCertificates);
    pendingCertificates = setTimeout(() => {
      certificates.words = certificateFilter.value;
      certificates.refresh();
    }, PAUSE);
  });
  for (const form of document.querySelectorAll("form.controls")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  for (const button of document.querySelectorAll("button.lists")) {
    button.hidden = false;
    button.addEventListener("click", () => showList(data.lists[Number(button.dataset.list)], button.dataset.name));
  }

  // Long lists show their first entries; without this script all of them stand.
  for (const list of document.querySelectorAll("[data-paged]")) {
    const step = Number(list.dataset.paged), entries = [...list.children];
    if (entries.length <= step + 3) continue;
    const more = make("div", { class: "more" });
    (list.closest("table") || list).after(more);
    const show = (until, from) => {
      entries.forEach((entry, place) => { entry.hidden = place >= until; });
      const left = entries.length - until;
      more.replaceChildren();
      if (left > 0) {
        const next = make("button", { type: "button" }, `Show ${Math.min(step, left)} more`);
        next.addEventListener("click", () => show(until + step, until));
        const all = make("button", { type: "button" }, `Show all ${entries.length.toLocaleString("en")}`);
        all.addEventListener("click", () => show(entries.length, until));
        more.append(next, all);
      }
      const target = from && entries[from].querySelector("summary, td");
      if (target) {
        // The button that was pressed is gone: go on where the new entries begin.
        if (target.localName === "td") target.tabIndex = -1;
        target.focus();
      }
    };
    show(step, 0);
  }

  // #flow-12 opens flow 12, wherever the table is.
  const follow = () => {
    const named = /^#flow-(\d+)$/.exec(location.hash);
    if (!named || !places.has(Number(named[1]))) return;
    if (!byId(location.hash.slice(1))) {
      reset();
      const place = flows.found.indexOf(places.get(Number(named[1])));
      if (place >= flows.shown) {
        const from = flows.shown;
        flows.shown = place + STEP;
        flows.add(from);
      }
    }
    const row = byId(location.hash.slice(1));
    const button = row.querySelector(".open-row");
    if (button.getAttribute("aria-expanded") === "false") toggle(button, row);
    row.scrollIntoView();
    button.focus({ preventScroll: true });
  };
  addEventListener("hashchange", follow);

  const scheme = byId("scheme");
  const schemes = { "": "as the system", light: "light", dark: "dark" };
  const setScheme = (name) => {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
    scheme.textContent = `Colours: ${schemes[name]}`;
  };
  scheme.hidden = false;
  scheme.addEventListener("click", () => {
    const names = Object.keys(schemes);
    const next = names[(names.indexOf(document.documentElement.dataset.theme || "") + 1) % names.length];
    setScheme(next);
    try {
      localStorage.setItem("tlseku-scheme", next);
    } catch {
      // A browser may keep files from storing anything; the choice then holds for this visit.
    }
  });
  try {
    const last = localStorage.getItem("tlseku-scheme");
    if (last in schemes) setScheme(last);
  } catch {
    // As above.
  }

  refilter();
  certificates.refresh();
  follow();
})();
