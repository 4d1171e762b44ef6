"use strict";
// Wireshark's way of choosing flows, as `tlseku flows -Y` has it. What is only data (tokens, operators, names) comes from
// tlseku/filter/language.py; this reads expressions and types as grammar.py, predicate.py, kinds.py and moment.py do, and
// tests hold it to them. `makeFilter(language, values).compile(text)` gives a function of a row's number, or throws
// a mistake with `column`, from 1, and `problem`.
const makeFilter = (language, values) => {
  const bad = (column, problem) => Object.assign(new Error(problem), { column, problem });
  const quoted = (text) => (text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`);
  const SPACE = `[${language.tokens.spaces}]`;
  const token = new RegExp(`(${language.tokens.string})|(${language.tokens.operator})|(${language.tokens.word})`, "uy");
  const space = new RegExp(SPACE, "u");
  const trimmed = (text) => text.replace(new RegExp(`^${SPACE}+|${SPACE}+$`, "gu"), "");
  const spelling = (text) => (Object.hasOwn(language.spellings, text) ? language.spellings[text] : text);
  const spelt = new Set([...language.wordOperators, ...Object.values(language.spellings)]);
  const comparisons = new Set(language.comparisons);

  const unescaped = (inner) =>
    inner.replace(/\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([\s\S]))/gu, (whole, two, four, letter) => {
      if (two || four) return String.fromCharCode(parseInt(two || four, 16));
      return { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" }[letter] || whole;
    });

  // Columns count characters, as Python has them, not halves of surrogate pairs.
  const columnOf = (text, place) => [...text.slice(0, place)].length + 1;

  const tokensOf = (text) => {
    if ([...text].length > language.maxLength) {
      throw bad(language.maxLength + 1, `longer than ${language.maxLength.toLocaleString("en")} characters`);
    }
    const found = [];
    let place = 0;
    while (place < text.length) {
      if (space.test(text[place])) {
        place++;
        continue;
      }
      token.lastIndex = place;
      const match = token.exec(text);
      const column = columnOf(text, place);
      if (match === null) {
        const one = String.fromCodePoint(text.codePointAt(place));
        if (one === '"') throw bad(column, "this string does not end");
        if (one === "=") throw bad(column, "= compares nothing, write ==");
        if (one === "&" || one === "|") throw bad(column, `one ${one} has no meaning, write ${one}${one}`);
        throw bad(column, `${quoted(one)} has no place here`);
      }
      if (match[1] !== undefined) {
        const raw = match[1].startsWith("r");
        found.push({ kind: "string", text: raw ? match[1].slice(2, -1) : unescaped(match[1].slice(1, -1)), column });
      } else {
        const one = spelling(match[0]);
        found.push({ kind: match[2] !== undefined || spelt.has(one) ? "operator" : "word", text: one, column });
      }
      place = token.lastIndex;
    }
    return [...found, { kind: "end", text: "", column: columnOf(text, text.length) }];
  };

  const treeOf = (text) => {
    const tokens = tokensOf(text);
    let place = 0, depth = 0;
    const next = () => tokens[place];
    const wrong = (problem) => bad(next().column, problem);
    const took = (operator) => next().kind === "operator" && next().text === operator && ++place > 0;
    const expect = (operator, otherwise) => {
      if (!took(operator)) throw wrong(otherwise);
    };
    const value = () => {
      if (next().kind !== "word" && next().kind !== "string") throw wrong("expected a value");
      return tokens[place++];
    };
    const element = () => {
      const first = value();
      return { first, last: took("..") ? value() : null };
    };
    const set = () => {
      expect("{", "expected { and values");
      const elements = [element()];
      while (!took("}")) {
        took(",");
        elements.push(element());
      }
      return elements;
    };
    const test = () => {
      let quantifier = "";
      if (next().kind === "word" && (next().text === "any" || next().text === "all")) quantifier = tokens[place++].text;
      const field = next();
      if (field.kind !== "word") throw wrong("expected the name of a field");
      place++;
      const operator = next();
      if (operator.kind === "operator" && comparisons.has(operator.text)) {
        place++;
        return { field, quantifier, operator, elements: [{ first: value(), last: null }] };
      }
      if (took("in")) return { field, quantifier, operator, elements: set() };
      return { field, quantifier, operator: null, elements: [] };
    };
    const factor = () => {
      if (++depth > language.maxDepth) throw wrong(`more than ${language.maxDepth} brackets and negations inside each other`);
      let node;
      if (took("not")) node = { not: factor() };
      else if (took("(")) {
        node = expression();
        expect(")", "expected and, or, or )");
      } else node = { test: test() };
      depth--;
      return node;
    };
    const joined = (word, part) => {
      const parts = [part()];
      while (took(word)) parts.push(part());
      return parts.length === 1 ? parts[0] : { word, parts };
    };
    const term = () => joined("and", factor);
    const expression = () => joined("or", term);
    if (next().kind === "end") throw wrong("the filter is empty");
    const node = expression();
    if (next().kind !== "end") throw wrong("expected and, or, or the end");
    return node;
  };

  // Types: each reads what is spelt into a constant, or throws a phrase.
  const expected = (phrase) => { throw new Error(phrase); };
  const whole = (text, otherwise) => {
    const match = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*|[1-9](?:_?\d)*)$/u.exec(trimmed(text));
    if (match === null) return expected(otherwise);
    const number = BigInt(match[2].replaceAll("_", "").replace(/^0+$/u, "0"));
    return match[1] === "-" ? -number : number;
  };
  const octets = (text) => {
    const parts = text.split(".");
    if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/u.test(part) && Number(part) < 256)) return null;
    return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  };
  const addressOf = (text) => {
    if (!text.includes(":")) {
      const number = octets(text);
      return number === null ? null : { version: 4, number };
    }
    let rest = text.replace(/%[^%]+$/u, "");
    const last = rest.slice(rest.lastIndexOf(":") + 1);
    if (last.includes(".")) {
      const four = octets(last);
      if (four === null) return null;
      rest = rest.slice(0, rest.length - last.length) + `${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`;
    }
    const halves = rest.split("::");
    if (halves.length > 2) return null;
    const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
    if (!groups.flat().every((group) => /^[0-9a-fA-F]{1,4}$/u.test(group))) return null;
    const count = groups.flat().length;
    if (halves.length === 1 ? count !== 8 : count > 7) return null;
    const filled = halves.length === 1 ? groups[0] : [...groups[0], ...Array(8 - count).fill("0"), ...groups[1]];
    return { version: 6, number: filled.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n) };
  };
  const networkOf = (text) => {
    const slash = text.split("/");
    const address = slash.length > 2 ? null : addressOf(slash[0]);
    if (address === null) return null;
    const bits = address.version === 4 ? 32n : 128n, ones = (1n << bits) - 1n;
    let prefix = bits;
    if (slash.length === 2) {
      if (/^\d+$/u.test(slash[1])) prefix = BigInt(slash[1]);
      else {
        const mask = address.version === 4 ? octets(slash[1]) : null;
        if (mask === null) return null;
        const host = ((mask ^ ones) & ((mask ^ ones) + 1n)) === 0n ? mask ^ ones : (mask & (mask + 1n)) === 0n ? mask : null;
        if (host === null) return null;
        prefix = bits - BigInt(host.toString(2).replace(/^0$/u, "").length);
      }
      if (prefix > bits) return null;
    }
    const host = (1n << (bits - prefix)) - 1n;
    return { version: address.version, low: address.number & ~host & ones, high: address.number | host };
  };
  const fraction = (digits) => BigInt((digits || "").padEnd(9, "0"));
  const momentOf = (text) => {
    const unix = /^(-?\d{1,12})(?:\.(\d{1,9}))?$/u.exec(text);
    if (unix !== null) {
      if (text !== "0" && Number(unix[1]) < language.leastSeconds) {
        const year = text.length >= 4 && /^\d+$/u.test(text) ? text.slice(0, 4) : "2026";
        return expected(`${text} is a bare number, which counts seconds since 1970; write a date such as ${year}-01-01`);
      }
      return BigInt(unix[1]) * 1000000000n + fraction(unix[2]) * (unix[1].startsWith("-") ? -1n : 1n);
    }
    const iso = new RegExp(
      `^(\\d{4})-(\\d\\d)-(\\d\\d)(?:[T ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d{1,9}))?)?)?${SPACE}*(?:(Z|UTC)|([+-])(\\d\\d):?(\\d\\d))?$`,
      "iu",
    ).exec(trimmed(text));
    if (iso === null) return expected('expected a time such as 2026-03-24 or "2026-03-24 11:55:20"');
    const [year, month, day, hour, minute, second] = iso.slice(1, 7).map((digits) => Number(digits || 0));
    const at = new Date(0);
    at.setUTCFullYear(year, month - 1, day);
    const there = year > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
    if (!there || hour > 23 || minute > 59 || second > 59) return expected("no such time");
    const offset = (Number(iso[10] || 0) * 60 + Number(iso[11] || 0)) * 60 * (iso[9] === "-" ? -1 : 1);
    const seconds = at.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
    return BigInt(seconds) * 1000000000n + fraction(iso[7]);
  };
  const serialOf = (text) => {
    const unquoted = (part) => trimmed(part).replace(/^["'`\u00ab\u00bb\u2018\u2019\u201c\u201d]+|["'`\u00ab\u00bb\u2018\u2019\u201c\u201d]+$/gu, "");
    let rest = trimmed(unquoted([...text].filter((one) => "\t\n\r".includes(one) || !/[\p{Cf}\p{Cc}]/u.test(one)).join("")));
    const label = new RegExp(`^(?:certificate${SPACE}+)?serial(?:[${language.tokens.spaces}_-]*(?:number|no\\.?))?${SPACE}*[:=#]?${SPACE}*`, "iu").exec(rest);
    if (label !== null) rest = trimmed(unquoted(rest.slice(label[0].length)));
    const negative = rest.startsWith("-");
    rest = trimmed(`.${rest.slice(negative ? 1 : 0)}`.replace(new RegExp(`^\\.${SPACE}*`, "u"), "."));
    rest = rest.slice(1).replace(/^0[xX]/u, "").replace(new RegExp(`[${language.tokens.spaces}:_-]+`, "gu"), "");
    if (!/^[0-9A-Fa-f]+$/u.test(rest)) return expected("expected a serial number in hexadecimal");
    return negative ? -BigInt(`0x${rest}`) : BigInt(`0x${rest}`);
  };
  const OID = /^\d+(\.\d+)+$/u, CODE = /^0[xX][0-9a-fA-F]+$/u;
  const readers = {
    text: (text) => text,
    name: (text) => (CODE.test(text) ? expected(`${text} is a number, and this field holds names`) : text),
    host: (text) => text.toLowerCase(),
    cipher: (text, kind, seen) => {
      if (!CODE.test(text) && !/^\d+$/u.test(text)) return text;
      const number = whole(text, `invalid literal for int() with base 0: ${quoted(text)}`);
      if (number > 0xffffn) return expected("cipher suites have numbers up to 0xffff");
      return seen.ciphers[Number(number)] || `0x${number.toString(16).padStart(4, "0")}`;
    },
    number: (text) => whole(text, "expected a number"),
    boolean: (text) => {
      const read = { true: 1n, 1: 1n, yes: 1n, false: 0n, 0: 0n, no: 0n }[text.toLowerCase()];
      return read === undefined ? expected("expected true or false") : read;
    },
    time: momentOf,
    serial: serialOf,
    address: (text) => networkOf(text) || expected("expected an IP address or a network such as 10.0.0.0/8"),
    version: (text) => {
      const said = text.replaceAll(" ", "").replaceAll("v", "").toUpperCase();
      for (const [code, name] of language.versions) {
        if (said === name.replaceAll(" ", "").toUpperCase() || said === name.slice(name.lastIndexOf(" ") + 1)) return BigInt(code);
      }
      const otherwise = `expected one of ${language.versions.map((one) => one[1]).join(", ")}`;
      const bare = trimmed(text);
      if (/^0x/iu.test(text)) return /^0[xX](_?[0-9a-fA-F])+$/u.test(bare) ? BigInt(bare.replaceAll("_", "")) : expected(otherwise);
      return /^[+-]?\d(?:_?\d)*$/u.test(bare) ? BigInt(bare.replaceAll("_", "").replace("+", "")) : expected(otherwise);
    },
    purpose: (text) => {
      if (Object.hasOwn(language.purposes, text.toLowerCase())) return language.purposes[text.toLowerCase()];
      return OID.test(text) ? text : expected("expected a purpose such as clientAuth, or a dotted OID");
    },
    digest: (text) => {
      const said = text.replace(new RegExp(`[${language.tokens.spaces}:]`, "gu"), "").toLowerCase();
      return /^[0-9a-f]+$/u.test(said) ? said : expected("expected hexadecimal digits");
    },
    OID: (text) => (OID.test(text) ? text : expected("expected a dotted OID")),
    word: (text, kind) => (kind.words.includes(text) ? text : expected(`${quoted(text)} is not one of ${kind.words.join(", ")}`)),
    code: (text, kind) => {
      if (Object.hasOwn(kind.names, text)) return BigInt(kind.names[text]);
      return whole(text, `${quoted(text)} is neither a number nor a known name`);
    },
  };
  const isText = (kind) => ["text", "name", "host", "cipher"].includes(kind.name);
  const isNumber = (constant) => typeof constant === "bigint";

  // Fields. A name is that of a field, of one of Wireshark's, or of the leaf of a side.
  const LEAF = /^tls\.(client|server)\.(x509\..+)$/u;
  const known = (name) => {
    const leaf = LEAF.exec(name);
    const own = leaf === null ? name : leaf[2];
    if (!Object.hasOwn(language.fields, own)) return null;
    return { name, own, role: leaf === null ? null : leaf[1], kind: language.kinds[language.fields[own]], onlyDtls: false };
  };
  const wireshark = new Set(language.wireshark);
  const fieldNamed = (name, column) => {
    const ours = wireshark.has(name) ? null : known(name);
    if (ours !== null) return ours;
    const ofDtls = name.startsWith("dtls.");
    const theirs = ofDtls ? name.slice(1) : name === "ssl" || name.startsWith("ssl.") ? `tls${name.slice(3)}` : name;
    const alias = Object.hasOwn(language.aliases, theirs) ? language.aliases[theirs] : theirs;
    const found = wireshark.has(alias) || alias !== theirs || theirs !== name ? known(alias) : null;
    if (found !== null) return { ...found, name, onlyDtls: ofDtls };
    if (language.absent.includes(theirs)) {
      throw bad(column, `${name} is not kept on this page; tlseku report -Y and tlseku flows -Y take it`);
    }
    throw bad(column, `there is no field ${quoted(name)}`);
  };

  const constantOf = (field, token) => {
    try {
      return readers[field.kind.name](token.text, field.kind, values);
    } catch (error) {
      throw bad(token.column, `${field.name}: ${error.message}`);
    }
  };
  const ordered = (holds) => (value) => holds(BigInt(value));
  const inside = (network) => (value) => {
    const address = addressOf(String(value));
    return address !== null && address.version === network.version && network.low <= address.number && address.number <= network.high;
  };
  const equal = (field, constant) => {
    if (constant.version !== undefined) return inside(constant);
    if (isNumber(constant)) return (value) => BigInt(value) === constant;
    if (field.kind.caseless) return (value) => String(value).toLowerCase() === constant;
    return (value) => value === constant;
  };
  const elementCheck = (field, { first, last }) => {
    const begin = constantOf(field, first);
    if (last === null) return equal(field, begin);
    if (field.kind.name !== "address" && !field.kind.operators.includes("<")) throw bad(last.column, `a ${field.kind.name} has no range`);
    const end = constantOf(field, last);
    if (begin.version !== undefined) {
      if (begin.version !== end.version) throw bad(last.column, "the ends of a range are of different versions");
      return inside({ version: begin.version, low: begin.low, high: end.high });
    }
    return ordered((value) => begin <= value && value <= end);
  };
  const checkOf = (field, operator, elements) => {
    if (!field.kind.operators.includes(operator.text)) {
      throw bad(
        operator.column,
        `${operator.text} makes no sense on ${field.name}, of type ${field.kind.name}; what does: ${field.kind.operators.join(", ")}`,
      );
    }
    if (operator.text === "in") {
      const checks = elements.map((element) => elementCheck(field, element));
      return (value) => checks.some((check) => check(value));
    }
    const token = elements[0].first;
    if (operator.text === "matches") {
      throw bad(operator.column, "matches is for the command line (tlseku report -Y), here there are contains and ==");
    }
    if (operator.text === "contains") {
      if (field.kind.caseless) {
        const part = token.text.toLowerCase();
        return (value) => String(value).toLowerCase().includes(part);
      }
      const part = isText(field.kind) || field.kind.name === "word" ? token.text : String(constantOf(field, token));
      return (value) => String(value).includes(part);
    }
    const constant = constantOf(field, token);
    const orders = {
      "<": (value) => value < constant,
      "<=": (value) => value <= constant,
      ">": (value) => value > constant,
      ">=": (value) => value >= constant,
    };
    if (Object.hasOwn(orders, operator.text)) return ordered(orders[operator.text]);
    const same = equal(field, constant);
    return operator.text === "==" ? same : (value) => !same(value);
  };

  // What is true of some values: that there are any, that one passes, that none fails.
  const ANY = 1, PASSES = 2, FAILS = 4;
  const verdictOf = (list, check) => list.reduce((bits, value) => bits | ANY | (check(value) ? PASSES : FAILS), 0);
  // Without numbers, all have the only values, or each its own.
  const partOf = ({ values: lists, of }, subject) => (of !== undefined ? of[subject] : lists.length > 1 ? subject : 0);
  const partOfFlow = (column, row) => partOf(column, column.group === undefined ? row : values.groups[column.group][row]);
  const certificatesOf = (row, role) => {
    const chains = values.chains.values[partOf(values.chains, row)] || [];
    const found = [];
    for (let place = 0; place < chains.length; place += 2 + chains[place + 1]) {
      if (role === null) found.push(...chains.slice(place + 2, place + 2 + chains[place + 1]));
      else if (chains[place] === role) found.push(chains[place + 2]);
    }
    return found;
  };
  const bitsOf = (field, check) => {
    const ofCertificates = Object.hasOwn(values.certificates, field.own);
    const column = ofCertificates ? values.certificates[field.own] : values.flows[field.own];
    if (column.parts !== undefined) {
      const parts = column.parts.map((own) => bitsOf({ ...field, own }, check));
      return (row) => parts.reduce((sum, part) => sum | part(row), 0);
    }
    const bits = column.values.map((list) => verdictOf(list, check));
    const carrier = values.flows["flow.carrier"];
    return (row) => {
      if (field.onlyDtls && carrier.values[partOfFlow(carrier, row)][0] !== "dtls") return 0;
      if (!ofCertificates) return bits[partOfFlow(column, row)];
      return certificatesOf(row, field.role).reduce((sum, number) => sum | bits[partOf(column, number)], 0);
    };
  };
  const testOf = ({ field: token, quantifier, operator, elements }) => {
    const field = fieldNamed(token.text, token.column);
    if (operator === null) {
      if (quantifier) throw bad(token.column, `${quantifier} needs a comparison`);
      const bits = bitsOf(field, () => true);
      return (row) => (bits(row) & ANY) !== 0;
    }
    const bits = bitsOf(field, checkOf(field, operator, elements));
    // Of several values one that is equal is enough, but all must differ: as in Wireshark 4.
    if (quantifier === "all" || (operator.text === "!=" && !quantifier)) return (row) => (bits(row) & (ANY | FAILS)) === ANY;
    return (row) => (bits(row) & PASSES) !== 0;
  };
  const judgeOf = (node) => {
    if (node.test !== undefined) return testOf(node.test);
    if (node.not !== undefined) {
      const part = judgeOf(node.not);
      return (row) => !part(row);
    }
    const parts = node.parts.map(judgeOf);
    return node.word === "and" ? (row) => parts.every((part) => part(row)) : (row) => parts.some((part) => part(row));
  };

  return {
    compile: (text) => judgeOf(treeOf(text)),
    // Whether somebody means an expression: a sign or word of the language, or nothing but names of fields.
    isMeant: (text) => {
      let tokens;
      try {
        tokens = tokensOf(text);
      } catch {
        return /[=<>&|]/u.test(text);
      }
      const name = (token) => {
        try {
          return token.kind === "word" && fieldNamed(token.text, 1) !== null;
        } catch {
          return false;
        }
      };
      return tokens.some((token) => token.kind === "operator") || (tokens.length === 2 && name(tokens[0]));
    },
  };
};
