// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { callError } from "./call_error.ts";
import { CommandError } from "./command_error.ts";
import type { Found } from "./discovery.ts";

const FOUND: Found = {
  endpoint: { transport: "https", origin: "https://h:50000" },
  by: "test",
  token: undefined,
};
const REACH = "cannot reach the machine at https://h:50000 (found by test): ";

function ended(error: ConnectError, found = FOUND): readonly [exit: number, message: string] {
  const end = callError(error, { found, signal: new AbortController().signal });
  assert(end instanceof CommandError);
  return [end.exit, end.message];
}

Deno.test("callError() says what to do about certificates", () => {
  const help = ' (see "strata config add --help")';
  const cases = [
    [
      "received fatal alert: CertificateRequired",
      "it asks for a certificate, and a context can hold one",
    ],
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "nobody we trust signed its certificate, and a context can hold who did as ca",
    ],
    [
      "invalid peer certificate: UnknownIssuer",
      "nobody we trust signed its certificate, and a context can hold who did as ca",
    ],
    ["received fatal alert: UnknownCA", "it does not know who signed our certificate"],
    ["CERT_HAS_EXPIRED", "the time of a certificate is over, or a clock is wrong"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
  ] as const;
  for (const [said, advice] of cases) {
    const error = new ConnectError(said, Code.Unavailable);
    assertEquals(ended(error), [5, `${REACH}${said}: ${advice}${help}`]);
  }
  const cut = new ConnectError("the connection broke off: write EPIPE", Code.Unavailable);
  assertEquals(ended(cut), [5, `${REACH}the connection broke off: write EPIPE`]);
  const identity = { cert: "c", key: "k" };
  assertEquals(ended(cut, { ...FOUND, identity }), [
    5,
    `${REACH}the connection broke off: write EPIPE: it may not know who signed our certificate${help}`,
  ]);
});

Deno.test("callError() says how long was waited, where that is known", () => {
  const late = (words: string) => ended(new ConnectError(words, Code.DeadlineExceeded));
  assertEquals(late("no answer in 30s"), [5, `${REACH}no answer in 30s`]);
  assertEquals(late("the operation timed out"), [5, `${REACH}no answer in time`]);
});
