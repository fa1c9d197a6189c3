// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { answerFault, untilFault, withAnswerFaults } from "./answer_fault.ts";

const INVALID = new ConnectError("protocol error", Code.InvalidArgument, { "x-a": "b" });

function fromWire(): ConnectError {
  const error = new ConnectError("no", Code.InvalidArgument);
  error.isWireError = true;
  return error;
}

Deno.test("answerFault() blames the server for an answer that we call invalid, and nobody else", () => {
  const error = answerFault(INVALID);
  assert(error instanceof ConnectError);
  assertEquals([error.code, error.rawMessage], [Code.Internal, "protocol error"]);
  assertEquals([error.metadata.get("x-a"), error.cause], ["b", INVALID]);
  const others = [fromWire(), new ConnectError("no", Code.NotFound), new TypeError("no"), "no"];
  for (const other of others) assertStrictEquals(answerFault(other), other);
});

Deno.test("withAnswerFaults() does so for calls, for heads of streams and for their messages", async () => {
  const { version, list } = MachineService.method;
  const transport = withAnswerFaults({
    unary: () => Promise.reject(INVALID),
    stream: () => Promise.reject(INVALID),
  });
  const input = (async function* () {})();
  const calls = [
    () => transport.unary(version, undefined, undefined, undefined, {}),
    () => transport.stream(list, undefined, undefined, undefined, input),
  ];
  for (const call of calls) {
    assertEquals((await assertRejects(call, ConnectError)).code, Code.Internal);
  }
  const said: unknown[] = [];
  async function* messages() {
    yield await Promise.resolve(1);
    throw INVALID;
  }
  const stream = (() => Promise.resolve({ message: messages() })) as unknown as Transport["stream"];
  const { message } = await withAnswerFaults({ ...transport, stream })
    .stream(list, undefined, undefined, undefined, input);
  const error = await assertRejects(async () => {
    for await (const one of message) said.push(one);
  }, ConnectError);
  assertEquals([said, error.code], [[1], Code.Internal]);
});

Deno.test("untilFault() ends its source when its reader leaves", async () => {
  let ended = false;
  async function* messages() {
    try {
      yield await Promise.resolve(1);
    } finally {
      ended = true;
    }
  }
  for await (const _ of untilFault(messages())) break;
  assertEquals(ended, true);
});
