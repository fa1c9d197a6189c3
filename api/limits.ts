/** Every bound of what is served, with its reason. */

/** Bytes of one message or HTTP body: what gRPC clients accept unless told otherwise. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Bytes of one stored resource, encoded: an `updated` event carries two of them, and as JSON bytes take four thirds
 * of their size; 2 × 1.25 MiB × 4/3 leaves room for the names within {@linkcode MESSAGE_BYTES_MAX}.
 */
export const RESOURCE_BYTES_MAX = 1280 * 1024;

/** Characters of `yaml_spec` made for a known type; a longer one is for no reader and is left out. */
export const YAML_SPEC_LENGTH_MAX = 128 * 1024;

/** Bytes, estimated, after which an aggregated watch begins another message. */
export const BATCH_BYTES_MAX = 512 * 1024;

/** Levels of a JSON body: messages of ours have far fewer, and recursion must end. */
export const JSON_DEPTH_MAX = 64;

/** Items of a list answered as one JSON value, which is held in memory; `application/x-ndjson` has no such bound. */
export const LIST_ITEMS_MAX = 10_000;

/** Bytes, estimated, of one piece of a streamed list. */
export const LIST_CHUNK_BYTES = 64 * 1024;

/** Characters of an id's regular expression, as the state has it: compiling costs by length. */
export const ID_REGEXP_LENGTH_MAX = 1024;

/** Terms of all label queries of a call: each is tried on every resource of the kind. */
export const LABEL_TERMS_MAX = 128;

/** Open watches of the process: each holds a stream and up to a history of events. */
export const WATCHES_MAX = 4096;

/** Open watches of one TCP caller, so that it cannot take those of the others. Unix sockets have only the bound above. */
export const WATCHES_PER_CLIENT_MAX = 512;

/** Times a PATCH is tried again when others write first; then the caller is told. */
export const PATCH_ATTEMPTS_MAX = 32;

/** The most events that `?tail` may name: histories are far shorter, and the number stays exact. */
export const TAIL_EVENTS_MAX = 1_000_000;

/** Milliseconds between comments on a quiet event stream: proxies cut at 30 s or 60 s. */
export const KEEP_ALIVE_MS = 15_000;

/** Seconds a DELETE may wait: longer waits are better made of a watch. */
export const DELETE_WAIT_SECONDS_MAX = 300;

/** Connections of one TCP listener: a descriptor and about 20 kB each; a stranger must not take more of PID 1. */
export const CONNECTIONS_MAX = 1024;

/** Connections beyond the bound that are told so at once; further ones are closed without a word. */
export const REFUSALS_MAX = 64;

/** Milliseconds a refused caller has to read the refusal. */
export const REFUSAL_LINGER_MS = 1000;

/** Milliseconds from the start of a connection to the end of its first request's headers. */
export const HEADER_TIMEOUT_MS = 10_000;

/** Milliseconds a connection may stay without a request in flight. */
export const IDLE_TIMEOUT_MS = 120_000;

/** Requests in flight on one connection (HTTP/2): as many as the listeners of HTTP/2 allow a stranger. */
export const REQUESTS_PER_CONNECTION_MAX = 100;

/** Milliseconds that answers in flight get when a listener closes; then their connections are cut. */
export const CLOSE_GRACE_MS = 5_000;

/** Milliseconds before accepting again after the kernel refused (no descriptors left, for one). */
export const ACCEPT_RETRY_MS = 100;
