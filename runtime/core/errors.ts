/** What a state refuses, as one class with the facts of the refusal, and the questions asked of it. */
import type { Metadata, Phase, Pointer, Version } from "./resource.ts";

/** Why something was refused: facts only; the words are written by {@linkcode StateError}. */
export type Failure =
  | { readonly refusal: "not-found"; readonly pointer: Pointer }
  | { readonly refusal: "already-exists"; readonly pointer: Pointer; readonly version?: Version }
  | {
    readonly refusal: "version-conflict";
    readonly pointer: Pointer;
    readonly expected: Version;
    readonly actual: Version;
  }
  | { readonly refusal: "owner-conflict"; readonly pointer: Pointer; readonly owner: string }
  | { readonly refusal: "phase-conflict"; readonly pointer: Pointer; readonly expected: Phase }
  | {
    readonly refusal: "pending-finalizers";
    readonly pointer: Pointer;
    readonly finalizers: readonly string[];
  }
  | { readonly refusal: "invalid-bookmark"; readonly detail: string }
  | { readonly refusal: "invalid-query"; readonly detail: string }
  | { readonly refusal: "invalid-resource"; readonly pointer?: Pointer; readonly detail: string }
  | { readonly refusal: "unsupported"; readonly operation: string }
  | { readonly refusal: "access-denied"; readonly detail: string }
  | { readonly refusal: "overrun"; readonly detail: string }
  | { readonly refusal: "closed"; readonly detail: string };

/** The tag of a {@linkcode Failure}. */
export type Refusal = Failure["refusal"];

/** A state refused a call. The message is made from the facts and safe to show to the caller. */
export class StateError extends Error {
  static {
    // Whoever is handed one reaches what all of them share.
    Object.freeze(this.prototype);
  }

  override readonly name = "StateError";
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failureText(failure), options);
    this.failure = failure;
  }
}

/** The words of a refusal, as {@linkcode StateError} has them: for who refuses without an error. */
export function failureText(failure: Failure): string {
  switch (failure.refusal) {
    case "not-found":
      return `resource ${reference(failure.pointer)} doesn't exist`;
    case "already-exists":
      return `resource ${reference(failure.pointer, failure.version)} already exists`;
    case "version-conflict":
      return `resource ${
        reference(failure.pointer, failure.expected)
      } update conflict: expected version ` +
        `"${versionText(failure.expected)}", actual version "${versionText(failure.actual)}"`;
    case "owner-conflict":
      return `resource ${reference(failure.pointer)} is owned by "${failure.owner}"`;
    case "phase-conflict":
      return `resource ${reference(failure.pointer)} is not in phase ${failure.expected}`;
    case "pending-finalizers":
      return `resource ${reference(failure.pointer)} has pending finalizers [${
        failure.finalizers.join(" ")
      }]`;
    case "invalid-bookmark":
      return `invalid watch bookmark: ${failure.detail}`;
    case "unsupported":
      return `operation ${failure.operation} is not supported`;
    case "invalid-resource":
      return failure.pointer === undefined
        ? `invalid resource: ${failure.detail}`
        : `invalid resource ${reference(failure.pointer)}: ${failure.detail}`;
    case "invalid-query":
      return `invalid query: ${failure.detail}`;
    case "access-denied":
    case "overrun":
    case "closed":
      return failure.detail;
  }
}

/** The string form of a version: `undefined` or a decimal. */
export function versionText(version: Version): string {
  return version === undefined ? "undefined" : version.toString();
}

/** The string form of a reference: `TYPE(NAMESPACE/ID@VERSION)`. */
export function reference(pointer: Pointer & Partial<Metadata>, version?: Version): string {
  const shown = versionText(version ?? pointer.version);
  return `${pointer.type}(${pointer.namespace}/${pointer.id}@${shown})`;
}

/** Errors around errors that are looked through; what is wrapped deeper, or in itself, is nobody's. */
const WRAPPINGS_MAX = 16;

/**
 * The refusal that an error is, or that its `cause` is, however deep. What a refusal itself was caused by does not
 * count: it has its own tag.
 */
export function stateErrorOf(error: unknown): StateError | undefined {
  let inner = error;
  for (let depth = 0; depth < WRAPPINGS_MAX; depth++) {
    if (inner instanceof StateError) return inner;
    if (!(inner instanceof Error)) return undefined;
    inner = inner.cause;
  }
  return undefined;
}

function isRefused(error: unknown, refusal: Refusal): boolean {
  return stateErrorOf(error)?.failure.refusal === refusal;
}

const CONFLICTS = [
  "already-exists",
  "version-conflict",
  "owner-conflict",
  "phase-conflict",
  "pending-finalizers",
] as const satisfies readonly Refusal[];

type Conflict = Extract<Failure, { readonly refusal: (typeof CONFLICTS)[number] }>;

function isAnyConflict(failure: Failure): failure is Conflict {
  return CONFLICTS.some((refusal) => refusal === failure.refusal);
}

/**
 * Whether the state of the resource forbids the call: it exists, changed, is owned, is in another phase or is held.
 *
 * @param narrow Only conflicts about this namespace or type count.
 */
export function isConflict(
  error: unknown,
  narrow: { readonly namespace?: string; readonly type?: string } = {},
): boolean {
  const failure = stateErrorOf(error)?.failure;
  if (failure === undefined || !isAnyConflict(failure)) return false;
  const { namespace, type } = failure.pointer;
  return (narrow.namespace ?? namespace) === namespace && (narrow.type ?? type) === type;
}

/** Whether there is no such resource. */
export function isNotFound(error: unknown): boolean {
  return isRefused(error, "not-found");
}

/** Whether the id is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return isRefused(error, "already-exists");
}

/** Whether somebody else wrote first. */
export function isVersionConflict(error: unknown): boolean {
  return isRefused(error, "version-conflict");
}

/** Whether somebody else owns the resource. */
export function isOwnerConflict(error: unknown): boolean {
  return isRefused(error, "owner-conflict");
}

/** Whether the resource is in another phase than the call expects. */
export function isPhaseConflict(error: unknown): boolean {
  return isRefused(error, "phase-conflict");
}

/** Whether finalizers hold the resource. */
export function isPendingFinalizers(error: unknown): boolean {
  return isRefused(error, "pending-finalizers");
}

/** Whether a watch cannot go on from the bookmark given. */
export function isInvalidBookmark(error: unknown): boolean {
  return isRefused(error, "invalid-bookmark");
}

/** Whether what was asked for cannot be asked for. */
export function isInvalidQuery(error: unknown): boolean {
  return isRefused(error, "invalid-query");
}

/** Whether what was to be stored, or its name, cannot be. */
export function isInvalidResource(error: unknown): boolean {
  return isRefused(error, "invalid-resource");
}

/** Whether the back-end does not offer the call. */
export function isUnsupported(error: unknown): boolean {
  return isRefused(error, "unsupported");
}

/** Whether the caller may not do it. */
export function isAccessDenied(error: unknown): boolean {
  return isRefused(error, "access-denied");
}

/** Whether a bound was reached: of a watch that lagged, or of writes that wait. */
export function isOverrun(error: unknown): boolean {
  return isRefused(error, "overrun");
}

/** Whether the other side ended before there was an answer. */
export function isClosed(error: unknown): boolean {
  return isRefused(error, "closed");
}
