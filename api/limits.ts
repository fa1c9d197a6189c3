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

/**
 * Connections of one listener: a descriptor and about 20 kB each (HTTP/2: 4 kB before the preface); a stranger must not take
 * more of PID 1.
 */
export const CONNECTIONS_MAX = 1024;

/**
 * Connections from the machine itself besides, which those of others do not take: PID 1 asks whether all is well on one of them,
 * and kills who does not answer.
 */
export const OWN_CONNECTIONS_MAX = 16;

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

/** Bytes of a body that was answered unread, and is read away so that its client gets the answer: they are on their way. */
export const UNREAD_BYTES_MAX = 1024 * 1024;

/** Milliseconds that an answer waits for the rest of such a body, where nobody says how long it is. */
export const UNREAD_WAIT_MS = 50;

/** The same where it is short and said how long it is. Whoever only promises one holds a connection no longer. */
export const UNREAD_SHORT_WAIT_MS = 1000;

/** Milliseconds that answers in flight get when a listener closes; then their connections are cut. */
export const CLOSE_GRACE_MS = 5_000;

/** Milliseconds before accepting again after the kernel refused (no descriptors left, for one). */
export const ACCEPT_RETRY_MS = 100;

// What api/grpc keeps to.

/** Bytes after which an aggregated watch begins another message: official clients refuse one of 4 MiB. */
export const EVENTS_MESSAGE_BYTES_MAX = 3 * 1024 * 1024;

/** Bytes of messages gathered before they are handed on: two frames of HTTP/2, so that small ones share them. */
export const GRPC_WRITE_BYTES = 32 * 1024;

/** Bytes below which a message is not worth compressing. */
export const GZIP_BYTES_MIN = 1024;

/** Bytes of `grpc-message`, percent-encoded: several clients refuse a header list of 8 KiB. */
export const STATUS_MESSAGE_BYTES_MAX = 4096;

/** Refusals whose answers are kept ready, of a few hundred bytes each: more different ones are not asked for at once. */
export const REFUSALS_PREPARED_MAX = 64;

/** Milliseconds of the longest deadline that is kept, 24 days: timers count to no more. */
export const DEADLINE_MS_MAX = 2 ** 31 - 1;

/** Milliseconds between looks at the health that Health.Watch tells of; there is nothing that would wake it. */
export const HEALTH_POLL_MS = 1000;

// HTTP/2, api/http2. Header time-out, idle time-out and connections are those above.

/** Streams in flight of a stranger's connection: as other servers allow. */
export const HTTP2_STREAMS_MAX = 100;

/** Streams in flight of a unix socket's connection: Go clients block without a word on the watch beyond it. */
export const HTTP2_STREAMS_UNIX_MAX = 4096;

/**
 * Streams of a connection reset before their answer began, in ten seconds: cheap to ask for and dear to serve
 * (CVE-2023-44487, CVE-2025-8671). Counted whoever resets; an abandoned watch has begun its answer.
 */
export const HTTP2_RESETS_MAX = 100;

/** Streams refused before the peer has acknowledged our bound, which until then it cannot know. */
export const HTTP2_REFUSALS_MAX = 1000;

/** Bytes of a header list and of its encoding: ours have some hundred, tokens a few thousand. */
export const HTTP2_HEADER_BYTES_MAX = 16 * 1024;

/** CONTINUATION frames of one block: the bytes above are two frames. */
export const HTTP2_CONTINUATIONS_MAX = 8;

/** SETTINGS frames in ten seconds: clients send one or two in all, and each must be answered. */
export const HTTP2_SETTINGS_MAX = 64;

/** PING frames in ten seconds beyond one for each full DATA frame of ours: clients measure bandwidth so. */
export const HTTP2_PINGS_MAX = 1000;

/** WINDOW_UPDATE frames in ten seconds beyond four for each full DATA frame of ours. */
export const HTTP2_WINDOW_UPDATES_MAX = 10_000;

/** PRIORITY, late and unknown frames in ten seconds: they mean nothing here. */
export const HTTP2_CHATTER_MAX = 1000;

/** DATA frames without bytes and without end in ten seconds. */
export const HTTP2_EMPTY_DATA_MAX = 100;

/** Bytes of a request body that a sender may be ahead of its reader: throughput over a line of 100 Mbit/s and 80 ms. */
export const HTTP2_STREAM_WINDOW_BYTES = 1024 * 1024;

/** The same of all request bodies of a connection: several streams at full speed. */
export const HTTP2_CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024;

/** Bytes of a stream's answer that wait; beyond it the writer gets a promise. */
export const HTTP2_STREAM_BUFFERED_MARK = 128 * 1024;

/** Bytes of bodies, both ways, that a connection may have waiting: eight of the greatest messages. */
export const HTTP2_CONNECTION_BUFFERED_MAX = 8 * MESSAGE_BYTES_MAX;

/** The same of all connections of a listener: PID 1 must leave memory to others. */
export const HTTP2_BUFFERED_MAX = 128 * 1024 * 1024;

/** Bytes of frames that wait behind a write; while there are more, nothing more is read. */
export const HTTP2_OUTPUT_MARK = 64 * 1024;

/** Milliseconds in which SETTINGS must be acknowledged. */
export const HTTP2_SETTINGS_TIMEOUT_MS = 10_000;

/** Milliseconds a write may take without a byte being taken. */
export const HTTP2_WRITE_TIMEOUT_MS = 30_000;

/** Milliseconds in which a peer must take {@linkcode HTTP2_DRIP_BYTES} of an answer that is complete. */
export const HTTP2_ANSWER_TIMEOUT_MS = 60_000;

/** Fewer bytes than these are no progress of an answer: windows of one byte hold memory for ever. */
export const HTTP2_DRIP_BYTES = 4096;

/** Milliseconds without a byte from the peer of open streams until it is asked by PING, and then until it is given up. */
export const HTTP2_SILENCE_MS = 60_000;

// Clients of HTTP/2, api/http2/client_*.ts. What is not named here they share with the server.

/** Streams in flight of a client's connection, where the server would allow more. */
export const CLIENT_STREAMS_MAX = 4096;

/** The same until the server has said how many it allows: RFC 9113 §6.5.2 advises servers against fewer. */
export const CLIENT_STREAMS_UNTOLD = 100;

/** Calls that wait for a stream or a connection; further ones fail at once. */
export const CLIENT_WAITING_MAX = 4096;

/** Milliseconds of one attempt to connect, a name looked up and TLS included. */
export const CLIENT_DIAL_TIMEOUT_MS = 10_000;

/** Milliseconds between two attempts to connect, the first and the longest; each is longer than the one before by a factor. */
export const CLIENT_REDIAL_MS_MIN = 100;
export const CLIENT_REDIAL_MS_MAX = 5_000;
export const CLIENT_REDIAL_FACTOR = 1.6;

/** How far chance moves such a wait, either way: clients of one server must not come back all at once. */
export const CLIENT_REDIAL_JITTER = 0.2;

/** Times a request is sent that the server says it has not looked at. */
export const CLIENT_SENDS_MAX = 4;

/**
 * Milliseconds without a byte from the server of open streams until it is asked by PING: official servers of gRPC end
 * connections that ask more often than every five minutes. Ours ask by themselves, and sooner.
 */
export const CLIENT_SILENCE_MS = 310_000;

/** Milliseconds in which the server must answer that PING. */
export const CLIENT_PONG_TIMEOUT_MS = 20_000;

// TLS, api/listen_tls.ts. Connections that were let in are bounded by CONNECTIONS_MAX, as those of other listeners.

/** Milliseconds from the start of a connection to the end of its handshake, which is a few exchanges and two signatures. */
export const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** Handshakes at work; the oldest gives way to the next, so that who begins them and stops keeps nobody out. */
export const TLS_HANDSHAKES_MAX = 256;

/** Milliseconds between lines of the log about refused handshakes: anybody can cause them. */
export const TLS_REFUSALS_LOG_MS = 10_000;

// The state over the wire, api/state_client.

/** Milliseconds a call with one answer may take: it answers from memory, a slow emulator included. */
export const STATE_CALL_MS_MAX = 10_000;

/** Resources of a list, and bytes that they take about: a server that never ends must not fill this process. */
export const LISTED_RESOURCES_MAX = 1_000_000;
export const LISTED_BYTES_MAX = 256 * 1024 * 1024;

/** Milliseconds until a lost watch is asked for again, the first time and at most, as official clients wait. */
export const WATCH_RETRY_MS_MIN = 500;
export const WATCH_RETRY_MS_MAX = 60_000;
export const WATCH_RETRY_FACTOR = 1.5;

/** How far chance moves such a wait, either way. */
export const WATCH_RETRY_JITTER = 0.5;

/** Milliseconds after which a lost watch is given up; every event begins them anew. */
export const WATCH_RETRY_SPAN_MS = 15 * 60_000;

/** Milliseconds a watch must stand without an event to count as one that works. */
export const WATCH_STEADY_MS = 60_000;

// The proxy of apid, api/proxy.

/**
 * Connections to the machine, one for each of its callers, the idle ones giving way: fewer than the machine's socket takes,
 * which may not have seen yet that one is closed, and would refuse whoever comes next.
 */
export const UPSTREAMS_MAX = CONNECTIONS_MAX - 128;

/** The same for what anybody may ask: whether all is well must be seen while callers hold all of the others. */
export const UPSTREAMS_STRANGERS_MAX = 64;

/**
 * Calls at once on one of the latter, which whoever comes shares when all are in use: twice as many on all of them as a listener
 * takes connections, and far fewer than the machine takes on one.
 */
export const UPSTREAM_SHARED_CALLS_MAX = 32;

/** Connections to the machine that callers of one address may have in use: a quarter, so that others find some. */
export const UPSTREAMS_PER_CLIENT_MAX = 256;

/** Milliseconds that such a connection is kept without a call. */
export const UPSTREAM_IDLE_MS = 10_000;

/**
 * Bytes of requests that the machine has not read, and of answers that callers have not, all together in the proxy: beyond it who
 * holds most loses its calls.
 */
export const PROXY_BUFFERED_MAX = 64 * 1024 * 1024;

/** Bytes that the machine may be ahead of one reader: on a socket of the same machine more gains nothing. */
export const UPSTREAM_STREAM_WINDOW_BYTES = 256 * 1024;
