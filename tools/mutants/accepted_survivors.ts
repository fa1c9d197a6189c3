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

export const ACCEPTED_SURVIVORS: readonly AcceptedSurvivor[] = [
  {
    file: "runtime/core/freeze.ts",
    before: "if (property?.enumerable !== true) {",
    reason: REASON.NEVER_ABSENT,
  },
  {
    file: "runtime/core/freeze.ts",
    before: "if (isReference(part)) freezeAt(part, partName(path, key, isArray), depth + 1);",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/freeze.ts",
    before: "if (fixed !== prototype) Object.setPrototypeOf(value, fixed);",
    reason: REASON.SHORTCUT,
  },
  { file: "runtime/core/freeze.ts", before: "mark(value);", reason: REASON.MARK },
  { file: "runtime/core/freeze.ts", before: "mark(copy);", reason: REASON.MARK },
  { file: "runtime/core/freeze.ts", before: "mark(items);", reason: REASON.MARK },
  {
    file: "runtime/core/freeze.ts",
    before:
      "if (depth > SPEC_DEPTH_MAX) throw unfit(path.slice(0, 80), `nested over ${SPEC_DEPTH_MAX} deep`);",
    after: "if (depth > SPEC_DEPTH_MAX) throw unfit(path, `nested over ${SPEC_DEPTH_MAX} deep`);",
    reason: REASON.CUT,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before:
      "constructor(object: object) { // What a base class returns gets … f the derived one. return object; }",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before: "static has(object: object): boolean { return #kind in object; }",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before:
      "static kindOf(object: object): MarkKind | undefined { return #kind in object ? object.#kind : undefined; }",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before: 'export function mark(object: object, kind: MarkKind = "value"): void {',
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before:
      'export function mark(object: object, kind: MarkKind = "value"): void { if (Object.isExtensible(object) & … bject)) new Marked(object, kind); }',
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before: "if (Object.isExtensible(object) && !Marked.has(object)) new Marked(object, kind);",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before:
      "export function markNew(object: object, kind: MarkKind): void { new Marked(object, kind); }",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before:
      'export function isMarkedMetadata(object: object): boolean { return Marked.kindOf(object) === "metadata"; }',
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before: 'return Marked.kindOf(object) === "metadata";',
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/immutable_mark.ts",
    before: "export function isMarked(object: object): boolean { return Marked.has(object); }",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/label_number.ts",
    before: 'const digits = NUMBER_REGEXP.exec(start)?.[0] ?? "";',
    reason: "neither text is a number",
  },
  { file: "runtime/core/linked_abort.ts", before: "unlink();", reason: REASON.LISTENER },
  {
    file: "runtime/core/linked_abort.ts",
    before:
      'else for (const source of sources) source.addEventListener("abort", onAbort, { once: true });',
    reason: REASON.ONCE,
  },
  {
    file: "runtime/core/metadata.ts",
    before: 'markNew(metadata, "metadata");',
    reason: REASON.MARK,
  },
  { file: "runtime/core/metadata.ts", before: "return a === b ||", reason: REASON.SHORTCUT },
  {
    file: "runtime/core/metadata.ts",
    before: "const shown = JSON.stringify(text.slice(0, 64));",
    reason: REASON.CUT,
  },
  {
    file: "runtime/core/metadata.ts",
    before:
      "const detail = `unknown phase: ${String(text).slice(0, 64)}, may be running or tearingDown`;",
    reason: REASON.CUT,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (finalizers === undefined || finalizers === NO_FINALIZERS) return NO_FINALIZERS;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (isMarked(finalizers)) return finalizers;",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (unique.length === 0) return NO_FINALIZERS;",
    reason: REASON.SHORTCUT,
  },
  { file: "runtime/core/metadata.ts", before: "mark(unique);", reason: REASON.MARK },
  {
    file: "runtime/core/metadata.ts",
    before: "if (source === undefined || source === NO_ENTRIES) return NO_ENTRIES;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (isMarked(source) && Object.getPrototypeOf(source) === null) return source;",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (keys.length === 0) return NO_ENTRIES;",
    reason: REASON.SHORTCUT,
  },
  { file: "runtime/core/metadata.ts", before: "mark(copy);", reason: REASON.MARK },
  {
    file: "runtime/core/metadata.ts",
    before: "if (time === undefined || time === EPOCH) return EPOCH;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (isMarked(time)) return time;",
    reason: REASON.MARK,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;",
    reason: REASON.CUT,
  },
  {
    file: "runtime/core/metadata.ts",
    before: "if (a === b) return true;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/query.ts",
    before: "if (queries.length === 0) return queries;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/resource_equality.ts",
    before:
      "return a === b || metadataEquals(a.metadata, b.metadata) && specEquals(a.spec, b.spec);",
    reason: REASON.SHORTCUT,
  },
  { file: "runtime/core/text_order.ts", before: "if (a === b) return 0;", reason: REASON.SHORTCUT },
  {
    file: "runtime/core/text_order.ts",
    before: "return unit <= SURROGATES_LAST ? unit + 0x10000 : unit;",
    reason: "only ill-formed text has the unit 0xdfff before another",
  },
  {
    file: "runtime/core/timestamp.ts",
    before:
      'const [, , , , , , , fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = match;',
    reason: "an empty text is the number 0, too",
  },
  {
    file: "runtime/core/timestamp.ts",
    before:
      'const offset = (Number(offsetHour) * 60 + Number(o … te)) * 60 * (sign === "-" ? -1 : 1);',
    reason: "to divide by 1 or -1 is to multiply by it",
  },
  {
    file: "runtime/core/type_name.ts",
    before:
      'const detail = `error validating resource definition "${type.slice(0, 256)}": ${rule}`;',
    reason: REASON.CUT,
  },
  {
    file: "runtime/state/backed.ts",
    before: 'const settled = (): void => signal.removeEventListener("abort", abort);',
    reason: REASON.LISTENER,
  },
  {
    file: "runtime/state/backed.ts",
    before: 'signal.addEventListener("abort", abort, { once: true });',
    reason: REASON.ONCE,
  },
  {
    file: "runtime/state/collection.ts",
    before: "get isPristine(): boolean { return this.watches === 0 && this.ring.written === 0; }",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/collection.ts",
    before: "return this.watches === 0 && this.ring.written === 0;",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/event_ring.ts",
    before: "readonly #slots: Event[] = [];",
    reason: "the first event takes the place",
  },
  {
    file: "runtime/state/id_query.ts",
    before: "if (!(error instanceof RE2JSException)) throw error;",
    reason: "re2js throws nothing else",
  },
  {
    file: "runtime/state/label_index.ts",
    before: 'const term = query.find(({ operation, invert }) => operation === "equal" && !invert);',
    after: "const term = query.find(({ operation, invert }) => true && !invert);",
    reason: REASON.NARROWED,
  },
  {
    file: "runtime/state/label_index.ts",
    before: "if (labels === before || this.#keys.size === 0) return;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/label_index.ts",
    before: "const value = valueOf(slot.resource?.metadata.labels, key);",
    reason: REASON.NEVER_ABSENT,
  },
  { file: "runtime/state/label_index.ts", before: "slots?.leave();", reason: REASON.NEVER_ABSENT },
  {
    file: "runtime/state/label_index.ts",
    before: "if (slots?.size === 0) values.delete(value);",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/label_index.ts",
    before: "if (slots?.size === 0) values.delete(value);",
    after: "if (slots.size === 0) values.delete(value);",
    reason: REASON.NEVER_ABSENT,
  },
  {
    file: "runtime/state/memory.ts",
    before: "onClose: () => { collection.watches--; this.#forget(collection); },",
    reason: REASON.FORGOTTEN,
  },
  { file: "runtime/state/memory.ts", before: "collection.watches--;", reason: REASON.FORGOTTEN },
  {
    file: "runtime/state/memory.ts",
    before: "this.#forget(collection);",
    reason: REASON.FORGOTTEN,
  },
  { file: "runtime/state/memory.ts", before: "collection.watches++;", reason: REASON.FORGOTTEN },
  {
    file: "runtime/state/memory.ts",
    before:
      "#forget(collection: Collection): void { if (!collection.isPristine) retur … is.#namespaces.delete(namespace); }",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/memory.ts",
    before: "if (!collection.isPristine) return;",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/memory.ts",
    before: "if (known?.collections.get(type) !== collection) return;",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/memory.ts",
    before: "known.collections.delete(type);",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/memory.ts",
    before:
      "if (known.collections.size === 0 && known.revision === 0n) this.#namespaces.delete(namespace);",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/memory.ts",
    before: "const anyLabels = labels.length === 0;",
    after: "const anyLabels = false;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/shown_events.ts",
    before: "readonly #events: WatchEvent[] = [];",
    reason: REASON.CACHED,
  },
  {
    file: "runtime/state/shown_events.ts",
    before: "readonly #positions: number[] = [];",
    reason: REASON.CACHED,
  },
  {
    file: "runtime/state/shown_events.ts",
    before: "const index = position % SHOWN_MAX;",
    reason: REASON.CACHED,
  },
  {
    file: "runtime/state/shown_events.ts",
    before: "if (known !== undefined && this.#positions[index] === position) return known;",
    reason: REASON.CACHED,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before: "if (this.#left > LEFT_MAX && this.#left > this.#size) this.#settle();",
    reason: REASON.SWEPT,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before: "if (this.#left === 0 && this.#came.length === 0) return;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before: "if (this.#left > 0) {",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/wake_list.ts",
    before: "if (list?.size === 0) this.#byId.delete(id);",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/wake_list.ts",
    before: "if (this.#byId.size === 0) return;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/wake_list.ts",
    before: "get size(): number { return this.#waiting.size; }",
    reason: REASON.FORGOTTEN,
  },
  {
    file: "runtime/state/watch_reader.ts",
    before: 'signal?.addEventListener("abort", this.#close, { once: true });',
    reason: REASON.ONCE,
  },
  {
    file: "runtime/state/watch_reader.ts",
    before: 'this.#signal?.removeEventListener("abort", this.#close);',
    reason: REASON.LISTENER,
  },
  {
    file: "runtime/core/call_check.ts",
    before: 'if (typeof value === "string") return JSON.stringify(value.slice(0, 64));',
    after: 'if (typeof value === "string") return JSON.stringify(value);',
    reason: REASON.CUT,
  },
  {
    file: "runtime/core/definition.ts",
    before: "if (encodings.has(value)) encodings.set(value, bytes.slice());",
    after: "if (false) encodings.set(value, bytes.slice());",
    reason: "an encoding is kept for whoever asks again: only time tells",
  },
  {
    file: "runtime/core/freeze.ts",
    before: "const plain = prototype === Object.prototype || prototype === null;",
    reason: REASON.FASTER,
  },
  {
    file: "runtime/core/freeze.ts",
    before: "if (plain) copy[key] = item;",
    after: "if (false) copy[key] = item;",
    reason: REASON.FASTER,
  },
  {
    file: "runtime/core/json_fields.ts",
    before: ": [];",
    reason: "what is looked into there is a text, in which there are no fields",
  },
  {
    file: "runtime/core/state_helpers.ts",
    before:
      "return wanted.metadata.version === version ? wanted : withMetadata(wanted, { version });",
    after: "return false ? wanted : withMetadata(wanted, { version });",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/core/timestamp.ts",
    before: "if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;",
    after: "if (a.seconds !== b.seconds) return a.seconds <= b.seconds ? -1 : 1;",
    reason: "they are not equal there",
  },
  {
    file: "runtime/core/watch_for.ts",
    before: "const options = signal === undefined ? {} : { signal };",
    reason: REASON.NO_SIGNAL,
  },
  {
    file: "runtime/core/watch_for.ts",
    before: "if (ended.signal.aborted) await events.return?.();",
    reason: "what a missing method throws is caught, and the signal has aborted already",
  },
  {
    file: "runtime/core/write_options.ts",
    before: "const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;",
    reason: REASON.CUT,
  },
  {
    file: "runtime/state/collection.ts",
    before: 'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
    after: "const isAll = false;",
    reason: REASON.NARROWED,
  },
  {
    file: "runtime/state/collection.ts",
    before: 'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
    after:
      'const isAll = (query.id ?? "Stryker was here!") === "" && query.labels?.[0]?.length === 1;',
    reason: REASON.NARROWED,
  },
  {
    file: "runtime/state/collection.ts",
    before: 'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
    after:
      'const isAll = (query.id ?? "") === "Stryker was here!" && query.labels?.[0]?.length === 1;',
    reason: REASON.NARROWED,
  },
  {
    file: "runtime/state/collection.ts",
    before: 'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
    after: 'const isAll = (query.id ?? "") === "" && query.labels?.[0].length === 1;',
    reason: "a query without an id that is not for all has labels",
  },
  {
    file: "runtime/state/collection.ts",
    before: 'const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;',
    after: 'const isAll = (query.id ?? "") === "" && query.labels[0]?.length === 1;',
    reason: "a query without an id that is not for all has labels",
  },
  {
    file: "runtime/state/collection.ts",
    before: "if (narrowed !== undefined && isAll) return narrowed;",
    after: "if (false) return narrowed;",
    reason: REASON.NARROWED,
  },
  { file: "runtime/state/collection.ts", before: "this.#sorted.leave();", reason: REASON.SWEPT },
  {
    file: "runtime/state/collection.ts",
    before: 'return change.event === "updated" && origin.cause === undefined',
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/label_index.ts",
    before: 'if (operation !== "equal" || invert || value === undefined) continue;',
    after: 'if (operation !== "equal" || invert || false) continue;',
    reason: "no resource matches a term without a value, and none is kept for it",
  },
  {
    file: "runtime/state/label_index.ts",
    before: "if (is === was) continue;",
    reason: REASON.TWICE,
  },
  {
    file: "runtime/state/label_index.ts",
    before: "if (was !== undefined) leave(values, was);",
    after: "if (true) leave(values, was);",
    reason: "nothing is kept of those without the label",
  },
  {
    file: "runtime/state/label_index.ts",
    before: "if (is !== undefined) enter(values, { key, value: is, slot });",
    after: "if (true) enter(values, { key, value: is, slot });",
    reason: "nobody asks for those without the label: only memory tells",
  },
  {
    file: "runtime/state/label_index.ts",
    before: "if (value !== undefined) enter(values, { key, value, slot });",
    after: "if (true) enter(values, { key, value, slot });",
    reason: "nobody asks for those without the label: only memory tells",
  },
  {
    file: "runtime/state/namespaced.ts",
    before: 'const detail = `Cannot make namespace "${namespace.slice(0, 64)}": there are ` +',
    after: 'const detail = `Cannot make namespace "${namespace}": there are ` +',
    reason: REASON.CUT,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before:
      "for (const { resource } of this.#ordered) if (resource !== undefined) resources.push(resource);",
    reason: REASON.NEVER_ABSENT,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before:
      "const behind = first === undefined || last === und … utf8Compare(last.id, first.id) < 0;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before:
      "const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) < 0;",
    after: "const behind = first === undefined || last === undefined || false;",
    reason: REASON.SHORTCUT,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before:
      "const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) < 0;",
    after:
      "const behind = first === undefined || last === undefined || utf8Compare(last.id, first.id) <= 0;",
    reason: REASON.TWICE,
  },
  {
    file: "runtime/state/sorted_slots.ts",
    before: "if (utf8Compare(other.id, slot.id) > 0) break;",
    after: "if (utf8Compare(other.id, slot.id) >= 0) break;",
    reason: REASON.TWICE,
  },
  {
    file: "runtime/state/watch_plan.ts",
    before: "const detail = `${name} is ${String(value).slice(0, 64)}, and may be true or false`;",
    after: "const detail = `${name} is ${String(value)}, and may be true or false`;",
    reason: REASON.CUT,
  },
  {
    file: "runtime/state/watch_reader.ts",
    before: "this.#collection.readers.delete(this.#id, wake);",
    reason: "who has ended is woken for nothing, and forgotten: only time tells",
  },
  { file: "runtime/state/watch_reader.ts", before: "this.#onClose();", reason: REASON.FORGOTTEN },
  {
    file: "runtime/state/watch_reader.ts",
    before: "this.#blocked.delete(wake);",
    reason: "who was woken is woken again at the end, for nothing: only memory tells",
  },
  {
    file: "runtime/state/watch_reader.ts",
    before: "if (index >= snapshot.length + trailer.length) return undefined;",
    reason: REASON.PAST_THE_END,
  },
  {
    file: "runtime/state/write_check.ts",
    before: "if (version === undefined || metadata.version !== version) {",
    after: "if (false || metadata.version !== version) {",
    reason: REASON.NEVER_ABSENT,
  },
  {
    file: "runtime/state/write_queue.ts",
    before: "else if (failed !== undefined) this.#drop(failed, error);",
    reason: REASON.NEVER_ABSENT,
  },
  {
    file: "runtime/state/write_queue.ts",
    before: "if (storing.length > 1 && store.commit !== undefined) {",
    after: "if (storing.length > 1 && true) {",
    reason: REASON.NEVER_ABSENT,
  },
];
