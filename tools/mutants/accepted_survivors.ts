/** Mutants that no test can or should kill, each with its reason. They count as not killed. */

export interface AcceptedSurvivor {
  readonly file: string;
  /** The line as `deno task mutants` shows it, before and after; any change of it unless given. */
  readonly before: string;
  readonly after?: string;
  readonly reason: string;
}

/** Reasons of several. */
const REASON = {
  MARK: "a mark only spares a second look at what is immutable already",
  SHORTCUT: "a shortcut: the long way gives the same",
  ONCE: "a signal aborts once, so that its listener is called once anyway",
  NEVER_ABSENT: "the type has it absent, and it never is",
  FORGOTTEN: "what nobody uses is forgotten: only memory tells",
  CACHED: "an event is made once for all readers: only memory and time tell",
  SWEPT: "when what left is swept out: only time and memory tell",
  LISTENER: "a listener that stays does nothing any more: only memory tells",
  CUT: "how much of a bad text is shown",
  NARROWED: "what an index narrows is filtered again: only time tells",
  TWICE: "of a slot that is in both lists one is taken, whichever comes first",
  FASTER: "to assign is the faster of two ways to the same property",
  NO_SIGNAL: "a signal that is absent and one that is undefined are both none",
  PAST_THE_END: "past the end there is nothing to give either",
} as const;

/** Why it may live, its line as it is and, unless any change of it is meant, as it would be. */
type Row = readonly [reason: string, before: string, after?: string];

/** By file. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  "runtime/core/call_check.ts": [
    [
      REASON.CUT,
      'if (typeof value === "string") return JSON.stringify(value.slice(0, 64));',
      'if (typeof value === "string") return JSON.stringify(value);',
    ],
  ],
  "runtime/core/definition.ts": [
    [
      "an encoding is kept for whoever asks again: only time tells",
      "if (encodings.has(value)) encodings.set(value, bytes.slice());",
      "if (false) encodings.set(value, bytes.slice());",
    ],
  ],
  "runtime/core/freeze.ts": [
    [REASON.NEVER_ABSENT, "if (property?.enumerable !== true) {"],
    [
      REASON.SHORTCUT,
      "if (isReference(part)) freezeAt(part, partName(path, key, isArray), depth + 1);",
    ],
    [REASON.MARK, "mark(value);"],
    [REASON.MARK, "mark(copy);"],
    [REASON.MARK, "mark(items);"],
    [
      REASON.CUT,
      "if (depth > SPEC_DEPTH_MAX) throw unfit(path.slice(0, 80), `nested over ${SPEC_DEPTH_MAX} deep`);",
      "if (depth > SPEC_DEPTH_MAX) throw unfit(path, `nested over ${SPEC_DEPTH_MAX} deep`);",
    ],
    [REASON.FASTER, "const plain = prototype === Object.prototype || prototype === null;"],
    [REASON.FASTER, "if (plain) copy[key] = item;", "if (false) copy[key] = item;"],
    [
      REASON.SHORTCUT,
      "if (fixed !== prototype && !Reflect.setPrototypeOf(value, fixed)) {",
      "if (true && !Reflect.setPrototypeOf(value, fixed)) {",
    ],
  ],
  "runtime/core/immutable_mark.ts": [
    [
      REASON.MARK,
      "if (Object.isExtensible(object)) new Marked(object);",
      "if (true) new Marked(object);",
    ],
  ],
  "runtime/core/json_fields.ts": [
    ["what is looked into there is a text, in which there are no fields", ": [];"],
  ],
  "runtime/core/label_number.ts": [
    ["neither text is a number", 'const digits = NUMBER_REGEXP.exec(start)?.[0] ?? "";'],
  ],
  "runtime/core/linked_abort.ts": [
    [REASON.LISTENER, "unlink();"],
    [
      REASON.ONCE,
      'else for (const source of sources) source.addEventListener("abort", onAbort, { once: true });',
    ],
  ],
  "runtime/core/metadata.ts": [
    [
      REASON.SHORTCUT,
      'const valid = isMarkedAs("metadata", metadata) ? metadata : newMetadata(metadata);',
      'const valid = isMarkedAs("", metadata) ? metadata : newMetadata(metadata);',
    ],
    [REASON.MARK, 'return frozenAs("metadata", {', 'return frozenAs("", {'],
    [REASON.MARK, 'const held = frozenAs("metadata", {', 'const held = frozenAs("", {'],
    [
      REASON.SHORTCUT,
      'if (!isMarkedAs("metadata", metadata)) return withMetadata(resource, { finalizers });',
      "if (true) return withMetadata(resource, { finalizers });",
    ],
    [
      REASON.SHORTCUT,
      'if (!isMarkedAs("metadata", metadata)) return withMetadata(resource, { finalizers });',
      'if (!isMarkedAs("", metadata)) return withMetadata(resource, { finalizers });',
    ],
    [REASON.SHORTCUT, "return a === b ||"],
    [
      REASON.CUT,
      "const detail = `unknown phase: ${String(text).slice(0, 64)}, may be running or tearingDown`;",
    ],
    [REASON.CUT, "const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;"],
    [REASON.SHORTCUT, "if (a === b) return true;"],
    [
      REASON.MARK,
      'const NO_FINALIZERS: readonly string[] = frozenAs("finalizers", []);',
      'const NO_FINALIZERS: readonly string[] = frozenAs("", []);',
    ],
    [
      REASON.MARK,
      'const NO_ENTRIES: Readonly<Record<string, string>> = frozenAs("entries", Object.create(null));',
      'const NO_ENTRIES: Readonly<Record<string, string>> = frozenAs("", Object.create(null));',
    ],
  ],
  "runtime/core/opaque.ts": [
    [
      REASON.NEVER_ABSENT,
      "return ours?.every((byte, index) => byte === theirs?.[index]) ?? true;",
      "return ours?.every((byte, index) => byte === theirs[index]) ?? true;",
    ],
  ],
  "runtime/core/query.ts": [
    [REASON.SHORTCUT, "if (queries.length === 0) return queries;"],
  ],
  "runtime/core/resource_equality.ts": [
    [
      REASON.SHORTCUT,
      "return a === b || metadataEquals(a.metadata, b.metadata) && specEquals(a.spec, b.spec);",
    ],
  ],
  "runtime/core/state_helpers.ts": [
    [
      REASON.SHORTCUT,
      "names.every((name) => present.includes(name)) ? present : [...present, ...names];",
      "names.every(() => undefined) ? present : [...present, ...names];",
    ],
    [
      REASON.SHORTCUT,
      "return finalizers === metadata.finalizers ? resource : withFinalizers(resource, finalizers);",
      "return false ? resource : withFinalizers(resource, finalizers);",
    ],
    [
      REASON.SHORTCUT,
      "return wanted.metadata.version === version ? wanted : withMetadata(wanted, { version });",
      "return false ? wanted : withMetadata(wanted, { version });",
    ],
  ],
  "runtime/core/text_order.ts": [
    [REASON.SHORTCUT, "if (a === b) return 0;"],
    [
      "only ill-formed text has the unit 0xdfff before another",
      "return unit <= SURROGATES_LAST ? unit + 0x10000 : unit;",
    ],
  ],
  "runtime/core/timestamp.ts": [
    [
      "an empty text is the number 0, too",
      'const [, , , , , , , fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = match;',
    ],
    [
      "to divide by 1 or -1 is to multiply by it",
      'const offset = (Number(offsetHour) * 60 + Number(o … te)) * 60 * (sign === "-" ? -1 : 1);',
    ],
    [
      "they are not equal there",
      "if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;",
      "if (a.seconds !== b.seconds) return a.seconds <= b.seconds ? -1 : 1;",
    ],
  ],
  "runtime/core/type_name.ts": [
    [
      REASON.CUT,
      'const detail = `error validating resource definition "${type.slice(0, 256)}": ${rule}`;',
    ],
  ],
  "runtime/core/watch_for.ts": [
    [REASON.NO_SIGNAL, "const options = signal === undefined ? {} : { signal };"],
    [
      "what a missing method throws is caught, and the signal has aborted already",
      "if (ended.signal.aborted) await events.return?.();",
    ],
  ],
  "runtime/core/write_options.ts": [
    [
      "nothing is taken of a text either, and it is as wrong",
      'const names = typeof pointer === "object" && pointer !== null ? takenPointer(pointer) : pointer;',
      "const names = true && pointer !== null ? takenPointer(pointer) : pointer;",
    ],
    [REASON.CUT, "const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;"],
  ],
  "runtime/state/backed.ts": [
    [REASON.LISTENER, 'const settled = (): void => signal.removeEventListener("abort", abort);'],
    [REASON.ONCE, 'signal.addEventListener("abort", abort, { once: true });'],
  ],
  "runtime/state/collection.ts": [
    [
      REASON.FORGOTTEN,
      "get isPristine(): boolean { return this.watches === 0 && !this.wasWritten; }",
    ],
    [REASON.FORGOTTEN, "return this.watches === 0 && !this.wasWritten;", "return false;"],
    [
      REASON.NARROWED,
      'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
      "const isAll = false;",
    ],
    [
      REASON.NARROWED,
      'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
      'const isAll = (query.id ?? "Stryker was here!") === "" && query.labels?.[0]?.length === 1;',
    ],
    [
      REASON.NARROWED,
      'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
      'const isAll = (query.id ?? "") === "Stryker was here!" && query.labels?.[0]?.length === 1;',
    ],
    [
      "a query without an id that is not for all has labels",
      'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
      'const isAll = (query.id ?? "") === "" && query.labels?.[0].length === 1;',
    ],
    [
      "a query without an id that is not for all has labels",
      'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
      'const isAll = (query.id ?? "") === "" && query.labels[0]?.length === 1;',
    ],
    [
      REASON.NARROWED,
      "if (narrowed !== undefined && isAll) return narrowed;",
      "if (false) return narrowed;",
    ],
    [REASON.SWEPT, "this.#sorted.leave();"],
  ],
  "runtime/state/event_ring.ts": [
    ["the first event takes the place", "readonly #slots: Event[] = [];"],
  ],
  "runtime/state/id_query.ts": [
    ["re2js throws nothing else", "if (!(error instanceof RE2JSException)) throw error;"],
  ],
  "runtime/state/label_index.ts": [
    [REASON.SHORTCUT, "if (labels === before || this.#keys.size === 0) return;"],
    [REASON.NEVER_ABSENT, "const value = valueOf(slot.resource?.metadata.labels, key);"],
    [REASON.NEVER_ABSENT, "slots?.leave();"],
    [REASON.FORGOTTEN, "if (slots?.size === 0) values.delete(value);"],
    [
      REASON.NEVER_ABSENT,
      "if (slots?.size === 0) values.delete(value);",
      "if (slots.size === 0) values.delete(value);",
    ],
    [
      "no resource matches a term without a value, and none is kept for it",
      'if (operation !== "equal" || invert || value === undefined) continue;',
      'if (operation !== "equal" || invert || false) continue;',
    ],
    [REASON.TWICE, "if (is === was) continue;"],
    [
      "nothing is kept of those without the label",
      "if (was !== undefined) leave(values, was);",
      "if (true) leave(values, was);",
    ],
    [
      "nobody asks for those without the label: only memory tells",
      "if (is !== undefined) enter(values, { key, value: is, slot });",
      "if (true) enter(values, { key, value: is, slot });",
    ],
    [
      "nobody asks for those without the label: only memory tells",
      "if (value !== undefined) enter(values, { key, value, slot });",
      "if (true) enter(values, { key, value, slot });",
    ],
  ],
  "runtime/state/memory.ts": [
    [REASON.FORGOTTEN, ".filter(({ list }) => list.length > 0);"],
    [
      REASON.FORGOTTEN,
      "return [...collections.values()].map((each … lter(({ list }) => list.length > 0);",
    ],
    [REASON.FORGOTTEN, "onClose: () => { collection.watches--; this.#forget(collection); },"],
    [REASON.FORGOTTEN, "collection.watches--;"],
    [REASON.FORGOTTEN, "this.#forget(collection);"],
    [REASON.FORGOTTEN, "collection.watches++;"],
    [
      REASON.FORGOTTEN,
      "#forget(collection: Collection): void { if (!collection.isPristine) retur … is.#namespaces.delete(namespace); }",
    ],
    [REASON.FORGOTTEN, "if (!collection.isPristine) return;"],
    [REASON.FORGOTTEN, "if (known?.collections.get(type) !== collection) return;"],
    [REASON.FORGOTTEN, "known.collections.delete(type);"],
    [
      REASON.FORGOTTEN,
      "if (known.collections.size === 0 && known.revision === 0n) this.#namespaces.delete(namespace);",
    ],
    [REASON.SHORTCUT, "const anyLabels = labels.length === 0;", "const anyLabels = false;"],
  ],
  "runtime/state/namespaced.ts": [
    [
      REASON.CUT,
      'const detail = `Cannot make namespace "${namespace.slice(0, 64)}": there are ` +',
      'const detail = `Cannot make namespace "${namespace}": there are ` +',
    ],
  ],
  "runtime/state/shown_events.ts": [
    [REASON.CACHED, "readonly #events: WatchEvent[] = [];"],
    [REASON.CACHED, "readonly #positions: number[] = [];"],
    [REASON.CACHED, "const index = position % SHOWN_MAX;"],
    [
      REASON.CACHED,
      "if (known !== undefined && this.#positions[index] === position) return known;",
    ],
  ],
  "runtime/state/sorted_slots.ts": [
    [REASON.SWEPT, "if (this.#left > LEFT_MAX && this.#left > this.#size) this.#settle();"],
    [REASON.SHORTCUT, "if (this.#left === 0 && this.#came.length === 0) return;"],
    [REASON.SHORTCUT, "if (this.#left > 0) {"],
    [
      REASON.NEVER_ABSENT,
      "for (const { resource } of this.#ordered) if (resource !== undefined) resources.push(resource);",
    ],
    [
      REASON.SHORTCUT,
      "const behind = first === undefined || last === und … utf8Compare(last.id, first.id) < 0;",
    ],
    [
      REASON.SHORTCUT,
      "const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) < 0;",
      "const behind = first === undefined || last === undefined || false;",
    ],
    [
      REASON.TWICE,
      "const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) < 0;",
      "const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) <= 0;",
    ],
    [
      REASON.TWICE,
      "if (utf8Compare(other.id, slot.id) > 0) break;",
      "if (utf8Compare(other.id, slot.id) >= 0) break;",
    ],
  ],
  "runtime/state/wake_list.ts": [
    [
      "whoever waits for a turn has set the position",
      "if (position !== undefined) { for (const wake of waiting) wake(position); }",
      "if (true) { for (const wake of waiting) wake(position); }",
    ],
    [REASON.FORGOTTEN, "if (list?.size === 0) this.#byId.delete(id);"],
    [REASON.SHORTCUT, "if (this.#byId.size === 0) return;"],
    [REASON.FORGOTTEN, "get size(): number { return this.#waiting.size; }"],
  ],
  "runtime/state/watch_plan.ts": [
    [
      REASON.CUT,
      "const detail = `${name} is ${String(value).slice(0, 64)}, and may be true or false`;",
      "const detail = `${name} is ${String(value)}, and may be true or false`;",
    ],
  ],
  "runtime/state/watch_reader.ts": [
    [REASON.FORGOTTEN, "this.#collection.readers.delete(this.#id, this.#wake);"],
    [REASON.ONCE, 'signal?.addEventListener("abort", this.#close, { once: true });'],
    [REASON.LISTENER, 'this.#signal?.removeEventListener("abort", this.#close);'],
    [REASON.FORGOTTEN, "this.#onClose();"],
    [REASON.PAST_THE_END, "if (index >= snapshot.length + trailer.length) return undefined;"],
  ],
  "runtime/state/write_check.ts": [
    [
      REASON.NEVER_ABSENT,
      "if (version === undefined || metadata.version !== version) {",
      "if (false || metadata.version !== version) {",
    ],
  ],
  "runtime/state/write_queue.ts": [
    [REASON.NEVER_ABSENT, "else if (failed !== undefined) this.#drop(failed, error);"],
    [
      REASON.NEVER_ABSENT,
      "if (storing.length > 1 && store.commit !== undefined) {",
      "if (storing.length > 1 && true) {",
    ],
  ],
};

export const ACCEPTED_SURVIVORS: readonly AcceptedSurvivor[] = Object.entries(ROWS).flatMap(
  ([file, rows]) =>
    rows.map(([reason, before, after]) =>
      after === undefined ? { file, before, reason } : { file, before, after, reason }
    ),
);
