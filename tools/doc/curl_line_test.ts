// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { httpLine, quoted, rpcGetLine, rpcLine } from "./curl_line.ts";

Deno.test("quoted() leaves nothing for sh to read", () => {
  assertEquals(quoted('a $b `c` "d"'), "'a $b `c` \"d\"'");
  assertEquals(quoted("it's"), "'it'\\''s'");
});

Deno.test("rpcLine() sends a message as it is, and in an envelope to a stream", () => {
  const { version, read } = MachineService.method;
  assertEquals(
    rpcLine(version, {}),
    "curl -sS $STRATA/machine.MachineService/Version --json '{}'",
  );
  const path = `/${"é".repeat(200)}`;
  assertEquals(
    rpcLine(read, { path }),
    `printf '\\000\\000\\000\\001\\234%s' '{"path":"${path}"}' |
  curl -sSN $STRATA/machine.MachineService/Read -H 'content-type: application/connect+json' ` +
      "--data-binary @- --output -",
  );
});

Deno.test("rpcGetLine() is of calls that change nothing and stream nothing", () => {
  const { get, list, create } = State.method;
  assertEquals(
    rpcGetLine(get, { id: "a" }),
    `curl -sSG $STRATA/cosi.resource.State/Get -d connect=v1 -d encoding=json \\
  --data-urlencode 'message={"id":"a"}'`,
  );
  assertEquals([rpcGetLine(list, {}), rpcGetLine(create, {})], [undefined, undefined]);
});

Deno.test("httpLine() names method, headers and body where there are any", () => {
  const path = "/api/v1/types";
  const plain = { method: "GET", path, headers: [], body: undefined };
  assertEquals(httpLine(plain), "curl -sS $STRATA/api/v1/types");
  const body = { mediaType: "application/json", example: { a: "it's" } };
  assertEquals(
    httpLine({ method: "PUT", path: "/x", headers: [["if-match", "*"]], body }),
    "curl -sS $STRATA/x -X PUT -H 'if-match: *' -H 'content-type: application/json' " +
      "-d '{\"a\":\"it'\\''s\"}'",
  );
});
